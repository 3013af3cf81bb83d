/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What USB devices are to people. */
#pragma once

#include <glib.h>

/* From what says least to what says most: a headset has buttons, too, and a camera a microphone. */
typedef enum {
    USB_KIND_OTHER,
    USB_KIND_NETWORK,
    USB_KIND_SERIAL,
    USB_KIND_POINTER,
    USB_KIND_KEYBOARD,
    USB_KIND_SOUND,
    USB_KIND_CAMERA,
    USB_KIND_STORAGE,
    USB_KIND_PRINTER,
    USB_KIND_HUB,
    USB_KINDS,
} UsbKind;

#define USB_KIND_BIT(kind) (1U << (kind))

/* The kind's word: "storage". */
const char *usb_kind_name(UsbKind kind);
/* The kind of that word; FALSE if there is none. */
gboolean usb_kind_parse(const char *name, UsbKind *ret_kind);

/* What an interface is, by the three numbers of its descriptor (USB class codes, and those of the
 * classes' own specifications). */
UsbKind usb_kind_of_interface(guint class, guint subclass, guint protocol);

/* The kinds (USB_KIND_BIT each) of all interfaces of the device KEY, and of what dom0 has made of
 * them; never an empty set. */
guint usb_kinds_find(const char *sysfs, const char *key);

/* The one of KINDS that says most. */
UsbKind usb_kind_main(guint kinds);
