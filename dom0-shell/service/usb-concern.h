/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dom0 would lose with a USB device. */
#pragma once

#include <glib.h>

typedef enum {
    USB_CONCERN_NONE,
    USB_CONCERN_ASK,     /* a person has to say that it may be */
    USB_CONCERN_REFUSED, /* it may not */
} UsbConcernKind;

/* Where to look: of the kernel, or made up. Borrowed. */
typedef struct {
    const char *sysfs;     /* /sys */
    const char *mountinfo; /* /proc/self/mountinfo, proc(5) */
    const char *swaps;     /* /proc/swaps */
} UsbSources;

/* Whether dom0 can do without the device KEY, where the devices AWAY (keys, NULL at the end; or
 * NULL) are not dom0's any more. RET_SENTENCE says for a person what it would lose, or what it is
 * doing with it; to be freed; NULL if nothing. */
UsbConcernKind usb_concern_find(const UsbSources *sources, const char *key, const char *const *away,
                                char **ret_sentence);
