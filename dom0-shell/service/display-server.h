/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The display server process of one running guest: started, watched, started again, stopped. */
#pragma once

#include "helper.h"
#include "screen-places.h"
#include "touch-screen.h"

#define DISPLAY_TYPE_SERVER (display_server_get_type())
G_DECLARE_FINAL_TYPE(DisplayServer, display_server, DISPLAY, SERVER, GObject)

/* What a display is served as. */
typedef enum {
    DISPLAY_VNC,
    DISPLAY_SPICE,
    DISPLAY_LOCAL,
    DISPLAY_PROTOCOLS,
} DisplayProtocol;

/* What a server is to know of the guest that it shows. */
typedef struct {
    const char *monitors; /* of its graphics card (monitor-list.h) */
    TouchScreen touch;
    gboolean restored; /* it was saved, and goes on */
} DisplayDevices;

/* The protocol called NAME ("vnc", "spice", "local"); FALSE if there is none. */
gboolean display_protocol_parse(const char *name, DisplayProtocol *protocol);

/* A server, not yet running, for the domain DOMID of the guest NAME, whose sockets will be
 * SOCKET_PATH and, for the others, SOCKET_PATH.spice and SOCKET_PATH.local (the directory must
 * exist); what one server must know of another before it is in SOCKET_PATH.keep. It serves PLACES
 * in the network, too, of which it says by MESSAGE "at URL". */
DisplayServer *display_server_new(const char *program, int domid, const char *name,
                                  const char *socket_path, const DisplayDevices *devices,
                                  const ScreenPlaces *places, HelperMessage message);

/* As helper_start(), MESSAGE included. CHANGED tells whether OpenDisplay would succeed. */
void display_server_start(DisplayServer *server, HelperReady ready, HelperChanged changed,
                          gpointer data);

/* Ends the process and removes its socket; no callback is called any more. */
void display_server_stop(DisplayServer *server);

/* The domain of the guest whose server had SOCKET_PATH is gone: what the next server would have to
 * know of this one is removed. The process could not: by then it is another user. */
void display_server_forget(const char *socket_path);

gboolean display_server_is_available(DisplayServer *server);

/* A stream socket connected to the server; the caller owns the descriptor. -1 and ERROR if it
 * can't be had. */
int display_server_connect(DisplayServer *server, DisplayProtocol protocol, GError **error);
