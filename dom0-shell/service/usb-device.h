/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is plugged into this computer's USB ports, by names that people know. */
#pragma once

#include "usb-kind.h"

typedef struct {
    char *key; /* the kernel's name: 3-1.2 */
    guint16 vendor, product;
    char *name;        /* what its maker calls it: one line, not empty */
    char *serial;      /* likewise; may be empty */
    guint kinds;       /* USB_KIND_BIT each, of all its interfaces */
    guint64 size;      /* bytes, of storage; 0: none, or not known (yet) */
    const char *speed; /* "480 Mbit/s", or empty */
    guint bus, number; /* a device that is plugged in again has another number */
} UsbDevice;

/* The device KEY below SYSFS, to be freed; NULL if there is none of that name, or it is a hub:
 * those are not offered. */
UsbDevice *usb_device_read(const char *sysfs, const char *key);

/* All devices that can be offered, sorted by key; elements are UsbDevice, owned by the array. */
GPtrArray *usb_device_list(const char *sysfs);

void usb_device_free(UsbDevice *device);

/* Whether both are the same one, not unplugged in between. */
gboolean usb_device_is_same(const UsbDevice *a, const UsbDevice *b);

/* What it is, in a few words: "storage, 16 GB". To be freed. */
char *usb_device_describe(const UsbDevice *device);

/* Its node below the directory NODES (/dev/bus/usb); to be freed. */
char *usb_device_node(const UsbDevice *device, const char *nodes);

/* TEXT as a line of at most LENGTH characters that can be shown anywhere: valid UTF-8, nothing that
 * a terminal would obey or that changes a line's direction, single blanks. To be freed. */
char *usb_text_clean(const char *text, guint length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UsbDevice, usb_device_free)
