/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dom0 is typed and pointed at with, and by which USB device that comes. */
#pragma once

#include <glib.h>

typedef enum {
    USB_INPUT_KEYBOARD = 1 << 0,
    USB_INPUT_POINTER = 1 << 1,
} UsbInput;

/* What of these (an OR of UsbInput) the device KEY is in dom0 now. RET_OTHERS, if not NULL: what
 * there would be without it and without the devices AWAY (keys, NULL at the end; or NULL). */
guint usb_input_find(const char *sysfs, const char *key, const char *const *away,
                     guint *ret_others);
