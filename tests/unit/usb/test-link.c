/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames, and two sides of a link with a narrow pipe between them. */
#include <string.h>

#include <glib.h>

#include "frame.h"
#include "link.h"
#include "octets.h"

/* --- the queue --- */

static void test_octets(void)
{
    struct octets octets = {0};
    uint8_t next_in = 0, next_out = 0;

    for (unsigned round = 0; round < 2000; round++) {
        uint8_t piece[97];
        size_t length = round * 7 % sizeof(piece), drop;

        for (size_t i = 0; i < length; i++)
            piece[i] = next_in++;
        octets_append(&octets, piece, length);
        drop = round % 3 ? octets.used / 2 : octets.used * (round % 9 == 0);
        for (size_t i = 0; i < drop; i++)
            g_assert_cmpuint(octets_front(&octets)[i], ==, next_out++);
        octets_drop(&octets, drop);
        g_assert_cmpuint(octets.used, ==, (uint8_t)(next_in - next_out) + octets.used / 256 * 256);
    }
    octets_clear(&octets);
    g_assert_cmpuint(octets.used, ==, 0);
    octets_extend(&octets, 1024 * 1024);
    octets_drop(&octets, 1024 * 1024);
    g_assert_cmpuint(octets.size, ==, 0); /* what it does not need it does not keep */
}

/* --- frames --- */

static void check_frame(const struct frame *frame, const void *wanted, size_t length)
{
    uint8_t octets[FRAME_SIZE_MAX];
    struct frame again;

    g_assert_cmpuint(frame_encode(frame, octets), ==, length);
    g_assert_cmpmem(octets, length, wanted, length);
    for (size_t cut = 0; cut < length; cut++)
        g_assert_cmpint(frame_decode(octets, cut, &again), ==, 0);
    g_assert_cmpint(frame_decode(octets, sizeof(octets), &again), ==, (int)length);
    g_assert_cmpint(again.type, ==, frame->type);
    g_assert_cmpuint(again.channel, ==, frame->channel);
}

static void test_frames(void)
{
    const struct frame hello = {.type = FRAME_HELLO, .hello = {FRAME_MAGIC, 1}};
    const struct frame attach = {.type = FRAME_ATTACH, .channel = 15, .attach = {0x10003, 5}};
    const struct frame result = {.type = FRAME_RESULT, .channel = 2, .result = FRAME_FULL};
    const struct frame data = {
        .type = FRAME_DATA, .channel = 1, .data = {(const uint8_t *)"abc", 3}};
    const struct frame credit = {.type = FRAME_CREDIT, .channel = 3, .credit = 0x40000};
    const struct frame detach = {.type = FRAME_DETACH, .channel = 4};

    check_frame(&hello, "\1\0\0\0\10\0\0\0VUSB\1\0\0\0", 16);
    check_frame(&attach, "\2\17\0\0\10\0\0\0\3\0\1\0\5\0\0\0", 16);
    check_frame(&result, "\3\2\0\0\4\0\0\0\2\0\0\0", 12);
    check_frame(&data, "\4\1\0\0\3\0\0\0abc", 11);
    check_frame(&credit, "\5\3\0\0\4\0\0\0\0\0\4\0", 12);
    check_frame(&detach, "\6\4\0\0\0\0\0\0", 8);
}

static void test_bad_frames(void)
{
    static const uint8_t bad[][16] = {
        {0, 0, 0, 0, 0, 0, 0, 0},                /* no type */
        {7, 0, 0, 0, 0, 0, 0, 0},                /* an unknown one */
        {6, 16, 0, 0, 0, 0, 0, 0},               /* a channel too many */
        {6, 0, 1, 0, 0, 0, 0, 0},                /* not zero */
        {6, 0, 0, 0, 1, 0, 0, 0},                /* too long */
        {1, 0, 0, 0, 7, 0, 0, 0},                /* too short */
        {1, 1, 0, 0, 8, 0, 0, 0, 'V', 'U', 'S'}, /* hello has no channel */
        {3, 0, 0, 0, 4, 0, 0, 0, 3},             /* no result */
        {4, 0, 0, 0, 0, 0, 0, 0},                /* no data */
        {4, 0, 0, 0, 1, 0x40, 0, 0},             /* one octet too many */
        {4, 0, 0, 0, 1, 0, 0, 0x80},
        {5, 0, 0, 0, 4, 0, 0, 0, 0},       /* no credit */
        {5, 0, 0, 0, 4, 0, 0, 0, 1, 0, 4}, /* more than there can be */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct frame frame;

        g_test_message("frame %zu", i);
        g_assert_cmpint(frame_decode(bad[i], sizeof(bad[i]), &frame), ==, -1);
    }
}

/* --- two sides --- */

struct pipe {
    uint8_t octets[8192];
    unsigned used;
    unsigned limit;
    unsigned long moved;
    bool gone;
};

struct side {
    struct pipe *in, *out;
    struct link *link;
    unsigned met, offered, answered, arrived, left;
    unsigned channel;
    uint32_t devid, speed;
    enum frame_result result;
    enum frame_result will_answer;
};

struct fixture {
    struct pipe to_guest, to_dom0;
    struct side dom0, guest;
};

static int pipe_read(void *stream, void *to, size_t size)
{
    struct pipe *in = ((struct side *)stream)->in;
    unsigned count = MIN(in->used, (unsigned)size);

    if (in->gone)
        return -1;
    memcpy(to, in->octets, count);
    memmove(in->octets, in->octets + count, in->used - count);
    in->used -= count;
    in->moved += count;
    return (int)count;
}

static int pipe_write(void *stream, const void *from, size_t size)
{
    struct pipe *out = ((struct side *)stream)->out;
    unsigned count = MIN(out->limit - MIN(out->used, out->limit), (unsigned)size);

    memcpy(out->octets + out->used, from, count);
    out->used += count;
    out->moved += count;
    return (int)count;
}

static const struct link_stream pipe_stream = {pipe_read, pipe_write};

static void on_met(void *data)
{
    ((struct side *)data)->met++;
}

static void on_offered(void *data, unsigned channel, uint32_t devid, uint32_t speed)
{
    struct side *side = data;

    side->offered++;
    side->channel = channel;
    side->devid = devid;
    side->speed = speed;
    link_answer(side->link, channel, side->will_answer);
}

static void on_answered(void *data, unsigned channel, enum frame_result result)
{
    struct side *side = data;

    side->answered++;
    side->channel = channel;
    side->result = result;
}

static void on_arrived(void *data, unsigned channel)
{
    ((struct side *)data)->arrived++;
}

static void on_left(void *data, unsigned channel)
{
    struct side *side = data;

    side->left++;
    side->channel = channel;
}

static const struct link_owner owner = {on_met, on_offered, on_answered, on_arrived, on_left};

static void set_up(struct fixture *fixture, gconstpointer data)
{
    fixture->to_guest.limit = fixture->to_dom0.limit = 4096;
    fixture->dom0.in = fixture->guest.out = &fixture->to_dom0;
    fixture->dom0.out = fixture->guest.in = &fixture->to_guest;
    fixture->dom0.link = link_new(false, &pipe_stream, &fixture->dom0, &owner, &fixture->dom0);
    fixture->guest.link = link_new(true, &pipe_stream, &fixture->guest, &owner, &fixture->guest);
}

static void tear_down(struct fixture *fixture, gconstpointer data)
{
    link_free(fixture->dom0.link);
    link_free(fixture->guest.link);
}

/* Until neither has anything to do. */
static void run(struct fixture *fixture)
{
    for (unsigned quiet = 0, rounds = 0; quiet < 2; rounds++) {
        unsigned long before = fixture->to_guest.moved + fixture->to_dom0.moved;
        enum link_state guest = link_run(fixture->guest.link);
        enum link_state dom0 = link_run(fixture->dom0.link);

        g_assert_cmpint(guest, !=, LINK_BROKEN);
        g_assert_cmpint(dom0, !=, LINK_BROKEN);
        g_assert_cmpuint(rounds, <, 10000);
        if (before == fixture->to_guest.moved + fixture->to_dom0.moved && guest == LINK_IDLE &&
            dom0 == LINK_IDLE)
            quiet++;
        else
            quiet = 0;
    }
}

static unsigned open_channel(struct fixture *fixture)
{
    int channel;

    run(fixture);
    fixture->guest.will_answer = FRAME_ATTACHED;
    channel = link_offer(fixture->dom0.link, 0x10001, 3);
    g_assert_cmpint(channel, >=, 0);
    run(fixture);
    g_assert_cmpint(fixture->dom0.result, ==, FRAME_ATTACHED);
    return (unsigned)channel;
}

static void test_hello(struct fixture *fixture, gconstpointer data)
{
    g_assert_cmpint(link_offer(fixture->dom0.link, 1, 2), ==, -1); /* nobody there */
    run(fixture);
    g_assert_cmpuint(fixture->dom0.met, ==, 1);
    g_assert_cmpuint(fixture->guest.met, ==, 1);
}

static void test_offer(struct fixture *fixture, gconstpointer data)
{
    g_assert_cmpuint(open_channel(fixture), ==, 0);
    g_assert_cmphex(fixture->guest.devid, ==, 0x10001);
    g_assert_cmpuint(fixture->guest.speed, ==, 3);
    fixture->guest.will_answer = FRAME_FULL;
    g_assert_cmpint(link_offer(fixture->dom0.link, 2, 3), ==, 1);
    run(fixture);
    g_assert_cmpint(fixture->dom0.result, ==, FRAME_FULL);
    g_assert_cmpint(link_offer(fixture->dom0.link, 2, 3), ==, 1); /* it is free again */
    for (unsigned i = 2; i < FRAME_CHANNELS; i++)
        g_assert_cmpint(link_offer(fixture->dom0.link, i, 3), ==, (int)i);
    g_assert_cmpint(link_offer(fixture->dom0.link, 9, 3), ==, -1);
}

/* Far more than fits into the pipe or the window, both ways, comes as it was sent. */
static void test_data(struct fixture *fixture, gconstpointer data)
{
    unsigned channel = open_channel(fixture);
    g_autofree uint8_t *octets = g_malloc(3 * FRAME_WINDOW);
    size_t got[2] = {0};

    for (size_t i = 0; i < 3 * FRAME_WINDOW; i++)
        octets[i] = (uint8_t)(i * 7 + i / 251);
    link_send(fixture->dom0.link, channel, octets, 3 * FRAME_WINDOW);
    link_send(fixture->guest.link, channel, octets, 3 * FRAME_WINDOW);
    while (got[0] < 3 * FRAME_WINDOW || got[1] < 3 * FRAME_WINDOW) {
        struct link *const links[] = {fixture->dom0.link, fixture->guest.link};
        size_t before = got[0] + got[1];

        run(fixture);
        for (unsigned i = 0; i < 2; i++) {
            const struct octets *in = link_in(links[i], channel);
            size_t length = in->used;

            g_assert_cmpuint(length, <=, FRAME_WINDOW);
            g_assert_cmpmem(octets_front(in), length, octets + got[i], length);
            got[i] += length;
            link_used(links[i], channel, length);
        }
        g_assert_cmpuint(got[0] + got[1], >, before);
    }
    g_assert_cmpuint(link_backlog(fixture->dom0.link, channel), ==, 0);
}

/* A channel whose octets nobody takes does not hold up another. */
static void test_no_blocking(struct fixture *fixture, gconstpointer data)
{
    unsigned stuck = open_channel(fixture), other = open_channel(fixture);
    g_autofree uint8_t *octets = g_malloc0(2 * FRAME_WINDOW);

    link_send(fixture->guest.link, stuck, octets, 2 * FRAME_WINDOW);
    run(fixture);
    g_assert_cmpuint(link_in(fixture->dom0.link, stuck)->used, ==, FRAME_WINDOW);
    link_send(fixture->guest.link, other, "hello", 5);
    run(fixture);
    g_assert_cmpmem(octets_front(link_in(fixture->dom0.link, other)), 5, "hello", 5);
    /* Both have something: they take turns. */
    link_used(fixture->dom0.link, stuck, FRAME_WINDOW);
    link_send(fixture->guest.link, other, octets, 2 * FRAME_DATA_MAX);
    fixture->to_dom0.limit = sizeof(fixture->to_dom0.octets);
    for (unsigned i = 0; link_in(fixture->dom0.link, other)->used == 5; i++) {
        g_assert_cmpuint(i, <, 20);
        link_run(fixture->dom0.link);
        link_run(fixture->guest.link);
    }
    g_assert_cmpuint(link_in(fixture->dom0.link, stuck)->used, <, FRAME_WINDOW);
}

static void test_leaving(struct fixture *fixture, gconstpointer data)
{
    unsigned channel = open_channel(fixture);

    /* dom0 does, while the guest is speaking. */
    link_send(fixture->guest.link, channel, "words", 5);
    link_run(fixture->guest.link);
    link_leave(fixture->dom0.link, channel);
    g_assert_cmpint(link_offer(fixture->dom0.link, 5, 5), ==, 1); /* not yet free */
    run(fixture);
    g_assert_cmpuint(fixture->guest.left, ==, 1);
    g_assert_cmpuint(fixture->dom0.left, ==, 0);
    g_assert_cmpint(link_offer(fixture->dom0.link, 5, 5), ==, (int)channel);
    run(fixture);
    g_assert_cmpuint(link_in(fixture->dom0.link, channel)->used, ==, 0);
    /* The guest does. */
    link_leave(fixture->guest.link, channel);
    run(fixture);
    g_assert_cmpuint(fixture->dom0.left, ==, 1);
    /* Both at once. */
    link_leave(fixture->guest.link, 1);
    link_leave(fixture->dom0.link, 1);
    run(fixture);
    g_assert_cmpuint(fixture->dom0.left, ==, 1);
    g_assert_cmpuint(fixture->guest.left, ==, 1);
    g_assert_cmpint(link_offer(fixture->dom0.link, 5, 5), ==, 0);
    g_assert_cmpint(link_offer(fixture->dom0.link, 5, 5), ==, 1);
    run(fixture);
}

/* dom0 thinks better of it while the guest is refusing, or accepting. */
static void test_crossing(struct fixture *fixture, gconstpointer data)
{
    static const enum frame_result answers[] = {FRAME_REFUSED, FRAME_ATTACHED};

    run(fixture);
    for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
        int channel = link_offer(fixture->dom0.link, 1, 1);

        fixture->guest.will_answer = answers[i];
        link_run(fixture->dom0.link);
        link_run(fixture->guest.link);
        link_leave(fixture->dom0.link, (unsigned)channel);
        run(fixture);
        g_assert_cmpuint(fixture->dom0.answered, ==, 0);
        g_assert_cmpuint(fixture->dom0.left, ==, 0);
        g_assert_cmpint(channel, ==, 0);
    }
    open_channel(fixture);
}

/* A guest that says hello a second time has forgotten everything. */
static void test_second_hello(struct fixture *fixture, gconstpointer data)
{
    unsigned channel = open_channel(fixture);

    open_channel(fixture);
    link_send(fixture->dom0.link, channel, "late", 4);
    link_reset(fixture->guest.link);
    run(fixture);
    g_assert_cmpuint(fixture->dom0.left, ==, 2);
    g_assert_cmpuint(fixture->dom0.met, ==, 2);
    g_assert_cmpuint(open_channel(fixture), ==, 0);
    g_assert_cmpuint(link_in(fixture->guest.link, 0)->used, ==, 0);
}

static void say(struct fixture *fixture, struct pipe *pipe, const struct frame *frame)
{
    uint8_t octets[FRAME_SIZE_MAX];
    size_t length = frame_encode(frame, octets);

    g_assert_cmpuint(pipe->used + length, <=, sizeof(pipe->octets));
    memcpy(pipe->octets + pipe->used, octets, length);
    pipe->used += (unsigned)length;
}

/* What no honest guest says to dom0, and no honest dom0 to a guest. */
static void test_rules(struct fixture *fixture, gconstpointer data)
{
    static const uint8_t octet = 1;
    static const struct {
        bool to_dom0;
        bool met;
        struct frame frame;
    } cases[] = {
        {true, false, {.type = FRAME_DETACH}},
        {true, false, {.type = FRAME_HELLO, .hello = {FRAME_MAGIC + 1, FRAME_VERSION}}},
        {true, false, {.type = FRAME_HELLO, .hello = {FRAME_MAGIC, FRAME_VERSION + 1}}},
        {true, true, {.type = FRAME_ATTACH, .attach = {1, 1}}},
        {true, true, {.type = FRAME_RESULT, .result = FRAME_ATTACHED}}, /* twice */
        {true, true, {.type = FRAME_RESULT, .channel = 5, .result = FRAME_REFUSED}},
        {true, true, {.type = FRAME_DATA, .channel = 5, .data = {&octet, 1}}},
        {true, true, {.type = FRAME_CREDIT, .credit = 1}}, /* for nothing */
        {true, true, {.type = FRAME_CREDIT, .channel = 5, .credit = 1}},
        {false, true, {.type = FRAME_HELLO, .hello = {FRAME_MAGIC, FRAME_VERSION}}},
        {false, true, {.type = FRAME_RESULT, .result = FRAME_ATTACHED}},
        {false, true, {.type = FRAME_ATTACH, .attach = {1, 1}}}, /* in use */
        {false, true, {.type = FRAME_DATA, .channel = 5, .data = {&octet, 1}}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct side *side = cases[i].to_dom0 ? &fixture->dom0 : &fixture->guest;

        g_test_message("case %zu", i);
        tear_down(fixture, NULL);
        memset(fixture, 0, sizeof(*fixture));
        set_up(fixture, NULL);
        if (cases[i].met)
            g_assert_cmpuint(open_channel(fixture), ==, 0);
        side->in->used = 0;
        say(fixture, side->in, &cases[i].frame);
        g_assert_cmpint(link_run(side->link), ==, LINK_BROKEN);
    }
}

/* More than the window, though no credit was given for it. */
static void test_window(struct fixture *fixture, gconstpointer data)
{
    static const uint8_t octets[4096];
    const struct frame frame = {.type = FRAME_DATA, .data = {octets, sizeof(octets)}};

    open_channel(fixture);
    for (unsigned i = 0; i < FRAME_WINDOW / sizeof(octets); i++) {
        say(fixture, &fixture->to_dom0, &frame);
        g_assert_cmpint(link_run(fixture->dom0.link), !=, LINK_BROKEN);
    }
    say(fixture, &fixture->to_dom0, &frame);
    g_assert_cmpint(link_run(fixture->dom0.link), ==, LINK_BROKEN);
}

/* Who answers without end and does not listen is not listened to: nothing piles up for him. */
static void test_flood(struct fixture *fixture, gconstpointer data)
{
    const struct frame refusal = {.type = FRAME_RESULT, .result = FRAME_REFUSED};
    unsigned offers = 0;

    run(fixture);
    fixture->to_guest.limit = 0;
    for (unsigned i = 0; i < 20000; i++) {
        offers += link_offer(fixture->dom0.link, 1, 3) == 0;
        if (fixture->to_dom0.used == 0)
            say(fixture, &fixture->to_dom0, &refusal);
        g_assert_cmpint(link_run(fixture->dom0.link), !=, LINK_BROKEN);
    }
    g_assert_cmpuint(offers, >, 1000);
    g_assert_cmpuint(offers, <, 10000);
    g_assert_cmpuint(fixture->to_dom0.used, >, 0);
    fixture->to_guest.limit = 4096;
    link_run(fixture->dom0.link); /* when there is room again it listens again */
    link_run(fixture->dom0.link);
    g_assert_cmpuint(fixture->to_dom0.used, ==, 0);
    fixture->to_dom0.gone = true;
    g_assert_cmpint(link_run(fixture->dom0.link), ==, LINK_BROKEN);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct fixture *, gconstpointer);
    } tests[] = {
        {"/usb/link/hello", test_hello},
        {"/usb/link/offer", test_offer},
        {"/usb/link/data", test_data},
        {"/usb/link/no-blocking", test_no_blocking},
        {"/usb/link/leaving", test_leaving},
        {"/usb/link/crossing", test_crossing},
        {"/usb/link/second-hello", test_second_hello},
        {"/usb/link/rules", test_rules},
        {"/usb/link/window", test_window},
        {"/usb/link/flood", test_flood},
    };

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb/octets", test_octets);
    g_test_add_func("/usb/frame/good", test_frames);
    g_test_add_func("/usb/frame/bad", test_bad_frames);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
