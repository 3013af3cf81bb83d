/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One VNC viewer: its input goes to the session. What vnc/ shares about it. */
#ifndef DISPLAY_VNC_CLIENT_H
#define DISPLAY_VNC_CLIENT_H

#include <stdbool.h>

#include <rfb/rfb.h>

#include "session.h"

struct vnc_server;

struct vnc_client {
    struct vnc_server *server;
    rfbClientPtr rfb;              /* its clientData is this structure */
    struct session_viewer *viewer; /* NULL until it is let in */
    unsigned source;               /* GLib's, on the socket */
    unsigned timer;                /* until it is let in, of one that needs a password */
    bool is_stranger;              /* it needs one */
    unsigned buttons;              /* that it holds */
    bool wants_extkey;             /* and has not been told yet that it can have it */
};

/* Tells the session what the viewer did. Have the types that libvncserver's hooks want. */
void vnc_client_keysym(rfbBool down, rfbKeySym keysym, rfbClientPtr rfb);
void vnc_client_pointer(int buttons, int x, int y, rfbClientPtr rfb);

/*
 * Makes the library understand key events that carry scan codes (QEMU's extension of RFB), which
 * mean the same key whatever the viewer's layout. For the whole process, once.
 */
void vnc_extkey_register(void);

/* To be called after each update, as libvncserver's displayFinishedHook. */
void vnc_extkey_acknowledge(rfbClientPtr rfb, int sent);

/* To be called when a viewer goes: frees what the library would forget. */
void vnc_extkey_forget(rfbClientPtr rfb);

#endif
