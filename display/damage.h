/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a picture that have changed and were not shown yet, in bounded space. */
#ifndef DISPLAY_DAMAGE_H
#define DISPLAY_DAMAGE_H

#include "rect.h"

/* A guest can send any number of updates between two frames; what it can make us remember is this.
 */
#define DAMAGE_MAX_RECTS 16

struct damage {
    unsigned count;
    struct rect rects[DAMAGE_MAX_RECTS];
};

/*
 * Adds @rect, whose edges must be within 0..INT_MAX/2. Rectangles may come to overlap; when there
 * is no place left, all of them become their bounding box.
 */
void damage_add(struct damage *damage, const struct rect *rect);

void damage_clear(struct damage *damage);

static inline bool damage_is_empty(const struct damage *damage)
{
    return damage->count == 0;
}

#endif
