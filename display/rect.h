/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rectangle of pixels: what damage, updates and copies are told in. */
#ifndef DISPLAY_RECT_H
#define DISPLAY_RECT_H

#include <stdbool.h>

struct rect {
    int x, y;
    int width, height;
};

static inline bool rect_is_empty(const struct rect *r)
{
    return r->width <= 0 || r->height <= 0;
}

/* True if every pixel of @inner is in @outer. */
static inline bool rect_contains(const struct rect *outer, const struct rect *inner)
{
    return inner->x >= outer->x && inner->y >= outer->y &&
           inner->x + inner->width <= outer->x + outer->width &&
           inner->y + inner->height <= outer->y + outer->height;
}

#endif
