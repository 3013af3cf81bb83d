/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and the pointer as SPICE has them: a message for each button that goes down or comes up. */
#include "viewer/spice-input.h"

#include "viewer/session.h"

/* How vitrine_keymap_to_xt() tells keys that follow an 0xe0 byte, and how the library does. */
#define EXTENDED       0x80
#define SPICE_EXTENDED 0x100

/* SPICE has no wheel that goes sideways. */
static const struct {
    guint mask;
    int button, spice_mask;
} buttons_of_mask[] = {
    {VITRINE_BUTTON_LEFT, SPICE_MOUSE_BUTTON_LEFT, SPICE_MOUSE_BUTTON_MASK_LEFT},
    {VITRINE_BUTTON_MIDDLE, SPICE_MOUSE_BUTTON_MIDDLE, SPICE_MOUSE_BUTTON_MASK_MIDDLE},
    {VITRINE_BUTTON_RIGHT, SPICE_MOUSE_BUTTON_RIGHT, SPICE_MOUSE_BUTTON_MASK_RIGHT},
    {VITRINE_WHEEL_UP, SPICE_MOUSE_BUTTON_UP, 0},
    {VITRINE_WHEEL_DOWN, SPICE_MOUSE_BUTTON_DOWN, 0},
};

/* @xt_code from vitrine_keymap_to_xt(); a key that has none is not told. */
void vitrine_spice_input_key(SpiceInputsChannel *inputs, gboolean down, guint16 xt_code)
{
    guint code = xt_code & EXTENDED ? SPICE_EXTENDED | (xt_code & ~EXTENDED) : xt_code;

    if (!code)
        return;
    if (down)
        spice_inputs_channel_key_press(inputs, code);
    else
        spice_inputs_channel_key_release(inputs, code);
}

/* The buttons that are held, in SPICE's mask. */
static int make_state(guint buttons)
{
    int state = 0;

    for (guint i = 0; i < G_N_ELEMENTS(buttons_of_mask); i++)
        if (buttons & buttons_of_mask[i].mask)
            state |= buttons_of_mask[i].spice_mask;
    return state;
}

/* The pointer is at @x and @y of the picture, with @buttons of a session's mask down. */
void vitrine_spice_input_pointer(SpiceInputsChannel *inputs, guint old_buttons, guint buttons,
                                 int x, int y)
{
    guint known = old_buttons;

    spice_inputs_channel_position(inputs, x, y, 0, make_state(known));
    for (guint i = 0; i < G_N_ELEMENTS(buttons_of_mask); i++) {
        guint mask = buttons_of_mask[i].mask;

        if (!((old_buttons ^ buttons) & mask))
            continue;
        known ^= mask;
        if (known & mask)
            spice_inputs_channel_button_press(inputs, buttons_of_mask[i].button, make_state(known));
        else
            spice_inputs_channel_button_release(inputs, buttons_of_mask[i].button,
                                                make_state(known));
    }
}
