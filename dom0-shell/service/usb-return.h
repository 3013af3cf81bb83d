/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices come back to dom0: its drivers take them up again. */
#pragma once

#include <glib.h>

/* Lets the kernel look for drivers of all interfaces of the device KEY that have none. How many
 * that were; of a device that is gone, none. Drivers may take a while over it. */
guint usb_return(const char *sysfs, const char *key);

/* Waits, at most PATIENCE ms, until no other program holds an interface of the device KEY: a device
 * model that was ended may take a moment over it. */
void usb_return_wait(const char *sysfs, const char *key, guint patience);

/* A device that is away. */
typedef struct {
    char *key;
    char *guest;  /* whose device model has it, and keeps it when this service ends; else NULL */
    int domid;    /* likewise */
    guint number; /* as which it was plugged in */
} UsbNote;

/* Which devices are away is kept in DIRECTORY, which is made if missing, a file each: so the next
 * service gets back what the last one, which was killed, had given to guests. Failures are no more
 * than messages. */
void usb_return_note(const char *directory, const UsbNote *note);
void usb_return_forget(const char *directory, const char *key);

/* The notes on what device models have; elements are UsbNote, owned by the array. */
GPtrArray *usb_return_kept(const char *directory);

/* Gets back all other devices noted, and forgets them. */
void usb_return_all(const char *sysfs, const char *directory);

void usb_note_free(UsbNote *note);
