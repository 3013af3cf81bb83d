/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anybody on the bus is looking at the service. */
#pragma once

#include <gio/gio.h>

typedef struct ClientWatch ClientWatch;

/* ANY tells whether there are clients now. Called on the main thread when that changes. */
typedef void (*ClientWatchChanged)(gboolean any, gpointer data);

/* A client is whoever has called a method of ours, until it leaves the bus. */
ClientWatch *client_watch_new(GDBusConnection *connection, ClientWatchChanged changed,
                              gpointer data);
void client_watch_free(ClientWatch *watch);
