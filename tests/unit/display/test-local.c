/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Viewers on this computer: what they are told and when, what they see in the memory that they are
 * handed, and what the bad ones can do. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "backend/syscall-filter.h"
#include "input-recorder.h"
#include "local/front.h"
#include "local/inbox.h"
#include "syscalls.h"

#define WIDTH  64
#define HEIGHT 32

#define WHOLE "64x32 +fd 1 monitors 0,0+64x32 new 0,0+64x32"

struct viewer {
    int fd;
    const uint32_t *pixels;
    size_t size;
};

struct fixture {
    struct session *session;
    struct local_front *front;
    struct viewer viewers[LOCAL_MAX_VIEWERS + 1];
    uint32_t pixels[WIDTH * HEIGHT];
    GString *input;
    int watched;
};

static void on_watched(void *data, bool watched)
{
    ((struct fixture *)data)->watched += watched ? 1 : -1;
}

static struct session_part part_of(struct fixture *f, int x, int width)
{
    return (struct session_part){.source = {.base = (const uint8_t *)f->pixels,
                                            .offset = (size_t)x * 4,
                                            .stride = WIDTH * 4,
                                            .width = (unsigned)width,
                                            .height = HEIGHT,
                                            .depth = 32},
                                 .x = x};
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    struct session_part part = part_of(f, 0, WIDTH);

    f->session = session_new(WIDTH, HEIGHT);
    f->front = local_front_new(f->session);
    f->input = g_string_new(NULL);
    session_set_input(f->session, &input_recorder, f->input);
    session_set_watched_hook(f->session, on_watched, f);
    for (size_t i = 0; i < G_N_ELEMENTS(f->pixels); i++)
        f->pixels[i] = (uint32_t)i;
    for (size_t i = 0; i < G_N_ELEMENTS(f->viewers); i++)
        f->viewers[i].fd = -1;
    session_set_parts(f->session, &part, 1);
}

static void forget_picture(struct viewer *viewer)
{
    if (viewer->pixels)
        munmap((void *)viewer->pixels, viewer->size);
    viewer->pixels = NULL;
}

static void viewer_leave(struct viewer *viewer)
{
    if (viewer->fd >= 0)
        close(viewer->fd);
    viewer->fd = -1;
    forget_picture(viewer);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    struct session_part other = part_of(f, 0, 5);

    for (size_t i = 0; i < G_N_ELEMENTS(f->viewers); i++)
        viewer_leave(&f->viewers[i]);
    local_front_free(f->front);
    g_assert_cmpint(f->watched, ==, 0);
    /* What happens from then on is told to nobody. */
    session_set_parts(f->session, &other, 1);
    session_free(f->session);
    g_string_free(f->input, TRUE);
}

/* Until nothing has happened for longer than a frame takes. Returns how often something did. */
static unsigned settle(void)
{
    unsigned count = 0;

    /* Counted, not timed: on a busy machine much time may pass in which we did not run. */
    for (unsigned quiet_ms = 0; quiet_ms < 60;) {
        if (g_main_context_iteration(NULL, FALSE)) {
            quiet_ms = 0;
            count++;
        } else {
            g_usleep(1000);
            quiet_ms++;
        }
    }
    return count;
}

/* --- the viewer's end --- */

static struct viewer *viewer_join(struct fixture *f, unsigned number)
{
    struct viewer *viewer = &f->viewers[number];
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ==,
                    0);
    viewer->fd = ends[1];
    local_front_accept(f->front, ends[0]);
    return viewer;
}

static void say(struct viewer *viewer, const struct local_request *request)
{
    g_assert_cmpint(send(viewer->fd, request, sizeof(*request), MSG_NOSIGNAL), ==,
                    sizeof(*request));
}

static void ask(struct viewer *viewer)
{
    say(viewer, &(struct local_request){.type = LOCAL_READY});
}

static void say_key(struct viewer *viewer, uint32_t scancode, bool is_down)
{
    say(viewer, &(struct local_request){.type = LOCAL_KEY,
                                        .key = {.scancode = scancode, .is_down = is_down}});
}

static void say_keysym(struct viewer *viewer, uint32_t scancode, uint32_t keysym)
{
    say(viewer,
        &(struct local_request){.type = LOCAL_KEY,
                                .key = {.scancode = scancode, .keysym = keysym, .is_down = true}});
}

static void say_pointer(struct viewer *viewer, int32_t x, int32_t y, uint32_t buttons)
{
    say(viewer, &(struct local_request){.type = LOCAL_POINTER,
                                        .pointer = {.x = x, .y = y, .buttons = buttons}});
}

/* Maps the picture that came with a frame as its viewers do: all other ways are refused. */
static void take_picture(struct viewer *viewer, const struct local_frame *frame, int fd)
{
    forget_picture(viewer);
    viewer->size = (size_t)frame->stride * frame->height;
    g_assert_true(mmap(NULL, viewer->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
                  MAP_FAILED);
    g_assert_cmpint(ftruncate(fd, 0), ==, -1);
    viewer->pixels = mmap(NULL, viewer->size, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true(viewer->pixels != MAP_FAILED);
    close(fd);
}

static void append_rects(GString *text, const struct local_rect *rects, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        g_string_append_printf(text, " %d,%d+%dx%d", rects[i].x, rects[i].y, rects[i].width,
                               rects[i].height);
}

/* The next message to the viewer as text: a frame, "nothing", or "gone". */
static char *hear(struct viewer *viewer)
{
    struct local_frame frame = {0};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {&frame, sizeof(frame)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(viewer->fd, &message, MSG_CMSG_CLOEXEC);
    g_autoptr(GString) text = g_string_new(NULL);
    int fd;

    if (got < 0 && errno == EAGAIN)
        return g_strdup("nothing");
    if (got <= 0)
        return g_strdup("gone");
    g_assert_cmpint(got, ==, sizeof(frame));
    g_assert_cmpuint(frame.version, ==, LOCAL_VERSION);
    g_assert_cmpuint(frame.stride, ==, frame.width * 4);
    g_string_append_printf(text, "%ux%u", frame.width, frame.height);
    if (message.msg_controllen) {
        memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
        take_picture(viewer, &frame, fd);
        g_string_append(text, " +fd");
    }
    g_string_append_printf(text, " %u monitors", frame.monitor_count);
    append_rects(text, frame.monitors, frame.monitor_count);
    if (frame.contact_count)
        g_string_append_printf(text, " %u fingers", frame.contact_count);
    g_string_append(text, " new");
    append_rects(text, frame.rects, frame.rect_count);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void assert_hears(struct viewer *viewer, const char *expected)
{
    g_autofree char *text = NULL;

    settle();
    text = hear(viewer);
    g_assert_cmpstr(text, ==, expected);
}

#define ONE "64x32 1 monitors 0,0+64x32 new"

/* One who has its first frame. */
static struct viewer *viewer_open(struct fixture *f, unsigned number)
{
    struct viewer *viewer = viewer_join(f, number);

    ask(viewer);
    assert_hears(viewer, WHOLE);
    return viewer;
}

/* The guest draws there, each time something else, and tells of the whole line, as Linux does. */
static void draw(struct fixture *f, int x, int y)
{
    f->pixels[y * WIDTH + x] += 0x10000;
    session_damage(f->session, &(struct rect){0, y, WIDTH, 1});
}

/* --- pictures --- */

static void test_picture(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_open(f, 0);

    g_assert_cmpmem(viewer->pixels, viewer->size, f->pixels, sizeof(f->pixels));
    ask(viewer);
    assert_hears(viewer, "nothing");
    draw(f, 7, 3);
    assert_hears(viewer, ONE " 7,3+1x1");
    g_assert_cmpmem(viewer->pixels, viewer->size, f->pixels, sizeof(f->pixels));
    g_assert_true(viewer->pixels != session_surface(f->session)->pixels);
}

/* Nothing is written to, and nothing sent, before a viewer asks; then it is all that is new. */
static void test_pace(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_join(f, 0);

    draw(f, 7, 3);
    assert_hears(viewer, "nothing");
    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 0);
    ask(viewer);
    assert_hears(viewer, WHOLE);
    draw(f, 7, 3);
    assert_hears(viewer, "nothing");
    draw(f, 9, 9);
    assert_hears(viewer, "nothing");
    g_assert_cmphex(viewer->pixels[3 * WIDTH + 7], !=, f->pixels[3 * WIDTH + 7]);
    ask(viewer);
    assert_hears(viewer, ONE " 7,3+1x1 9,9+1x1");
    g_assert_cmpmem(viewer->pixels, viewer->size, f->pixels, sizeof(f->pixels));
    /* Twice is once. */
    ask(viewer);
    ask(viewer);
    draw(f, 1, 1);
    assert_hears(viewer, ONE " 1,1+1x1");
    draw(f, 1, 1);
    assert_hears(viewer, "nothing");
}

/* Each has a pace of its own, and nothing is lost for the one that is slow. */
static void test_several(struct fixture *f, gconstpointer data)
{
    struct viewer *quick = viewer_open(f, 0), *slow = viewer_open(f, 1), *late;

    for (int i = 0; i < 3; i++) {
        g_autofree char *expected = g_strdup_printf(ONE " %d,9+1x1", 10 * i);

        ask(quick);
        draw(f, 10 * i, 9);
        assert_hears(quick, expected);
        assert_hears(slow, "nothing");
    }
    ask(slow);
    assert_hears(slow, ONE " 0,9+1x1 10,9+1x1 20,9+1x1");
    assert_hears(quick, "nothing");
    draw(f, 30, 9);
    settle();
    late = viewer_open(f, 2);
    g_assert_cmpmem(late->pixels, late->size, f->pixels, sizeof(f->pixels));
    ask(quick);
    assert_hears(quick, ONE " 30,9+1x1");
    viewer_leave(late);
    ask(slow);
    assert_hears(slow, ONE " 30,9+1x1");
    g_assert_cmpint(f->watched, ==, 1);
}

/* Whoever begins to look on is shown what there is, and not what was there the last time. */
static void test_again(struct fixture *f, gconstpointer data)
{
    viewer_leave(viewer_open(f, 0));
    settle();
    g_assert_cmpint(f->watched, ==, 0);
    draw(f, 5, 5);
    settle();
    g_assert_cmpmem(viewer_open(f, 1)->pixels, sizeof(f->pixels), f->pixels, sizeof(f->pixels));
    assert_hears(&f->viewers[1], "nothing");
}

static void test_resize(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_open(f, 0);
    struct session_part half = part_of(f, 0, WIDTH / 2);
    const uint32_t *old = viewer->pixels;

    viewer->pixels = NULL; /* it stays mapped */
    session_set_parts(f->session, &half, 1);
    draw(f, 3, 1);
    assert_hears(viewer, "nothing");
    g_assert_cmphex(old[WIDTH + 3], ==, f->pixels[WIDTH + 3] - 0x10000);
    ask(viewer);
    assert_hears(viewer, "32x32 +fd 1 monitors 0,0+32x32 new 0,0+32x32");
    g_assert_cmphex(viewer->pixels[WIDTH / 2 + 3], ==, f->pixels[WIDTH + 3]);
    ask(viewer);
    draw(f, 4, 1);
    assert_hears(viewer, "32x32 1 monitors 0,0+32x32 new 4,1+1x1");
    munmap((void *)old, sizeof(f->pixels));
}

/* Where the monitors are is told also where no pixel is another. */
static void test_monitors(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_open(f, 0);
    const struct session_part parts[] = {part_of(f, 0, 40), part_of(f, 40, WIDTH - 40)};

    ask(viewer);
    session_set_parts(f->session, parts, 2);
    assert_hears(viewer, "64x32 2 monitors 0,0+40x32 40,0+24x32 new");
    session_set_parts(f->session, parts, 1);
    ask(viewer);
    assert_hears(viewer, "40x32 +fd 1 monitors 0,0+40x32 new 0,0+40x32");
    /* The guest lets go of its memory: what was shown last stays, also for others. */
    session_set_parts(f->session, NULL, 0);
    ask(viewer);
    assert_hears(viewer, "nothing");
    ask(viewer_join(f, 1));
    assert_hears(&f->viewers[1], "40x32 +fd 1 monitors 0,0+40x32 new 0,0+40x32");
    g_assert_cmphex(f->viewers[1].pixels[1], ==, 1);
}

static void no_resized(void *data, const struct surface *surface)
{
}

static void no_damaged(void *data, const struct rect *rect)
{
}

static void no_frame(void *data)
{
}

/* Another protocol has a viewer that is always ready: what it was told reaches ours, too. */
static void test_beside(struct fixture *f, gconstpointer data)
{
    static const struct session_front other = {
        .resized = no_resized, .damaged = no_damaged, .frame = no_frame};
    struct session_link *link = session_add_front(f->session, &other, NULL);
    struct session_viewer *neighbour = session_viewer_new(link);
    struct viewer *viewer = viewer_open(f, 0);

    draw(f, 7, 3);
    settle();
    draw(f, 9, 9);
    assert_hears(viewer, "nothing");
    g_assert_cmphex(viewer->pixels[9 * WIDTH + 9], ==, f->pixels[9 * WIDTH + 9]);
    ask(viewer);
    assert_hears(viewer, ONE " 7,3+1x1 9,9+1x1");
    session_viewer_free(neighbour);
    session_damage_all(f->session);
    ask(viewer);
    assert_hears(viewer, "nothing");
}

/* Nothing changes: nothing runs. Nobody has asked: nothing is looked at. */
static void test_idle(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_open(f, 0);

    draw(f, 1, 1);
    settle();
    draw(f, 2, 1); /* it has not asked, which is known by now */
    g_assert_cmpuint(settle(), ==, 0);
    ask(viewer);
    assert_hears(viewer, ONE " 1,1+2x1");
    ask(viewer);
    settle();
    g_assert_cmpuint(settle(), ==, 0);
    viewer_leave(viewer);
    settle();
    draw(f, 1, 1);
    g_assert_cmpuint(settle(), ==, 0);
}

/* --- input --- */

static void assert_input(struct fixture *f, const char *expected)
{
    settle();
    g_assert_cmpstr(f->input->str, ==, expected);
    g_string_truncate(f->input, 0);
}

static void test_input(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_join(f, 0);

    say_key(viewer, 0x1e, true);
    say_key(viewer, 0x1e, false);
    say_key(viewer, 0x80 | 0x48, true);
    say_key(viewer, 0x80 | 0x48, false);
    assert_input(f, "+30 -30 +103 -103 ");
    /* A key without a code, or with one that is none, is found by its name. */
    say_keysym(viewer, 0, 0xffca);
    say_keysym(viewer, 0x12345678, 0xff0d);
    say_keysym(viewer, 0x1e, 0xffca);
    assert_input(f, "+183 +28 +30 ");
    say_pointer(viewer, 10, 20, 1 << 0);
    say_pointer(viewer, 10, 20, 1 << 1 | 1 << 2);
    say_pointer(viewer, 10, 20, 1 << 3);
    say_pointer(viewer, 10, 20, 1 << 4);
    say_pointer(viewer, 10, 20, 0);
    assert_input(f, "@10,20/64x32 +272 @10,20/64x32 -272 +274 +273 "
                    "@10,20/64x32 -274 -273 w1 @10,20/64x32 w-1 @10,20/64x32 ");
    say_pointer(viewer, 10, 20, 1 << 7 | 1 << 8); /* back and forth */
    say_pointer(viewer, 10, 20, 0);
    assert_input(f, "@10,20/64x32 +275 +276 @10,20/64x32 -275 -276 ");
    /* Anything may come. */
    say_key(viewer, 0, true);
    say_key(viewer, UINT32_MAX, true);
    say_keysym(viewer, 0, UINT32_MAX);
    say_key(viewer, 0x12345678, true);
    say_key(viewer, 0x2e, false);
    assert_input(f, "");
    say_pointer(viewer, INT32_MIN, INT32_MAX, ~0x1ffU);
    say_pointer(viewer, INT32_MAX, INT32_MIN, 0);
    assert_input(f, "@0,31/64x32 @63,0/64x32 ");
    /* It goes with a key and a button down: they are released. */
    say_key(viewer, 0x80 | 0x53, true);
    say_pointer(viewer, 1, 1, 1 << 0);
    viewer_leave(viewer);
    assert_input(f, "+111 @1,1/64x32 +272 -28 -30 -111 -183 -272 ");
}

static void say_touch(struct viewer *viewer, uint16_t contact, uint16_t phase, int32_t x, int32_t y)
{
    say(viewer,
        &(struct local_request){.type = LOCAL_TOUCH,
                                .touch = {.contact = contact, .phase = phase, .x = x, .y = y}});
}

/* Fingers: of several viewers, anywhere, and lifted with the viewer that goes. */
static void test_touch(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_join(f, 0), *other = viewer_join(f, 1);

    say_touch(viewer, 0, LOCAL_TOUCH_DOWN, 1, 2); /* the guest has no touch screen */
    assert_input(f, "");
    session_set_contacts(f->session, 3);
    say_touch(viewer, 0, LOCAL_TOUCH_MOTION, 1, 2);
    say_touch(viewer, 9, LOCAL_TOUCH_DOWN, 1, 2);
    say_touch(viewer, 9, LOCAL_TOUCH_MOTION, INT32_MIN, INT32_MAX);
    assert_input(f, "0down@1,2/64x32 0motion@0,31/64x32 ");
    say_touch(other, 9, LOCAL_TOUCH_DOWN, 3, 4);
    assert_input(f, "1down@3,4/64x32 ");
    say_touch(viewer, 0, LOCAL_TOUCH_DOWN, 5, 6);
    say_touch(viewer, 1, LOCAL_TOUCH_DOWN, 7, 8); /* more than the guest takes */
    say_touch(viewer, 1, LOCAL_TOUCH_UP, 7, 8);
    say_touch(viewer, 9, LOCAL_TOUCH_UP, -1, -1);
    assert_input(f, "2down@5,6/64x32 0up ");
    say_touch(viewer, 1, LOCAL_TOUCH_DOWN, 7, 8);
    assert_input(f, "0down@7,8/64x32 ");
    viewer_leave(viewer);
    assert_input(f, "0up 2up ");
    /* The guest's device is another: what was down is so no more. */
    session_set_contacts(f->session, 2);
    say_touch(other, 9, LOCAL_TOUCH_MOTION, 1, 1);
    say_touch(other, 9, LOCAL_TOUCH_UP, 1, 1);
    say_touch(other, 9, LOCAL_TOUCH_DOWN, 1, 1);
    assert_input(f, "0down@1,1/64x32 ");
    viewer_leave(other);
    assert_input(f, "0up ");
}

/* How many fingers the guest takes is told at once, also where no pixel is another. */
static void test_contacts(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_open(f, 0);

    ask(viewer);
    assert_hears(viewer, "nothing");
    session_set_contacts(f->session, 5);
    assert_hears(viewer, "64x32 1 monitors 0,0+64x32 5 fingers new");
    session_set_contacts(f->session, 0);
    assert_hears(viewer, "nothing"); /* it has not asked */
    ask(viewer);
    assert_hears(viewer, ONE);
    session_set_contacts(f->session, 2);
    ask(viewer_join(f, 1));
    assert_hears(&f->viewers[1], "64x32 +fd 1 monitors 0,0+64x32 2 fingers new 0,0+64x32");
}

/* Bytes come in any pieces. */
static void test_pieces(struct fixture *f, gconstpointer data)
{
    struct viewer *viewer = viewer_join(f, 0);
    struct local_request requests[3] = {
        {.type = LOCAL_KEY, .key = {.scancode = 0x1e, .is_down = 1}},
        {.type = LOCAL_KEY, .key = {.scancode = 0x1e}},
        {.type = LOCAL_READY},
    };

    for (size_t i = 0; i < sizeof(requests); i++) {
        g_assert_cmpint(send(viewer->fd, (const char *)requests + i, 1, 0), ==, 1);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    assert_hears(viewer, WHOLE);
    assert_input(f, "+30 -30 ");
}

/* --- the bad ones --- */

static void test_nonsense(struct fixture *f, gconstpointer data)
{
    static const struct local_request cases[] = {
        {.type = 0},
        {.type = LOCAL_TOUCH + 1},
        {.type = UINT32_MAX},
        {.type = LOCAL_TOUCH, .touch = {.contact = LOCAL_MAX_CONTACTS}},
        {.type = LOCAL_TOUCH, .touch = {.contact = UINT16_MAX}},
        {.type = LOCAL_TOUCH, .touch = {.phase = LOCAL_TOUCH_UP + 1}},
    };
    struct viewer *good = viewer_open(f, 0);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct viewer *bad = viewer_join(f, 1);

        say_key(bad, 0x1e, true);
        say(bad, &cases[i]);
        say_key(bad, 0x1f, true);
        assert_hears(bad, "gone");
        assert_input(f, "+30 -30 ");
        viewer_leave(bad);
    }
    ask(good);
    draw(f, 7, 3);
    assert_hears(good, ONE " 7,3+1x1");
}

/* It asks on and on, and does not read. */
static void test_does_not_read(struct fixture *f, gconstpointer data)
{
    struct viewer *good = viewer_open(f, 0), *bad = viewer_open(f, 1);
    unsigned frames = 0;
    g_autofree char *last = NULL;

    for (int i = 0; i < 50; i++) {
        const struct local_request request = {.type = LOCAL_READY};

        send(bad->fd, &request, sizeof(request), MSG_NOSIGNAL);
        ask(good);
        draw(f, i, i % HEIGHT);
        settle();
        g_free(hear(good));
    }
    while (!g_str_equal(last = hear(bad), "gone")) {
        g_assert_cmpstr(last, !=, "nothing");
        g_clear_pointer(&last, g_free);
        frames++;
    }
    g_assert_cmpuint(frames, >=, 1);
    g_assert_cmpuint(frames, <=, 8); /* what waits is little */
    ask(good);
    draw(f, 63, 3);
    assert_hears(good, ONE " 63,3+1x1");
}

static unsigned keys;

static void count_key(void *data, unsigned code, bool down)
{
    keys++;
}

/* As much as its socket takes, all the time: the other has its turn after few requests. */
static void test_flood(struct fixture *f, gconstpointer data)
{
    static const struct input_sink counter = {
        .key = count_key, .position = record_position, .wheel = record_wheel};
    const struct local_request press = {.type = LOCAL_KEY, .key = {.scancode = 0x1e, .is_down = 1}};
    struct viewer *good = viewer_open(f, 0), *bad = viewer_join(f, 1);
    g_autofree char *text = NULL;
    unsigned sent = 0;

    session_set_input(f->session, &counter, f->input);
    while (send(bad->fd, &press, sizeof(press), MSG_NOSIGNAL) == sizeof(press))
        sent++;
    g_assert_cmpuint(sent, >, 3 * INBOX_REQUESTS);
    draw(f, 7, 3);
    g_usleep(20000); /* a frame's time is over */
    ask(good);
    keys = 0;
    for (int i = 0; i < 2; i++)
        g_main_context_iteration(NULL, FALSE);
    text = hear(good);
    g_assert_cmpstr(text, ==, ONE " 7,3+1x1");
    g_assert_cmpuint(keys, <=, 2 * INBOX_REQUESTS);
    settle();
    g_assert_cmpuint(keys, ==, sent);
    session_set_input(f->session, &input_recorder, f->input);
}

/* Half a request and then nothing; and descriptors, which nobody wants. */
static void test_odd(struct fixture *f, gconstpointer data)
{
    struct viewer *good = viewer_open(f, 0), *bad = viewer_join(f, 1);
    struct local_request request = {.type = LOCAL_KEY, .key = {.scancode = 0x1e, .is_down = 1}};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS}};
    struct iovec part = {&request, sizeof(request)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int ends[2];
    char byte;

    g_assert_cmpint(pipe2(ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
    memcpy(CMSG_DATA(&control.header), &ends[1], sizeof(int));
    g_assert_cmpint(sendmsg(bad->fd, &message, 0), ==, sizeof(request));
    close(ends[1]);
    assert_input(f, "+30 ");
    g_assert_cmpint(read(ends[0], &byte, 1), ==, 0); /* nobody has the other end */
    close(ends[0]);

    g_assert_cmpint(send(bad->fd, &request, sizeof(request) / 2, 0), ==, sizeof(request) / 2);
    ask(good);
    draw(f, 7, 3);
    assert_hears(good, ONE " 7,3+1x1");
    assert_hears(bad, "nothing");
}

static void test_too_many(struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < LOCAL_MAX_VIEWERS; i++)
        viewer_open(f, i);
    viewer_join(f, LOCAL_MAX_VIEWERS);
    assert_hears(&f->viewers[LOCAL_MAX_VIEWERS], "gone");
    viewer_leave(&f->viewers[LOCAL_MAX_VIEWERS]);
    viewer_leave(&f->viewers[0]);
    settle();
    viewer_open(f, LOCAL_MAX_VIEWERS);
}

/* --- in the sandbox --- */

/* As main() does it: the system calls that are left are enough for another picture. Ends without
 * what the sanitizers want to do then. */
static void filtered_child(struct fixture *f)
{
    struct session_part half = part_of(f, 0, WIDTH / 2);
    struct viewer *viewer = viewer_open(f, 0);
    g_autofree char *heard = NULL;

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!syscall_filter_enter(display_syscalls))
        syscall(SYS_exit_group, 1);
    session_set_parts(f->session, &half, 1);
    ask(viewer);
    settle();
    heard = hear(viewer);
    if (!g_str_equal(heard, "32x32 +fd 1 monitors 0,0+32x32 new 0,0+32x32"))
        syscall(SYS_exit_group, 2);
    viewer_leave(viewer);
    settle();
    syscall(SYS_exit_group, f->watched);
}

static void test_filtered(struct fixture *f, gconstpointer data)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        filtered_child(f);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

#define ADD(name, test) \
    g_test_add(name, struct fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/local/picture", test_picture);
    ADD("/local/pace", test_pace);
    ADD("/local/several", test_several);
    ADD("/local/again", test_again);
    ADD("/local/resize", test_resize);
    ADD("/local/monitors", test_monitors);
    ADD("/local/beside", test_beside);
    ADD("/local/idle", test_idle);
    ADD("/local/input", test_input);
    ADD("/local/touch", test_touch);
    ADD("/local/contacts", test_contacts);
    ADD("/local/pieces", test_pieces);
    ADD("/local/nonsense", test_nonsense);
    ADD("/local/does-not-read", test_does_not_read);
    ADD("/local/flood", test_flood);
    ADD("/local/odd", test_odd);
    ADD("/local/too-many", test_too_many);
    ADD("/local/filtered", test_filtered);
    return g_test_run();
}
