/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture that is painted anywhere: whoever follows what look tells has the same picture. */
#include <string.h>

#include "look.h"
#include "fuzz.h"

#define WIDTH  150
#define HEIGHT 40

static uint32_t painted[WIDTH * HEIGHT], followed[WIDTH * HEIGHT];
static struct pixel_source source;
static unsigned told;

/* Copies what is told, which must be within the picture, and below what was told before. */
static void on_changed(void *data, const struct rect *rect)
{
    int *bottom = data;

    FUZZ_ASSERT(rect->x >= 0 && rect->y >= *bottom && !rect_is_empty(rect));
    FUZZ_ASSERT(rect->x + rect->width <= (int)source.width &&
                rect->y + rect->height <= (int)source.height);
    *bottom = rect->y + rect->height;
    told++;
    for (int y = rect->y; y < *bottom; y++)
        memcpy(&followed[y * WIDTH + rect->x], &painted[y * WIDTH + rect->x],
               (size_t)rect->width * sizeof(uint32_t));
}

static void check(struct look *look)
{
    int bottom = 0;
    bool any;

    told = 0;
    any = look_at(look, &source, on_changed, &bottom);
    FUZZ_ASSERT(any == (told > 0) && told <= (HEIGHT + LOOK_LINES - 1) / LOOK_LINES);
    for (unsigned y = 0; y < source.height; y++)
        FUZZ_ASSERT(memcmp(&followed[y * WIDTH], &painted[y * WIDTH],
                           source.width * sizeof(uint32_t)) == 0);
}

/* Three bytes a step: a pixel, or another size, and now and then a look. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct look *look = look_new();

    source = (struct pixel_source){.base = (const uint8_t *)painted,
                                   .stride = WIDTH * sizeof(uint32_t),
                                   .width = WIDTH,
                                   .height = HEIGHT,
                                   .depth = 32};
    for (size_t i = 0; i + 3 <= len; i += 3) {
        painted[data[i] % WIDTH + data[i + 1] % HEIGHT * WIDTH] += data[i + 2];
        if (data[i + 2] == 0xff) {
            source.width = 1 + data[i] % WIDTH;
            source.height = 1 + data[i + 1] % HEIGHT;
        }
        if (data[i + 2] % 4 == 0)
            check(look);
    }
    check(look);
    look_free(look);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t steps[] = {0, 0, 4, 149, 39, 1, 64, 16, 8, 70, 30, 0xff, 3, 4, 4};

    if (n > 0)
        return 0;
    memcpy(data, steps, sizeof(steps));
    return sizeof(steps);
}
