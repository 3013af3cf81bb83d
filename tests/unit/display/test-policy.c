/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small tables: the xenbus handshake, throttling, keys. */
#include <linux/input-event-codes.h>

#include <glib.h>
#include <rfb/keysym.h>

#include "backend/number.h"
#include "backend/throttle.h"
#include "backend/xenbus-state.h"
#include "scancode.h"
#include "keymap.h"

static void test_xenbus_step(void)
{
    static const struct {
        enum xenbus_state front, front_last, back;
        bool connected;
        enum xenbus_step step;
    } cases[] = {
        {XenbusStateInitialising, 0, XenbusStateInitWait, false, XENBUS_STAY},
        {XenbusStateInitialised, 1, XenbusStateInitWait, false, XENBUS_CONNECT},
        /* Linux may be at Connected before we looked. */
        {XenbusStateConnected, 1, XenbusStateInitWait, false, XENBUS_CONNECT},
        {XenbusStateConnected, 3, XenbusStateConnected, true, XENBUS_STAY},
        {XenbusStateInitialised, 3, XenbusStateConnected, true, XENBUS_STAY},
        /* We were started again: the front end never noticed. */
        {XenbusStateConnected, 0, XenbusStateConnected, false, XENBUS_CONNECT},
        /* The guest was resumed. */
        {XenbusStateInitialised, 4, XenbusStateConnected, true, XENBUS_RECONNECT},
        {XenbusStateClosing, 4, XenbusStateConnected, true, XENBUS_CLOSING},
        {XenbusStateClosing, 5, XenbusStateClosing, false, XENBUS_STAY},
        {XenbusStateClosed, 5, XenbusStateClosing, false, XENBUS_CLOSED},
        {XenbusStateClosed, 4, XenbusStateConnected, true, XENBUS_CLOSED},
        {XenbusStateClosed, 6, XenbusStateClosed, false, XENBUS_STAY},
        /* A new kernel begins. */
        {XenbusStateInitialising, 6, XenbusStateClosed, false, XENBUS_WAIT},
        {XenbusStateInitialising, 4, XenbusStateConnected, true, XENBUS_WAIT},
        /* One that goes on where it had closed, or where we refused it, is not mapped. */
        {XenbusStateConnected, 6, XenbusStateClosed, false, XENBUS_STAY},
        {XenbusStateInitialised, 3, XenbusStateClosing, false, XENBUS_STAY},
        {XenbusStateUnknown, 4, XenbusStateConnected, true, XENBUS_DISCONNECT},
        {XenbusStateUnknown, 0, XenbusStateInitWait, false, XENBUS_STAY},
        {XenbusStateReconfiguring, 4, XenbusStateConnected, true, XENBUS_DISCONNECT},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct xenbus_view view = {cases[i].front, cases[i].front_last, cases[i].back,
                                   cases[i].connected};

        g_test_message("%zu", i);
        g_assert_cmpint(xenbus_next_step(&view), ==, cases[i].step);
    }
}

static void test_xenbus_state(void)
{
    static const char *const bad[] = {NULL, "", "9", "-1", "44", "4 ", " 4", "x", "\xff"};

    g_assert_cmpint(xenbus_state_parse("0"), ==, XenbusStateUnknown);
    g_assert_cmpint(xenbus_state_parse("4"), ==, XenbusStateConnected);
    g_assert_cmpint(xenbus_state_parse("8"), ==, XenbusStateReconfigured);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(xenbus_state_parse(bad[i]), ==, XenbusStateUnknown);
}

static void test_number(void)
{
    static const char *const bad[] = {
        NULL,
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "0x1",
        "1e3",
        "18446744073709551616",
        "99999999999999999999999",
        "\xb1",
    };
    uint64_t number = 42;

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(number_parse(bad[i], UINT64_MAX, &number));
    g_assert_false(number_parse("101", 100, &number));
    g_assert_cmpuint(number, ==, 42);
    g_assert_true(number_parse("100", 100, &number));
    g_assert_cmpuint(number, ==, 100);
    g_assert_true(number_parse("0018446744073709551615", UINT64_MAX, &number));
    g_assert_cmpuint(number, ==, UINT64_MAX);
}

static void test_throttle(void)
{
    struct throttle throttle = {.limit = 3, .window_us = 1000};

    for (int i = 0; i < 3; i++)
        g_assert_cmpint(throttle_take(&throttle, 5000 + i), ==, 0);
    g_assert_cmpint(throttle_take(&throttle, 5010), ==, 990);
    g_assert_cmpint(throttle_take(&throttle, 5999), ==, 1);
    g_assert_cmpint(throttle_take(&throttle, 6000), ==, 0);
    g_assert_cmpint(throttle_take(&throttle, 6000), ==, 0);
    g_assert_cmpint(throttle_take(&throttle, 6000), ==, 0);
    g_assert_cmpint(throttle_take(&throttle, 6500), ==, 500);
}

static void test_keysym(void)
{
    static const struct {
        uint32_t keysym;
        unsigned key;
    } cases[] = {
        {'a', KEY_A},
        {'A', KEY_A},
        {'z', KEY_Z},
        {'1', KEY_1},
        {'!', KEY_1},
        {'0', KEY_0},
        {' ', KEY_SPACE},
        {'~', KEY_GRAVE},
        {'"', KEY_APOSTROPHE},
        {'/', KEY_SLASH},
        {XK_Return, KEY_ENTER},
        {XK_F12, KEY_F12},
        {XK_KP_Enter, KEY_KPENTER},
        {XK_Super_L, KEY_LEFTMETA},
        {0x7f, 0},
        {0x1f, 0},
        {0xe9, 0},
        {0, 0},
        {0xffffffff, 0},
        {0x1000041, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(keymap_from_keysym(cases[i].keysym), ==, cases[i].key);
    for (uint32_t keysym = 0x20; keysym < 0x7f; keysym++)
        g_assert_cmpuint(keymap_from_keysym(keysym), !=, 0);
}

static void test_scancode(void)
{
    static const struct {
        uint32_t scancode;
        unsigned key;
    } cases[] = {
        {0x1e, KEY_A},
        {0x01, KEY_ESC},
        {0x53, KEY_KPDOT},
        {0x56, KEY_102ND},
        {0x57, KEY_F11},
        {0x9d, KEY_RIGHTCTRL},
        {0xe01d, KEY_RIGHTCTRL},
        {0xc8, KEY_UP},
        {0xe048, KEY_UP},
        {0x00, 0},
        {0x55, 0},
        {0x80, 0},
        {0x100, 0},
        {0x101, 0},
        {0xffffffff, 0},
        {0xe100, 0},
        {0x7f, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(scancode_to_key(cases[i].scancode), ==, cases[i].key);
    for (uint32_t scancode = 0; scancode < 0x20000; scancode++)
        g_assert_cmpuint(scancode_to_key(scancode), <, KEY_CNT);
}

static void assert_stream(const char *bytes, size_t count, const char *expected)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    struct scancode_reader reader = {0};

    for (size_t i = 0; i < count; i++) {
        unsigned key;
        bool down;

        if (scancode_feed(&reader, (uint8_t)bytes[i], &key, &down))
            g_string_append_printf(seen, "%c%u ", down ? '+' : '-', key);
    }
    g_assert_cmpstr(seen->str, ==, expected);
}

#define ASSERT_STREAM(bytes, expected) assert_stream(bytes, sizeof(bytes) - 1, expected)

static void test_scancode_stream(void)
{
    ASSERT_STREAM("\x1e\x9e", "+30 -30 ");
    ASSERT_STREAM("\xe0\x48\xe0\xc8\x48", "+103 -103 +72 ");
    ASSERT_STREAM("\xe1\x1d\x45\xe1\x9d\xc5\x1d", "+119 -119 +29 ");
    /* What no key has: the shifts that a real keyboard makes up, zeros, prefixes of nothing. */
    ASSERT_STREAM("\xe0\x2a\x00\x80\xe0\xe0\xe0\x48", "+103 ");
    ASSERT_STREAM("\xe0\xe1\x1d\x45\x1e", "+119 +30 ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/xenbus-step", test_xenbus_step);
    g_test_add_func("/policy/xenbus-state", test_xenbus_state);
    g_test_add_func("/policy/number", test_number);
    g_test_add_func("/policy/throttle", test_throttle);
    g_test_add_func("/policy/keysym", test_keysym);
    g_test_add_func("/policy/scancode", test_scancode);
    g_test_add_func("/policy/scancode-stream", test_scancode_stream);
    return g_test_run();
}
