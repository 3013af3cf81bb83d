/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a guest's heads are shown, and how what they draw is noticed. */
#include <string.h>

#include <glib.h>

#include "heads.h"

#define WIDTH  80
#define HEIGHT 40
#define LENGTH (WIDTH * HEIGHT)

enum { CONSOLE, LEFT, RIGHT, PICTURES };

struct fixture {
    struct session *session;
    struct session_link *link;
    struct session_viewer *viewer;
    struct heads *heads;
    uint32_t pixels[PICTURES][LENGTH];
    unsigned damaged; /* pixels that the viewer was told of */
    GString *console; /* how the console was told of its viewers */
    GString *input;
    GString *arranged;
};

static void on_resized(void *data, const struct surface *surface)
{
}

static void on_damaged(void *data, const struct rect *rect)
{
    ((struct fixture *)data)->damaged += (unsigned)(rect->width * rect->height);
}

static void on_arranged(void *data, const struct rect *screens, unsigned count)
{
    struct fixture *f = data;

    g_string_truncate(f->arranged, 0);
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(f->arranged, "%dx%d+%d+%d ", screens[i].width, screens[i].height,
                               screens[i].x, screens[i].y);
}

static void on_frame(void *data)
{
}

static const struct session_front front = {
    .resized = on_resized, .damaged = on_damaged, .arranged = on_arranged, .frame = on_frame};

static void on_watched(void *data, bool watched)
{
    g_string_append_c(((struct fixture *)data)->console, watched ? '+' : '-');
}

static void on_key(void *data, unsigned code, bool down)
{
    g_string_append_printf(((struct fixture *)data)->input, "%u%c ", code, down ? '+' : '-');
}

static void on_position(void *data, unsigned x, unsigned y, unsigned width, unsigned height)
{
    g_string_append_printf(((struct fixture *)data)->input, "%u,%u/%ux%u ", x, y, width, height);
}

static void on_wheel(void *data, int steps)
{
    g_string_append_printf(((struct fixture *)data)->input, "w%d ", steps);
}

static const struct input_sink sink = {.key = on_key, .position = on_position, .wheel = on_wheel};

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    memset(f->pixels, 0, sizeof(f->pixels));
    f->console = g_string_new(NULL);
    f->input = g_string_new(NULL);
    f->arranged = g_string_new(NULL);
    f->session = session_new(8, 8);
    f->link = session_add_front(f->session, &front, f);
    f->heads = heads_new(f->session);
    heads_set_input(f->heads, &sink, f);
    head_set_watched_hook(heads_console(f->heads), on_watched, f);
    f->viewer = session_viewer_new(f->link);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    if (f->viewer)
        session_viewer_free(f->viewer);
    heads_free(f->heads);
    session_free(f->session);
    g_string_free(f->console, TRUE);
    g_string_free(f->input, TRUE);
    g_string_free(f->arranged, TRUE);
}

static struct head *head_of(struct fixture *f, unsigned which)
{
    return which == CONSOLE ? heads_console(f->heads) : heads_connector(f->heads, which - LEFT);
}

static void light(struct fixture *f, unsigned which)
{
    head_set_source(head_of(f, which),
                    &(struct pixel_source){.base = (const uint8_t *)f->pixels[which],
                                           .stride = WIDTH * sizeof(uint32_t),
                                           .width = WIDTH,
                                           .height = HEIGHT,
                                           .depth = 32});
}

static void darken(struct fixture *f, unsigned which)
{
    head_set_source(head_of(f, which), NULL);
}

static void fill(struct fixture *f, unsigned which, uint32_t colour)
{
    for (unsigned i = 0; i < LENGTH; i++)
        f->pixels[which][i] = colour;
}

static uint32_t shown(struct fixture *f, unsigned x, unsigned y)
{
    const struct surface *surface = session_surface(f->session);

    g_assert_cmpuint(x, <, surface->width);
    return surface->pixels[y * surface->width + x];
}

/* Runs the main loop until the picture is as it should be there; a test that waits for ever fails.
 */
static void wait_for(struct fixture *f, unsigned x, unsigned y, uint32_t colour)
{
    while (shown(f, x, y) != colour)
        g_main_context_iteration(NULL, TRUE);
}

static void settle(void)
{
    for (unsigned quiet_ms = 0; quiet_ms < 100;) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
        quiet_ms++;
    }
}

/* The console until the card has a picture, and again when that is gone. */
static void test_choice(struct fixture *f, gconstpointer data)
{
    fill(f, CONSOLE, 1);
    fill(f, LEFT, 2);
    light(f, CONSOLE);
    wait_for(f, 5, 5, 1);
    g_assert_cmpstr(f->console->str, ==, "+");
    light(f, LEFT);
    wait_for(f, 5, 5, 2);
    g_assert_cmpstr(f->console->str, ==, "+-");
    fill(f, CONSOLE, 3);
    head_damage(head_of(f, CONSOLE), &(struct rect){0, 0, WIDTH, HEIGHT});
    settle();
    g_assert_cmphex(shown(f, 5, 5), ==, 2);
    darken(f, LEFT);
    wait_for(f, 5, 5, 3);
    g_assert_cmpstr(f->console->str, ==, "+-+");
    darken(f, CONSOLE);
    settle();
    g_assert_cmphex(shown(f, 5, 5), ==, 3);
}

static void test_side_by_side(struct fixture *f, gconstpointer data)
{
    fill(f, LEFT, 1);
    fill(f, RIGHT, 2);
    light(f, RIGHT);
    wait_for(f, WIDTH - 1, 0, 2);
    light(f, LEFT);
    g_assert_cmpstr(f->arranged->str, ==, "80x40+0+0 80x40+80+0 ");
    wait_for(f, WIDTH - 1, HEIGHT - 1, 1);
    wait_for(f, WIDTH, 0, 2);
    wait_for(f, 2 * WIDTH - 1, HEIGHT - 1, 2);
    f->pixels[RIGHT][7] = 9;
    wait_for(f, WIDTH + 7, 0, 9);
    darken(f, LEFT);
    wait_for(f, 7, 0, 9);
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH);
}

/* What is drawn without a word is seen, and no more is told than what is new. */
static void test_silent(struct fixture *f, gconstpointer data)
{
    light(f, LEFT);
    settle();
    f->damaged = 0;
    f->pixels[LEFT][3] = 1;
    wait_for(f, 3, 0, 1);
    g_assert_cmpuint(f->damaged, ==, 1);
    settle();
    g_assert_cmpuint(f->damaged, ==, 1);
}

/* A flip from one buffer to another that hardly differs. */
static void test_flip(struct fixture *f, gconstpointer data)
{
    light(f, LEFT);
    settle();
    f->damaged = 0;
    f->pixels[RIGHT][3] = 1;
    head_set_source(head_of(f, LEFT),
                    &(struct pixel_source){.base = (const uint8_t *)f->pixels[RIGHT],
                                           .stride = WIDTH * sizeof(uint32_t),
                                           .width = WIDTH,
                                           .height = HEIGHT,
                                           .depth = 32});
    wait_for(f, 3, 0, 1);
    g_assert_cmpuint(f->damaged, ==, 1);
}

/* Nobody looks on: nothing is told, and who comes then sees all of it. */
static void test_unwatched(struct fixture *f, gconstpointer data)
{
    light(f, LEFT);
    settle();
    session_viewer_free(f->viewer);
    f->viewer = NULL;
    f->damaged = 0;
    fill(f, LEFT, 4);
    settle();
    g_assert_false(g_main_context_pending(NULL));
    g_assert_cmpuint(f->damaged, ==, 0);
    f->viewer = session_viewer_new(f->link);
    wait_for(f, 79, 39, 4);
    g_assert_cmpuint(f->damaged, ==, LENGTH);
}

static void test_input(struct fixture *f, gconstpointer data)
{
    fill(f, LEFT, 1);
    fill(f, RIGHT, 1);
    light(f, LEFT);
    light(f, RIGHT);
    session_viewer_key(f->viewer, 30, true);
    session_viewer_position(f->viewer, 100, 7);
    session_viewer_wheel(f->viewer, -1);
    g_assert_cmpstr(f->input->str, ==, "30+ 100,7/160x40 w-1 ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, function) \
    g_test_add(path, struct fixture, NULL, fixture_set_up, function, fixture_tear_down)
    ADD("/heads/choice", test_choice);
    ADD("/heads/side-by-side", test_side_by_side);
    ADD("/heads/silent", test_silent);
    ADD("/heads/flip", test_flip);
    ADD("/heads/unwatched", test_unwatched);
    ADD("/heads/input", test_input);
    return g_test_run();
}
