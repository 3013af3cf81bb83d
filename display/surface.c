/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture as the front ends read it: our own memory, always 32 bits a pixel. */
#include "surface.h"

#include <stdlib.h>
#include <string.h>

struct surface *surface_new(unsigned width, unsigned height)
{
    size_t stride = (size_t)width * sizeof(uint32_t);
    struct surface *surface = calloc(1, sizeof(*surface) + stride * height);

    if (!surface)
        return NULL;
    surface->width = width;
    surface->height = height;
    surface->stride = stride;
    return surface;
}

void surface_free(struct surface *surface)
{
    free(surface);
}

static struct rect clip(const struct rect *rect, unsigned width, unsigned height)
{
    int x1 = rect->x > 0 ? rect->x : 0;
    int y1 = rect->y > 0 ? rect->y : 0;
    int64_t x2 = (int64_t)rect->x + rect->width;
    int64_t y2 = (int64_t)rect->y + rect->height;

    if (x2 > width)
        x2 = width;
    if (y2 > height)
        y2 = height;
    if (x2 <= x1 || y2 <= y1)
        return (struct rect){0};
    return (struct rect){x1, y1, (int)(x2 - x1), (int)(y2 - y1)};
}

/* Each 16-bit pixel is read once; the low bits repeat the high ones, so that white stays white. */
static void expand_565(uint32_t *to, const uint8_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t pixel;
        uint32_t r, g, b;

        memcpy(&pixel, from + i * sizeof(pixel), sizeof(pixel));
        r = pixel >> 11;
        g = (pixel >> 5) & 0x3f;
        b = pixel & 0x1f;
        to[i] = (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2);
    }
}

static void copy_row(uint32_t *to, const uint8_t *from, size_t count, unsigned depth)
{
    if (depth == 32)
        memcpy(to, from, count * sizeof(*to));
    else
        expand_565(to, from, count);
}

void surface_copy(struct surface *surface, const struct pixel_source *source,
                  const struct rect *rect)
{
    struct rect part = clip(rect, source->width, source->height);

    part = clip(&part, surface->width, surface->height);
    for (int y = part.y; y < part.y + part.height; y++) {
        const uint8_t *row = source->base + source->offset + source->stride * (size_t)y;

        copy_row(surface->pixels + (size_t)y * surface->width + part.x,
                 row + (size_t)part.x * (source->depth / 8), (size_t)part.width, source->depth);
    }
}
