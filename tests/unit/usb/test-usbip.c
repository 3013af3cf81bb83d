/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB/IP as octets. */
#include <errno.h>
#include <limits.h>

#include <glib.h>

#include "guest-words.h"
#include "usbip.h"

static void test_submit(void)
{
    uint8_t octets[WORDS_HEADER];
    struct usbip_command command;

    words_submit(octets, 7, 0x10002, true, 3, 512, UINT32_MAX);
    words_put(octets + 20, 0x201);
    words_put(octets + 28, 99);
    words_setup(octets, 0x80, 6, 0x100, 0, 18);
    g_assert_true(usbip_decode(octets, &command));
    g_assert_cmpint(command.code, ==, USBIP_CMD_SUBMIT);
    g_assert_cmpuint(command.seqnum, ==, 7);
    g_assert_cmphex(command.devid, ==, 0x10002);
    g_assert_true(command.in);
    g_assert_cmpuint(command.endpoint, ==, 3);
    g_assert_cmphex(command.submit.flags, ==, 0x201);
    g_assert_cmpuint(command.submit.length, ==, 512);
    g_assert_cmpuint(command.submit.start_frame, ==, 99);
    g_assert_cmpuint(command.submit.packets, ==, 0);
    g_assert_cmpmem(command.submit.setup, 8, octets + 40, 8);
    g_assert_cmpuint(usbip_data_size(&command), ==, 0);

    words_submit(octets, 8, 1, false, 15, INT_MAX, USBIP_PACKETS_MAX);
    g_assert_true(usbip_decode(octets, &command));
    g_assert_false(command.in);
    g_assert_cmpuint(usbip_data_size(&command), ==, INT_MAX);
    g_assert_cmpuint(command.submit.packets, ==, USBIP_PACKETS_MAX);
}

static void test_unlink(void)
{
    uint8_t octets[WORDS_HEADER];
    struct usbip_command command;

    words_unlink(octets, 9, 5, 8);
    g_assert_true(usbip_decode(octets, &command));
    g_assert_cmpint(command.code, ==, USBIP_CMD_UNLINK);
    g_assert_cmpuint(command.seqnum, ==, 9);
    g_assert_cmpuint(command.unlink_seqnum, ==, 8);
    g_assert_cmpuint(usbip_data_size(&command), ==, 0);
}

/* One field of a good command at a time becomes a bad one. */
static void test_bad(void)
{
    static const struct {
        unsigned at;
        uint32_t value;
    } bad[] = {
        {0, 0},           {0, 3},
        {0, 4},           {0, UINT32_MAX},
        {0, 0x01000000},  {12, 2},
        {12, UINT32_MAX}, {16, 16},
        {16, 0x80000001}, {24, 0x80000000},
        {24, UINT32_MAX}, {32, USBIP_PACKETS_MAX + 1},
        {32, 0x80000000}, {32, UINT32_MAX - 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        uint8_t octets[WORDS_HEADER];
        struct usbip_command command = {.seqnum = 1234};

        g_test_message("%u: %x", bad[i].at, bad[i].value);
        words_submit(octets, 7, 1, true, 3, 512, 0);
        words_put(octets + bad[i].at, bad[i].value);
        g_assert_false(usbip_decode(octets, &command));
        g_assert_cmpuint(command.seqnum, ==, 1234);
    }
}

static void test_packets(void)
{
    static const struct {
        uint32_t offsets[2], lengths[2];
        bool good;
    } cases[] = {
        {{0, 50}, {50, 50}, true},
        {{50, 0}, {50, 50}, true},
        {{0, 100}, {100, 0}, true},
        {{0, 0}, {50, 50}, true}, /* the same octets twice: odd, but all of them are there */
        {{0, 51}, {50, 50}, false},
        {{0, 0}, {100, 1}, false},
        {{0, 101}, {0, 0}, false},
        {{UINT32_MAX, 0}, {1, 1}, false},
        {{1, 0}, {UINT32_MAX, 1}, false},
        {{0, 0}, {0x80000000, 0x80000000}, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t octets[32];
        struct usbip_packet packets[2];

        g_test_message("case %zu", i);
        words_packet(octets, cases[i].offsets[0], cases[i].lengths[0]);
        words_packet(octets + 16, cases[i].offsets[1], cases[i].lengths[1]);
        words_put(octets + 8, 0xdead);
        g_assert_cmpint(usbip_decode_packets(octets, 2, 100, packets), ==, cases[i].good);
        if (!cases[i].good)
            continue;
        g_assert_cmpuint(packets[1].offset, ==, cases[i].offsets[1]);
        g_assert_cmpuint(packets[1].length, ==, cases[i].lengths[1]);
        g_assert_cmpuint(packets[0].actual, ==, 0);
    }
}

static void test_replies(void)
{
    uint8_t octets[WORDS_HEADER];
    const struct usbip_result result = {
        .seqnum = 5, .status = -EPIPE, .actual = 6, .start_frame = 7, .packets = 8, .errors = 9};
    const struct usbip_packet packet = {.offset = 1, .length = 2, .actual = 3, .status = -EPROTO};

    usbip_encode_submit(&result, octets);
    g_assert_cmpuint(words_get(octets), ==, 3);
    g_assert_cmpuint(words_get(octets + 4), ==, 5);
    g_assert_cmpint((int32_t)words_get(octets + 20), ==, -EPIPE);
    g_assert_cmpuint(words_get(octets + 24), ==, 6);
    g_assert_cmpuint(words_get(octets + 28), ==, 7);
    g_assert_cmpuint(words_get(octets + 32), ==, 8);
    g_assert_cmpuint(words_get(octets + 36), ==, 9);
    for (unsigned at = 8; at < 20; at++)
        g_assert_cmpuint(octets[at], ==, 0);

    usbip_encode_unlink(11, -ECONNRESET, octets);
    g_assert_cmpuint(words_get(octets), ==, 4);
    g_assert_cmpuint(words_get(octets + 4), ==, 11);
    g_assert_cmpint((int32_t)words_get(octets + 20), ==, -ECONNRESET);

    usbip_encode_packets(&packet, 1, octets);
    g_assert_cmpuint(words_get(octets), ==, 1);
    g_assert_cmpuint(words_get(octets + 4), ==, 2);
    g_assert_cmpuint(words_get(octets + 8), ==, 3);
    g_assert_cmpint((int32_t)words_get(octets + 12), ==, -EPROTO);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb/usbip/submit", test_submit);
    g_test_add_func("/usb/usbip/unlink", test_unlink);
    g_test_add_func("/usb/usbip/bad", test_bad);
    g_test_add_func("/usb/usbip/packets", test_packets);
    g_test_add_func("/usb/usbip/replies", test_replies);
    return g_test_run();
}
