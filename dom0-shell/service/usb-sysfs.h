/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the kernel's tree of devices. What is in its files a device may have made up: it is read
 * only so far, and is for its reader to judge. */
#pragma once

#include <glib.h>

/* The longest name of a device that the kernel has for us. */
#define USB_KEY_MAX 31

/* Whether KEY is the kernel's name of a device: its bus and its ports, as 3-1.2. Root hubs, as
 * usb3, and interfaces are none. */
gboolean usb_key_check(const char *key);

/* The directory of the device KEY below SYSFS, whether or not it is there; to be freed. */
char *usb_sysfs_device(const char *sysfs, const char *key);

/* The first 255 bytes of a file in DIRECTORY without a line's end behind them, to be freed; NULL if
 * it can't be read. */
char *usb_sysfs_read(const char *directory, const char *file);

/* A whole number in a file, written to BASE; FALSE if there is none or it exceeds MAXIMUM. */
gboolean usb_sysfs_number(const char *directory, const char *file, guint base, guint64 maximum,
                          guint64 *ret_number);

/* The names in DIRECTORY that begin with PREFIX, sorted; the array owns them. */
GPtrArray *usb_sysfs_names(const char *directory, const char *prefix);

/* The directories of the interfaces of the device KEY; the array owns them. */
GPtrArray *usb_sysfs_interfaces(const char *sysfs, const char *key);
