/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One VNC viewer: turns RFB's key and pointer messages into what the session takes. */
#include "vnc/client.h"

#include <linux/input-event-codes.h>

#include "vnc/keymap.h"

/* RFB's button mask; the wheel is told as presses of buttons of its own. */
static const struct {
    int mask;
    unsigned key; /* 0: a wheel */
    int steps;
} buttons_of_mask[] = {
    {.mask = 1 << 0, .key = BTN_LEFT},  {.mask = 1 << 1, .key = BTN_MIDDLE},
    {.mask = 1 << 2, .key = BTN_RIGHT}, {.mask = 1 << 3, .steps = 1},
    {.mask = 1 << 4, .steps = -1},      {.mask = 1 << 7, .key = BTN_SIDE},
};

void vnc_client_keysym(rfbBool down, rfbKeySym keysym, rfbClientPtr rfb)
{
    struct vnc_client *client = rfb->clientData;

    session_viewer_key(client->viewer, keymap_from_keysym(keysym), down);
}

void vnc_client_pointer(int buttons, int x, int y, rfbClientPtr rfb)
{
    struct vnc_client *client = rfb->clientData;
    int changed = buttons ^ client->buttons;

    client->buttons = buttons;
    session_viewer_position(client->viewer, x, y);
    for (size_t i = 0; i < sizeof(buttons_of_mask) / sizeof(buttons_of_mask[0]); i++) {
        bool down = buttons & buttons_of_mask[i].mask;

        if (!(changed & buttons_of_mask[i].mask))
            continue;
        if (buttons_of_mask[i].key)
            session_viewer_key(client->viewer, buttons_of_mask[i].key, down);
        else if (down)
            session_viewer_wheel(client->viewer, buttons_of_mask[i].steps);
    }
}
