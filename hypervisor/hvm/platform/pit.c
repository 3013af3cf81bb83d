/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254 timer; see pit.h, and Intel's data sheet (231164-005). */
#include "hvm/platform/pit.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "hvm/platform/ticks.h"
#include "lib/string.h"

enum { PORT_CHANNEL = 0x40, PORT_CONTROL = 0x43, PORT_SPEAKER = 0x61 };
enum { TERMINAL_COUNT, ONE_SHOT, RATE, SQUARE, STROBE, TRIGGERED_STROBE };

#define CONTROL_READ_BACK   3U /* where the number of the channel is */
#define READ_BACK_NO_COUNT  0x20
#define READ_BACK_NO_STATUS 0x10

#define SPEAKER_GATE    0x01
#define SPEAKER_DATA    0x02
#define SPEAKER_REFRESH 0x10 /* changes with every refresh of memory */
#define SPEAKER_OUTPUT  0x20
#define REFRESH_NS      15085

static bool is_periodic(const struct pit_channel *c)
{
    return c->mode == RATE || c->mode == SQUARE;
}

/* These begin when their gate opens; the others go on then where they were. */
static bool is_triggered(const struct pit_channel *c)
{
    return c->mode == ONE_SHOT || c->mode == TRIGGERED_STROBE || is_periodic(c);
}

/* A shut gate holds these; the triggered ones run on. */
static bool is_held(const struct pit_channel *c)
{
    return !c->gate && c->mode != ONE_SHOT && c->mode != TRIGGERED_STROBE;
}

/* Ticks since the count was loaded. */
static uint64_t elapsed(const struct pit *pit, const struct pit_channel *c)
{
    if (is_held(c))
        return c->held;
    return ns_to_ticks(pit->owner->now(pit->ctx) - c->started, PIT_HZ);
}

static uint16_t to_bcd(uint32_t n)
{
    return (uint16_t)(n % 10 | n / 10 % 10 << 4 | n / 100 % 10 << 8 | n / 1000 % 10 << 12);
}

static uint32_t from_bcd(uint16_t n)
{
    return (n & 0xfU) + (n >> 4 & 0xfU) * 10 + (n >> 8 & 0xfU) * 100 + (n >> 12) * 1000U;
}

/* What its counting element shows. */
static uint16_t counter(const struct pit *pit, const struct pit_channel *c)
{
    uint64_t gone = elapsed(pit, c), all = c->bcd ? 10000 : 65536, left;

    if (c->mode == SQUARE) /* counts by twos */
        left = c->count - gone * 2 % c->count;
    else if (c->mode == RATE)
        left = c->count - gone % c->count;
    else /* goes on below 0 */
        left = c->count + all - gone % all;
    return c->bcd ? to_bcd((uint32_t)(left % all)) : (uint16_t)left;
}

static bool output(const struct pit *pit, const struct pit_channel *c)
{
    uint64_t gone = elapsed(pit, c);

    switch (c->mode) {
    case TERMINAL_COUNT:
    case ONE_SHOT:
        return gone >= c->count;
    case RATE:
        return is_held(c) || gone % c->count != c->count - 1;
    case SQUARE:
        return is_held(c) || gone % c->count < (c->count + 1) / 2;
    default:
        return gone != c->count;
    }
}

/* When channel 0 next has something to say. */
static void set_timer(struct pit *pit)
{
    const struct pit_channel *c = &pit->channel[0];
    uint64_t now = pit->owner->now(pit->ctx), gone = elapsed(pit, c), next = c->count;

    if (is_periodic(c))
        next = (gone / c->count + 1) * c->count;
    else if (c->access == PIT_NONE || is_triggered(c) || gone >= c->count)
        next = 0;
    if (!next || is_held(c))
        pit->owner->timer(pit->ctx, 0);
    else
        pit->owner->timer(pit->ctx, MAX(c->started + ticks_to_ns(next, PIT_HZ), now + TICK_MIN_NS));
}

/* 0 stands for the highest there is, and digits above 9 must not lead beyond that. */
static uint32_t count_of(uint32_t value, bool bcd)
{
    uint32_t highest = bcd ? 10000 : 65536;

    return value && value < highest ? value : highest;
}

static void start(struct pit *pit, unsigned int nr, uint32_t count)
{
    struct pit_channel *c = &pit->channel[nr];

    c->count = count_of(count, c->bcd);
    c->started = pit->owner->now(pit->ctx);
    c->held = 0;
    if (nr)
        return;
    pit->owner->line(pit->ctx, false);
    set_timer(pit);
}

/* Ticks that were missed are not made up for: the line tells of one at a time. */
void pit_timer_fired(struct pit *pit)
{
    const struct pit_channel *c = &pit->channel[0];

    if (is_periodic(c))
        pit->owner->line(pit->ctx, false);
    if (is_periodic(c) || elapsed(pit, c) >= c->count)
        pit->owner->line(pit->ctx, true);
    set_timer(pit);
}

void pit_reset(struct pit *pit)
{
    pit->speaker = false;
    for (unsigned int i = 0; i < PIT_CHANNELS; i++)
        pit->channel[i] = (struct pit_channel){
            .count = 65536, .started = pit->owner->now(pit->ctx), .gate = i != 2};
    pit->owner->timer(pit->ctx, 0);
    pit->owner->line(pit->ctx, false);
}

/* Latches stay until they are read. */
static void latch_count(const struct pit *pit, struct pit_channel *c)
{
    if (c->latch != PIT_NONE)
        return;
    c->latched = counter(pit, c);
    c->latch = c->access;
}

static void latch_status(const struct pit *pit, struct pit_channel *c)
{
    if (c->status_latched)
        return;
    c->status = (uint8_t)(output(pit, c) << 7 | c->access << 4 | c->mode << 1 | c->bcd);
    c->status_latched = true;
}

static void read_back(struct pit *pit, uint8_t value)
{
    for (unsigned int i = 0; i < PIT_CHANNELS; i++) {
        if (!(value >> (i + 1) & 1))
            continue;
        if (!(value & READ_BACK_NO_COUNT))
            latch_count(pit, &pit->channel[i]);
        if (!(value & READ_BACK_NO_STATUS))
            latch_status(pit, &pit->channel[i]);
    }
}

/* A new mode: nothing ticks until there is a count. */
static void mode_write(struct pit *pit, unsigned int nr, uint8_t value)
{
    struct pit_channel *c = &pit->channel[nr];
    unsigned int mode = value >> 1 & 7;

    *c = (struct pit_channel){
        .count = count_of(c->count, value & 1),
        .started = pit->owner->now(pit->ctx),
        .access = (enum pit_bytes)(value >> 4 & 3),
        .reading = (enum pit_bytes)(value >> 4 & 3),
        .writing = (enum pit_bytes)(value >> 4 & 3),
        .mode = (uint8_t)(mode > TRIGGERED_STROBE ? mode - 4 : mode),
        .bcd = value & 1,
        .gate = c->gate,
    };
    if (nr)
        return;
    pit->owner->timer(pit->ctx, 0);
    pit->owner->line(pit->ctx, false);
}

static void control_write(struct pit *pit, uint8_t value)
{
    unsigned int nr = value >> 6;

    if (nr == CONTROL_READ_BACK)
        read_back(pit, value);
    else if (value >> 4 & 3)
        mode_write(pit, nr, value);
    else
        latch_count(pit, &pit->channel[nr]);
}

static void load(struct pit *pit, unsigned int nr, unsigned int value)
{
    start(pit, nr, pit->channel[nr].bcd ? from_bcd((uint16_t)value) : value);
}

static void count_write(struct pit *pit, unsigned int nr, uint8_t value)
{
    struct pit_channel *c = &pit->channel[nr];

    switch (c->writing) {
    case PIT_LOW:
        load(pit, nr, value);
        break;
    case PIT_HIGH:
        load(pit, nr, (unsigned int)value << 8);
        break;
    case PIT_BOTH:
        c->written_low = value;
        c->writing = PIT_BOTH_HIGH;
        break;
    case PIT_BOTH_HIGH:
        c->writing = PIT_BOTH;
        load(pit, nr, c->written_low | (unsigned int)value << 8);
        break;
    default: /* no mode was set yet */
        break;
    }
}

/* One byte of a value that is read by `*how`, which goes on to the next one. */
static uint8_t byte_of(uint16_t value, enum pit_bytes *how, enum pit_bytes after)
{
    bool high = *how == PIT_HIGH || *how == PIT_BOTH_HIGH;

    *how = *how == PIT_BOTH ? PIT_BOTH_HIGH : after;
    return (uint8_t)(high ? value >> 8 : value);
}

static uint8_t count_read(struct pit *pit, struct pit_channel *c)
{
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    if (c->latch != PIT_NONE)
        return byte_of(c->latched, &c->latch, PIT_NONE);
    return byte_of(counter(pit, c), &c->reading, c->access);
}

static uint8_t speaker_read(const struct pit *pit)
{
    const struct pit_channel *c = &pit->channel[2];
    uint64_t refreshes = pit->owner->now(pit->ctx) / REFRESH_NS;

    return (uint8_t)((c->gate ? SPEAKER_GATE : 0) | (pit->speaker ? SPEAKER_DATA : 0) |
                     (refreshes & 1 ? SPEAKER_REFRESH : 0) | (output(pit, c) ? SPEAKER_OUTPUT : 0));
}

static void gate_write(struct pit *pit, bool gate)
{
    struct pit_channel *c = &pit->channel[2];
    uint64_t now = pit->owner->now(pit->ctx);

    if (gate == c->gate)
        return;
    if (!gate)
        c->held = elapsed(pit, c);
    else if (is_triggered(c))
        c->started = now;
    else
        c->started = now - MIN(now, ticks_to_ns(c->held, PIT_HZ));
    c->gate = gate;
}

bool pit_read(struct pit *pit, uint16_t port, uint8_t *value)
{
    if (port == PORT_SPEAKER)
        *value = speaker_read(pit);
    else if (port == PORT_CONTROL)
        *value = 0xff; /* write-only */
    else if (port >= PORT_CHANNEL && port < PORT_CONTROL)
        *value = count_read(pit, &pit->channel[port - PORT_CHANNEL]);
    else
        return false;
    return true;
}

bool pit_write(struct pit *pit, uint16_t port, uint8_t value)
{
    if (port == PORT_SPEAKER) {
        pit->speaker = value & SPEAKER_DATA;
        gate_write(pit, value & SPEAKER_GATE);
    } else if (port == PORT_CONTROL) {
        control_write(pit, value);
    } else if (port >= PORT_CHANNEL && port < PORT_CONTROL) {
        count_write(pit, port - (unsigned int)PORT_CHANNEL, value);
    } else {
        return false;
    }
    return true;
}

void pit_save(const struct pit *pit, struct hvm_hw_pit *out)
{
    memset(out, 0, sizeof(*out));
    out->speaker_data_on = pit->speaker;
    for (unsigned int i = 0; i < PIT_CHANNELS; i++) {
        const struct pit_channel *c = &pit->channel[i];

        out->channels[i] = (struct hvm_hw_pit_channel){
            .count = c->count,
            .latched_count = c->latched,
            .count_latched = (uint8_t)c->latch,
            .status_latched = c->status_latched,
            .status = c->status,
            .read_state = (uint8_t)c->reading,
            .write_state = (uint8_t)c->writing,
            .write_latch = c->written_low,
            .rw_mode = (uint8_t)c->access,
            .mode = c->mode,
            .bcd = c->bcd,
            .gate = c->gate,
        };
    }
}

/* Where an access may be when all of them are of that kind. */
static bool state_valid(uint8_t state, uint8_t kind)
{
    return state == kind || (kind == PIT_BOTH && state == PIT_BOTH_HIGH);
}

static bool channel_valid(const struct hvm_hw_pit_channel *in)
{
    return in->count && in->count <= (in->bcd ? 10000U : 65536U) && in->rw_mode <= PIT_BOTH &&
           in->mode <= TRIGGERED_STROBE && in->bcd <= 1 && in->gate <= 1 &&
           in->status_latched <= 1 && state_valid(in->read_state, in->rw_mode) &&
           state_valid(in->write_state, in->rw_mode) &&
           (!in->count_latched || state_valid(in->count_latched, in->rw_mode));
}

bool pit_load(struct pit *pit, const struct hvm_hw_pit *in)
{
    for (unsigned int i = 0; i < PIT_CHANNELS; i++)
        if (!channel_valid(&in->channels[i]) || (i != 2 && !in->channels[i].gate))
            return false;
    if (in->speaker_data_on > 1)
        return false;
    pit->speaker = in->speaker_data_on;
    for (unsigned int i = 0; i < PIT_CHANNELS; i++) {
        const struct hvm_hw_pit_channel *c = &in->channels[i];

        pit->channel[i] = (struct pit_channel){
            .latched = c->latched_count,
            .status = c->status,
            .written_low = c->write_latch,
            .access = (enum pit_bytes)c->rw_mode,
            .reading = (enum pit_bytes)c->read_state,
            .writing = (enum pit_bytes)c->write_state,
            .latch = (enum pit_bytes)c->count_latched,
            .mode = c->mode,
            .bcd = c->bcd,
            .gate = c->gate,
            .status_latched = c->status_latched,
        };
        start(pit, i, c->count);
    }
    return true;
}
