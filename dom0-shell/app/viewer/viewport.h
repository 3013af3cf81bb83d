/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest's screen is laid into a view of another size: placement, pointer, damage. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A rectangle of whole pixels; empty if either side is zero or less. */
typedef struct {
    int x, y, width, height;
} VitrineRect;

typedef struct {
    int guest_width, guest_height; /* the guest's screen, in its pixels */
    VitrineRect place;             /* where it is shown, in pixels of the view */
} VitrineViewport;

VitrineRect vitrine_rect_intersect(const VitrineRect *a, const VitrineRect *b);
VitrineViewport vitrine_viewport_fit(int guest_width, int guest_height, int view_width,
                                     int view_height);
VitrineViewport vitrine_viewport_zoom(int guest_width, int guest_height, int view_width,
                                      int view_height, guint percent);
gboolean vitrine_viewport_is_exact(const VitrineViewport *self);
void vitrine_viewport_to_guest(const VitrineViewport *self, double x, double y, int *guest_x,
                               int *guest_y);
VitrineRect vitrine_viewport_damage(const VitrineViewport *self, const VitrineRect *guest_rect);

G_END_DECLS
