/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembered choices: which guest gets a device by itself. A key file, which a person may edit:
 *
 *   [device]
 *   046d:c52b=work              vendor:product, or with the serial number:
 *   0951:1666:60A44C41=never    never given to a guest
 *   [port]
 *   3-1.2=work
 *   [kind]
 *   camera=meetings
 *
 * A device's own entry (with its serial number before without) goes before its port's, and that
 * before its kind's. */
#pragma once

#include "usb-device.h"

/* The choice that no guest gets a device. */
#define USB_NEVER "never"

typedef enum {
    USB_SCOPE_DEVICE,
    USB_SCOPE_PORT,
    USB_SCOPE_KIND,
    USB_SCOPES,
} UsbScope;

typedef struct UsbRules UsbRules;

/* The rules of the file PATH, which need not be there. What can't be read counts for nothing, with
 * a message, and is put aside (PATH.broken) before anything is written in its place. */
UsbRules *usb_rules_new(const char *path);
void usb_rules_free(UsbRules *rules);

/* The scope of that name ("device", "port", "kind"); FALSE if there is none. */
gboolean usb_scope_parse(const char *name, UsbScope *ret_scope);

/* The choice for DEVICE: a guest's name, USB_NEVER, or "". Valid until the next call. */
const char *usb_rules_find(UsbRules *rules, const UsbDevice *device);

/* Remembers CHOICE for the device, its port or its kind; a narrower rule of the device goes, so
 * that this one counts. FALSE, with nothing changed, if it can't be written. */
gboolean usb_rules_remember(UsbRules *rules, const UsbDevice *device, UsbScope scope,
                            const char *choice, GError **error);

/* Forgets the rule that counts for DEVICE, if there is one; a wider one may count then. */
gboolean usb_rules_forget(UsbRules *rules, const UsbDevice *device, GError **error);

/* Forgets all choices of a guest that is no more: the next one of that name is another. */
gboolean usb_rules_forget_guest(UsbRules *rules, const char *guest, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UsbRules, usb_rules_free)
