/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new guest's xl.cfg, as text, and the few facts of such a file that a list shows. */
#pragma once

#include <glib.h>

#include "guest-kind.h"
#include "monitor-list.h"
#include "touch-screen.h"

/* What a new guest is to be. Strings are borrowed. */
typedef struct {
    const char *name;
    GuestKind kind;
    const char
        *kernel; /* NULL: the disk's or the CD's own, of an HVM guest. The next two may be. */
    const char *ramdisk;
    const char *cmdline;
    const char *disk;
    const char *iso;    /* HVM: what is in the CD drive, which comes first; empty: nothing */
    const char *screen; /* HVM: path of the socket that QEMU serves the screen on, by VNC */
    const char *bridge; /* NULL: no network */
    guint64 memory;     /* bytes, whole MiB count */
    guint vcpus;
    gboolean installs; /* it runs an installer, and is not started again when that is done */
} GuestConfig;

/* What a guest starts from. */
typedef enum {
    GUEST_START_DISK, /* and, of an HVM guest, the CD while the disk is empty */
    GUEST_START_CD,   /* and the disk if there is none in the drive */
    GUEST_START_KERNEL,
    GUEST_START_CUSTOM, /* another way, of a person's */
    GUEST_STARTS,
} GuestStart;

#define BRIDGE_NAME_MAX 16  /* with its NUL, as Linux has it */
#define MAC_TEXT_SIZE   18  /* of a MAC address with its NUL, as 00:16:3e:01:02:03 */
#define ISO_PATH_MAX    512 /* with its NUL; longer ones are refused */

/* What a list shows of a guest that need not run. */
typedef struct {
    guint64 memory;         /* bytes */
    guint64 maximum_memory; /* bytes it may grow to; `memory` if the file sets no other */
    guint vcpus;
    guint weight;                 /* of its CPU time, 0: the scheduler's default */
    guint nics;                   /* network interfaces */
    gboolean odd_nic;             /* one of them is not called vifDOMID.N, or not on a bridge */
    char bridge[BRIDGE_NAME_MAX]; /* of the first of them; empty if it has none of its own */
    char mac[MAC_TEXT_SIZE];      /* likewise */
    gboolean has_vfb;             /* the file gives it a paravirtual framebuffer */
    gboolean has_vsnd;            /* and a paravirtual sound card */
    MonitorList monitors;         /* of its paravirtual graphics card */
    TouchScreen touch;            /* of its paravirtual input device */
    GuestKind kind;
    GuestStart start;
    gboolean has_drive;     /* for CDs */
    char iso[ISO_PATH_MAX]; /* what is in its CD drive; empty if nothing, or if it has none */
} GuestFacts;

/* CONFIG as xl.cfg(5) that `xl create` starts too, with a fresh UUID and, on a bridge, a fresh MAC
 * address. A PV or PVH guest's display is not in it: xl would start QEMU for a `vfb`. An HVM
 * guest's screen is on a unix socket, and no port listens. Fails if a value can't be written in
 * that language. */
char *guest_config_write(const GuestConfig *config, GError **error);

/* The value of `vif` for one interface on BRIDGE with the address MAC, or, if that is empty, a
 * fresh one. The caller owns it. */
char *guest_config_network(const char *bridge, const char *mac);

/* Reads the MAC address that TEXT begins with, of one interface, in small letters; FALSE, and an
 * empty one, if it is none. */
gboolean guest_config_take_mac(const char *text, char ret_mac[MAC_TEXT_SIZE]);

/* Whether QEMU is told ARGUMENT by the files of HVM guests that are written here. */
gboolean guest_config_is_model_argument(const char *argument);

/* Whether the hotplug script of an interface puts it on a bridge. */
gboolean guest_config_is_bridge_script(const char *script);

/* Reads the facts from the plain `key = value` lines of TEXT; a key that is not there, or is
 * computed, leaves xl's own default. For lists only: what starts a guest is xl's parser. */
void guest_config_scan(const char *text, GuestFacts *ret_facts);

/* Says in FACTS that PATH is in the CD drive; NULL, or what can't be told: nothing. */
void guest_config_set_iso(GuestFacts *facts, const char *path);

/* The value of the string setting KEY in TEXT, or NULL. The caller owns it. */
char *guest_config_scan_string(const char *text, const char *key);
