/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's side of a PV graphics card with two monitors, for the display server's stand-in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Goes a step on towards a picture on both monitors, of 640 x 480 and 400 x 300 pixels: the four
 * fields on the first, yellow beside magenta on the second. Returns whether it is there. */
bool stand_in_card_step(void);

/* Asks for one more flip on the first monitor, if there is room on the ring, and says so to the
 * server in any case. Returns how many of its requests were answered. */
uint32_t stand_in_card_flip(void);

/* Draws, as X does: on what is shown, without a word. A black square of 100 pixels, in the upper
 * left corner of the second monitor. */
void stand_in_card_draw(void);
