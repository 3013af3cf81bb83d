/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices come back to dom0: its drivers take them up again. */
#pragma once

#include <glib.h>

/* Lets the kernel look for drivers of all interfaces of the device KEY that have none. How many
 * that were; of a device that is gone, none. Drivers may take a while over it. */
guint usb_return(const char *sysfs, const char *key);

/* Which devices are away is kept in DIRECTORY, which is made if missing, a file each: so the next
 * service gets back what the last one, which was killed, had given to guests. Failures are no more
 * than messages. */
void usb_return_note(const char *directory, const char *key);
void usb_return_forget(const char *directory, const char *key);

/* Gets back all devices noted, and forgets them. */
void usb_return_all(const char *sysfs, const char *directory);
