/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that says anything about its device, which ends transfers as it likes. */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "device.h"
#include "fuzz.h"
#include "octets.h"
#include "unit/usb/fake-host.h"
#include "unit/usb/guest-words.h"
#include "usbip.h"

#define DEVID 1
#define LIMIT (4 * 1024 * 1024)

/* How much of the guest's words comes at a time, and what the device does then. */
struct step {
    uint8_t length;
    uint8_t ends;
    uint8_t actual;
};

static struct octets replies;
static bool closed;

static void on_reply(void *data, const void *octets, size_t length)
{
    octets_append(&replies, octets, length);
}

static size_t on_backlog(void *data)
{
    return replies.used;
}

static void on_closed(void *data)
{
    closed = true;
}

/* The first reply of a batch is one that vhci_hcd takes; how long it is only its transfer tells. */
static void check_replies(void)
{
    const uint8_t *header = octets_front(&replies);
    uint32_t code, packets;
    int32_t status;

    if (replies.used == 0)
        return;
    FUZZ_ASSERT(replies.used >= WORDS_HEADER);
    code = words_get(header);
    status = (int32_t)words_get(header + 20);
    packets = words_get(header + 32);
    FUZZ_ASSERT(code == 3 || code == 4);
    FUZZ_ASSERT(status <= 0 && status > -200);
    if (code == 3) {
        FUZZ_ASSERT(words_get(header + 24) <= USBIP_TRANSFER_MAX);
        FUZZ_ASSERT(packets <= USBIP_PACKETS_MAX);
        FUZZ_ASSERT(words_get(header + 36) <= packets);
    }
    octets_drop(&replies, replies.used);
}

static void end_some(struct fake_host *host, const struct step *step)
{
    static const int statuses[] = {0, 0, -EPIPE, -ECONNRESET, -EPROTO, -EOVERFLOW};

    for (unsigned i = 0; i < (step->ends & 3u) && host->count > 0; i++) {
        unsigned index = step->ends % host->count;
        const struct host_transfer *transfer = host->transfers[index];
        uint32_t most = transfer->length - (transfer->type == 0 ? 8 : 0);

        fake_host_complete(host, index, statuses[step->actual % G_N_ELEMENTS(statuses)],
                           MIN(most, step->actual * 64u), 7);
    }
}

static void play(struct device *device, struct device_budget *budget, struct fake_host *host,
                 const uint8_t *data, size_t len)
{
    struct octets words = {0};

    while (len > sizeof(struct step)) {
        struct step step;
        size_t length;
        ssize_t used;

        memcpy(&step, data, sizeof(step));
        data += sizeof(step);
        len -= sizeof(step);
        length = MIN(len, step.length);
        octets_append(&words, data, length);
        data += length;
        len -= length;
        host->special_error = step.ends & 0x80 ? -EIO : 0;
        used = words.used ? device_take(device, octets_front(&words), words.used) : 0;
        if (used < 0)
            break;
        FUZZ_ASSERT((size_t)used <= words.used);
        octets_drop(&words, (size_t)used);
        end_some(host, &step);
        FUZZ_ASSERT(host->count <= DEVICE_URBS_MAX);
        FUZZ_ASSERT(budget->used <= LIMIT + DEVICE_BACKLOG_MAX);
        check_replies();
        device_sent(device);
    }
    octets_clear(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct device_owner owner = {on_reply, on_backlog, on_closed};
    static struct fake_host host;
    struct device_budget budget = {.limit = LIMIT};
    struct host_device opened;
    struct device *device = NULL;

    memset(&host, 0, sizeof(host));
    closed = false;
    octets_clear(&replies);
    FUZZ_ASSERT(fake_host_open(&host, 0, NULL, NULL, &opened) == 0);
    FUZZ_ASSERT(device_new(&opened, DEVID, &budget, &owner, NULL, &device) == 0);
    play(device, &budget, &host, data, len);
    device_close(device, false);
    fake_host_drain(&host);
    while (!closed)
        g_main_context_iteration(NULL, FALSE);
    FUZZ_ASSERT(host.closed == 1 && host.claimed == 0 && budget.used == 0);
    return 0;
}

/* A step that brings the @length octets at @words whole. */
static size_t put_step(uint8_t *to, const uint8_t *words, uint8_t length, uint8_t ends)
{
    const struct step step = {length, ends, 2};

    memcpy(to, &step, sizeof(step));
    memcpy(to + sizeof(step), words, length);
    return sizeof(step) + length;
}

static size_t seed_transfers(uint8_t *data)
{
    uint8_t words[128];
    size_t len = 0;

    words_submit(words, 1, DEVID, true, 1, 512, 0);
    len += put_step(data + len, words, 48, 1);
    words_submit(words, 2, DEVID, false, 2, 20, 0);
    len += put_step(data + len, words, 68, 0);
    words_unlink(words, 3, DEVID, 2);
    len += put_step(data + len, words, 48, 1);
    words_submit(words, 4, DEVID, true, 5, 8, UINT32_MAX);
    len += put_step(data + len, words, 30, 0);
    return len + put_step(data + len, words + 30, 18, 2);
}

static size_t seed_control(uint8_t *data)
{
    static const uint16_t requests[][4] = {
        {0x80, 6, 0x100, 0}, {0x00, 9, 2, 0}, {0x00, 9, 1, 0},     {0x01, 11, 1, 1},
        {0x02, 1, 0, 0x81},  {0x23, 3, 4, 1}, {0x21, 9, 0x200, 0}, {0x00, 5, 9, 0},
    };
    uint8_t words[64];
    size_t len = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        uint16_t length = requests[i][0] & 0x80 ? 18 : 0;

        words_submit(words, i, DEVID, requests[i][0] & 0x80, 0, length, 0);
        words_setup(words, (uint8_t)requests[i][0], (uint8_t)requests[i][1], requests[i][2],
                    requests[i][3], length);
        len += put_step(data + len, words, 48, 1);
    }
    return len;
}

static size_t seed_isochronous(uint8_t *data)
{
    uint8_t words[128];
    size_t len = 0;

    words_submit(words, 1, DEVID, false, 0, 0, 0);
    words_setup(words, 0x01, 11, 1, 1, 0);
    len += put_step(data + len, words, 48, 0);
    words_submit(words, 2, DEVID, true, 3, 300, 2);
    words_packet(words + 48, 0, 100);
    words_packet(words + 64, 200, 100);
    len += put_step(data + len, words, 80, 0);
    words_submit(words, 3, DEVID, false, 4, 6, 2);
    memcpy(words + 48, "ab..cd", 6);
    words_packet(words + 54, 4, 2);
    words_packet(words + 70, 0, 2);
    return len + put_step(data + len, words, 86, 2);
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static size_t (*const seeds[])(uint8_t *) = {seed_transfers, seed_control, seed_isochronous};

    return n < G_N_ELEMENTS(seeds) ? seeds[n](data) : 0;
}
