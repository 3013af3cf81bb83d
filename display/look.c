/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has changed in a picture whose painter does not say so. */
#include "look.h"

#include <stdlib.h>
#include <string.h>

struct look {
    uint8_t *seen; /* the lines, as the source has them, without its gaps; NULL: nothing was seen */
    unsigned width, height, depth;
};

struct look *look_new(void)
{
    return calloc(1, sizeof(struct look));
}

void look_forget(struct look *look)
{
    free(look->seen);
    look->seen = NULL;
}

void look_free(struct look *look)
{
    if (!look)
        return;
    look_forget(look);
    free(look);
}

static size_t line_bytes(const struct look *look)
{
    return (size_t)look->width * (look->depth / 8);
}

static bool is_alike(const struct look *look, const struct pixel_source *source)
{
    return look->seen && look->width == source->width && look->height == source->height &&
           look->depth == source->depth;
}

static const uint8_t *line_of(const struct pixel_source *source, unsigned y)
{
    return source->base + source->offset + source->stride * y;
}

/* The columns of one line that differ: from the first to the last, whole LOOK_COLUMNS. */
struct span {
    unsigned first, end; /* empty if they are the same */
};

static void widen(struct span *span, unsigned from, unsigned to)
{
    if (span->first == span->end) {
        *span = (struct span){from, to};
        return;
    }
    span->first = from < span->first ? from : span->first;
    span->end = to > span->end ? to : span->end;
}

/* Takes over what differs in line @y, and widens @span by it. */
static void look_at_line(struct look *look, const struct pixel_source *source, unsigned y,
                         struct span *span)
{
    uint8_t *seen = look->seen + line_bytes(look) * y;
    const uint8_t *now = line_of(source, y);
    size_t pixel = look->depth / 8;

    if (memcmp(seen, now, line_bytes(look)) == 0)
        return;
    for (unsigned x = 0; x < look->width; x += LOOK_COLUMNS) {
        unsigned count = look->width - x < LOOK_COLUMNS ? look->width - x : LOOK_COLUMNS;

        if (memcmp(seen + x * pixel, now + x * pixel, count * pixel) == 0)
            continue;
        memcpy(seen + x * pixel, now + x * pixel, count * pixel);
        widen(span, x, x + count);
    }
}

static bool look_at_piece(struct look *look, const struct pixel_source *source, unsigned y,
                          void (*changed)(void *data, const struct rect *rect), void *data)
{
    unsigned end = look->height - y < LOOK_LINES ? look->height : y + LOOK_LINES;
    struct span span = {0};

    for (unsigned line = y; line < end; line++)
        look_at_line(look, source, line, &span);
    if (span.first == span.end)
        return false;
    changed(data,
            &(struct rect){(int)span.first, (int)y, (int)(span.end - span.first), (int)(end - y)});
    return true;
}

/* All of it is new. Without memory nothing is remembered: it is all new the next time, too. */
static void see_first(struct look *look, const struct pixel_source *source)
{
    look_forget(look);
    look->width = source->width;
    look->height = source->height;
    look->depth = source->depth;
    look->seen = malloc(line_bytes(look) * look->height);
    for (unsigned y = 0; look->seen && y < look->height; y++)
        memcpy(look->seen + line_bytes(look) * y, line_of(source, y), line_bytes(look));
}

bool look_at(struct look *look, const struct pixel_source *source,
             void (*changed)(void *data, const struct rect *rect), void *data)
{
    bool any = false;

    if (!is_alike(look, source)) {
        see_first(look, source);
        changed(data, &(struct rect){0, 0, (int)source->width, (int)source->height});
        return true;
    }
    for (unsigned y = 0; y < look->height; y += LOOK_LINES)
        any |= look_at_piece(look, source, y, changed, data);
    return any;
}
