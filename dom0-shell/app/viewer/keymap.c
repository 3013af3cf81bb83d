/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the computer's key codes to the ones that display protocols speak. GDK's hardware codes are
 * Linux's input codes plus eight, on Wayland and on X11. QEMU's extended key event wants the codes
 * of the XT keyboard (set 1), with bit 7 for those that follow an 0xe0 byte. The first rows of both
 * are the same keyboard, so only what came after it is in the table.
 */
#include "viewer/keymap.h"

#include <linux/input-event-codes.h>

#define GDK_OFFSET 8
#define EXTENDED   0x80

static const guint8 late_keys[] = {
    [KEY_ZENKAKUHANKAKU] = 0x76,
    [KEY_102ND] = 0x56,
    [KEY_F11] = 0x57,
    [KEY_F12] = 0x58,
    [KEY_RO] = 0x73,
    [KEY_KATAKANA] = 0x78,
    [KEY_HIRAGANA] = 0x77,
    [KEY_HENKAN] = 0x79,
    [KEY_KATAKANAHIRAGANA] = 0x70,
    [KEY_MUHENKAN] = 0x7b,
    [KEY_KPJPCOMMA] = 0x5c,
    [KEY_KPENTER] = EXTENDED | 0x1c,
    [KEY_RIGHTCTRL] = EXTENDED | 0x1d,
    [KEY_KPSLASH] = EXTENDED | 0x35,
    [KEY_SYSRQ] = 0x54,
    [KEY_RIGHTALT] = EXTENDED | 0x38,
    [KEY_LINEFEED] = 0x5b,
    [KEY_HOME] = EXTENDED | 0x47,
    [KEY_UP] = EXTENDED | 0x48,
    [KEY_PAGEUP] = EXTENDED | 0x49,
    [KEY_LEFT] = EXTENDED | 0x4b,
    [KEY_RIGHT] = EXTENDED | 0x4d,
    [KEY_END] = EXTENDED | 0x4f,
    [KEY_DOWN] = EXTENDED | 0x50,
    [KEY_PAGEDOWN] = EXTENDED | 0x51,
    [KEY_INSERT] = EXTENDED | 0x52,
    [KEY_DELETE] = EXTENDED | 0x53,
    [KEY_MUTE] = EXTENDED | 0x20,
    [KEY_VOLUMEDOWN] = EXTENDED | 0x2e,
    [KEY_VOLUMEUP] = EXTENDED | 0x30,
    [KEY_KPEQUAL] = 0x59,
    [KEY_PAUSE] = EXTENDED | 0x46,
    [KEY_KPCOMMA] = 0x7e,
    [KEY_HANGEUL] = 0x72,
    [KEY_HANJA] = 0x71,
    [KEY_YEN] = 0x7d,
    [KEY_LEFTMETA] = EXTENDED | 0x5b,
    [KEY_RIGHTMETA] = EXTENDED | 0x5c,
    [KEY_COMPOSE] = EXTENDED | 0x5d,
};

/* The XT code of the key that GDK calls @hardware_keycode; 0 for a key that has none. */
guint16 vitrine_keymap_to_xt(guint hardware_keycode)
{
    guint key;

    if (hardware_keycode <= GDK_OFFSET)
        return 0;
    key = hardware_keycode - GDK_OFFSET;
    if (key <= KEY_KPDOT)
        return key;
    return key < G_N_ELEMENTS(late_keys) ? late_keys[key] : 0;
}
