/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells when something was plugged in or out, and when dom0 is done setting it up. */
#pragma once

#include <glib.h>

typedef struct UsbWatch UsbWatch;

/* What there is may have changed: look. Several changes in a moment are told once. */
typedef void (*UsbWatchChanged)(gpointer data);

/* Watches by what udev says. NULL and ERROR if it can't be listened to. */
UsbWatch *usb_watch_new(UsbWatchChanged changed, gpointer data, GError **error);

/* Watches the directory of a made up tree, for a simulation. */
UsbWatch *usb_watch_new_directory(const char *directory, UsbWatchChanged changed, gpointer data,
                                  GError **error);

void usb_watch_free(UsbWatch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UsbWatch, usb_watch_free)
