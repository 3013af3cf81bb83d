/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of the vchan says anything, to dom0 and to a guest. */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "link.h"

/* What has come is read in pieces of the sizes that the input begins with. */
#define SIZES 8

struct end {
    struct link *link;
    const uint8_t *data;
    size_t len;
    uint8_t sizes[SIZES];
    unsigned turn;
    unsigned used_channels; /* bit by bit */
    bool guest;
};

static int end_read(void *stream, void *to, size_t size)
{
    struct end *end = stream;
    size_t length = end->sizes[end->turn++ % SIZES];

    if (length > end->len)
        length = end->len;
    if (length > size)
        length = size;
    memcpy(to, end->data, length);
    end->data += length;
    end->len -= length;
    return (int)length;
}

static int end_write(void *stream, const void *from, size_t size)
{
    struct end *end = stream;

    return (int)(end->turn % 3 ? size : size / 2);
}

static const struct link_stream stream = {end_read, end_write};

static void on_met(void *data)
{
    struct end *end = data;

    FUZZ_ASSERT(end->guest || end->used_channels == 0);
    for (uint32_t i = 0; !end->guest && i < 3; i++) {
        int channel = link_offer(end->link, i, 3);

        if (channel >= 0)
            end->used_channels |= 1u << channel;
    }
}

static void on_offered(void *data, unsigned channel, uint32_t devid, uint32_t speed)
{
    struct end *end = data;
    enum frame_result result = devid % FRAME_RESULT_END;

    FUZZ_ASSERT(end->guest && channel < FRAME_CHANNELS);
    FUZZ_ASSERT(!(end->used_channels & 1u << channel));
    if (result == FRAME_ATTACHED)
        end->used_channels |= 1u << channel;
    link_answer(end->link, channel, result);
}

static void on_answered(void *data, unsigned channel, enum frame_result result)
{
    struct end *end = data;

    FUZZ_ASSERT(!end->guest && end->used_channels & 1u << channel);
    FUZZ_ASSERT(result < FRAME_RESULT_END);
    if (result != FRAME_ATTACHED)
        end->used_channels &= ~(1u << channel);
}

static void on_arrived(void *data, unsigned channel)
{
    struct end *end = data;
    size_t used = link_in(end->link, channel)->used;

    FUZZ_ASSERT(end->used_channels & 1u << channel);
    FUZZ_ASSERT(used > 0 && used <= FRAME_WINDOW);
    link_send(end->link, channel, octets_front(link_in(end->link, channel)), used);
    if (end->turn % 2)
        link_used(end->link, channel, used);
    if (end->turn % 17 == 0) {
        link_leave(end->link, channel);
        end->used_channels &= ~(1u << channel);
    }
}

static void on_left(void *data, unsigned channel)
{
    struct end *end = data;

    FUZZ_ASSERT(end->used_channels & 1u << channel);
    FUZZ_ASSERT(link_in(end->link, channel)->used == 0);
    FUZZ_ASSERT(link_backlog(end->link, channel) == 0);
    end->used_channels &= ~(1u << channel);
}

static const struct link_owner owner = {on_met, on_offered, on_answered, on_arrived, on_left};

static void play(bool guest, const uint8_t *data, size_t len)
{
    struct end end = {.guest = guest, .data = data + SIZES, .len = len - SIZES};

    memcpy(end.sizes, data, SIZES);
    end.link = link_new(guest, &stream, &end, &owner, &end);
    for (unsigned i = 0; i < 200; i++)
        if (link_run(end.link) == LINK_BROKEN)
            break;
    link_free(end.link);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < SIZES)
        return 0;
    play(false, data, len);
    play(true, data, len);
    return 0;
}

static size_t put(uint8_t *to, struct frame frame)
{
    return frame_encode(&frame, to);
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t sizes[SIZES] = {64, 1, 200, 8, 0, 16, 33, 255}, octets[300];
    size_t len = SIZES;

    if (n > 1)
        return 0;
    memcpy(data, sizes, SIZES);
    len +=
        put(data + len, (struct frame){.type = FRAME_HELLO, .hello = {FRAME_MAGIC, FRAME_VERSION}});
    for (unsigned i = 0; i < 3; i++) {
        if (n == 0)
            len += put(data + len, (struct frame){.type = FRAME_RESULT, .channel = i});
        else
            len += put(data + len,
                       (struct frame){.type = FRAME_ATTACH, .channel = i, .attach = {3 * i, 3}});
        len += put(data + len,
                   (struct frame){.type = FRAME_DATA, .channel = i, .data = {octets, 100 * i + 1}});
        len += put(data + len, (struct frame){.type = FRAME_CREDIT, .channel = i, .credit = 1});
    }
    len += put(data + len, (struct frame){.type = FRAME_DETACH, .channel = 1});
    return len +
           put(data + len, (struct frame){.type = FRAME_DATA, .channel = 2, .data = {octets, 200}});
}
