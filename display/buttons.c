/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pointer's buttons, as RFB tells them in one number, to what the session takes. */
#include "buttons.h"

#include <linux/input-event-codes.h>

static const struct {
    unsigned mask;
    unsigned key; /* 0: a wheel */
    int steps;
} buttons_of_mask[] = {
    {.mask = 1 << 0, .key = BTN_LEFT},  {.mask = 1 << 1, .key = BTN_MIDDLE},
    {.mask = 1 << 2, .key = BTN_RIGHT}, {.mask = 1 << 3, .steps = 1},
    {.mask = 1 << 4, .steps = -1},      {.mask = 1 << 7, .key = BTN_SIDE},
    {.mask = 1 << 8, .key = BTN_EXTRA}, /* beyond RFB's own */
};

void buttons_change(struct session_viewer *viewer, unsigned *held, unsigned buttons)
{
    unsigned changed = buttons ^ *held;

    *held = buttons;
    for (size_t i = 0; i < sizeof(buttons_of_mask) / sizeof(buttons_of_mask[0]); i++) {
        bool down = buttons & buttons_of_mask[i].mask;

        if (!(changed & buttons_of_mask[i].mask))
            continue;
        if (buttons_of_mask[i].key)
            session_viewer_key(viewer, buttons_of_mask[i].key, down);
        else if (down)
            session_viewer_wheel(viewer, buttons_of_mask[i].steps);
    }
}
