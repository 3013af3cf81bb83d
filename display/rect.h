/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rectangle of pixels: what damage, updates and copies are told in. */
#ifndef DISPLAY_RECT_H
#define DISPLAY_RECT_H

#include <stdbool.h>
#include <stdint.h>

struct rect {
    int x, y;
    int width, height;
};

static inline bool rect_is_empty(const struct rect *r)
{
    return r->width <= 0 || r->height <= 0;
}

/* The part of @r that lies in a picture of @width x @height pixels; empty if there is none. */
static inline struct rect rect_clip(const struct rect *r, unsigned width, unsigned height)
{
    int x1 = r->x > 0 ? r->x : 0;
    int y1 = r->y > 0 ? r->y : 0;
    int64_t x2 = (int64_t)r->x + r->width;
    int64_t y2 = (int64_t)r->y + r->height;

    if (x2 > width)
        x2 = width;
    if (y2 > height)
        y2 = height;
    if (x2 <= x1 || y2 <= y1)
        return (struct rect){0};
    return (struct rect){x1, y1, (int)(x2 - x1), (int)(y2 - y1)};
}

/* True if every pixel of @inner is in @outer. */
static inline bool rect_contains(const struct rect *outer, const struct rect *inner)
{
    return inner->x >= outer->x && inner->y >= outer->y &&
           inner->x + inner->width <= outer->x + outer->width &&
           inner->y + inner->height <= outer->y + outer->height;
}

#endif
