/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A USB device that does what the test says. */
#include "fake-host.h"

#include <errno.h>
#include <string.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#define DEVICE(class)                           18, 1, 0, 2, class, 0, 0, 64, 0x34, 0x12, 0x78, 0x56, 0, 1, 1, 2, 3, 2
#define ENDPOINT(address, type)                 7, 5, address, type, 0, 2, 1
#define INTERFACE(number, alternate, endpoints) 9, 4, number, alternate, endpoints, 0xff, 0, 0, 0

#define CONFIGURATIONS                                                                          \
    /* 1 */ 9, 2, 71 + 3, 0, 2, 1, 0, 0x80, 50, INTERFACE(0, 0, 3), ENDPOINT(0x81, 2),          \
        ENDPOINT(0x02, 2), 3, 0x24, 0xaa, ENDPOINT(0x85, 3), INTERFACE(1, 0, 0),                \
        INTERFACE(1, 1, 2), ENDPOINT(0x83, 5), ENDPOINT(0x04, 1), /* 2 */ 9, 2, 25, 0, 1, 2, 0, \
        0x80, 50, INTERFACE(0, 0, 1), ENDPOINT(0x86, 2)

static const uint8_t device_octets[] = {DEVICE(0), CONFIGURATIONS};
static const uint8_t hub_octets[] = {DEVICE(9), CONFIGURATIONS};

struct descriptors fake_host_descriptors(bool hub)
{
    return (struct descriptors){
        .octets = hub ? hub_octets : device_octets,
        .length = sizeof(device_octets),
    };
}

static int fake_claim(void *handle, unsigned interface)
{
    struct fake_host *host = handle;

    g_assert_false(host->claimed & 1u << interface);
    if (host->claim_error && interface == 1)
        return host->claim_error;
    host->claimed |= 1u << interface;
    host->given_back &= ~(1u << interface);
    return 0;
}

static int fake_release(void *handle, unsigned interface, bool give_back)
{
    struct fake_host *host = handle;

    g_assert_true(host->claimed & 1u << interface);
    host->claimed &= ~(1u << interface);
    if (give_back)
        host->given_back |= 1u << interface;
    return 0;
}

static int fake_set_configuration(void *handle, unsigned value)
{
    struct fake_host *host = handle;

    g_assert_cmphex(host->claimed, ==, 0);
    host->configurations_set++;
    if (host->special_error)
        return host->special_error;
    host->configuration = value;
    return 0;
}

static int fake_set_interface(void *handle, unsigned interface, unsigned alternate)
{
    struct fake_host *host = handle;

    g_assert_true(host->claimed & 1u << interface);
    if (host->special_error)
        return host->special_error;
    host->alternate_interface = interface;
    host->alternate = alternate;
    return 0;
}

static int fake_clear_halt(void *handle, uint8_t endpoint)
{
    struct fake_host *host = handle;

    host->halts++;
    host->halted = endpoint;
    return host->special_error;
}

static int fake_reset(void *handle)
{
    struct fake_host *host = handle;

    host->resets++;
    return host->special_error;
}

static int fake_submit(void *handle, struct host_transfer *transfer)
{
    struct fake_host *host = handle;

    if (host->submit_error)
        return host->submit_error;
    g_assert_cmpuint(host->count, <, FAKE_TRANSFERS);
    host->transfers[host->count++] = transfer;
    return 0;
}

static void fake_cancel(void *handle, struct host_transfer *transfer)
{
    struct fake_host *host = handle;

    host->cancelled++;
}

static void fake_close(void *handle)
{
    struct fake_host *host = handle;

    g_assert_cmphex(host->claimed, ==, 0);
    g_assert_cmpuint(host->count, ==, 0);
    host->closed++;
}

static const struct host_ops fake_ops = {
    .claim = fake_claim,
    .release = fake_release,
    .set_configuration = fake_set_configuration,
    .set_interface = fake_set_interface,
    .clear_halt = fake_clear_halt,
    .reset = fake_reset,
    .submit = fake_submit,
    .cancel = fake_cancel,
    .close = fake_close,
};

int fake_host_open(void *data, int fd, void (*gone)(void *data), void *gone_data,
                   struct host_device *ret_device)
{
    struct fake_host *host = data;

    if (host->open_error)
        return host->open_error;
    host->opened++;
    host->configuration = 1;
    host->gone = gone;
    host->gone_data = gone_data;
    *ret_device = (struct host_device){
        .ops = &fake_ops,
        .handle = host,
        .speed = host->speed ? host->speed : USB_SPEED_HIGH,
        .configuration = 1,
        .descriptors = fake_host_descriptors(host->hub),
    };
    return 0;
}

static void complete_packets(struct host_transfer *transfer, int status, uint32_t actual,
                             uint8_t fill)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < transfer->packets; i++) {
        struct host_packet *packet = &transfer->packet[i];

        packet->status = status;
        packet->actual = MIN(actual, packet->length);
        if (packet->actual > 0 && transfer->endpoint & USB_DIR_IN)
            memset(transfer->data + at, fill + (int)i, packet->actual);
        at += packet->length;
    }
}

void fake_host_complete(struct fake_host *host, unsigned index, int status, uint32_t actual,
                        uint8_t fill)
{
    struct host_transfer *transfer = host->transfers[index];
    bool control = transfer->type == USB_ENDPOINT_XFER_CONTROL;
    bool in = (control ? transfer->data[0] : transfer->endpoint) & USB_DIR_IN;

    g_assert_cmpuint(index, <, host->count);
    host->count--;
    memmove(host->transfers + index, host->transfers + index + 1,
            (host->count - index) * sizeof(host->transfers[0]));
    transfer->status = status;
    if (transfer->packets) {
        complete_packets(transfer, status, actual, fill);
        transfer->status = 0;
    } else {
        transfer->actual = actual;
        if (in && actual > 0)
            memset(transfer->data + (control ? 8 : 0), fill, actual);
    }
    transfer->done(transfer);
}

void fake_host_drain(struct fake_host *host)
{
    while (host->count > 0)
        fake_host_complete(host, 0, -ECONNRESET, 0, 0);
}
