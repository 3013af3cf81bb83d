/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has changed in a picture whose painter does not say so is found, and nothing else. */
#include <string.h>

#include <glib.h>

#include "look.h"

#define WIDTH  200
#define HEIGHT 50
#define STRIDE (WIDTH + 8) /* pixels */

struct fixture {
    struct look *look;
    uint32_t pixels[STRIDE * HEIGHT];
    struct pixel_source source;
    GString *told;
};

static void on_changed(void *data, const struct rect *rect)
{
    g_string_append_printf(((struct fixture *)data)->told, "%d,%d+%dx%d ", rect->x, rect->y,
                           rect->width, rect->height);
}

/* Looks, and compares with what should be told. */
static void check(struct fixture *f, const char *told)
{
    bool any;

    g_string_truncate(f->told, 0);
    any = look_at(f->look, &f->source, on_changed, f);
    g_assert_cmpstr(f->told->str, ==, told);
    g_assert_cmpint(any, ==, *told != '\0');
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    f->look = look_new();
    f->told = g_string_new(NULL);
    memset(f->pixels, 0, sizeof(f->pixels));
    f->source = (struct pixel_source){.base = (const uint8_t *)f->pixels,
                                      .stride = STRIDE * sizeof(uint32_t),
                                      .width = WIDTH,
                                      .height = HEIGHT,
                                      .depth = 32};
    check(f, "0,0+200x50 ");
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    look_free(f->look);
    g_string_free(f->told, TRUE);
}

static void paint(struct fixture *f, unsigned x, unsigned y)
{
    f->pixels[y * STRIDE + x]++;
}

static void test_still(struct fixture *f, gconstpointer data)
{
    check(f, "");
    paint(f, WIDTH, 3); /* a gap between lines */
    check(f, "");
}

static void test_pieces(struct fixture *f, gconstpointer data)
{
    paint(f, 0, 0);
    check(f, "0,0+64x16 ");
    check(f, "");
    paint(f, WIDTH - 1, HEIGHT - 1); /* the narrow end, and the low one */
    check(f, "192,48+8x2 ");
    paint(f, 70, 16);
    paint(f, 130, 31);
    check(f, "64,16+128x16 ");
    paint(f, 1, 15);
    paint(f, 1, 16);
    check(f, "0,0+64x16 0,16+64x16 ");
    check(f, "");
}

/* Another buffer of the same kind: only what differs. Another kind: all. */
static void test_other_source(struct fixture *f, gconstpointer data)
{
    static uint32_t other[WIDTH * HEIGHT];

    memset(other, 0, sizeof(other));
    other[5 * WIDTH + 5] = 1;
    f->source.base = (const uint8_t *)other;
    f->source.stride = WIDTH * sizeof(uint32_t);
    check(f, "0,0+64x16 ");
    f->source.width = 100;
    check(f, "0,0+100x50 ");
    check(f, "");
    f->source.depth = 16;
    check(f, "0,0+100x50 ");
    other[0] = 1;
    check(f, "0,0+64x16 ");
}

static void test_forget(struct fixture *f, gconstpointer data)
{
    look_forget(f->look);
    check(f, "0,0+200x50 ");
    check(f, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, function) \
    g_test_add(path, struct fixture, NULL, fixture_set_up, function, fixture_tear_down)
    ADD("/look/still", test_still);
    ADD("/look/pieces", test_pieces);
    ADD("/look/other-source", test_other_source);
    ADD("/look/forget", test_forget);
    return g_test_run();
}
