/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From PC/XT scan codes (set 1), as viewers send them, to the Linux key codes that the guest takes.
 */
#ifndef DISPLAY_SCANCODE_H
#define DISPLAY_SCANCODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The key at the position of scan code @scancode (a prefix of 0xE0 is told as bit 7 or as a high
 * byte); 0 if unknown. Right for every layout: the guest applies its own.
 */
unsigned scancode_to_key(uint32_t scancode);

/* Where we are in a stream of bytes as a keyboard sends it. Begins as zeros. */
struct scancode_reader {
    uint8_t prefix;
    uint8_t after_pause; /* bytes seen since the prefix of Pause */
};

/* Takes one byte. True if it completes the press or release of a key that there is. */
bool scancode_feed(struct scancode_reader *reader, uint8_t byte, unsigned *ret_key, bool *ret_down);

#endif
