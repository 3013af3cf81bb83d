/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a picture that have changed and were not shown yet, in bounded space. */
#include "damage.h"

#include <stdint.h>

static int64_t area(const struct rect *r)
{
    return (int64_t)r->width * r->height;
}

static struct rect bounding_box(const struct rect *a, const struct rect *b)
{
    int x1 = a->x < b->x ? a->x : b->x;
    int y1 = a->y < b->y ? a->y : b->y;
    int ax2 = a->x + a->width, bx2 = b->x + b->width;
    int ay2 = a->y + a->height, by2 = b->y + b->height;

    return (struct rect){
        .x = x1,
        .y = y1,
        .width = (ax2 > bx2 ? ax2 : bx2) - x1,
        .height = (ay2 > by2 ? ay2 : by2) - y1,
    };
}

static void remove_at(struct damage *damage, unsigned i)
{
    damage->rects[i] = damage->rects[--damage->count];
}

/* Joins @rect with the first rectangle that it fits: the box of both names no pixel twice over. */
static bool join_one(struct damage *damage, struct rect *rect)
{
    for (unsigned i = 0; i < damage->count; i++) {
        struct rect box = bounding_box(&damage->rects[i], rect);

        if (area(&box) <= area(&damage->rects[i]) + area(rect)) {
            *rect = box;
            remove_at(damage, i);
            return true;
        }
    }
    return false;
}

static void collapse(struct damage *damage, struct rect *rect)
{
    for (unsigned i = 0; i < damage->count; i++)
        *rect = bounding_box(&damage->rects[i], rect);
    damage->count = 0;
}

void damage_add(struct damage *damage, const struct rect *rect)
{
    struct rect grown = *rect;

    if (rect_is_empty(rect))
        return;
    while (join_one(damage, &grown))
        ;
    if (damage->count == DAMAGE_MAX_RECTS)
        collapse(damage, &grown);
    damage->rects[damage->count++] = grown;
}

void damage_clear(struct damage *damage)
{
    damage->count = 0;
}
