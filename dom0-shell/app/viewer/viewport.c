/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest's screen is laid into a view of another size. Plain arithmetic, no toolkit. */
#include "viewer/viewport.h"

static void intersect_axis(int a, int a_size, int b, int b_size, int *ret_position, int *ret_size)
{
    gint64 start = MAX(a, b);
    gint64 end = MIN((gint64)a + a_size, (gint64)b + b_size);

    *ret_position = start;
    *ret_size = CLAMP(end - start, 0, G_MAXINT);
}

/* What both have; empty if that is nothing. Either may be anything. */
VitrineRect vitrine_rect_intersect(const VitrineRect *a, const VitrineRect *b)
{
    VitrineRect rect;

    intersect_axis(a->x, a->width, b->x, b->width, &rect.x, &rect.width);
    intersect_axis(a->y, a->height, b->y, b->height, &rect.y, &rect.height);
    return rect;
}

/*
 * Places a guest's screen in a view: centred, never distorted; magnified by a whole number where it
 * fits so that its pixels stay sharp, else shrunk until it does. Any size may be zero (nothing is
 * known or visible yet), which gives an empty place.
 */
VitrineViewport vitrine_viewport_fit(int guest_width, int guest_height, int view_width,
                                     int view_height)
{
    VitrineViewport self = {guest_width, guest_height, {0, 0, 0, 0}};
    int width, height;

    if (guest_width <= 0 || guest_height <= 0 || view_width <= 0 || view_height <= 0)
        return self;

    if (guest_width <= view_width && guest_height <= view_height) {
        int factor = MIN(view_width / guest_width, view_height / guest_height);

        width = guest_width * factor;
        height = guest_height * factor;
    } else if ((gint64)guest_width * view_height > (gint64)guest_height * view_width) {
        width = view_width;
        height = MAX((gint64)guest_height * view_width / guest_width, 1);
    } else {
        height = view_height;
        width = MAX((gint64)guest_width * view_height / guest_height, 1);
    }
    self.place = (VitrineRect){(view_width - width) / 2, (view_height - height) / 2, width, height};
    return self;
}

/* What is shown is held in memory: as many pixels as the largest of screens has, and no more. */
#define MAX_PIXELS (7680ll * 4320)

/*
 * The same at a size of @percent of the guest's, which may be more than the view has room for, then
 * with the top left corner at its corner. 0, or what would be larger than any screen: fitted.
 */
VitrineViewport vitrine_viewport_zoom(int guest_width, int guest_height, int view_width,
                                      int view_height, guint percent)
{
    VitrineViewport self = vitrine_viewport_fit(guest_width, guest_height, view_width, view_height);
    gint64 width = (gint64)guest_width * percent / 100;
    gint64 height = (gint64)guest_height * percent / 100;

    if (percent == 0 || self.place.width == 0 || width <= 0 || height <= 0 ||
        width > MAX_PIXELS / height)
        return self;
    self.place = (VitrineRect){MAX((view_width - width) / 2, 0), MAX((view_height - height) / 2, 0),
                               width, height};
    return self;
}

/* Whether one pixel of the guest is one pixel of the view. */
gboolean vitrine_viewport_is_exact(const VitrineViewport *self)
{
    return self->place.width == self->guest_width && self->place.height == self->guest_height;
}

static int map_axis(double position, int place, int place_size, int guest_size)
{
    double guest = (position - place) * guest_size / place_size;

    return CLAMP(guest, 0, guest_size - 1);
}

/* The guest's pixel below a point of the view; beside the picture, the nearest one at its edge. */
void vitrine_viewport_to_guest(const VitrineViewport *self, double x, double y, int *guest_x,
                               int *guest_y)
{
    *guest_x = *guest_y = 0;
    if (self->place.width <= 0 || self->place.height <= 0)
        return;
    *guest_x = map_axis(x, self->place.x, self->place.width, self->guest_width);
    *guest_y = map_axis(y, self->place.y, self->place.height, self->guest_height);
}

static void damage_axis(int position, int size, int place_size, int guest_size, int *ret_position,
                        int *ret_size)
{
    gint64 start = (gint64)position * place_size / guest_size;
    gint64 end = ((gint64)(position + size) * place_size + guest_size - 1) / guest_size;

    /* A smoothed pixel takes its colour from its neighbours too. */
    if (place_size != guest_size) {
        start -= 1;
        end += 1;
    }
    start = CLAMP(start, 0, place_size);
    end = CLAMP(end, 0, place_size);
    *ret_position = start;
    *ret_size = end - start;
}

/*
 * What has to be painted anew after the guest changed @guest_rect, in pixels relative to the
 * top left corner of the place, and always within it, whatever a display server says.
 */
VitrineRect vitrine_viewport_damage(const VitrineViewport *self, const VitrineRect *guest_rect)
{
    VitrineRect rect = {0, 0, 0, 0};
    int left = CLAMP(guest_rect->x, 0, self->guest_width);
    int top = CLAMP(guest_rect->y, 0, self->guest_height);
    int right = CLAMP((gint64)guest_rect->x + guest_rect->width, left, self->guest_width);
    int bottom = CLAMP((gint64)guest_rect->y + guest_rect->height, top, self->guest_height);

    if (self->place.width <= 0 || self->place.height <= 0 || right == left || bottom == top)
        return rect;
    damage_axis(left, right - left, self->place.width, self->guest_width, &rect.x, &rect.width);
    damage_axis(top, bottom - top, self->place.height, self->guest_height, &rect.y, &rect.height);
    return rect;
}
