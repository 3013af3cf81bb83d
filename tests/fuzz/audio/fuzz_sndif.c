/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sound front end that asks for anything, on a ring whose indices it moves about. */
#include <string.h>

#include <xen/errno.h>

#include "backend/packet-ring.h"
#include "fuzz.h"
#include "pace.h"
#include "sndif-buffer.h"
#include "sndif-params.h"

#define STEPS_MAX 64
#define LIMIT     65536u /* octets of buffer: small, so that it is met */

/* One step of the play: what happens to an index, and the request that lies next on the ring. */
struct step {
    uint8_t what;
    uint8_t pad[3];
    uint32_t value;
    struct xensnd_req request;
};

static union {
    struct packet_sring ring;
    uint8_t octets[4096];
} shared;

static union {
    struct xensnd_event_page page;
    uint8_t octets[4096];
} events_page;

static uint8_t memory[LIMIT], recorded[LIMIT], heard[LIMIT];

/* A stream as the back end keeps it, without a player. */
static struct {
    struct sndif_limits limits;
    bool open;
    struct sndif_shape shape;
    struct sndif_queue queue;
    struct sndif_record record;
    struct sndif_position position;
    uint64_t given;
} stream;

static void check_stream(void)
{
    if (!stream.open)
        return;
    FUZZ_ASSERT(stream.shape.buffer > 0 && stream.shape.buffer <= LIMIT);
    FUZZ_ASSERT(stream.shape.frame > 0 && stream.shape.buffer % stream.shape.frame == 0);
    FUZZ_ASSERT(stream.shape.channels >= 1 && stream.shape.channels <= SNDIF_MAX_CHANNELS);
    FUZZ_ASSERT(stream.queue.at < stream.queue.size && stream.queue.used <= stream.queue.size);
    FUZZ_ASSERT(stream.queue.used % stream.shape.frame == 0);
    FUZZ_ASSERT(stream.record.at < stream.record.size);
    FUZZ_ASSERT(stream.record.used <= stream.record.size);
}

static int query(const struct xensnd_query_hw_param *asked)
{
    struct xensnd_query_hw_param answer, again;
    int error = sndif_query(&stream.limits, asked, &answer);

    if (error)
        return error;
    /* It is a part of what was asked for, and of it no less can be had. */
    FUZZ_ASSERT(answer.formats && !(answer.formats & ~asked->formats));
    FUZZ_ASSERT(answer.rates.min >= asked->rates.min && answer.rates.max <= asked->rates.max);
    FUZZ_ASSERT(answer.channels.min <= answer.channels.max);
    FUZZ_ASSERT(answer.buffer.min <= answer.buffer.max && answer.period.min <= answer.period.max);
    FUZZ_ASSERT(sndif_query(&stream.limits, &answer, &again) == 0);
    FUZZ_ASSERT(memcmp(&answer, &again, sizeof(again)) == 0);
    return 0;
}

static int open_stream(const struct xensnd_open_req *request)
{
    int error = sndif_open_parse(&stream.limits, request, &stream.shape);

    if (error)
        return error;
    stream.open = true;
    stream.queue = (struct sndif_queue){.size = stream.shape.buffer};
    stream.record = (struct sndif_record){.data = recorded, .size = stream.shape.buffer};
    stream.position =
        (struct sndif_position){.period = stream.shape.period, .buffer = stream.shape.buffer};
    stream.given = 0;
    FUZZ_ASSERT(sndif_shape_pages(&stream.shape) <= LIMIT / 4096);
    return 0;
}

/* All but @on_its_way octets of what was given away was heard. */
static void hear(uint32_t on_its_way)
{
    uint64_t before = stream.position.octets;

    sndif_position_reach(&stream.position,
                         sndif_position_heard(&stream.position, stream.given, on_its_way));
    FUZZ_ASSERT(stream.position.octets >= before);
    FUZZ_ASSERT(stream.position.octets <= stream.given);
    FUZZ_ASSERT(stream.given - stream.position.octets <=
                stream.shape.buffer - stream.shape.buffer / 4);
}

/* What a player that asks for @wanted octets is given. */
static void play(uint32_t wanted)
{
    const struct pace_limits limits = {.target = LIMIT / 4, .step = LIMIT / 16};
    uint32_t amount = pace_amount(&limits, wanted, stream.queue.used);
    uint32_t used = stream.queue.used, taken = 0, run, offset;

    FUZZ_ASSERT(amount <= wanted);
    amount -= amount % stream.shape.frame;
    while ((run = sndif_queue_take(&stream.queue, amount - taken, &offset)) > 0) {
        memcpy(heard + taken, memory + offset, run);
        taken += run;
    }
    FUZZ_ASSERT(taken == (amount < used ? amount : used));
    stream.given += amount;
    hear(wanted / 2);
}

static int read_or_write(const struct xensnd_req *request)
{
    const struct xensnd_rw_req *rw = &request->op.rw;

    if (!sndif_range_is_good(&stream.shape, rw))
        return -XEN_EINVAL;
    memset(memory + rw->offset, 1, rw->length);
    if (request->operation == XENSND_OP_WRITE)
        sndif_queue_write(&stream.queue, rw->offset, rw->length);
    else
        sndif_record_read(&stream.record, memory + rw->offset, rw->length, 0);
    return 0;
}

static int stop(void)
{
    uint64_t before = stream.position.octets;

    sndif_position_rewind(&stream.position);
    FUZZ_ASSERT(stream.position.octets >= before);
    FUZZ_ASSERT(stream.position.octets % stream.shape.buffer == 0);
    stream.given = stream.position.octets;
    stream.queue.used = 0;
    return 0;
}

static int obey(const struct xensnd_req *request)
{
    switch (request->operation % 5) {
    case 0:
        return query(&request->op.hw_param);
    case 1:
        return open_stream(&request->op.open);
    case 4:
        return stream.open ? stop() : -XEN_EINVAL;
    default:
        return stream.open ? read_or_write(request) : -XEN_EINVAL;
    }
}

static void drain(struct packet_ring *ring)
{
    for (unsigned taken = 0; taken < PACKET_RING_LENGTH; taken++) {
        struct xensnd_resp response = {0};
        struct xensnd_req request;
        enum packet_take take = packet_ring_take(ring, &request);

        FUZZ_ASSERT(ring->prod == ring->cons || take == PACKET_TAKE_REQUEST);
        /* No more are looked at than lie there. */
        FUZZ_ASSERT(shared.ring.req_prod - ring->cons <= PACKET_RING_LENGTH);
        if (take != PACKET_TAKE_REQUEST)
            return;
        response.status = obey(&request);
        FUZZ_ASSERT(response.status <= 0);
        packet_ring_answer(ring, &response);
        FUZZ_ASSERT(ring->prod == ring->cons);
        check_stream();
    }
}

static void take_step(const struct step *step, struct packet_ring *ring,
                      struct packet_events *events)
{
    struct xensnd_evt event = {.op.cur_pos.position = stream.position.octets};
    union packet_sring_entry *entries = shared.ring.ring;

    memcpy(&entries[shared.ring.req_prod % PACKET_RING_LENGTH], &step->request,
           sizeof(step->request));
    switch (step->what % 6) {
    case 0:
    case 1:
        shared.ring.req_prod++;
        break;
    case 2:
        shared.ring.req_prod = step->value;
        break;
    case 3:
        events_page.page.in_cons = step->value;
        break;
    case 4:
        if (stream.open)
            play(step->value % LIMIT);
        break;
    case 5:
        if (stream.open)
            sndif_record_add(&stream.record, step->value & 1 ? heard : NULL, step->value % LIMIT,
                             0x80);
        break;
    }
    drain(ring);
    check_stream();
    if (packet_events_push(events, &event))
        FUZZ_ASSERT(events_page.page.in_prod == events->prod);
}

/* The input as texts of the configuration: each a line. */
static void narrow(const uint8_t *data, size_t len)
{
    char text[256] = "";
    const char *fields[5] = {0};
    char *at = text;
    bool good;

    memcpy(text, data, len < sizeof(text) - 1 ? len : sizeof(text) - 1);
    for (unsigned i = 0; i < 5 && at; i++) {
        char *end = strchr(at, '\n');

        fields[i] = *at ? at : NULL;
        if (end)
            *end++ = '\0';
        at = end;
    }
    sndif_limits_init(&stream.limits);
    stream.limits.buffer_max = LIMIT;
    good =
        sndif_limits_narrow(&stream.limits, &(struct sndif_texts){fields[0], fields[1], fields[2],
                                                                  fields[3], fields[4]});
    FUZZ_ASSERT(stream.limits.formats && stream.limits.rates);
    FUZZ_ASSERT(stream.limits.channels_min >= 1 &&
                stream.limits.channels_min <= stream.limits.channels_max &&
                stream.limits.channels_max <= SNDIF_MAX_CHANNELS);
    FUZZ_ASSERT(stream.limits.buffer_max >= 1 && stream.limits.buffer_max <= LIMIT);
    if (good && stream.limits.buffer_max < LIMIT)
        FUZZ_ASSERT(fields[4]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct packet_ring ring = {0};
    struct packet_events events = {0};
    struct step step;

    memset(&shared, 0, sizeof(shared));
    memset(&events_page, 0, sizeof(events_page));
    memset(&stream, 0, sizeof(stream));
    narrow(data, len);
    packet_ring_attach(&ring, &shared.ring);
    packet_events_attach(&events, &events_page.page);
    for (size_t i = 0; i < STEPS_MAX && (i + 1) * sizeof(step) <= len; i++) {
        memcpy(&step, data + i * sizeof(step), sizeof(step));
        take_step(&step, &ring, &events);
    }
    return 0;
}

/* As Linux does it: it asks, opens, writes while it is played, and stops. */
static struct step sound_step(unsigned i)
{
    struct step step = {.request.operation = (uint8_t[]){0, 1, 3, 3, 2, 4}[i % 6]};

    if (i % 6 == 0)
        step.request.op.hw_param = (struct xensnd_query_hw_param){
            ~UINT64_C(0), {8000, 48000}, {1, 2}, {1, UINT32_MAX}, {1, UINT32_MAX}};
    else if (i % 6 == 1)
        step.request.op.open = (struct xensnd_open_req){.pcm_rate = 48000,
                                                        .pcm_format = XENSND_PCM_FORMAT_S16_LE,
                                                        .pcm_channels = 2,
                                                        .buffer_sz = 4096,
                                                        .period_sz = 1024};
    else
        step.request.op.rw = (struct xensnd_rw_req){i % 4 * 1024, 1024};
    return step;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char text[] = "s16_le,u8\n48000,44100\n1\n2\n32768\n";
    size_t length = 0;

    if (n == 0) {
        memcpy(data, text, sizeof(text));
        return sizeof(text);
    }
    if (n > 4)
        return 0;
    for (unsigned i = 0; i < 6 * n; i++) {
        struct step steps[] = {sound_step(i), {.what = 4 + i % 2, .value = 777 * n}};

        memcpy(data + length, steps, sizeof(steps));
        length += sizeof(steps);
    }
    return length;
}
