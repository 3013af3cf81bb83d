/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV keyboard and pointer (Linux: xen-kbdfront): the session's input. */
#ifndef DISPLAY_DEVICES_KBDIF_H
#define DISPLAY_DEVICES_KBDIF_H

#include "backend/xenbus.h"
#include "input-sink.h"

struct kbdif;

/*
 * What the front end is told: absolute positions go from 0 to @width and @height. Linux reads this
 * once, when it makes its pointer device, so it need not be what the framebuffer has later. With
 * 0 and 0 the range is as fine as that of a USB tablet, which suits a screen of any size.
 */
struct xenbus_class kbdif_class(unsigned width, unsigned height);

/* Waits for the guest's front end. Returns NULL with errno set on failure. */
struct kbdif *kbdif_start(struct guest *guest);

/* Accepts NULL. */
void kbdif_stop(struct kbdif *kbdif);

/* The way in, to be used with the kbdif as data. What comes while no guest is connected is dropped.
 */
extern const struct input_sink kbdif_sink;

#endif
