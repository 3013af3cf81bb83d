/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV keyboard, pointer and touch screen (Linux: xen-kbdfront): the
 * session's input. */
#ifndef DISPLAY_DEVICES_KBDIF_H
#define DISPLAY_DEVICES_KBDIF_H

#include "backend/xenbus.h"
#include "input-sink.h"

struct kbdif;

/*
 * What the front end is told: absolute positions go from 0 to @width and @height. Linux reads this
 * once, when it makes its pointer device, so it need not be what the framebuffer has later. With
 * 0 and 0 the range is as fine as that of a USB tablet, which suits a screen of any size. It can
 * have a touch screen that tells @contacts fingers apart, INPUT_MAX_CONTACTS at most; 0: it has
 * none.
 * A guest that was saved has @restored: Linux asks for what it wants once, when it makes its
 * devices, and not again in the domain that it wakes up in.
 */
struct xenbus_class kbdif_class(unsigned width, unsigned height, unsigned contacts, bool restored);

/*
 * Waits for the guest's front end. @touch_changed, which may be NULL, is told how many fingers the
 * guest's touch screen takes, 0 if it has none: when that connects, and when it goes. None of them
 * is down then. Returns NULL with errno set on failure.
 */
struct kbdif *kbdif_start(struct guest *guest, void (*touch_changed)(void *data, unsigned contacts),
                          void *data);

/* Accepts NULL. */
void kbdif_stop(struct kbdif *kbdif);

/* The way in, to be used with the kbdif as data. What comes while no guest is connected is dropped.
 */
extern const struct input_sink kbdif_sink;

#endif
