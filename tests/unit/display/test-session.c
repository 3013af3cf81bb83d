/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture with two front ends: each is told what it needs, when it can take it, and no more. */
#include <string.h>

#include <glib.h>

#include "session.h"

#define WIDTH  64
#define HEIGHT 32

struct front {
    struct session_link *link;
    GString *told;
    bool busy;
};

struct fixture {
    struct session *session;
    struct front quick; /* is always ready */
    struct front slow;
    uint32_t pixels[WIDTH * HEIGHT];
};

static void on_resized(void *data, const struct surface *surface)
{
    g_string_append_printf(((struct front *)data)->told, "%ux%u ", surface->width, surface->height);
}

static void on_damaged(void *data, const struct rect *rect)
{
    g_string_append_printf(((struct front *)data)->told, "%d,%d+%dx%d ", rect->x, rect->y,
                           rect->width, rect->height);
}

static bool is_ready(void *data)
{
    return !((struct front *)data)->busy;
}

static void on_frame(void *data)
{
    g_string_append(((struct front *)data)->told, ". ");
}

static const struct session_front quick_ops = {
    .resized = on_resized, .damaged = on_damaged, .frame = on_frame};
static const struct session_front slow_ops = {
    .resized = on_resized, .damaged = on_damaged, .ready = is_ready, .frame = on_frame};

static void add(struct fixture *f, struct front *front, const struct session_front *ops)
{
    front->told = g_string_new(NULL);
    front->link = session_add_front(f->session, ops, front);
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    f->session = session_new(WIDTH, HEIGHT);
    add(f, &f->quick, &quick_ops);
    add(f, &f->slow, &slow_ops);
    for (size_t i = 0; i < G_N_ELEMENTS(f->pixels); i++)
        f->pixels[i] = (uint32_t)i;
    session_set_source(f->session, &(struct pixel_source){.base = (const uint8_t *)f->pixels,
                                                          .stride = WIDTH * 4,
                                                          .width = WIDTH,
                                                          .height = HEIGHT,
                                                          .depth = 32});
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    session_free(f->session);
    g_string_free(f->quick.told, TRUE);
    g_string_free(f->slow.told, TRUE);
}

/* Until nothing has happened for longer than a frame takes. */
static void settle(void)
{
    /* Counted, not timed: on a busy machine much time may pass in which we did not run. */
    for (unsigned quiet_ms = 0; quiet_ms < 60;) {
        if (g_main_context_iteration(NULL, FALSE)) {
            quiet_ms = 0;
        } else {
            g_usleep(1000);
            quiet_ms++;
        }
    }
}

static void assert_told(struct front *front, const char *expected)
{
    settle();
    g_assert_cmpstr(front->told->str, ==, expected);
    g_string_truncate(front->told, 0);
}

/* The guest draws there. */
static void draw(struct fixture *f, int x, int y, int width, int height)
{
    for (int i = y; i < y + height; i++)
        for (int j = x; j < x + width; j++)
            f->pixels[i * WIDTH + j] += 0x10000;
}

static void draw_and_tell(struct fixture *f, int x, int y, int width, int height)
{
    draw(f, x, y, width, height);
    session_damage(f->session, &(struct rect){x, y, width, height});
}

/* Who comes late gets everything; who was there gets nothing again. */
static void test_late_viewer(struct fixture *f, gconstpointer data)
{
    struct session_viewer *first = session_viewer_new(f->quick.link), *second;

    assert_told(&f->quick, "0,0+64x32 . ");
    assert_told(&f->slow, "");
    second = session_viewer_new(f->slow.link);
    assert_told(&f->slow, "0,0+64x32 . ");
    assert_told(&f->quick, ". ");
    draw_and_tell(f, 1, 2, 3, 4);
    assert_told(&f->quick, "1,2+3x4 . ");
    assert_told(&f->slow, "1,2+3x4 . ");
    session_viewer_free(first);
    draw_and_tell(f, 5, 6, 7, 8);
    assert_told(&f->slow, "5,6+7x8 . ");
    assert_told(&f->quick, "");
    session_viewer_free(second);
}

/* Whoever begins to look on finds the guest's picture, not the one of the last time. */
static void test_first_look(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer = session_viewer_new(f->quick.link);

    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 1);
    session_viewer_free(viewer);
    f->pixels[1] = 0x777777;
    viewer = session_viewer_new(f->quick.link);
    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 0x777777);
    session_viewer_free(viewer);
}

/* A guest that tells of more than it has drawn: of what is read again, only the new is sent. */
static void test_only_new(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer = session_viewer_new(f->quick.link);

    settle();
    g_string_truncate(f->quick.told, 0);
    draw(f, 7, 3, 2, 5);
    session_damage_all(f->session);
    assert_told(&f->quick, "7,3+2x5 . ");
    g_assert_cmphex(session_surface(f->session)->pixels[3 * WIDTH + 7], ==,
                    f->pixels[3 * WIDTH + 7]);
    session_damage_all(f->session);
    assert_told(&f->quick, ". ");
    draw(f, 1, 0, 1, 1);
    draw(f, 60, 30, 1, 1);
    session_damage_all(f->session);
    assert_told(&f->quick, "1,0+60x31 . ");
    session_viewer_free(viewer);
}

/* The surface is not written to while nobody can take a frame, and then at once. */
static void test_no_copy_for_nothing(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer;

    f->slow.busy = true;
    viewer = session_viewer_new(f->slow.link);
    assert_told(&f->slow, "");
    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 0);
    f->slow.busy = false;
    session_link_ready(f->slow.link);
    g_assert_cmpstr(f->slow.told->str, ==, "0,0+64x32 . ");
    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 1);
    session_viewer_free(viewer);
}

/* Damage waits for a front end that can't take it, and runs together; the other goes on. */
static void test_busy(struct fixture *f, gconstpointer data)
{
    struct session_viewer *a = session_viewer_new(f->quick.link);
    struct session_viewer *b = session_viewer_new(f->slow.link);

    settle();
    g_string_truncate(f->quick.told, 0);
    g_string_truncate(f->slow.told, 0);
    f->slow.busy = true;
    draw_and_tell(f, 0, 0, 1, 1);
    assert_told(&f->quick, "0,0+1x1 . ");
    draw_and_tell(f, 1, 0, 1, 1);
    assert_told(&f->quick, "1,0+1x1 . ");
    assert_told(&f->slow, "");
    f->slow.busy = false;
    session_link_ready(f->slow.link);
    assert_told(&f->slow, "0,0+2x1 . ");
    assert_told(&f->quick, "");
    session_link_ready(f->slow.link); /* and nothing is left */
    assert_told(&f->slow, "");
    session_viewer_free(a);
    session_viewer_free(b);
}

/* One that was not ready, and is before its time: the other is told of what was looked at for it.
 */
static void test_ready_early(struct fixture *f, gconstpointer data)
{
    struct session_viewer *a = session_viewer_new(f->quick.link);
    struct session_viewer *b = session_viewer_new(f->slow.link);

    settle();
    f->slow.busy = true;
    draw_and_tell(f, 0, 0, 1, 1);
    settle();
    g_string_truncate(f->quick.told, 0);
    g_string_truncate(f->slow.told, 0);
    f->slow.busy = false;
    draw_and_tell(f, 9, 9, 1, 1);
    session_link_ready(f->slow.link);
    g_assert_cmpstr(f->slow.told->str, ==, "0,0+1x1 9,9+1x1 . ");
    g_assert_cmpstr(f->quick.told->str, ==, "");
    assert_told(&f->quick, "9,9+1x1 . ");
    session_viewer_free(a);
    session_viewer_free(b);
}

/* Who asks gets a frame, and what the guest has told of until then, without waiting. */
static void test_ask(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer = session_viewer_new(f->quick.link);

    settle();
    g_string_truncate(f->quick.told, 0);
    session_link_ask(f->quick.link);
    g_assert_cmpstr(f->quick.told->str, ==, ". ");
    draw_and_tell(f, 9, 9, 1, 1);
    session_link_ask(f->quick.link);
    g_assert_cmpstr(f->quick.told->str, ==, ". 9,9+1x1 . ");
    session_viewer_free(viewer);
}

/* The guest has let go of its picture: who comes then finds the last one. */
static void test_last_picture(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer = session_viewer_new(f->quick.link), *late;

    session_set_source(f->session, NULL);
    late = session_viewer_new(f->slow.link);
    assert_told(&f->slow, "0,0+64x32 . ");
    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 1);
    session_viewer_free(late);
    session_viewer_free(viewer);
}

/* A change of size that a front end could not be told with a frame is not lost, black as it is. */
static void test_resize_while_busy(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer = session_viewer_new(f->slow.link);

    settle();
    g_string_truncate(f->slow.told, 0);
    memset(f->pixels, 0, sizeof(f->pixels));
    f->slow.busy = true;
    session_set_source(f->session, &(struct pixel_source){.base = (const uint8_t *)f->pixels,
                                                          .stride = WIDTH * 4,
                                                          .width = WIDTH / 2,
                                                          .height = HEIGHT,
                                                          .depth = 32});
    assert_told(&f->slow, "32x32 ");
    f->slow.busy = false;
    session_link_ready(f->slow.link);
    assert_told(&f->slow, ". ");
    session_viewer_free(viewer);
}

static struct session_part part_at(struct fixture *f, int x, int y)
{
    return (struct session_part){.source = {.base = (const uint8_t *)f->pixels,
                                            .stride = WIDTH * 4,
                                            .width = WIDTH / 2,
                                            .height = HEIGHT,
                                            .depth = 32},
                                 .x = x,
                                 .y = y};
}

/* Several parts: each front end is told of what lies in each of them. */
static void test_parts(struct fixture *f, gconstpointer data)
{
    struct session_viewer *a = session_viewer_new(f->quick.link);
    struct session_viewer *b = session_viewer_new(f->slow.link);
    struct session_part parts[] = {part_at(f, 0, 0), part_at(f, WIDTH / 2, 0),
                                   part_at(f, WIDTH, 4)};

    settle();
    g_string_truncate(f->quick.told, 0);
    g_string_truncate(f->slow.told, 0);
    session_set_parts(f->session, parts, 3);
    assert_told(&f->quick, "96x36 0,0+64x32 64,4+32x32 . ");
    assert_told(&f->slow, "96x36 0,0+64x32 64,4+32x32 . ");
    g_assert_cmphex(session_surface(f->session)->pixels[96 + 33], ==, WIDTH + 1);
    draw(f, 30, 3, 2, 4);
    draw(f, 0, 3, 2, 4);
    session_damage(f->session, &(struct rect){30, 3, 4, 4});
    assert_told(&f->quick, "30,3+4x4 . ");
    assert_told(&f->slow, "30,3+4x4 . ");
    /* Others that lie alike are told of by nobody. */
    parts[2].source.base += 4;
    session_set_parts(f->session, parts, 3);
    assert_told(&f->quick, "");
    session_damage(f->session, &(struct rect){64, 0, 1, 8});
    assert_told(&f->quick, "64,4+1x4 . ");
    g_assert_cmphex(session_surface(f->session)->pixels[4 * 96 + 64], ==, 1);
    session_set_parts(f->session, NULL, 0);
    session_damage_all(f->session);
    g_string_truncate(f->slow.told, 0);
    assert_told(&f->quick, "");
    session_viewer_free(a);
    session_viewer_free(b);
}

/* No more rectangles a frame than front ends were promised, of however many parts. */
static void test_parts_bounded(struct fixture *f, gconstpointer data)
{
    struct session_viewer *viewer = session_viewer_new(f->quick.link);
    const struct session_part parts[] = {part_at(f, 0, 0), part_at(f, WIDTH / 2, 0)};

    session_set_parts(f->session, parts, 2);
    settle();
    g_string_truncate(f->quick.told, 0);
    for (int y = 0; y < 27; y += 3) {
        draw(f, 30, y, 1, 1);
        draw(f, 1, y, 1, 1);
        session_damage(f->session, &(struct rect){30, y, 4, 1});
    }
    assert_told(&f->quick, "30,0+4x25 . ");
    session_viewer_free(viewer);
}

#define ADD(name, test) \
    g_test_add(name, struct fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/session/late-viewer", test_late_viewer);
    ADD("/session/first-look", test_first_look);
    ADD("/session/no-copy-for-nothing", test_no_copy_for_nothing);
    ADD("/session/ready-early", test_ready_early);
    ADD("/session/ask", test_ask);
    ADD("/session/last-picture", test_last_picture);
    ADD("/session/resize-while-busy", test_resize_while_busy);
    ADD("/session/only-new", test_only_new);
    ADD("/session/busy", test_busy);
    ADD("/session/parts", test_parts);
    ADD("/session/parts-bounded", test_parts_bounded);
    return g_test_run();
}
