/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC's timer: one-shot, periodic, or at a value of the TSC. */
#include "hvm/lapic-private.h"

/* The bus runs at 100 MHz. */
#define BUS_NS 10

/* A shorter period would leave the guest, and us, with nothing but interrupts. */
#define PERIOD_MIN_NS 100000ULL

enum { ONE_SHOT, PERIODIC, DEADLINE };

static unsigned int mode_of(uint32_t lvt)
{
    return lvt >> 17 & 3;
}

static unsigned int mode(const struct lapic *apic)
{
    return mode_of(apic->lvt[0]);
}

/* Bits 3, 1 and 0 of the divide register: 2, 4 .. 128, and 1. */
static uint64_t tick_ns(const struct lapic *apic)
{
    unsigned int code = (apic->divide >> 1 & 4) | (apic->divide & 3);

    return BUS_NS << ((code + 1) & 7);
}

static uint64_t period_ns(const struct lapic *apic)
{
    uint64_t period = apic->initial * tick_ns(apic);

    return mode(apic) == PERIODIC ? MAX(period, PERIOD_MIN_NS) : period;
}

uint32_t lapic_timer_count(const struct lapic *apic)
{
    uint64_t gone, period = period_ns(apic);

    if (!apic->initial || mode(apic) == DEADLINE)
        return 0;
    gone = apic->owner->now(apic->ctx) - apic->started;
    if (mode(apic) == PERIODIC)
        gone %= period;
    if (gone >= period)
        return 0;
    /* A period that was too short is longer than its count. */
    return (uint32_t)MIN((period - gone) / tick_ns(apic), (uint64_t)apic->initial);
}

void lapic_timer_start(struct lapic *apic, uint32_t count)
{
    if (mode(apic) == DEADLINE)
        return;
    apic->initial = count;
    apic->started = apic->owner->now(apic->ctx);
    apic->owner->timer(apic->ctx, count ? apic->started + period_ns(apic) : 0);
}

void lapic_timer_restore(struct lapic *apic, uint32_t initial, uint32_t left)
{
    uint64_t gone;

    if (mode(apic) == DEADLINE)
        return;
    apic->initial = initial;
    gone = period_ns(apic) - MIN(left * tick_ns(apic), period_ns(apic));
    apic->started = apic->owner->now(apic->ctx) - gone;
    /* A count that had come to its end stays there. */
    apic->owner->timer(apic->ctx, left ? apic->started + period_ns(apic) : 0);
}

void lapic_timer_mode(struct lapic *apic, uint32_t lvt)
{
    if (mode_of(lvt) == mode(apic))
        return;
    apic->initial = 0;
    apic->deadline_tsc = 0;
    apic->owner->timer(apic->ctx, 0);
}

void lapic_timer_divide(struct lapic *apic, uint32_t divide)
{
    bool runs = lapic_timer_count(apic);

    apic->divide = divide;
    if (runs) /* from the start, at the new pace */
        lapic_timer_start(apic, apic->initial);
}

uint64_t lapic_deadline_read(const struct lapic *apic)
{
    return mode(apic) == DEADLINE ? apic->deadline_tsc : 0;
}

void lapic_deadline_write(struct lapic *apic, uint64_t tsc)
{
    if (mode(apic) != DEADLINE)
        return;
    apic->deadline_tsc = tsc;
    /* One that has passed fires at once: a deadline of 1 ns is in the past, too. */
    apic->owner->timer(apic->ctx, tsc ? MAX(apic->owner->tsc_to_ns(apic->ctx, tsc), 1ULL) : 0);
}

void lapic_timer_fired(struct lapic *apic)
{
    switch (mode(apic)) {
    case PERIODIC:
        if (!apic->initial)
            return;
        /* Ticks that were missed are not made up for. */
        apic->started = apic->owner->now(apic->ctx);
        apic->owner->timer(apic->ctx, apic->started + period_ns(apic));
        break;
    case DEADLINE:
        if (!apic->deadline_tsc)
            return;
        apic->deadline_tsc = 0;
        break;
    default:
        break;
    }
    lapic_local(apic, 0);
}
