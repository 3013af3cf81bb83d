/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of a guest's screen need: it, by the points of the guest's picture, and servers of it.
 */
#pragma once

#include "harness.h"

#include "viewer/display.h"
#include "viewer/session.h"

/* The widget that shows the screen, or NULL. */
VitrineDisplay *harness_screen(void);

/* The point at @x and @y of a picture of that size, as it is shown; G_MAXUINT32 if it is not. */
guint32 harness_screen_pixel(int width, int height, double x, double y);

/* Moves the pointer there. */
void harness_screen_move(int width, int height, double x, double y);

/* A finger of that name, any but NULL, does that there: as GDK would tell it, which makes no such
 * events of what X's test extension does. */
void harness_screen_touch(gconstpointer finger, VitrineTouchPhase phase, int width, int height,
                          double x, double y);

/* To be called by each test: libspice-client-glib complains of servers that are none, or go, and
 * does so by warnings, which are not to end the test. */
void harness_tolerate_spice(void);

/* For the launcher of a server: it ends with the test, however that ends. */
void harness_tie_server(GSubprocessLauncher *launcher);
