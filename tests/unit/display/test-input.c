/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input on its way to the guest: the ring, the queue before it, and no key that stays down. */
#include <glib.h>

#include "devices/input-queue.h"
#include "devices/kbdif-ring.h"

union page {
    struct xenkbd_page page;
    uint8_t bytes[4096];
};

static void push_key(struct kbdif_ring *ring, uint32_t code)
{
    union xenkbd_in_event event = {.key = {.type = XENKBD_TYPE_KEY, .pressed = 1, .keycode = code}};

    kbdif_ring_push(ring, &event);
}

static void test_ring(void)
{
    const uint32_t start = 1000;
    union page u = {.page = {.in_cons = start, .in_prod = start}};
    struct kbdif_ring ring;

    kbdif_ring_attach(&ring, &u.page);
    for (unsigned i = 0; i < XENKBD_IN_RING_LEN; i++) {
        g_assert_true(kbdif_ring_has_space(&ring, 1));
        push_key(&ring, i);
    }
    g_assert_false(kbdif_ring_has_space(&ring, 1));
    g_assert_cmpuint(u.page.in_prod, ==, start + XENKBD_IN_RING_LEN);
    for (unsigned i = 0; i < XENKBD_IN_RING_LEN; i++)
        g_assert_cmpuint(XENKBD_IN_RING_REF(&u.page, start + i).key.keycode, ==, i);
    u.page.in_cons += 2;
    g_assert_true(kbdif_ring_has_space(&ring, 1));
    g_assert_true(kbdif_ring_has_space(&ring, 2));
    g_assert_false(kbdif_ring_has_space(&ring, 3));
}

static void test_ring_hostile(void)
{
    static const uint32_t bad[] = {1, 0x80000000, 0xffffffff - XENKBD_IN_RING_LEN};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        union page u = {0};
        struct kbdif_ring ring;

        kbdif_ring_attach(&ring, &u.page);
        u.page.in_cons = bad[i]; /* ahead of us */
        g_assert_false(kbdif_ring_has_space(&ring, 1));
        u.page.in_cons = 0;
        u.page.in_prod = 0x12345678; /* not the guest's to write */
        push_key(&ring, 30);
        g_assert_cmpuint(u.page.in_prod, ==, 1);
    }
}

/* A process before us filled the page; or the guest left nonsense in it. */
static void test_ring_attach(void)
{
    union page u = {.page = {.in_cons = 100, .in_prod = 110}};
    struct kbdif_ring ring;

    kbdif_ring_attach(&ring, &u.page);
    g_assert_cmpuint(ring.prod, ==, 110);
    u.page.in_prod = 99;
    kbdif_ring_attach(&ring, &u.page);
    g_assert_cmpuint(ring.prod, ==, 100);
    g_assert_cmpuint(u.page.in_prod, ==, 100);
    g_assert_true(kbdif_ring_has_space(&ring, 1));
}

static void test_queue_order(void)
{
    struct input_queue queue;
    struct input_event event;

    input_queue_reset(&queue);
    g_assert_true(input_queue_position(&queue, 1, 1));
    g_assert_true(input_queue_position(&queue, 2, 3)); /* takes the place of the first */
    g_assert_true(input_queue_key(&queue, BTN_LEFT, true));
    g_assert_true(input_queue_position(&queue, 4, 5)); /* but does not pass a click */
    g_assert_true(input_queue_wheel(&queue, -1));
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpint(event.kind, ==, INPUT_POSITION);
    g_assert_cmpint(event.y, ==, 3);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpuint(event.code, ==, BTN_LEFT);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpint(event.x, ==, 4);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpint(event.steps, ==, -1);
    g_assert_false(input_queue_take(&queue, &event));
}

static void test_queue_release_without_press(void)
{
    struct input_queue queue;

    input_queue_reset(&queue);
    g_assert_false(input_queue_key(&queue, KEY_A, false));
    g_assert_cmpuint(queue.count, ==, 0);
}

/* A repetition is handed on, and is released once. */
static void test_queue_repeat(void)
{
    struct input_queue queue;

    input_queue_reset(&queue);
    g_assert_true(input_queue_key(&queue, KEY_A, true));
    g_assert_true(input_queue_key(&queue, KEY_A, true));
    g_assert_true(input_queue_key(&queue, KEY_A, false));
    g_assert_false(input_queue_key(&queue, KEY_A, false));
    g_assert_cmpuint(queue.count, ==, 3);
}

/* Each finger's last place, in the order of what else happens. */
static void test_queue_touch(void)
{
    struct input_queue queue;
    struct input_event event;

    input_queue_reset(&queue);
    g_assert_false(input_queue_touch(&queue, 0, TOUCH_MOTION, 1, 1));
    g_assert_false(input_queue_touch(&queue, 0, TOUCH_UP, 1, 1));
    g_assert_true(input_queue_touch(&queue, 0, TOUCH_DOWN, 1, 1));
    g_assert_false(input_queue_touch(&queue, 0, TOUCH_DOWN, 2, 2));
    g_assert_true(input_queue_touch(&queue, 9, TOUCH_DOWN, 5, 5));
    for (int i = 0; i < 10; i++) {
        g_assert_true(input_queue_touch(&queue, 0, TOUCH_MOTION, 10 + i, 1));
        g_assert_true(input_queue_touch(&queue, 9, TOUCH_MOTION, 20 + i, 1));
    }
    g_assert_cmpuint(queue.count, ==, 4);
    g_assert_true(input_queue_touch(&queue, 9, TOUCH_UP, 0, 0));
    g_assert_true(input_queue_touch(&queue, 0, TOUCH_MOTION, 40, 1)); /* does not pass that */
    g_assert_cmpuint(queue.count, ==, 6);
    for (unsigned i = 0; i < 3; i++)
        g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpuint(event.contact, ==, 0);
    g_assert_cmpint(event.x, ==, 19);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpuint(event.contact, ==, 9);
    g_assert_cmpint(event.x, ==, 29);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpint(event.phase, ==, TOUCH_UP);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpint(event.x, ==, 40);
    g_assert_false(input_queue_take(&queue, &event));
}

/* Fingers and keys at a guest that takes nothing: each that came down comes up. */
static void test_queue_never_loses_a_finger(void)
{
    struct input_queue queue;
    struct input_event event;
    unsigned down = 0;

    input_queue_reset(&queue);
    for (unsigned i = 0; i < INPUT_QUEUE_LENGTH; i++) {
        input_queue_touch(&queue, i % INPUT_MAX_CONTACTS, TOUCH_DOWN, 0, 0);
        input_queue_wheel(&queue, 1);
        input_queue_key(&queue, 1 + i, true);
        g_assert_cmpuint(queue.count + queue.held_count, <=, INPUT_QUEUE_LENGTH);
    }
    for (unsigned i = 0; i < INPUT_MAX_CONTACTS; i++)
        g_assert_true(input_queue_touch(&queue, i, TOUCH_UP, 0, 0));
    while (input_queue_take(&queue, &event))
        if (event.kind == INPUT_TOUCH)
            down ^= 1u << event.contact;
    g_assert_cmphex(down, ==, 0);
    /* One more than was down takes no place that is another's. */
    input_queue_lift(&queue, 3);
    g_assert_true(input_queue_take(&queue, &event));
    g_assert_cmpuint(event.contact, ==, 3);
    g_assert_cmpint(event.phase, ==, TOUCH_UP);
}

/* Whatever is typed at a guest that takes nothing: every press that got through is released. */
static void test_queue_never_loses_a_release(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);

    for (int round = 0; round < 100; round++) {
        struct input_queue queue;
        struct input_event event;
        bool down[KEY_CNT] = {0}, wanted[KEY_CNT] = {0};

        input_queue_reset(&queue);
        for (int i = 0; i < 2000; i++) {
            unsigned code = (unsigned)g_rand_int_range(rand, 1, KEY_CNT);

            wanted[code] = !wanted[code];
            input_queue_key(&queue, code, wanted[code]);
            input_queue_position(&queue, i, i);
            if (g_rand_int_range(rand, 0, 20) == 0 && input_queue_take(&queue, &event) &&
                event.kind == INPUT_KEY)
                down[event.code] = event.down;
        }
        for (unsigned code = 1; code < KEY_CNT; code++)
            if (wanted[code])
                input_queue_key(&queue, code, false);
        while (input_queue_take(&queue, &event))
            if (event.kind == INPUT_KEY)
                down[event.code] = event.down;
        for (unsigned code = 1; code < KEY_CNT; code++)
            g_assert_false(down[code]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/input/ring", test_ring);
    g_test_add_func("/input/ring/hostile", test_ring_hostile);
    g_test_add_func("/input/ring/attach", test_ring_attach);
    g_test_add_func("/input/queue/order", test_queue_order);
    g_test_add_func("/input/queue/release-without-press", test_queue_release_without_press);
    g_test_add_func("/input/queue/repeat", test_queue_repeat);
    g_test_add_func("/input/queue/touch", test_queue_touch);
    g_test_add_func("/input/queue/never-loses-a-finger", test_queue_never_loses_a_finger);
    g_test_add_func("/input/queue/never-loses-a-release", test_queue_never_loses_a_release);
    return g_test_run();
}
