/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way by which USB devices get to one running guest and back, and which of them it holds: a USB
 * process of the guest's (guest-usb.c), or the guest's device model (qemu-usb.c). */
#pragma once

#include "usb-device.h"

typedef struct UsbChannel UsbChannel;

/* What becomes of devices, each told by its KEY. */
typedef struct {
    /* The guest has it. */
    void (*attached)(const char *key, gpointer data);
    /* The channel does not hold it any more: the guest did not get it (ERROR says why), has lost it
     * (likewise), or it was asked for, or let go of by the guest (NULL). Once for each attach. */
    void (*detached)(const char *key, const GError *error, gpointer data);
    /* The guest's tool has come: what it is to have can be given to it. */
    void (*present)(gpointer data);
    /* It was to be taken back, and nobody answers: who waits is told ERROR. It may be detached at
     * any time from here on. */
    void (*stuck)(const char *key, const GError *error, gpointer data);
} UsbChannelEvents;

/* How long each may take, in ms. */
typedef struct {
    guint attach;
    guint detach;
    guint present; /* for the guest's tool to come, once its USB process is ready */
} UsbChannelTimes;

typedef struct {
    /* Without a word on the devices that it had; NULL is nothing. */
    void (*free)(UsbChannel *channel);
    /* Begins to look for the guest's tool, if it has not yet. */
    void (*start)(UsbChannel *channel);
    /* Whether the guest could take a device now. */
    gboolean (*is_present)(UsbChannel *channel);
    /* Whether the device KEY is the channel's, or about to be. */
    gboolean (*holds)(UsbChannel *channel, const char *key);
    gboolean (*is_empty)(UsbChannel *channel);
    /* Wants DEVICE, which must not be held, for the guest: FD, taken over, is its node, opened.
     * Answered by an event, never out of this call. */
    void (*attach)(UsbChannel *channel, const UsbDevice *device, int fd);
    /* Takes the device KEY back, whatever becomes of it; answered by an event. One that is stuck is
     * tried again. */
    void (*detach)(UsbChannel *channel, const char *key);
    /* Takes all of them back, as the guest ends: none is stuck, and there will be no other attach.
     */
    void (*detach_all)(UsbChannel *channel);
    /* The guest has the device KEY, which was plugged in as NUMBER, of an earlier channel: one that
     * it turns out not to have is detached. NULL: what guests have ends with their channel. */
    void (*adopt)(UsbChannel *channel, const char *key, guint number);
    /* Something has changed among devices: what the guest has lost unseen is detached. NULL: the
     * channel sees that by itself. */
    void (*check)(UsbChannel *channel);
} UsbChannelOps;

/* The beginning of each. */
struct UsbChannel {
    const UsbChannelOps *ops;
};
