/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB devices of this computer on the bus, and which guest has which. */
#pragma once

#include <glib.h>

typedef struct Usb Usb;
typedef struct Service Service;

/* Where things are. Strings are borrowed for the service's life. */
typedef struct {
    const char *program;   /* the USB process of PV and PVH guests; empty: they get no devices */
    const char *sysfs;     /* /sys */
    const char *nodes;     /* of devices: /dev/bus/usb */
    const char *mountinfo; /* /proc/self/mountinfo */
    const char *swaps;     /* /proc/swaps */
    gboolean made_up;      /* nobody tells of changes in this tree: it is a directory like others */
} UsbOptions;

/* Begins to watch; what is plugged in appears on SERVICE's object manager. */
Usb *usb_new(Service *service);

/* All guests that run by now were told of: what their device models had before this service began
 * is theirs, and what others had comes back. */
void usb_guests_are_known(Usb *usb);

/* Ends all of it: devices that guests had are dom0's when this returns, but for those that device
 * models have, which outlive the service. Nothing may be asked of
 * USB any more, but usb_free(), for which the main loop has to have run dry. NULL is nothing. */
void usb_stop(Usb *usb);
void usb_free(Usb *usb);

/* The guest NAME has begun to run: it gets what is remembered for it as soon as its tool is there.
 */
void usb_guest_started(Usb *usb, const char *name);
/* The guest NAME, which was paused, runs on: it gets what was plugged in meanwhile. */
void usb_guest_unpaused(Usb *usb, const char *name);
/* The guest NAME is to be saved: what served it is ended. FALSE and a sentence if it can't be, as
 * it has devices: to such a guest this is as if they were pulled out, and what a device model saves
 * of them could not be restored. */
gboolean usb_prepare_saving(Usb *usb, const char *name, GError **error);
/* The domain of the guest NAME ends, or is another one soon. USB may be NULL. */
void usb_guest_stopped(Usb *usb, const char *name);
/* There is no guest NAME any more. */
void usb_guest_deleted(Usb *usb, const char *name);
