/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a key's name, as viewers of VNC and others tell it, to the Linux key code that the guest
 * takes. */
#ifndef DISPLAY_KEYMAP_H
#define DISPLAY_KEYMAP_H

#include <stdint.h>

/*
 * The key that has @keysym on a US keyboard, shifted or not; 0 if none has. A guess: a keysym says
 * which character, not which key, so it is right where the viewer's layout and the guest's are US.
 */
unsigned keymap_from_keysym(uint32_t keysym);

#endif
