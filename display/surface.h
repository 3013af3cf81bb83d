/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The picture as the front ends read it: our own memory, always 32 bits a pixel (0x00RRGGBB).
 *
 * The guest can write to its framebuffer at any moment. Encoders look at a pixel more than once
 * (count colours, then index them), so they never see guest memory: the damaged rows are copied
 * here once, and everything after reads what stands still.
 *
 * The memory is a file without a name, which viewers on this computer are handed (local/): they see
 * these very pixels. They can neither write to it nor change its size, ever.
 */
#ifndef DISPLAY_SURFACE_H
#define DISPLAY_SURFACE_H

#include <stddef.h>
#include <stdint.h>

#include "rect.h"

struct surface {
    unsigned width, height; /* pixels */
    size_t stride;          /* bytes: width * 4 */
    uint32_t *pixels;
    int fd; /* of the memory: for others to map, who can only read */
};

/*
 * Where pixels come from: memory that others may write to while it is read. Whoever fills this in
 * has checked that offset + stride * (height - 1) + width * depth / 8 bytes are mapped at base.
 */
struct pixel_source {
    const uint8_t *base;
    size_t offset, stride;  /* bytes */
    unsigned width, height; /* pixels */
    unsigned depth;         /* bits a pixel: 32 (x8r8g8b8) or 16 (r5g6b5) */
};

/* Makes it @area of what it was; false, and nothing is changed, if that does not lie within it. */
bool pixel_source_crop(struct pixel_source *source, const struct rect *area);

/* A black picture; both sides must be positive. NULL if there is no memory. */
struct surface *surface_new(unsigned width, unsigned height);

/* The memory goes when nobody who was handed it has it any more. Accepts NULL. */
void surface_free(struct surface *surface);

/*
 * Copies what is new in @rect of the source, whose upper left corner lies at @x, @y of the surface:
 * as much of it as both have. Neither @x nor @y is negative. Returns where in the surface that
 * is, one rectangle around all of it; empty if nothing is new.
 */
struct rect surface_update(struct surface *surface, int x, int y, const struct pixel_source *source,
                           const struct rect *rect);

#endif
