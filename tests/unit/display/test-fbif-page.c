/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a framebuffer front end may say, and what it may not. */
#include <string.h>

#include <glib.h>

#include "devices/fbif-page.h"

#define LIMIT (32u << 20)

/* As Linux sets it up: 800 x 600 x 32 in 2 MiB. */
static void fill_page(struct xenfb_page *page)
{
    memset(page, 0, 4096);
    page->width = 800;
    page->height = 600;
    page->depth = 32;
    page->line_length = 3200;
    page->mem_length = 2 << 20;
    for (size_t i = 0; i < G_N_ELEMENTS(page->pd); i++)
        page->pd[i] = 0x1234;
}

static void test_page_good(void)
{
    union {
        struct xenfb_page page;
        uint8_t bytes[4096];
    } u;
    struct fbif_layout layout;

    fill_page(&u.page);
    g_assert_null(fbif_page_parse(&u, FBIF_ABI_64, LIMIT, &layout));
    g_assert_cmpuint(layout.mode.width, ==, 800);
    g_assert_cmpuint(layout.mode.height, ==, 600);
    g_assert_cmpuint(layout.mode.stride, ==, 3200);
    g_assert_cmpuint(layout.mode.offset, ==, 0);
    g_assert_cmpuint(layout.frames, ==, 512);
    g_assert_cmpuint(layout.directories, ==, 1);
    g_assert_cmphex(layout.directory[0], ==, 0x1234);
}

static void test_page_32(void)
{
    union {
        struct xenfb_page page;
        uint8_t bytes[4096];
        uint32_t words[1024];
    } u;
    struct fbif_layout layout;

    fill_page(&u.page);
    u.page.mem_length = (4 << 20) + 1; /* one page more than a directory of 1024 entries has */
    u.words[36 / 4] = 0x77;
    u.words[36 / 4 + 1] = 0x88;
    g_assert_null(fbif_page_parse(&u, FBIF_ABI_32, LIMIT, &layout));
    g_assert_cmpuint(layout.frames, ==, 1025);
    g_assert_cmpuint(layout.directories, ==, 2);
    g_assert_cmphex(layout.directory[0], ==, 0x77);
    g_assert_cmphex(layout.directory[1], ==, 0x88);
    g_assert_cmphex(fbif_directory_entry(&u, FBIF_ABI_32, 9), ==, 0x77);
    g_assert_cmphex(fbif_directory_entry(&u, FBIF_ABI_64, 4) >> 32, ==, 0x77);
}

static void break_width(struct xenfb_page *p)
{
    p->width = 0;
}
static void break_height(struct xenfb_page *p)
{
    p->height = -1;
}
static void break_huge(struct xenfb_page *p)
{
    p->width = p->height = FBIF_MAX_SIDE + 1;
}
static void break_depth(struct xenfb_page *p)
{
    p->depth = 24;
}
static void break_lines(struct xenfb_page *p)
{
    p->line_length = 3199;
}
static void break_long_lines(struct xenfb_page *p)
{
    p->line_length = 0xffffffff;
}
static void break_no_memory(struct xenfb_page *p)
{
    p->mem_length = 0;
}
static void break_short(struct xenfb_page *p)
{
    p->mem_length = 3200 * 600 - 1;
}
static void break_limit(struct xenfb_page *p)
{
    p->mem_length = LIMIT + 1;
}
static void break_all_memory(struct xenfb_page *p)
{
    p->mem_length = 0xffffffff;
}
static void break_no_directory(struct xenfb_page *p)
{
    p->pd[0] = 0;
}
static void break_directory(struct xenfb_page *p)
{
    p->pd[0] = ~0ul;
}

static void test_page_bad(void)
{
    static void (*const breaks[])(struct xenfb_page *) = {
        break_width, break_height,     break_huge,         break_depth,
        break_lines, break_long_lines, break_no_memory,    break_short,
        break_limit, break_all_memory, break_no_directory, break_directory,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(breaks); i++) {
        union {
            struct xenfb_page page;
            uint8_t bytes[4096];
        } u;
        struct fbif_layout layout = {.frames = 42};
        const char *wrong;

        fill_page(&u.page);
        breaks[i](&u.page);
        wrong = fbif_page_parse(&u, FBIF_ABI_64, LIMIT, &layout);
        g_test_message("%zu: %s", i, wrong);
        g_assert_nonnull(wrong);
        g_assert_cmpuint(layout.frames, ==, 42);
    }
}

static void test_mode(void)
{
    static const struct {
        struct xenfb_resize resize;
        size_t length;
        bool good;
    } cases[] = {
        {{.width = 10, .height = 10, .stride = 40, .depth = 32}, 400, true},
        {{.width = 10, .height = 10, .stride = 40, .depth = 32}, 399, false},
        {{.width = 10, .height = 10, .stride = 40, .depth = 32, .offset = 4}, 404, true},
        {{.width = 10, .height = 10, .stride = 40, .depth = 32, .offset = 5}, 404, false},
        {{.width = 10, .height = 10, .stride = 40, .depth = 32, .offset = -4}, 400, false},
        /* The last line need not be as long as the others. */
        {{.width = 10, .height = 2, .stride = 100, .depth = 32}, 140, true},
        {{.width = 10, .height = 2, .stride = -40, .depth = 32}, 400, false},
        {{.width = 10, .height = 2, .stride = 20, .depth = 16}, 40, true},
        {{.width = 10, .height = 2, .stride = 40, .depth = 0}, 400, false},
        {{.width = 10, .height = 2, .stride = 40, .depth = -32}, 400, false},
        {{.width = FBIF_MAX_SIDE,
          .height = FBIF_MAX_SIDE,
          .stride = G_MAXINT32,
          .depth = 32,
          .offset = G_MAXINT32},
         1u << 29,
         false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct fbif_mode mode = {0};
        const char *wrong = fbif_mode_parse(&cases[i].resize, cases[i].length, &mode);

        g_test_message("%zu: %s", i, wrong ? wrong : "good");
        g_assert_cmpint(wrong == NULL, ==, cases[i].good);
        g_assert_cmpuint(mode.width, ==, cases[i].good ? (unsigned)cases[i].resize.width : 0);
    }
}

static void test_update(void)
{
    static const struct fbif_mode mode = {.width = 100, .height = 50};
    static const struct {
        struct xenfb_update update;
        struct rect rect; /* empty: nothing is left */
    } cases[] = {
        {{0, 10, 20, 30, 5}, {10, 20, 30, 5}},
        {{0, -5, -5, 10, 10}, {0, 0, 5, 5}},
        {{0, 90, 45, 100, 100}, {90, 45, 10, 5}},
        {{0, 100, 0, 1, 1}, {0}},
        {{0, 0, 0, 0, 1}, {0}},
        {{0, 0, 0, -1, 1}, {0}},
        {{0, G_MAXINT32, G_MAXINT32, G_MAXINT32, G_MAXINT32}, {0}},
        {{0, G_MININT32, 0, G_MAXINT32, 1}, {0}},
        {{0, G_MININT32, G_MININT32, G_MININT32, G_MININT32}, {0}},
        {{0, 0, 0, G_MAXINT32, G_MAXINT32}, {0, 0, 100, 50}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rect rect = {0};
        bool some = fbif_update_parse(&cases[i].update, &mode, &rect);

        g_test_message("%zu", i);
        g_assert_cmpint(some, ==, !rect_is_empty(&cases[i].rect));
        g_assert_cmpmem(&rect, sizeof(rect), &cases[i].rect, sizeof(rect));
    }
}

struct seen {
    unsigned count;
    int xs[256];
};

static void see(void *data, const union xenfb_out_event *event)
{
    struct seen *seen = data;

    seen->xs[seen->count++] = event->update.x;
}

static void send(struct xenfb_page *page, int x)
{
    XENFB_OUT_RING_REF(page, page->out_prod).update.x = x;
    page->out_prod++;
}

static void test_ring(void)
{
    union {
        struct xenfb_page page;
        uint8_t bytes[4096];
    } u = {0};
    uint32_t cons = 0xfffffff0; /* wraps on the way */
    struct seen seen = {0};

    u.page.out_prod = u.page.out_cons = cons;
    g_assert_cmpint(fbif_ring_drain(&u.page, &cons, see, &seen), ==, FBIF_DRAIN_EMPTY);
    for (int i = 0; i < (int)XENFB_OUT_RING_LEN; i++)
        send(&u.page, i);
    g_assert_cmpint(fbif_ring_drain(&u.page, &cons, see, &seen), ==, FBIF_DRAIN_EVENTS);
    g_assert_cmpuint(seen.count, ==, XENFB_OUT_RING_LEN);
    g_assert_cmpuint(u.page.out_cons, ==, u.page.out_prod);
    g_assert_cmpint(fbif_ring_drain(&u.page, &cons, see, &seen), ==, FBIF_DRAIN_EMPTY);
}

/* The guest moves its copy of our index: we go on from our own. */
static void test_ring_cons_is_ours(void)
{
    union {
        struct xenfb_page page;
        uint8_t bytes[4096];
    } u = {0};
    uint32_t cons = 0;
    struct seen seen = {0};

    send(&u.page, 7);
    u.page.out_cons = 0x55555555;
    g_assert_cmpint(fbif_ring_drain(&u.page, &cons, see, &seen), ==, FBIF_DRAIN_EVENTS);
    g_assert_cmpuint(seen.count, ==, 1);
    g_assert_cmpint(seen.xs[0], ==, 7);
    g_assert_cmpuint(u.page.out_cons, ==, 1);
}

static void test_ring_broken(void)
{
    static const uint32_t bad[] = {XENFB_OUT_RING_LEN + 1, 0x80000000, 0xffffffff};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        union {
            struct xenfb_page page;
            uint8_t bytes[4096];
        } u = {0};
        uint32_t cons = 0;
        struct seen seen = {0};

        u.page.out_prod = bad[i];
        g_assert_cmpint(fbif_ring_drain(&u.page, &cons, see, &seen), ==, FBIF_DRAIN_BROKEN);
        g_assert_cmpuint(seen.count, ==, 0);
        /* It is taken at its word from there. */
        send(&u.page, 3);
        g_assert_cmpint(fbif_ring_drain(&u.page, &cons, see, &seen), ==, FBIF_DRAIN_EVENTS);
        g_assert_cmpuint(seen.count, ==, 1);
    }
}

static void test_ring_resume(void)
{
    struct xenfb_page page = {.out_cons = 90, .out_prod = 100};

    g_assert_cmpuint(fbif_ring_resume(&page), ==, 90);
    page.out_cons = 101;
    g_assert_cmpuint(fbif_ring_resume(&page), ==, 100);
    page.out_cons = 100 - XENFB_OUT_RING_LEN - 1;
    g_assert_cmpuint(fbif_ring_resume(&page), ==, 100);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fbif/page/good", test_page_good);
    g_test_add_func("/fbif/page/32-bit", test_page_32);
    g_test_add_func("/fbif/page/bad", test_page_bad);
    g_test_add_func("/fbif/mode", test_mode);
    g_test_add_func("/fbif/update", test_update);
    g_test_add_func("/fbif/ring", test_ring);
    g_test_add_func("/fbif/ring/cons-is-ours", test_ring_cons_is_ours);
    g_test_add_func("/fbif/ring/broken", test_ring_broken);
    g_test_add_func("/fbif/ring/resume", test_ring_resume);
    return g_test_run();
}
