/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imagined USB devices, as a tree like the kernel's that a test can plug devices into. */
#pragma once

#include <glib.h>

/* Where they are; owned. */
typedef struct {
    char *sysfs;
    char *nodes;
    char *mountinfo;
    char *swaps;
} SimulateUsb;

/* Makes the tree in DIRECTORY/usb, unless one is there, with a keyboard (the only one), a camera, a
 * stick that is mounted and one that is not. RET_USB is to be cleared either way. */
gboolean simulate_usb_write(SimulateUsb *ret_usb, const char *directory, GError **error);
void simulate_usb_clear(SimulateUsb *usb);
