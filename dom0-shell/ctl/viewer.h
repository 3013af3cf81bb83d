/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection to a guest's screen that nobody looks at, by VNC. */
#pragma once

#include <cairo.h>

#include "client.h"

typedef struct Viewer Viewer;

/* Connects to the screen of the guest NAME and waits until it is known how large that is. NULL
 * after a complaint, and STATUS is what to end with. */
Viewer *viewer_open(Client *client, const char *name, int *status);
void viewer_close(Viewer *viewer);

/* Waits for all that is on the screen now. The picture is the viewer's; NULL after a complaint. */
cairo_surface_t *viewer_look(Viewer *viewer);

/* Presses the key, as X11 numbers it, or releases it. */
void viewer_press(Viewer *viewer, guint key, gboolean down);

/* Waits until the server has heard of all keys. FALSE after a complaint. */
gboolean viewer_settle(Viewer *viewer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Viewer, viewer_close)
