/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device against a guest's vhci_hcd, and against guests that are none. */
#include <errno.h>
#include <string.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#include "device.h"
#include "fake-host.h"
#include "guest-words.h"
#include "octets.h"
#include "usbip.h"

#define DEVID 0x10001

struct fixture {
    struct fake_host host;
    struct device_budget budget;
    struct device *device;
    struct octets replies;
    unsigned closed;
};

static void on_reply(void *data, const void *octets, size_t length)
{
    octets_append(&((struct fixture *)data)->replies, octets, length);
}

static size_t on_backlog(void *data)
{
    return ((struct fixture *)data)->replies.used;
}

static void on_closed(void *data)
{
    ((struct fixture *)data)->closed++;
}

static const struct device_owner owner = {on_reply, on_backlog, on_closed};

static void set_up(struct fixture *fixture, gconstpointer data)
{
    struct host_device host;

    fixture->budget.limit = 16 * 1024 * 1024;
    g_assert_cmpint(fake_host_open(&fixture->host, 0, NULL, NULL, &host), ==, 0);
    g_assert_cmpint(device_new(&host, DEVID, &fixture->budget, &owner, fixture, &fixture->device),
                    ==, 0);
    g_assert_cmphex(fixture->host.claimed, ==, 3);
}

static void wait_closed(struct fixture *fixture)
{
    for (unsigned i = 0; i < 100 && !fixture->closed; i++)
        g_main_context_iteration(NULL, FALSE);
    g_assert_cmpuint(fixture->closed, ==, 1);
    g_assert_cmpuint(fixture->host.closed, ==, 1);
}

static void tear_down(struct fixture *fixture, gconstpointer data)
{
    if (!fixture->closed) {
        device_close(fixture->device, false);
        fake_host_drain(&fixture->host);
        wait_closed(fixture);
    }
    octets_clear(&fixture->replies);
    g_assert_cmpuint(fixture->budget.used, ==, 0);
}

/* --- the guest's side --- */

static void say(struct fixture *fixture, const uint8_t *octets, size_t length)
{
    g_assert_cmpint(device_take(fixture->device, octets, length), ==, (ssize_t)length);
}

static void submit(struct fixture *fixture, uint32_t seqnum, bool in, unsigned endpoint,
                   uint32_t length)
{
    uint8_t header[WORDS_HEADER];

    words_submit(header, seqnum, DEVID, in, endpoint, length, 0);
    say(fixture, header, sizeof(header));
}

static void take_back(struct fixture *fixture, uint32_t seqnum, uint32_t victim)
{
    uint8_t header[WORDS_HEADER];

    words_unlink(header, seqnum, DEVID, victim);
    say(fixture, header, sizeof(header));
}

static void control(struct fixture *fixture, uint32_t seqnum, uint8_t type, uint8_t request,
                    uint16_t value, uint16_t index, uint16_t length)
{
    uint8_t header[WORDS_HEADER];

    words_submit(header, seqnum, DEVID, type & USB_DIR_IN, 0, length, 0);
    words_setup(header, type, request, value, index, length);
    say(fixture, header, sizeof(header));
}

/* The next reply's header: which, to what, and how it ended. Returns octets that came or went. */
static uint32_t hear(struct fixture *fixture, uint32_t code, uint32_t seqnum, int status)
{
    const uint8_t *header = octets_front(&fixture->replies);
    uint32_t actual;

    g_assert_cmpuint(fixture->replies.used, >=, WORDS_HEADER);
    g_assert_cmpuint(words_get(header), ==, code);
    g_assert_cmpuint(words_get(header + 4), ==, seqnum);
    g_assert_cmpint((int32_t)words_get(header + 20), ==, status);
    actual = code == 3 ? words_get(header + 24) : 0;
    octets_drop(&fixture->replies, WORDS_HEADER);
    return actual;
}

static void hear_octets(struct fixture *fixture, uint8_t octet, size_t length)
{
    g_assert_cmpuint(fixture->replies.used, >=, length);
    for (size_t i = 0; i < length; i++)
        g_assert_cmpuint(octets_front(&fixture->replies)[i], ==, octet);
    octets_drop(&fixture->replies, length);
}

static void hear_nothing(struct fixture *fixture)
{
    g_assert_cmpuint(fixture->replies.used, ==, 0);
}

/* --- transfers --- */

static void test_bulk(struct fixture *fixture, gconstpointer data)
{
    uint8_t out[100];
    const struct host_transfer *transfer;

    submit(fixture, 1, true, 1, 512);
    transfer = fixture->host.transfers[0];
    g_assert_cmpuint(transfer->type, ==, USB_ENDPOINT_XFER_BULK);
    g_assert_cmphex(transfer->endpoint, ==, 0x81);
    g_assert_cmpuint(transfer->length, ==, 512);
    hear_nothing(fixture);
    fake_host_complete(&fixture->host, 0, 0, 300, 0x5a);
    g_assert_cmpuint(hear(fixture, 3, 1, 0), ==, 300);
    hear_octets(fixture, 0x5a, 300);

    /* Data comes as it likes, piece by piece. */
    memset(out, 0x77, sizeof(out));
    submit(fixture, 2, false, 2, sizeof(out));
    g_assert_cmpuint(fixture->host.count, ==, 0);
    say(fixture, out, 1);
    say(fixture, out, sizeof(out) - 1);
    transfer = fixture->host.transfers[0];
    g_assert_cmphex(transfer->endpoint, ==, 0x02);
    g_assert_cmpmem(transfer->data, transfer->length, out, sizeof(out));
    fake_host_complete(&fixture->host, 0, 0, sizeof(out), 0);
    g_assert_cmpuint(hear(fixture, 3, 2, 0), ==, sizeof(out));

    submit(fixture, 3, true, 5, 8);
    g_assert_cmpuint(fixture->host.transfers[0]->type, ==, USB_ENDPOINT_XFER_INT);
    fake_host_complete(&fixture->host, 0, -EPIPE, 0, 0);
    g_assert_cmpuint(hear(fixture, 3, 3, -EPIPE), ==, 0);
    submit(fixture, 4, true, 1, 0);
    fake_host_complete(&fixture->host, 0, 0, 0, 0);
    hear(fixture, 3, 4, 0);
    hear_nothing(fixture);
}

/* Many commands at once, and a header that comes octet by octet. */
static void test_stream(struct fixture *fixture, gconstpointer data)
{
    uint8_t octets[3 * WORDS_HEADER + 10] = {0};

    words_submit(octets, 1, DEVID, true, 1, 64, 0);
    words_submit(octets + 48, 2, DEVID, false, 2, 10, 0);
    words_submit(octets + 106, 3, DEVID, true, 5, 4, 0);
    g_assert_cmpint(device_take(fixture->device, octets, 47), ==, 0);
    g_assert_cmpint(device_take(fixture->device, octets, 100), ==, 100);
    g_assert_cmpint(device_take(fixture->device, octets + 100, 53), ==, 6);
    g_assert_cmpuint(fixture->host.count, ==, 2);
    say(fixture, octets + 106, 48);
    g_assert_cmpuint(fixture->host.count, ==, 3);
    /* They end as they like. */
    fake_host_complete(&fixture->host, 2, 0, 4, 3);
    fake_host_complete(&fixture->host, 0, 0, 0, 0);
    g_assert_cmpuint(hear(fixture, 3, 3, 0), ==, 4);
    hear_octets(fixture, 3, 4);
    hear(fixture, 3, 1, 0);
}

static void test_control(struct fixture *fixture, gconstpointer data)
{
    uint8_t header[WORDS_HEADER];
    const struct host_transfer *transfer;

    control(fixture, 1, 0x80, USB_REQ_GET_DESCRIPTOR, 0x100, 0, 18);
    transfer = fixture->host.transfers[0];
    g_assert_cmpuint(transfer->type, ==, USB_ENDPOINT_XFER_CONTROL);
    g_assert_cmpuint(transfer->length, ==, 8 + 18);
    g_assert_cmpmem(transfer->data, 8, "\x80\6\0\1\0\0\22\0", 8);
    fake_host_complete(&fixture->host, 0, 0, 18, 9);
    g_assert_cmpuint(hear(fixture, 3, 1, 0), ==, 18);
    hear_octets(fixture, 9, 18);

    control(fixture, 2, 0x21, 9, 0x200, 0, 3);
    say(fixture, (const uint8_t *)"xyz", 3);
    transfer = fixture->host.transfers[0];
    g_assert_cmpmem(transfer->data + 8, 3, "xyz", 3);
    fake_host_complete(&fixture->host, 0, 0, 3, 0);
    g_assert_cmpuint(hear(fixture, 3, 2, 0), ==, 3);

    /* The setup packet wants more than the guest has, or the other way. */
    words_submit(header, 3, DEVID, true, 0, 17, 0);
    words_setup(header, 0x80, USB_REQ_GET_DESCRIPTOR, 0x100, 0, 18);
    say(fixture, header, sizeof(header));
    hear(fixture, 3, 3, -EINVAL);
    words_submit(header, 4, DEVID, false, 0, 18, 0);
    words_setup(header, 0x80, USB_REQ_GET_DESCRIPTOR, 0x100, 0, 18);
    say(fixture, header, sizeof(header));
    hear_nothing(fixture); /* its data is still to come, and lost */
    say(fixture, header, 18);
    hear(fixture, 3, 4, -EINVAL);
    g_assert_cmpuint(fixture->host.count, ==, 0);
}

static void test_flags(struct fixture *fixture, gconstpointer data)
{
    uint8_t header[WORDS_HEADER];

    words_submit(header, 1, DEVID, true, 1, 512, 0);
    words_put(header + 20, USBIP_SHORT_NOT_OK | USBIP_ZERO_PACKET);
    say(fixture, header, sizeof(header));
    g_assert_false(fixture->host.transfers[0]->zero_packet);
    fake_host_complete(&fixture->host, 0, 0, 10, 1);
    g_assert_cmpuint(hear(fixture, 3, 1, -EREMOTEIO), ==, 10);
    hear_octets(fixture, 1, 10);
    say(fixture, (words_put(header + 4, 2), header), sizeof(header));
    fake_host_complete(&fixture->host, 0, 0, 512, 1);
    g_assert_cmpuint(hear(fixture, 3, 2, 0), ==, 512);
    hear_octets(fixture, 1, 512);
    words_submit(header, 3, DEVID, false, 2, 0, 0);
    words_put(header + 20, USBIP_ZERO_PACKET);
    say(fixture, header, sizeof(header));
    g_assert_true(fixture->host.transfers[0]->zero_packet);
}

static void start_isochronous(struct fixture *fixture)
{
    control(fixture, 1000, 0x01, USB_REQ_SET_INTERFACE, 1, 1, 0);
    hear(fixture, 3, 1000, 0);
}

static void test_isochronous_in(struct fixture *fixture, gconstpointer data)
{
    uint8_t octets[WORDS_HEADER + 2 * 16];
    const struct host_transfer *transfer;

    start_isochronous(fixture);
    words_submit(octets, 1, DEVID, true, 3, 300, 2);
    words_packet(octets + 48, 0, 100);
    words_packet(octets + 64, 200, 100); /* a hole between them */
    say(fixture, octets, sizeof(octets));
    transfer = fixture->host.transfers[0];
    g_assert_cmpuint(transfer->type, ==, USB_ENDPOINT_XFER_ISOC);
    g_assert_cmpuint(transfer->length, ==, 200);
    g_assert_cmpuint(transfer->packets, ==, 2);
    fake_host_complete(&fixture->host, 0, 0, 60, 5);
    g_assert_cmpuint(hear(fixture, 3, 1, 0), ==, 120);
    hear_octets(fixture, 5, 60);
    hear_octets(fixture, 6, 60);
    g_assert_cmpuint(words_get(octets_front(&fixture->replies) + 8), ==, 60);
    g_assert_cmpuint(words_get(octets_front(&fixture->replies) + 16), ==, 200);
    octets_drop(&fixture->replies, 32);
    hear_nothing(fixture);

    say(fixture, (words_put(octets + 4, 2), octets), sizeof(octets));
    fake_host_complete(&fixture->host, 0, -EPROTO, 0, 0);
    g_assert_cmpuint(words_get(octets_front(&fixture->replies) + 32), ==, 2);
    g_assert_cmpuint(words_get(octets_front(&fixture->replies) + 36), ==, 2);
    g_assert_cmpuint(hear(fixture, 3, 2, 0), ==, 0);
    g_assert_cmpint((int32_t)words_get(octets_front(&fixture->replies) + 12), ==, -EPROTO);
}

static void test_isochronous_out(struct fixture *fixture, gconstpointer data)
{
    uint8_t octets[WORDS_HEADER + 6 + 2 * 16];
    const struct host_transfer *transfer;

    start_isochronous(fixture);
    words_submit(octets, 1, DEVID, false, 4, 6, 2);
    memcpy(octets + 48, "ab..cd", 6);
    words_packet(octets + 54, 4, 2); /* in the order of the packets, not of the octets */
    words_packet(octets + 70, 0, 2);
    say(fixture, octets, sizeof(octets));
    transfer = fixture->host.transfers[0];
    g_assert_cmpmem(transfer->data, transfer->length, "cdab", 4);
    fake_host_complete(&fixture->host, 0, 0, 2, 0);
    g_assert_cmpuint(hear(fixture, 3, 1, 0), ==, 4);
    octets_drop(&fixture->replies, 32);
    hear_nothing(fixture);
}

/* Packets that do not lie in the transfer end it all; none at all are refused. */
static void test_isochronous_bad(struct fixture *fixture, gconstpointer data)
{
    uint8_t octets[WORDS_HEADER + 16];

    start_isochronous(fixture);
    submit(fixture, 1, true, 3, 100);
    hear(fixture, 3, 1, -EINVAL);
    words_submit(octets, 2, DEVID, true, 3, 100, 1);
    words_packet(octets + 48, 50, 51);
    g_assert_cmpint(device_take(fixture->device, octets, sizeof(octets)), ==, -1);
    g_assert_cmpuint(fixture->host.count, ==, 0);
}

/* --- taking back --- */

static void test_unlink(struct fixture *fixture, gconstpointer data)
{
    /* Under way: only the taking back is answered. */
    submit(fixture, 1, true, 1, 512);
    take_back(fixture, 2, 1);
    g_assert_cmpuint(fixture->host.cancelled, ==, 1);
    hear_nothing(fixture);
    fake_host_complete(&fixture->host, 0, -ECONNRESET, 0, 0);
    hear(fixture, 4, 2, -ECONNRESET);
    hear_nothing(fixture);

    /* Over already. */
    submit(fixture, 3, true, 1, 512);
    fake_host_complete(&fixture->host, 0, 0, 0, 0);
    take_back(fixture, 4, 3);
    hear(fixture, 3, 3, 0);
    hear(fixture, 4, 4, 0);

    /* Over while it was being taken back: what came is not lost, and comes first. */
    submit(fixture, 5, true, 1, 512);
    take_back(fixture, 6, 5);
    fake_host_complete(&fixture->host, 0, 0, 4, 8);
    g_assert_cmpuint(hear(fixture, 3, 5, 0), ==, 4);
    hear_octets(fixture, 8, 4);
    hear(fixture, 4, 6, 0);

    /* Twice, and one that never was. */
    submit(fixture, 7, true, 1, 512);
    take_back(fixture, 8, 7);
    take_back(fixture, 9, 7);
    take_back(fixture, 10, 1234);
    g_assert_cmpuint(fixture->host.cancelled, ==, 3);
    hear(fixture, 4, 9, 0);
    hear(fixture, 4, 10, 0);
    fake_host_complete(&fixture->host, 0, -ECONNRESET, 0, 0);
    hear(fixture, 4, 8, -ECONNRESET);
    hear_nothing(fixture);
}

/* --- what dom0's kernel has to know --- */

static void test_set_configuration(struct fixture *fixture, gconstpointer data)
{
    start_isochronous(fixture);
    control(fixture, 1, 0x00, USB_REQ_SET_CONFIGURATION, 2, 0, 0);
    hear(fixture, 3, 1, 0);
    g_assert_cmpuint(fixture->host.configuration, ==, 2);
    g_assert_cmphex(fixture->host.claimed, ==, 1);
    g_assert_cmpuint(fixture->host.count, ==, 0);
    submit(fixture, 2, true, 1, 512); /* not in this one */
    hear(fixture, 3, 2, -EPIPE);
    submit(fixture, 3, true, 6, 512);
    g_assert_cmpuint(fixture->host.count, ==, 1);
    /* Transfers end with their configuration. */
    control(fixture, 4, 0x00, USB_REQ_SET_CONFIGURATION, 1, 0, 0);
    hear(fixture, 3, 4, 0);
    fake_host_drain(&fixture->host);
    hear(fixture, 3, 3, -ESHUTDOWN);
    g_assert_cmphex(fixture->host.claimed, ==, 3);
    submit(fixture, 5, true, 3, 512); /* all interfaces are in setting 0 again */
    hear(fixture, 3, 5, -EPIPE);
    control(fixture, 6, 0x00, USB_REQ_SET_CONFIGURATION, 7, 0, 0);
    hear(fixture, 3, 6, -EPIPE);
    fixture->host.special_error = -EIO;
    control(fixture, 7, 0x00, USB_REQ_SET_CONFIGURATION, 2, 0, 0);
    hear(fixture, 3, 7, -EIO);
    g_assert_cmphex(fixture->host.claimed, ==, 3);
}

static void test_set_interface(struct fixture *fixture, gconstpointer data)
{
    control(fixture, 1, 0x01, USB_REQ_SET_INTERFACE, 1, 1, 0);
    hear(fixture, 3, 1, 0);
    g_assert_cmpuint(fixture->host.alternate, ==, 1);
    g_assert_cmpuint(fixture->host.alternate_interface, ==, 1);
    control(fixture, 2, 0x01, USB_REQ_SET_INTERFACE, 0, 2, 0);
    hear(fixture, 3, 2, -EPIPE);
    control(fixture, 3, 0x01, USB_REQ_SET_INTERFACE, 0, 0xffff, 0);
    hear(fixture, 3, 3, -EPIPE);
    control(fixture, 4, 0x01, USB_REQ_SET_INTERFACE, 256, 1, 0);
    hear(fixture, 3, 4, -EPIPE);
    fixture->host.special_error = -EPIPE;
    control(fixture, 5, 0x01, USB_REQ_SET_INTERFACE, 0, 1, 0);
    hear(fixture, 3, 5, -EPIPE);
    fixture->host.special_error = 0;
    submit(fixture, 6, true, 3, 0); /* setting 1 still has it */
    hear(fixture, 3, 6, -EINVAL);
}

static void test_halt_and_reset(struct fixture *fixture, gconstpointer data)
{
    control(fixture, 1, 0x02, USB_REQ_CLEAR_FEATURE, 0, 0x81, 0);
    hear(fixture, 3, 1, 0);
    g_assert_cmphex(fixture->host.halted, ==, 0x81);
    control(fixture, 2, 0x02, USB_REQ_CLEAR_FEATURE, 0, 0x82, 0); /* there is only an OUT 2 */
    hear(fixture, 3, 2, -EPIPE);
    control(fixture, 3, 0x02, USB_REQ_CLEAR_FEATURE, 0, 0x80, 0);
    hear(fixture, 3, 3, 0);
    g_assert_cmpuint(fixture->host.halts, ==, 1);
    start_isochronous(fixture);
    control(fixture, 4, 0x23, USB_REQ_SET_FEATURE, 4, 1, 0);
    hear(fixture, 3, 4, 0);
    g_assert_cmpuint(fixture->host.resets, ==, 1);
    submit(fixture, 5, true, 3, 100);
    hear(fixture, 3, 5, -EPIPE);
    control(fixture, 6, 0x00, 5, 99, 0, 0); /* SET_ADDRESS */
    hear(fixture, 3, 6, -EPIPE);
    g_assert_cmpuint(fixture->host.count, ==, 0);
}

/* --- bounds --- */

static void test_refusals(struct fixture *fixture, gconstpointer data)
{
    uint8_t octets[WORDS_HEADER];
    static const uint8_t lost[65536];

    submit(fixture, 1, true, 9, 512);
    hear(fixture, 3, 1, -EPIPE);
    submit(fixture, 2, true, 1, USBIP_TRANSFER_MAX + 1);
    hear(fixture, 3, 2, -EMSGSIZE);
    submit(fixture, 3, false, 2, USBIP_TRANSFER_MAX + 65536);
    for (unsigned i = 0; i < (USBIP_TRANSFER_MAX + 65536) / sizeof(lost); i++)
        say(fixture, lost, sizeof(lost));
    hear(fixture, 3, 3, -EMSGSIZE);
    fixture->host.submit_error = -ENOMEM;
    submit(fixture, 4, true, 1, 512);
    hear(fixture, 3, 4, -ENOMEM);
    fixture->host.submit_error = 0;
    submit(fixture, 5, true, 1, USBIP_TRANSFER_MAX);
    g_assert_cmpuint(fixture->host.count, ==, 1);
    words_submit(octets, 6, DEVID + 1, true, 1, 1, 0); /* of another device */
    g_assert_cmpint(device_take(fixture->device, octets, sizeof(octets)), ==, -1);
    words_submit(octets, 5, DEVID, true, 1, 1, 0); /* a number that is in use */
    g_assert_cmpint(device_take(fixture->device, octets, sizeof(octets)), ==, -1);
}

static void test_many(struct fixture *fixture, gconstpointer data)
{
    for (unsigned i = 0; i < DEVICE_URBS_MAX; i++)
        submit(fixture, i, true, 5, 8);
    g_assert_cmpuint(fixture->host.count, ==, DEVICE_URBS_MAX);
    hear_nothing(fixture);
    submit(fixture, 5000, true, 5, 8);
    hear(fixture, 3, 5000, -ENOMEM);
    /* That does not keep it from taking one back, and then there is room. */
    take_back(fixture, 5001, 0);
    fake_host_complete(&fixture->host, 0, -ECONNRESET, 0, 0);
    hear(fixture, 4, 5001, -ECONNRESET);
    submit(fixture, 5002, true, 5, 8);
    hear_nothing(fixture);
}

/* Memory, from the command until the reply was sent. */
static void test_memory(struct fixture *fixture, gconstpointer data)
{
    unsigned fit = 0;

    for (; fixture->replies.used == 0; fit++)
        submit(fixture, fit, true, 1, USBIP_TRANSFER_MAX);
    hear(fixture, 3, fit - 1, -ENOMEM);
    g_assert_cmpuint(fit - 1, ==, DEVICE_OCTETS_MAX / USBIP_TRANSFER_MAX - 1);
    g_assert_cmpuint(fixture->budget.used, <=, DEVICE_OCTETS_MAX);
    while (fixture->host.count > 0)
        fake_host_complete(&fixture->host, 0, 0, USBIP_TRANSFER_MAX, 1);
    /* The replies lie there: nothing is taken before they have gone. */
    g_assert_cmpuint(fixture->budget.used, <=, DEVICE_OCTETS_MAX);
    g_assert_cmpuint(fixture->budget.used, >, DEVICE_OCTETS_MAX - 2 * USBIP_TRANSFER_MAX);
    {
        uint8_t header[WORDS_HEADER];

        words_submit(header, 900, DEVID, true, 1, 512, 0);
        g_assert_cmpint(device_take(fixture->device, header, sizeof(header)), ==, 0);
        octets_drop(&fixture->replies, fixture->replies.used);
        device_sent(fixture->device);
        g_assert_cmpuint(fixture->budget.used, ==, 0);
        g_assert_cmpint(device_take(fixture->device, header, sizeof(header)), ==, 48);
    }
}

/* What others of the guest's devices take. */
static void test_shared_memory(struct fixture *fixture, gconstpointer data)
{
    fixture->budget.used += fixture->budget.limit - 100000;
    submit(fixture, 1, true, 1, 200000);
    hear(fixture, 3, 1, -ENOMEM);
    submit(fixture, 2, true, 1, 90000);
    hear_nothing(fixture);
    fixture->budget.used -= fixture->budget.limit - 100000;
}

/* --- the end --- */

static void test_close(struct fixture *fixture, gconstpointer data)
{
    submit(fixture, 1, true, 1, 512);
    submit(fixture, 2, true, 5, 8);
    submit(fixture, 3, false, 2, 100); /* half said */
    device_close(fixture->device, false);
    g_assert_cmpuint(fixture->host.cancelled, ==, 2);
    for (unsigned i = 0; i < 10; i++)
        g_main_context_iteration(NULL, FALSE);
    g_assert_cmpuint(fixture->closed, ==, 0); /* not before the kernel has let go of our memory */
    fake_host_drain(&fixture->host);
    wait_closed(fixture);
    hear_nothing(fixture);
    g_assert_cmpuint(fixture->host.resets, ==, 1);
    g_assert_cmphex(fixture->host.given_back, ==, 3);
    g_assert_cmpuint(fixture->host.configurations_set, ==, 0);
}

static void test_close_other_configuration(struct fixture *fixture, gconstpointer data)
{
    control(fixture, 1, 0x00, USB_REQ_SET_CONFIGURATION, 2, 0, 0);
    device_close(fixture->device, false);
    wait_closed(fixture);
    g_assert_cmpuint(fixture->host.configuration, ==, 1);
    g_assert_cmphex(fixture->host.claimed, ==, 0);
}

static void test_unplugged(struct fixture *fixture, gconstpointer data)
{
    submit(fixture, 1, true, 1, 512);
    device_close(fixture->device, false);
    device_close(fixture->device, true); /* while it was being given back */
    fake_host_drain(&fixture->host);
    wait_closed(fixture);
    g_assert_cmpuint(fixture->host.resets, ==, 0);
    g_assert_cmphex(fixture->host.given_back, ==, 0);
}

static void test_busy(void)
{
    struct fake_host host = {.claim_error = -EBUSY};
    struct device_budget budget = {.limit = 1000};
    struct host_device opened;
    struct device *device = NULL;

    g_assert_cmpint(fake_host_open(&host, 0, NULL, NULL, &opened), ==, 0);
    g_assert_cmpint(device_new(&opened, DEVID, &budget, &owner, NULL, &device), ==, -EBUSY);
    g_assert_null(device);
    g_assert_cmphex(host.claimed, ==, 0);
    g_assert_cmphex(host.given_back, ==, 1); /* what it had got hold of */
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct fixture *, gconstpointer);
    } tests[] = {
        {"/usb/device/bulk", test_bulk},
        {"/usb/device/stream", test_stream},
        {"/usb/device/control", test_control},
        {"/usb/device/flags", test_flags},
        {"/usb/device/isochronous-in", test_isochronous_in},
        {"/usb/device/isochronous-out", test_isochronous_out},
        {"/usb/device/isochronous-bad", test_isochronous_bad},
        {"/usb/device/unlink", test_unlink},
        {"/usb/device/set-configuration", test_set_configuration},
        {"/usb/device/set-interface", test_set_interface},
        {"/usb/device/halt-and-reset", test_halt_and_reset},
        {"/usb/device/refusals", test_refusals},
        {"/usb/device/many", test_many},
        {"/usb/device/memory", test_memory},
        {"/usb/device/shared-memory", test_shared_memory},
        {"/usb/device/close", test_close},
        {"/usb/device/close-other-configuration", test_close_other_configuration},
        {"/usb/device/unplugged", test_unplugged},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/usb/device/busy", test_busy);
    return g_test_run();
}
