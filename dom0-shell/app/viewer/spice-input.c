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
    {VITRINE_BUTTON_BACK, SPICE_MOUSE_BUTTON_SIDE, SPICE_MOUSE_BUTTON_MASK_SIDE},
    {VITRINE_BUTTON_FORWARD, SPICE_MOUSE_BUTTON_EXTRA, SPICE_MOUSE_BUTTON_MASK_EXTRA},
};

/* @xt_code from vitrine_keymap_to_xt(); a key that has none is not told. */
void vitrine_spice_input_key(VitrineSpiceInput *self, gboolean down, guint16 xt_code)
{
    guint code = xt_code & EXTENDED ? SPICE_EXTENDED | (xt_code & ~EXTENDED) : xt_code;

    if (!code || !self->inputs)
        return;
    if (down)
        spice_inputs_channel_key_press(self->inputs, code);
    else
        spice_inputs_channel_key_release(self->inputs, code);
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

/* Whether the guest has a mouse only, which is moved and can't be put anywhere: so have those that
 * are at a firmware or a boot loader, or know nothing of tablets. */
static gboolean is_moved(const VitrineSpiceInput *self)
{
    int mode = SPICE_MOUSE_MODE_CLIENT;

    g_object_get(self->main, "mouse-mode", &mode, NULL);
    return mode == SPICE_MOUSE_MODE_SERVER;
}

static void place(VitrineSpiceInput *self, int x, int y)
{
    int state = make_state(self->buttons);

    if (!is_moved(self))
        spice_inputs_channel_position(self->inputs, x, y, 0, state);
    else if (self->is_placed && (x != self->x || y != self->y))
        spice_inputs_channel_motion(self->inputs, x - self->x, y - self->y, state);
    self->is_placed = TRUE;
    self->x = x;
    self->y = y;
}

static void press(VitrineSpiceInput *self, int button, gboolean down)
{
    int state = make_state(self->buttons);

    if (down)
        spice_inputs_channel_button_press(self->inputs, button, state);
    else
        spice_inputs_channel_button_release(self->inputs, button, state);
}

/* The pointer is at @x and @y of the picture, with @buttons of a session's mask down. */
void vitrine_spice_input_pointer(VitrineSpiceInput *self, guint buttons, int x, int y)
{
    if (!self->inputs || !self->main)
        return;
    place(self, x, y);
    for (guint i = 0; i < G_N_ELEMENTS(buttons_of_mask); i++) {
        guint mask = buttons_of_mask[i].mask;

        if (!((self->buttons ^ buttons) & mask))
            continue;
        self->buttons ^= mask;
        press(self, buttons_of_mask[i].button, (buttons & mask) != 0);
    }
    self->buttons = buttons;
}
