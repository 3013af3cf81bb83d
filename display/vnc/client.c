/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One VNC viewer: turns RFB's key and pointer messages into what the session takes. */
#include "vnc/client.h"

#include "buttons.h"
#include "keymap.h"

void vnc_client_keysym(rfbBool down, rfbKeySym keysym, rfbClientPtr rfb)
{
    struct vnc_client *client = rfb->clientData;

    session_viewer_key(client->viewer, keymap_from_keysym(keysym), down);
}

void vnc_client_pointer(int buttons, int x, int y, rfbClientPtr rfb)
{
    struct vnc_client *client = rfb->clientData;

    session_viewer_position(client->viewer, x, y);
    buttons_change(client->viewer, &client->buttons, (unsigned)buttons);
}
