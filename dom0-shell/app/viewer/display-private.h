/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the display widget, picture and input, share. */
#pragma once

#include "viewer/display-link.h"
#include "viewer/display.h"
#include "viewer/keyboard.h"
#include "viewer/tiles.h"

/* More fingers than a guest takes are none. */
#define VITRINE_DISPLAY_MAX_FINGERS VITRINE_SESSION_MAX_CONTACTS

typedef struct {
    gconstpointer sequence; /* GDK's name for it, until it goes up */
    guint contact;          /* the session's */
} VitrineFinger;

struct _VitrineDisplay {
    GtkWidget parent_instance;

    /* picture: display.c */
    VitrineGuest *guest;
    VitrineDisplayLink *link;
    VitrineSession *session; /* the link's, borrowed through a reference */
    guint monitor;           /* which of the guest's is shown, from 1; 0: all of them */
    VitrineRect area;        /* of the session's surface, which is shown */
    cairo_surface_t *view;   /* that part of it; NULL while there is none */
    VitrineTiles *tiles;
    VitrineViewport viewport;
    guint zoom;          /* percent; 0: as there is room */
    gboolean update_due; /* painted up to date, but the server was not asked for more yet */

    /* input: display-input.c */
    VitrineKeyboard keyboard;
    guint buttons;
    int pointer_x, pointer_y;
    double scroll_x, scroll_y; /* parts of a wheel's click that smooth scrolling left over */
    gboolean captured;

    /* fingers: display-touch.c */
    VitrineFinger fingers[VITRINE_DISPLAY_MAX_FINGERS]; /* on the guest's touch screen */
    guint n_fingers;
    gconstpointer
        pointing; /* the finger that is the pointer, where the guest has no touch screen */

    GtkWindow *window; /* while realized: whose being active is followed */
};

void vitrine_display_input_init(VitrineDisplay *self);
void vitrine_display_input_realize(VitrineDisplay *self);
void vitrine_display_input_unrealize(VitrineDisplay *self);
void vitrine_display_input_reset(VitrineDisplay *self);
void vitrine_display_input_release(VitrineDisplay *self);
void vitrine_display_input_locate(VitrineDisplay *self, double x, double y, int *ret_x, int *ret_y);
void vitrine_display_input_point(VitrineDisplay *self, int x, int y, guint buttons);
void vitrine_display_touch_init(VitrineDisplay *self);
void vitrine_display_touch(VitrineDisplay *self, gconstpointer sequence, VitrineTouchPhase phase,
                           double x, double y);
void vitrine_display_touch_release(VitrineDisplay *self);
void vitrine_display_notify_captured(VitrineDisplay *self);
