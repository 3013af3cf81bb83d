/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest did not get a USB device: the words of the guest's USB process, as sentences. */
#pragma once

#include <glib.h>

/* The error of WORD (no-tool, busy, refused, full, unplugged, unsupported, limit, error, or
 * anything else) for a person: what is wrong with giving a device to GUEST, and what to do. */
GError *usb_failure(const char *word, const char *guest);
