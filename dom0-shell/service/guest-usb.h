/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB process of one running guest, and which devices it holds. It is started when the first
 * device is wanted, and lives as long as the guest; one that dies is started again with the next
 * device. */
#pragma once

#include <gio/gio.h>

typedef struct GuestUsb GuestUsb;

/* What becomes of devices, each told by its KEY. */
typedef struct {
    /* The guest has it. */
    void (*attached)(const char *key, gpointer data);
    /* The process does not hold it any more: the guest did not get it (ERROR says why), has lost it
     * (likewise), or it was asked for, or let go of by the guest (NULL). Once for each attach. */
    void (*detached)(const char *key, const GError *error, gpointer data);
    /* The guest's tool has come: what it is to have can be given to it. */
    void (*present)(gpointer data);
} GuestUsbEvents;

/* How long each may take, in ms. */
typedef struct {
    guint attach;
    guint detach;  /* a process that takes longer is killed */
    guint present; /* for the guest's tool to come, once the process is ready */
} GuestUsbTimes;

/* What is usual. */
extern const GuestUsbTimes guest_usb_times;

/* The process PROGRAM for the domain DOMID of the guest NAME, not running yet. EVENTS and TIMES
 * have to be static. */
GuestUsb *guest_usb_new(const char *program, const char *name, int domid,
                        const GuestUsbEvents *events, gpointer data, const GuestUsbTimes *times);

/* Ends the process, without a word on the devices that it had: it gets a moment to give them back.
 */
void guest_usb_free(GuestUsb *usb);

/* Starts the process if it does not run. */
void guest_usb_start(GuestUsb *usb);

/* Whether the guest's tool is there. */
gboolean guest_usb_is_present(GuestUsb *usb);

/* Whether the device KEY is the process's, or about to be. */
gboolean guest_usb_holds(GuestUsb *usb, const char *key);

/* Whether it holds none. */
gboolean guest_usb_is_empty(GuestUsb *usb);

/* Wants the device KEY, which must not be held, for the guest: FD, taken over, is its node, opened.
 * Answered by an event, never out of this call. */
void guest_usb_attach(GuestUsb *usb, const char *key, int fd);

/* Takes the device KEY back, whatever becomes of it; answered by an event. */
void guest_usb_detach(GuestUsb *usb, const char *key);

/* Takes all of them back; there will be no other attach. */
void guest_usb_detach_all(GuestUsb *usb);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestUsb, guest_usb_free)
