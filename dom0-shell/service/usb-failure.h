/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest did not get a USB device, or does not give it back: words, as sentences. */
#pragma once

#include <glib.h>

/* The error of WORD (of the guest's USB process: no-tool, busy, refused, full, unplugged,
 * unsupported, limit, error; of its device model: no-controller, speed, no-model, model-error,
 * kept, hangs; or anything else) for a person: what is wrong with giving a device to GUEST, and
 * what to do. */
GError *usb_failure(const char *word, const char *guest);
