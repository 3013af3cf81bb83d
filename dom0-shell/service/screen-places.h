/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where viewers may come to a guest's screen through the network: xl.cfg's own words for it (vnc,
 * vnclisten, vncdisplay, vncunused, vncpasswd, by themselves or in the first `vfb`; spice,
 * spicehost, spiceport, spicetls_port, spicepasswd), of a PV or PVH guest. */
#pragma once

#include <glib.h>

/* Holds the certificate of SPICE with TLS, in files called as QEMU calls them. */
#define SCREEN_TLS_DIRECTORY "/etc/vitrine/tls"

/* Places are what vitrine-display takes: ADDRESS:PORT or ADDRESS:FIRST-LAST. NULL: nowhere. */
typedef struct {
    char *vnc;
    char *vnc_password;
    char *spice;
    char *spice_tls;
    char *spice_password;
} ScreenPlaces;

/* Reads them from a guest's file. The address is the loopback one if the file names none. Without a
 * password nothing is served there: at a loopback address, where that is all that the file asks
 * for, by leaving it out; at any other by failing. FALSE, ERROR and nothing in RET_PLACES for what
 * can't be had. */
gboolean screen_places_read(const char *text, ScreenPlaces *ret_places, GError **error);

/* Whether the certificate is there, if PLACES need one, in DIRECTORY. */
gboolean screen_places_check_tls(const ScreenPlaces *places, const char *directory, GError **error);

/* Whether an HVM guest's file wants its screen served by SPICE, which QEMU does on this computer
 * only: FALSE and ERROR if it is wanted elsewhere. */
gboolean screen_places_read_pc(const char *text, gboolean *ret_by_spice, GError **error);

/* Whether xl gives a guest of the file TEXT, which is no HVM guest, a screen. */
gboolean screen_places_has_screen(const char *text);

void screen_places_clear(ScreenPlaces *places);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScreenPlaces, screen_places_clear)
