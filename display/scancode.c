/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From PC/XT scan codes (set 1), as viewers send them, to the Linux key codes that the guest takes.
 */
#include "scancode.h"

#include <linux/input-event-codes.h>

#define PREFIX_EXTENDED 0xe0
#define PREFIX_PAUSE    0xe1
#define RELEASED        0x80

/* clang-format off */
/*
 * Scan codes 0x01 to 0x53 are the Linux key codes, which were made from them, and so are the ones
 * of three keys that came later. The rest goes its own way.
 */
static const uint8_t late_scancodes[128] = {
    [0x54] = KEY_SYSRQ,     [0x56] = KEY_102ND,   [0x57] = KEY_F11,      [0x58] = KEY_F12,
    [0x59] = KEY_KPEQUAL,   [0x64] = KEY_F13,     [0x65] = KEY_F14,      [0x66] = KEY_F15,
    [0x67] = KEY_F16,       [0x68] = KEY_F17,     [0x69] = KEY_F18,      [0x6a] = KEY_F19,
    [0x6b] = KEY_F20,       [0x6c] = KEY_F21,     [0x6d] = KEY_F22,      [0x6e] = KEY_F23,
    [0x76] = KEY_F24,       [0x70] = KEY_KATAKANAHIRAGANA, [0x73] = KEY_RO,
    [0x79] = KEY_HENKAN,    [0x7b] = KEY_MUHENKAN, [0x7d] = KEY_YEN,     [0x7e] = KEY_KPCOMMA,
};

/* After a prefix of 0xE0. */
static const uint8_t extended_scancodes[128] = {
    [0x10] = KEY_PREVIOUSSONG, [0x19] = KEY_NEXTSONG, [0x1c] = KEY_KPENTER, [0x1d] = KEY_RIGHTCTRL,
    [0x20] = KEY_MUTE,      [0x21] = KEY_CALC,    [0x22] = KEY_PLAYPAUSE, [0x24] = KEY_STOPCD,
    [0x2e] = KEY_VOLUMEDOWN, [0x30] = KEY_VOLUMEUP, [0x32] = KEY_HOMEPAGE, [0x35] = KEY_KPSLASH,
    [0x37] = KEY_SYSRQ,     [0x38] = KEY_RIGHTALT, [0x46] = KEY_PAUSE,    [0x47] = KEY_HOME,
    [0x48] = KEY_UP,        [0x49] = KEY_PAGEUP,  [0x4b] = KEY_LEFT,      [0x4d] = KEY_RIGHT,
    [0x4f] = KEY_END,       [0x50] = KEY_DOWN,    [0x51] = KEY_PAGEDOWN,  [0x52] = KEY_INSERT,
    [0x53] = KEY_DELETE,    [0x5b] = KEY_LEFTMETA, [0x5c] = KEY_RIGHTMETA, [0x5d] = KEY_COMPOSE,
    [0x5e] = KEY_POWER,     [0x5f] = KEY_SLEEP,   [0x63] = KEY_WAKEUP,    [0x65] = KEY_SEARCH,
    [0x66] = KEY_BOOKMARKS, [0x67] = KEY_REFRESH, [0x69] = KEY_FORWARD,   [0x6a] = KEY_BACK,
};
/* clang-format on */

#define SCANCODE_LAST_LINEAR 0x53

unsigned scancode_to_key(uint32_t scancode)
{
    bool extended = (scancode >> 8) == 0xe0 || (scancode >> 7) == 1;
    uint32_t low = scancode & 0x7f;

    if (extended)
        return extended_scancodes[low];
    if (scancode > 0x7f)
        return KEY_RESERVED;
    return low <= SCANCODE_LAST_LINEAR ? low : late_scancodes[low];
}

/* Pause alone is told as a prefix and two codes, of Ctrl and Num Lock. */
static bool feed_pause(struct scancode_reader *reader, uint8_t byte, unsigned *ret_key,
                       bool *ret_down)
{
    if (++reader->after_pause < 2)
        return false;
    *reader = (struct scancode_reader){0};
    *ret_key = KEY_PAUSE;
    *ret_down = !(byte & RELEASED);
    return true;
}

bool scancode_feed(struct scancode_reader *reader, uint8_t byte, unsigned *ret_key, bool *ret_down)
{
    uint32_t prefix = reader->prefix;

    if (prefix == PREFIX_PAUSE)
        return feed_pause(reader, byte, ret_key, ret_down);
    if (byte == PREFIX_EXTENDED || byte == PREFIX_PAUSE) {
        reader->prefix = byte;
        return false;
    }
    reader->prefix = 0;
    *ret_key = scancode_to_key(prefix << 8 | (byte & ~(uint32_t)RELEASED));
    *ret_down = !(byte & RELEASED);
    return *ret_key != KEY_RESERVED;
}
