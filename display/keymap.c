/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a key's name, as viewers of VNC and others tell it, to the Linux key code that the guest
 * takes. */
#include "keymap.h"

#include <stddef.h>

#include <linux/input-event-codes.h>
#include <rfb/keysym.h>

/* Keysyms from space to tilde are ASCII: both characters of a US key lead to it. */
#define ASCII_FIRST 0x20
#define ASCII_LAST  0x7e

/* clang-format off */
static const uint8_t ascii_keys[ASCII_LAST + 1] = {
    [' '] = KEY_SPACE,
    ['1'] = KEY_1, ['!'] = KEY_1,  ['2'] = KEY_2, ['@'] = KEY_2,  ['3'] = KEY_3, ['#'] = KEY_3,
    ['4'] = KEY_4, ['$'] = KEY_4,  ['5'] = KEY_5, ['%'] = KEY_5,  ['6'] = KEY_6, ['^'] = KEY_6,
    ['7'] = KEY_7, ['&'] = KEY_7,  ['8'] = KEY_8, ['*'] = KEY_8,  ['9'] = KEY_9, ['('] = KEY_9,
    ['0'] = KEY_0, [')'] = KEY_0,
    ['-'] = KEY_MINUS, ['_'] = KEY_MINUS,            ['='] = KEY_EQUAL, ['+'] = KEY_EQUAL,
    ['['] = KEY_LEFTBRACE, ['{'] = KEY_LEFTBRACE,    [']'] = KEY_RIGHTBRACE, ['}'] = KEY_RIGHTBRACE,
    [';'] = KEY_SEMICOLON, [':'] = KEY_SEMICOLON,    ['\''] = KEY_APOSTROPHE, ['"'] = KEY_APOSTROPHE,
    ['`'] = KEY_GRAVE, ['~'] = KEY_GRAVE,            ['\\'] = KEY_BACKSLASH, ['|'] = KEY_BACKSLASH,
    [','] = KEY_COMMA, ['<'] = KEY_COMMA,            ['.'] = KEY_DOT, ['>'] = KEY_DOT,
    ['/'] = KEY_SLASH, ['?'] = KEY_SLASH,
    ['a'] = KEY_A, ['A'] = KEY_A,  ['b'] = KEY_B, ['B'] = KEY_B,  ['c'] = KEY_C, ['C'] = KEY_C,
    ['d'] = KEY_D, ['D'] = KEY_D,  ['e'] = KEY_E, ['E'] = KEY_E,  ['f'] = KEY_F, ['F'] = KEY_F,
    ['g'] = KEY_G, ['G'] = KEY_G,  ['h'] = KEY_H, ['H'] = KEY_H,  ['i'] = KEY_I, ['I'] = KEY_I,
    ['j'] = KEY_J, ['J'] = KEY_J,  ['k'] = KEY_K, ['K'] = KEY_K,  ['l'] = KEY_L, ['L'] = KEY_L,
    ['m'] = KEY_M, ['M'] = KEY_M,  ['n'] = KEY_N, ['N'] = KEY_N,  ['o'] = KEY_O, ['O'] = KEY_O,
    ['p'] = KEY_P, ['P'] = KEY_P,  ['q'] = KEY_Q, ['Q'] = KEY_Q,  ['r'] = KEY_R, ['R'] = KEY_R,
    ['s'] = KEY_S, ['S'] = KEY_S,  ['t'] = KEY_T, ['T'] = KEY_T,  ['u'] = KEY_U, ['U'] = KEY_U,
    ['v'] = KEY_V, ['V'] = KEY_V,  ['w'] = KEY_W, ['W'] = KEY_W,  ['x'] = KEY_X, ['X'] = KEY_X,
    ['y'] = KEY_Y, ['Y'] = KEY_Y,  ['z'] = KEY_Z, ['Z'] = KEY_Z,
};

/* Keys that make no character, and the number pad. */
static const struct {
    uint32_t keysym;
    unsigned key;
} other_keys[] = {
    {XK_BackSpace, KEY_BACKSPACE},   {XK_Tab, KEY_TAB},               {XK_ISO_Left_Tab, KEY_TAB},
    {XK_Return, KEY_ENTER},          {XK_Linefeed, KEY_ENTER},        {XK_Escape, KEY_ESC},
    {XK_Pause, KEY_PAUSE},           {XK_Break, KEY_PAUSE},           {XK_Scroll_Lock, KEY_SCROLLLOCK},
    {XK_Sys_Req, KEY_SYSRQ},         {XK_Print, KEY_SYSRQ},           {XK_Delete, KEY_DELETE},
    {XK_Insert, KEY_INSERT},         {XK_Home, KEY_HOME},             {XK_End, KEY_END},
    {XK_Page_Up, KEY_PAGEUP},        {XK_Page_Down, KEY_PAGEDOWN},    {XK_Left, KEY_LEFT},
    {XK_Up, KEY_UP},                 {XK_Right, KEY_RIGHT},           {XK_Down, KEY_DOWN},
    {XK_Menu, KEY_COMPOSE},          {XK_Help, KEY_HELP},             {XK_Undo, KEY_UNDO},
    {XK_Redo, KEY_REDO},             {XK_Find, KEY_FIND},             {XK_Cancel, KEY_CANCEL},
    {XK_Shift_L, KEY_LEFTSHIFT},     {XK_Shift_R, KEY_RIGHTSHIFT},
    {XK_Control_L, KEY_LEFTCTRL},    {XK_Control_R, KEY_RIGHTCTRL},
    {XK_Alt_L, KEY_LEFTALT},         {XK_Alt_R, KEY_RIGHTALT},
    {XK_Meta_L, KEY_LEFTALT},        {XK_Meta_R, KEY_RIGHTALT},
    {XK_ISO_Level3_Shift, KEY_RIGHTALT}, {XK_Mode_switch, KEY_RIGHTALT},
    {XK_Super_L, KEY_LEFTMETA},      {XK_Super_R, KEY_RIGHTMETA},
    {XK_Hyper_L, KEY_LEFTMETA},      {XK_Hyper_R, KEY_RIGHTMETA},
    {XK_Caps_Lock, KEY_CAPSLOCK},    {XK_Num_Lock, KEY_NUMLOCK},
    {XK_F1, KEY_F1},   {XK_F2, KEY_F2},   {XK_F3, KEY_F3},   {XK_F4, KEY_F4},
    {XK_F5, KEY_F5},   {XK_F6, KEY_F6},   {XK_F7, KEY_F7},   {XK_F8, KEY_F8},
    {XK_F9, KEY_F9},   {XK_F10, KEY_F10}, {XK_F11, KEY_F11}, {XK_F12, KEY_F12},
    {XK_F13, KEY_F13}, {XK_F14, KEY_F14}, {XK_F15, KEY_F15}, {XK_F16, KEY_F16},
    {XK_F17, KEY_F17}, {XK_F18, KEY_F18}, {XK_F19, KEY_F19}, {XK_F20, KEY_F20},
    {XK_F21, KEY_F21}, {XK_F22, KEY_F22}, {XK_F23, KEY_F23}, {XK_F24, KEY_F24},
    {XK_KP_0, KEY_KP0}, {XK_KP_1, KEY_KP1}, {XK_KP_2, KEY_KP2}, {XK_KP_3, KEY_KP3},
    {XK_KP_4, KEY_KP4}, {XK_KP_5, KEY_KP5}, {XK_KP_6, KEY_KP6}, {XK_KP_7, KEY_KP7},
    {XK_KP_8, KEY_KP8}, {XK_KP_9, KEY_KP9},
    {XK_KP_Insert, KEY_KP0}, {XK_KP_End, KEY_KP1},   {XK_KP_Down, KEY_KP2},
    {XK_KP_Page_Down, KEY_KP3}, {XK_KP_Left, KEY_KP4}, {XK_KP_Begin, KEY_KP5},
    {XK_KP_Right, KEY_KP6}, {XK_KP_Home, KEY_KP7},   {XK_KP_Up, KEY_KP8},
    {XK_KP_Page_Up, KEY_KP9},
    {XK_KP_Enter, KEY_KPENTER},      {XK_KP_Add, KEY_KPPLUS},         {XK_KP_Subtract, KEY_KPMINUS},
    {XK_KP_Multiply, KEY_KPASTERISK}, {XK_KP_Divide, KEY_KPSLASH},    {XK_KP_Equal, KEY_KPEQUAL},
    {XK_KP_Decimal, KEY_KPDOT},      {XK_KP_Delete, KEY_KPDOT},       {XK_KP_Separator, KEY_KPCOMMA},
};
/* clang-format on */

unsigned keymap_from_keysym(uint32_t keysym)
{
    if (keysym >= ASCII_FIRST && keysym <= ASCII_LAST)
        return ascii_keys[keysym];
    for (size_t i = 0; i < sizeof(other_keys) / sizeof(other_keys[0]); i++)
        if (other_keys[i].keysym == keysym)
            return other_keys[i].key;
    return KEY_RESERVED;
}
