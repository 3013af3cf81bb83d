/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device says of itself, and the requests that are not passed on. */
#include <string.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#include "descriptors.h"
#include "fake-host.h"
#include "guest-words.h"
#include "request.h"

static const uint8_t settings[2][DESCRIPTORS_INTERFACES] = {{0}, {0, 1}};

static void test_whole(void)
{
    struct descriptors good = fake_host_descriptors(false), hub = fake_host_descriptors(true);

    g_assert_true(descriptors_check(&good));
    g_assert_cmpuint(descriptors_class(&good), ==, 0);
    g_assert_cmpuint(descriptors_class(&hub), ==, USB_CLASS_HUB);
    g_assert_cmphex(descriptors_interfaces(&good, 1), ==, 3);
    g_assert_cmphex(descriptors_interfaces(&good, 2), ==, 1);
    g_assert_cmphex(descriptors_interfaces(&good, 0), ==, 0);
    g_assert_cmphex(descriptors_interfaces(&good, 3), ==, 0);
}

static void test_endpoints(void)
{
    struct descriptors good = fake_host_descriptors(false);
    struct endpoints endpoints;

    descriptors_endpoints(&good, 1, settings[0], &endpoints);
    g_assert_cmpuint(endpoints.in[0], ==, USB_ENDPOINT_XFER_CONTROL);
    g_assert_cmpuint(endpoints.out[0], ==, USB_ENDPOINT_XFER_CONTROL);
    g_assert_cmpuint(endpoints.in[1], ==, USB_ENDPOINT_XFER_BULK);
    g_assert_cmpuint(endpoints.out[1], ==, ENDPOINT_NONE);
    g_assert_cmpuint(endpoints.out[2], ==, USB_ENDPOINT_XFER_BULK);
    g_assert_cmpuint(endpoints.in[5], ==, USB_ENDPOINT_XFER_INT);
    g_assert_cmpuint(endpoints.in[3], ==, ENDPOINT_NONE);
    descriptors_endpoints(&good, 1, settings[1], &endpoints);
    g_assert_cmpuint(endpoints.in[3], ==, USB_ENDPOINT_XFER_ISOC);
    g_assert_cmpuint(endpoints.out[4], ==, USB_ENDPOINT_XFER_ISOC);
    g_assert_cmpuint(endpoints.in[6], ==, ENDPOINT_NONE);
    descriptors_endpoints(&good, 2, settings[0], &endpoints);
    g_assert_cmpuint(endpoints.in[1], ==, ENDPOINT_NONE);
    g_assert_cmpuint(endpoints.in[6], ==, USB_ENDPOINT_XFER_BULK);
}

/* Cut off anywhere: what is left is right, and nothing behind it is looked at. */
static void test_cut(void)
{
    struct descriptors good = fake_host_descriptors(false);
    struct endpoints endpoints;

    for (size_t length = 0; length < good.length; length++) {
        g_autofree uint8_t *copy = g_memdup2(good.octets, length ? length : 1);
        struct descriptors cut = {copy, length};

        g_assert_cmpint(descriptors_check(&cut), ==, length >= 18 + 9);
        if (length < 18 + 9)
            continue;
        descriptors_endpoints(&cut, 1, settings[1], &endpoints);
        g_assert_cmpuint(endpoints.out[4] == ENDPOINT_NONE, ==, length < 18 + 74);
        g_assert_cmphex(descriptors_interfaces(&cut, 2), ==, length < 18 + 74 + 18 ? 0 : 1);
    }
}

/* One octet at a time says something that is not so. */
static void test_lies(void)
{
    struct descriptors good = fake_host_descriptors(false);

    for (size_t at = 0; at < good.length; at++)
        for (unsigned value = 0; value < 256; value++) {
            g_autofree uint8_t *copy = g_memdup2(good.octets, good.length);
            struct descriptors lie = {copy, good.length};
            struct endpoints endpoints;

            copy[at] = (uint8_t)value;
            if (!descriptors_check(&lie))
                continue;
            descriptors_interfaces(&lie, 2);
            descriptors_endpoints(&lie, 1, settings[1], &endpoints);
            g_assert_cmpuint(endpoints.in[0], ==, USB_ENDPOINT_XFER_CONTROL);
        }
}

/* A configuration of no length is none, and looking for the next one ends. */
static void test_no_length(void)
{
    struct descriptors good = fake_host_descriptors(false);
    g_autofree uint8_t *copy = g_memdup2(good.octets, good.length);
    struct descriptors bad = {copy, good.length};

    copy[18 + 2] = 0;
    g_assert_cmphex(descriptors_interfaces(&bad, 1), ==, 0);
    g_assert_cmphex(descriptors_interfaces(&bad, 2), ==, 0);
}

static void test_requests(void)
{
    static const struct {
        uint8_t type, request;
        uint16_t value;
        enum request_kind kind;
    } cases[] = {
        {0x00, 5, 42, REQUEST_REFUSE}, /* SET_ADDRESS */
        {0x80, 5, 42, REQUEST_REFUSE},
        {0x01, 5, 42, REQUEST_REFUSE},
        {0x20, 5, 42, REQUEST_PASS}, /* of a class, it is something else */
        {0x00, 9, 1, REQUEST_SET_CONFIGURATION},
        {0x80, 9, 1, REQUEST_SET_CONFIGURATION},
        {0x01, 9, 1, REQUEST_REFUSE},
        {0x21, 9, 0x200, REQUEST_PASS}, /* HID's SET_REPORT */
        {0x01, 11, 1, REQUEST_SET_INTERFACE},
        {0x00, 11, 1, REQUEST_REFUSE},
        {0x21, 11, 0, REQUEST_PASS}, /* HID's SET_PROTOCOL */
        {0x02, 1, 0, REQUEST_CLEAR_HALT},
        {0x02, 1, 1, REQUEST_PASS},
        {0x00, 1, 0, REQUEST_PASS},
        {0x00, 3, 2, REQUEST_REFUSE}, /* TEST_MODE */
        {0x00, 3, 1, REQUEST_PASS},   /* REMOTE_WAKEUP */
        {0x23, 3, 4, REQUEST_RESET},
        {0x23, 3, 8, REQUEST_PASS},
        {0x80, 6, 0x100, REQUEST_PASS},
        {0xc0, 9, 1, REQUEST_PASS}, /* a vendor's */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t header[WORDS_HEADER];
        struct request request;

        g_test_message("case %zu", i);
        words_setup(header, cases[i].type, cases[i].request, cases[i].value, 0x8182, 0x1234);
        request = request_read(header + 40);
        g_assert_cmpint(request.kind, ==, cases[i].kind);
        g_assert_cmphex(request.value, ==, cases[i].value);
        g_assert_cmphex(request.index, ==, 0x8182);
        g_assert_cmphex(request.length, ==, 0x1234);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb/descriptors/whole", test_whole);
    g_test_add_func("/usb/descriptors/endpoints", test_endpoints);
    g_test_add_func("/usb/descriptors/cut", test_cut);
    g_test_add_func("/usb/descriptors/lies", test_lies);
    g_test_add_func("/usb/descriptors/no-length", test_no_length);
    g_test_add_func("/usb/requests", test_requests);
    return g_test_run();
}
