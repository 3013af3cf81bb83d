/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture as the front ends read it: our own memory, always 32 bits a pixel. */
#include "surface.h"

#include <stdlib.h>
#include <string.h>

bool pixel_source_crop(struct pixel_source *source, const struct rect *area)
{
    struct rect inside = rect_clip(area, source->width, source->height);

    if (rect_is_empty(&inside) || inside.x != area->x || inside.y != area->y ||
        inside.width != area->width || inside.height != area->height)
        return false;
    source->offset += source->stride * (size_t)area->y + (size_t)area->x * (source->depth / 8);
    source->width = (unsigned)area->width;
    source->height = (unsigned)area->height;
    return true;
}

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

void pixels_copy(uint32_t *to, size_t to_width, const struct pixel_source *source,
                 const struct rect *rect)
{
    for (int y = rect->y; y < rect->y + rect->height; y++) {
        const uint8_t *row = source->base + source->offset + source->stride * (size_t)y;

        copy_row(to, row + (size_t)rect->x * (source->depth / 8), (size_t)rect->width,
                 source->depth);
        to += to_width;
    }
}

void surface_copy(struct surface *surface, int x, int y, const struct pixel_source *source,
                  const struct rect *rect)
{
    struct rect part = rect_clip(rect, source->width, source->height);
    struct rect placed = {part.x + x, part.y + y, part.width, part.height};

    placed = rect_clip(&placed, surface->width, surface->height);
    part.width = placed.width;
    part.height = placed.height;
    if (!rect_is_empty(&part))
        pixels_copy(surface->pixels + (size_t)placed.y * surface->width + placed.x, surface->width,
                    source, &part);
}
