/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event timers; see hpet.h. */
#include "hvm/platform/hpet.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "hvm/platform/ticks.h"
#include "lib/bits.h"
#include "lib/string.h"

_Static_assert(HPET_TIMERS == HPET_TIMER_NUM, "ABI");

enum { CAPABILITY = 0x000, CONFIG = 0x010, STATUS = 0x020, COUNTER = 0x0f0, TIMERS = 0x100 };
enum { TIMER_CONFIG = 0x00, TIMER_COMPARE = 0x08, TIMER_STRIDE = 0x20 };

/* Period in femtoseconds; vendor; old interrupts, 64 bits; number of the last timer; revision. */
#define CAPABILITIES                                                           \
    ((HPET_TICK_NS * 1000000ULL) << 32 | 0x8086ULL << 16 | BIT(15) | BIT(13) | \
     (HPET_TIMERS - 1) << 8 | 1)

#define CONFIG_ENABLE BIT(0)
#define CONFIG_LEGACY BIT(1)

#define TIMER_LEVEL     BIT(1)
#define TIMER_ENABLE    BIT(2)
#define TIMER_PERIODIC  BIT(3)
#define TIMER_VALUE_SET BIT(6)
#define TIMER_32BIT     BIT(8)
#define TIMER_ROUTE     (0x1fULL << 9)
#define TIMER_WRITABLE \
    (TIMER_LEVEL | TIMER_ENABLE | TIMER_PERIODIC | TIMER_VALUE_SET | TIMER_32BIT | TIMER_ROUTE)
/* Can be periodic, has 64 bits, goes to one of the pins 20 to 23. */
#define TIMER_ROUTES     0x00f00000ULL
#define TIMER_CAPABILITY (TIMER_ROUTES << 32 | BIT(4) | BIT(5))

/* A comparator that is behind by less has been missed while it was written, and fires at once. */
#define MISSED_TICKS (1000000 / HPET_TICK_NS)
/* Nobody waits longer: ns. */
#define FAR_NS (1ULL << 60)

static bool is_running(const struct hpet *hpet)
{
    return hpet->config & CONFIG_ENABLE;
}

bool hpet_is_legacy(const struct hpet *hpet)
{
    return hpet->config & CONFIG_LEGACY;
}

static uint64_t counter(const struct hpet *hpet)
{
    if (!is_running(hpet))
        return hpet->counter;
    return hpet->counter + (hpet->owner->now(hpet->ctx) - hpet->started) / HPET_TICK_NS;
}

static uint64_t width(const struct hpet_comparator *t, uint64_t value)
{
    return t->config & TIMER_32BIT ? (uint32_t)value : value;
}

/* Ticks until the comparator matches. */
static uint64_t ticks_left(const struct hpet *hpet, const struct hpet_comparator *t)
{
    uint64_t left = width(t, t->compare - counter(hpet));
    uint64_t behind = width(t, 0 - left);

    return behind && behind < MISSED_TICKS ? 0 : left;
}

static void set_timer(struct hpet *hpet, unsigned int nr)
{
    const struct hpet_comparator *t = &hpet->timer[nr];
    uint64_t now = hpet->owner->now(hpet->ctx), ns;

    if (!is_running(hpet) || !(t->config & TIMER_ENABLE) ||
        ((t->config & TIMER_PERIODIC) && !t->period)) {
        hpet->owner->timer(hpet->ctx, nr, 0);
        return;
    }
    ns = MIN(ticks_left(hpet, t), FAR_NS / HPET_TICK_NS) * HPET_TICK_NS;
    hpet->owner->timer(hpet->ctx, nr, now + MAX(ns, TICK_MIN_NS));
}

static void lower(struct hpet *hpet, unsigned int nr)
{
    struct hpet_comparator *t = &hpet->timer[nr];

    if (!t->is_up)
        return;
    t->is_up = false;
    hpet->owner->line(hpet->ctx, t->line, false);
}

/* The line that a comparator has. */
static unsigned int line_of(const struct hpet *hpet, unsigned int nr)
{
    if (hpet_is_legacy(hpet) && nr < 2)
        return nr ? 8 : 0;
    return (unsigned int)(hpet->timer[nr].config >> 9 & 0x1f);
}

static bool has_line(const struct hpet *hpet, unsigned int nr)
{
    return (hpet_is_legacy(hpet) && nr < 2) || TIMER_ROUTES >> line_of(hpet, nr) & 1;
}

static void raise(struct hpet *hpet, unsigned int nr)
{
    struct hpet_comparator *t = &hpet->timer[nr];

    if (t->config & TIMER_LEVEL)
        hpet->status |= BIT(nr);
    if (!has_line(hpet, nr))
        return;
    lower(hpet, nr);
    t->line = line_of(hpet, nr);
    t->is_up = true;
    hpet->owner->line(hpet->ctx, t->line, true);
    if (!(t->config & TIMER_LEVEL))
        lower(hpet, nr);
}

/* A periodic comparator moves on behind the counter; matches that were missed are not made up for.
 */
static void move_on(const struct hpet *hpet, struct hpet_comparator *t)
{
    uint64_t behind = width(t, counter(hpet) - t->compare);

    t->compare = width(t, t->compare + (behind / t->period + 1) * t->period);
}

void hpet_timer_fired(struct hpet *hpet, unsigned int nr)
{
    struct hpet_comparator *t = &hpet->timer[nr];

    if (!is_running(hpet) || !(t->config & TIMER_ENABLE))
        return;
    raise(hpet, nr);
    if (!(t->config & TIMER_PERIODIC))
        return; /* until it is written, or the counter comes round */
    if (t->period)
        move_on(hpet, t);
    set_timer(hpet, nr);
}

/* The register of 64 bits at that offset. */
static uint64_t register_read(const struct hpet *hpet, uint32_t offset)
{
    uint32_t nr = (offset - TIMERS) / TIMER_STRIDE;

    switch (offset) {
    case CAPABILITY:
        return CAPABILITIES;
    case CONFIG:
        return hpet->config;
    case STATUS:
        return hpet->status;
    case COUNTER:
        return counter(hpet);
    default:
        break;
    }
    if (offset < TIMERS || nr >= HPET_TIMERS)
        return 0;
    switch (offset % TIMER_STRIDE) {
    case TIMER_CONFIG:
        return hpet->timer[nr].config | TIMER_CAPABILITY;
    case TIMER_COMPARE:
        return hpet->timer[nr].compare;
    default:
        return 0;
    }
}

static void config_write(struct hpet *hpet, uint64_t value)
{
    uint64_t changed = (hpet->config ^ value) & (CONFIG_ENABLE | CONFIG_LEGACY);

    if (changed & CONFIG_ENABLE) {
        hpet->counter = counter(hpet);
        hpet->started = hpet->owner->now(hpet->ctx);
    }
    for (unsigned int nr = 0; (changed & CONFIG_LEGACY) && nr < HPET_TIMERS; nr++)
        lower(hpet, nr);
    hpet->config ^= changed;
    if (changed & CONFIG_LEGACY)
        hpet->owner->legacy(hpet->ctx, hpet_is_legacy(hpet));
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++)
        set_timer(hpet, nr);
}

static void status_write(struct hpet *hpet, uint64_t clear)
{
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++)
        if (clear & hpet->status & BIT(nr))
            lower(hpet, nr);
    hpet->status &= ~clear;
}

static void counter_write(struct hpet *hpet, uint64_t value)
{
    hpet->counter = value;
    hpet->started = hpet->owner->now(hpet->ctx);
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++)
        set_timer(hpet, nr);
}

static void timer_config_write(struct hpet *hpet, unsigned int nr, uint64_t value)
{
    struct hpet_comparator *t = &hpet->timer[nr];
    uint64_t changed = (t->config ^ value) & (TIMER_LEVEL | TIMER_ENABLE | TIMER_ROUTE);

    if (changed) {
        lower(hpet, nr);
        hpet->status &= ~BIT(nr);
    }
    t->config = value & TIMER_WRITABLE;
    t->compare = width(t, t->compare);
    t->period = width(t, t->period);
    set_timer(hpet, nr);
}

/* Of a periodic one, this is the period, and the next match too if that was asked for. */
static void compare_write(struct hpet *hpet, unsigned int nr, uint64_t value)
{
    struct hpet_comparator *t = &hpet->timer[nr];

    value = width(t, value);
    if (!(t->config & TIMER_PERIODIC) || (t->config & TIMER_VALUE_SET))
        t->compare = value;
    t->period = value;
    t->config &= ~TIMER_VALUE_SET;
    set_timer(hpet, nr);
}

static void register_write(struct hpet *hpet, uint32_t offset, uint64_t value)
{
    uint32_t nr = (offset - TIMERS) / TIMER_STRIDE;

    if (offset == CONFIG)
        config_write(hpet, value);
    else if (offset == STATUS)
        status_write(hpet, value);
    else if (offset == COUNTER)
        counter_write(hpet, value);
    else if (offset < TIMERS || nr >= HPET_TIMERS)
        return;
    else if (offset % TIMER_STRIDE == TIMER_CONFIG)
        timer_config_write(hpet, nr, value);
    else if (offset % TIMER_STRIDE == TIMER_COMPARE)
        compare_write(hpet, nr, value);
}

static bool is_access(uint32_t offset, unsigned int size)
{
    return (size == 4 || size == 8) && !(offset & (size - 1)) && offset < HPET_SIZE;
}

uint64_t hpet_mmio_read(const struct hpet *hpet, uint32_t offset, unsigned int size)
{
    uint64_t value;

    if (!is_access(offset, size))
        return 0;
    value = register_read(hpet, offset & ~7U);
    return size == 8 ? value : (uint32_t)(value >> (offset & 4) * 8);
}

/* The other half of the register stays, but there is none to stay of what is written to clear. */
void hpet_mmio_write(struct hpet *hpet, uint32_t offset, unsigned int size, uint64_t value)
{
    unsigned int shift = (offset & 4) * 8;
    uint64_t other;

    if (!is_access(offset, size))
        return;
    if (size == 4) {
        other = (offset & ~7U) == STATUS ? 0 : register_read(hpet, offset & ~7U);
        value = (other & ~(0xffffffffULL << shift)) | (uint64_t)(uint32_t)value << shift;
    }
    register_write(hpet, offset & ~7U, value);
}

void hpet_reset(struct hpet *hpet)
{
    bool legacy = hpet_is_legacy(hpet);

    hpet->config = hpet->status = hpet->counter = hpet->started = 0;
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++) {
        lower(hpet, nr);
        hpet->timer[nr] = (struct hpet_comparator){.compare = ~0ULL};
        hpet->owner->timer(hpet->ctx, nr, 0);
    }
    if (legacy)
        hpet->owner->legacy(hpet->ctx, false);
}

void hpet_save(const struct hpet *hpet, struct hvm_hw_hpet *out)
{
    memset(out, 0, sizeof(*out));
    out->capability = CAPABILITIES;
    out->config = hpet->config;
    out->isr = hpet->status;
    out->mc64 = counter(hpet);
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++) {
        out->timers[nr].config = hpet->timer[nr].config | TIMER_CAPABILITY;
        out->timers[nr].cmp = hpet->timer[nr].compare;
        out->period[nr] = hpet->timer[nr].period;
    }
}

static bool comparator_valid(const struct hvm_hw_hpet *in, unsigned int nr)
{
    uint64_t config = in->timers[nr].config, cmp = in->timers[nr].cmp;
    bool narrow = config & TIMER_32BIT;

    return (config & ~TIMER_WRITABLE) == TIMER_CAPABILITY && !in->timers[nr].fsb &&
           (!narrow || !(cmp >> 32 || in->period[nr] >> 32)) &&
           (!(in->isr & BIT(nr)) || (config & TIMER_LEVEL));
}

bool hpet_load(struct hpet *hpet, const struct hvm_hw_hpet *in)
{
    if (in->capability != CAPABILITIES || (in->config & ~(CONFIG_ENABLE | CONFIG_LEGACY)) ||
        in->isr >> HPET_TIMERS)
        return false;
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++)
        if (!comparator_valid(in, nr))
            return false;
    hpet_reset(hpet);
    hpet->config = in->config;
    hpet->counter = in->mc64;
    hpet->started = hpet->owner->now(hpet->ctx);
    if (hpet_is_legacy(hpet))
        hpet->owner->legacy(hpet->ctx, true);
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++) {
        hpet->timer[nr].config = in->timers[nr].config & TIMER_WRITABLE;
        hpet->timer[nr].compare = in->timers[nr].cmp;
        hpet->timer[nr].period = in->period[nr];
        if (in->isr & BIT(nr))
            raise(hpet, nr);
        set_timer(hpet, nr);
    }
    return true;
}
