/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE viewer types and points at: a keyboard and a tablet of libspice-server. */
#include "spice/input.h"

#include <linux/input-event-codes.h>

#include <glib.h>

#include "scancode.h"

/* The library knows the first member of each only. */
struct keyboard {
    SpiceKbdInstance instance;
    struct spice_input *input;
};

struct tablet {
    SpiceTabletInstance instance;
    struct spice_input *input;
};

struct spice_input {
    struct keyboard keyboard;
    struct tablet tablet;
    struct session_viewer *viewer;
    struct scancode_reader reader;
    uint32_t buttons; /* the last state */
};

/* The library's order of buttons, which is not that of the protocol. */
static const struct {
    uint32_t mask;
    unsigned key;
} buttons_of_mask[] = {
    {1 << 0, BTN_LEFT}, {1 << 1, BTN_RIGHT}, {1 << 2, BTN_MIDDLE},
    {1 << 6, BTN_SIDE}, {1 << 7, BTN_EXTRA},
};

/* --- the keyboard --- */

static struct spice_input *input_of_keyboard(SpiceKbdInstance *instance)
{
    return ((struct keyboard *)instance)->input;
}

static void on_scancode(SpiceKbdInstance *instance, uint8_t byte)
{
    struct spice_input *input = input_of_keyboard(instance);
    unsigned key;
    bool down;

    if (scancode_feed(&input->reader, byte, &key, &down) && input->viewer)
        session_viewer_key(input->viewer, key, down);
}

/* The guest does not tell us which of its lamps are lit. */
static uint8_t no_leds(SpiceKbdInstance *instance)
{
    return 0;
}

static const SpiceKbdInterface keyboard_interface = {
    .base =
        {
            .type = SPICE_INTERFACE_KEYBOARD,
            .description = "vitrine keyboard",
            .major_version = SPICE_INTERFACE_KEYBOARD_MAJOR,
            .minor_version = SPICE_INTERFACE_KEYBOARD_MINOR,
        },
    .push_scan_freg = on_scancode,
    .get_leds = no_leds,
};

/* --- the tablet --- */

static struct spice_input *input_of_tablet(SpiceTabletInstance *instance)
{
    return ((struct tablet *)instance)->input;
}

static void press(struct spice_input *input, uint32_t buttons)
{
    uint32_t changed = buttons ^ input->buttons;

    input->buttons = buttons;
    if (!input->viewer)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(buttons_of_mask); i++)
        if (changed & buttons_of_mask[i].mask)
            session_viewer_key(input->viewer, buttons_of_mask[i].key,
                               buttons & buttons_of_mask[i].mask);
}

static void on_position(SpiceTabletInstance *instance, int x, int y, uint32_t buttons)
{
    struct spice_input *input = input_of_tablet(instance);

    if (input->viewer)
        session_viewer_position(input->viewer, x, y);
    press(input, buttons);
}

/* Also told, without motion, for a button that goes down. */
static void on_wheel(SpiceTabletInstance *instance, int motion, uint32_t buttons)
{
    struct spice_input *input = input_of_tablet(instance);

    press(input, buttons);
    /* Here, positive is towards the person. */
    if (input->viewer)
        session_viewer_wheel(input->viewer, -motion);
}

static void on_buttons(SpiceTabletInstance *instance, uint32_t buttons)
{
    press(input_of_tablet(instance), buttons);
}

/* Positions are pixels of the picture, whose size the session knows. */
static void ignore_size(SpiceTabletInstance *instance, int width, int height)
{
}

static const SpiceTabletInterface tablet_interface = {
    .base =
        {
            .type = SPICE_INTERFACE_TABLET,
            .description = "vitrine tablet",
            .major_version = SPICE_INTERFACE_TABLET_MAJOR,
            .minor_version = SPICE_INTERFACE_TABLET_MINOR,
        },
    .set_logical_size = ignore_size,
    .position = on_position,
    .wheel = on_wheel,
    .buttons = on_buttons,
};

struct spice_input *spice_input_new(SpiceServer *server)
{
    struct spice_input *input = g_new0(struct spice_input, 1);

    input->keyboard.instance.base.sif = &keyboard_interface.base;
    input->keyboard.input = input;
    input->tablet.instance.base.sif = &tablet_interface.base;
    input->tablet.input = input;
    spice_server_add_interface(server, &input->keyboard.instance.base);
    spice_server_add_interface(server, &input->tablet.instance.base);
    return input;
}

void spice_input_free(struct spice_input *input)
{
    g_free(input);
}

void spice_input_set_viewer(struct spice_input *input, struct session_viewer *viewer)
{
    input->viewer = viewer;
    input->buttons = 0;
    input->reader = (struct scancode_reader){0};
}
