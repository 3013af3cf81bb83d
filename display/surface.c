/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture as the front ends read it: our own memory, always 32 bits a pixel. */
#include "surface.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Its size is fixed: to read beyond its end would be the end of who reads. And nobody maps it for
 * writing after us. None of this can be taken back.
 */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)

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

static size_t size_of(const struct surface *surface)
{
    return surface->stride * surface->height;
}

/* False if there is no memory. Takes some only where pixels are touched. */
static bool make_pixels(struct surface *surface)
{
    void *pixels = MAP_FAILED;

    surface->fd = memfd_create("vitrine-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (surface->fd < 0)
        return false;
    if (ftruncate(surface->fd, (off_t)size_of(surface)) == 0)
        pixels = mmap(NULL, size_of(surface), PROT_READ | PROT_WRITE, MAP_SHARED, surface->fd, 0);
    if (pixels == MAP_FAILED || fcntl(surface->fd, F_ADD_SEALS, SEALS)) {
        if (pixels != MAP_FAILED)
            munmap(pixels, size_of(surface));
        close(surface->fd);
        return false;
    }
    surface->pixels = pixels;
    return true;
}

struct surface *surface_new(unsigned width, unsigned height)
{
    struct surface *surface = calloc(1, sizeof(*surface));

    if (!surface)
        return NULL;
    surface->width = width;
    surface->height = height;
    surface->stride = (size_t)width * sizeof(uint32_t);
    if (make_pixels(surface))
        return surface;
    free(surface);
    return NULL;
}

void surface_free(struct surface *surface)
{
    if (!surface)
        return;
    munmap(surface->pixels, size_of(surface));
    close(surface->fd);
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

/* Of a row: its pixels from @first on, before @end. */
struct span {
    size_t first, end;
};

static bool is_same(const uint32_t *pixel, const uint8_t *from)
{
    return memcmp(pixel, from, sizeof(*pixel)) == 0;
}

/* What the guest writes meanwhile it tells of, and is found then. */
static struct span update_row_32(uint32_t *to, const uint8_t *from, size_t count)
{
    struct span span = {0, count};

    if (memcmp(to, from, count * sizeof(*to)) == 0)
        return (struct span){0, 0};
    while (span.first < span.end && is_same(to + span.first, from + span.first * sizeof(*to)))
        span.first++;
    while (span.end > span.first && is_same(to + span.end - 1, from + (span.end - 1) * sizeof(*to)))
        span.end--;
    memcpy(to + span.first, from + span.first * sizeof(*to), (span.end - span.first) * sizeof(*to));
    return span;
}

static struct span update_row_16(uint32_t *to, const uint8_t *from, size_t count)
{
    struct span span = {count, 0};

    for (size_t i = 0; i < count; i++) {
        uint32_t pixel;

        expand_565(&pixel, from + i * sizeof(uint16_t), 1);
        if (pixel == to[i])
            continue;
        to[i] = pixel;
        span.first = i < span.first ? i : span.first;
        span.end = i + 1;
    }
    return span.end ? span : (struct span){0, 0};
}

/* @changed becomes so large that it has @span of line @y in it, too. */
static void include(struct rect *changed, const struct span *span, int y)
{
    int left = (int)span->first, right = (int)span->end;

    if (span->first >= span->end)
        return;
    if (rect_is_empty(changed)) {
        *changed = (struct rect){left, y, right - left, 1};
        return;
    }
    if (left > changed->x)
        left = changed->x;
    if (right < changed->x + changed->width)
        right = changed->x + changed->width;
    *changed = (struct rect){left, changed->y, right - left, y + 1 - changed->y};
}

/* In pixels from the corner of @rect, which lies in both. */
static struct rect update(uint32_t *to, size_t to_width, const struct pixel_source *source,
                          const struct rect *rect)
{
    struct rect changed = {0};

    for (int y = 0; y < rect->height; y++) {
        const uint8_t *row = source->base + source->offset +
                             source->stride * (size_t)(rect->y + y) +
                             (size_t)rect->x * (source->depth / 8);
        struct span span = source->depth == 32 ? update_row_32(to, row, (size_t)rect->width)
                                               : update_row_16(to, row, (size_t)rect->width);

        include(&changed, &span, y);
        to += to_width;
    }
    return changed;
}

struct rect surface_update(struct surface *surface, int x, int y, const struct pixel_source *source,
                           const struct rect *rect)
{
    struct rect part = rect_clip(rect, source->width, source->height);
    struct rect placed = {part.x + x, part.y + y, part.width, part.height};
    struct rect changed;

    placed = rect_clip(&placed, surface->width, surface->height);
    part.width = placed.width;
    part.height = placed.height;
    if (rect_is_empty(&part))
        return (struct rect){0};
    changed = update(surface->pixels + (size_t)placed.y * surface->width + placed.x, surface->width,
                     source, &part);
    changed.x += placed.x;
    changed.y += placed.y;
    return changed;
}
