/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks that a USB device is for dom0. */
#pragma once

#include <glib.h>

/* The directories of the disks of the device KEY, as .../block/sdb; the array owns them. */
GPtrArray *usb_block_disks(const char *sysfs, const char *key);

/* Bytes of all of them together. A card reader without a card has none. */
guint64 usb_block_size(GPtrArray *disks);
