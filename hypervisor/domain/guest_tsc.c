/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains' time-stamp counters; see guest_tsc.h. */
#include "domain/guest_tsc.h"

#include "domain/domain.h"
#include "machine/cpu.h"

#define MODE_DEFAULT        0
#define MODE_ALWAYS_EMULATE 1
#define MODE_NEVER_EMULATE  2
#define KHZ_MIN             1000U     /* slower ones are no clocks */
#define KHZ_MAX             20000000U /* none is as fast yet */
#define RATIO_SHIFT         48
#define PRECISE_SHIFT       30 /* clocks that differ by less than one in 2^30 are one */

typedef unsigned __int128 u128;

struct guest_tsc_scaling guest_tsc_scaling;

/* a / b, or UINT64_MAX for all that is more. (The compiler would call a library for it.) */
static uint64_t quotient(u128 a, uint64_t b)
{
    uint64_t low = (uint64_t)a, high = (uint64_t)(a >> 64);

    if (high >= b)
        return UINT64_MAX;
    __asm__("divq %2" : "+a"(low), "+d"(high) : "r"(b) : "cc");
    return low;
}

/* Its ticks for a tick of the machine's. Rates are compared by what makes nanoseconds of ticks, not
 * by kilohertz, which are rounded: the two clocks that a guest has, its TSC and the hypervisor's
 * time, must not drift apart. */
static uint64_t ratio_to(struct tsc_scale theirs)
{
    int shift = tsc_scale.shift - theirs.shift;
    u128 machine = (u128)tsc_scale.mul << RATIO_SHIFT;

    return shift >= 0 ? quotient(machine << shift, theirs.mul)
                      : quotient(machine, (uint64_t)theirs.mul << -shift);
}

uint32_t guest_tsc_khz(const struct domain *d)
{
    return d->tsc.khz ? d->tsc.khz : tsc_khz;
}

struct tsc_scale guest_tsc_scale(const struct domain *d)
{
    return d->tsc.khz ? tsc_scale_for(d->tsc.khz * 1000ULL) : tsc_scale;
}

static uint64_t scaled(const struct domain *d, uint64_t machine)
{
    return d->tsc.ratio ? (uint64_t)((u128)machine * d->tsc.ratio >> RATIO_SHIFT) : machine;
}

uint64_t guest_tsc_at(const struct domain *d, uint64_t machine)
{
    return scaled(d, machine) + d->tsc.offset;
}

uint64_t guest_tsc_now(const struct domain *d)
{
    return guest_tsc_at(d, tsc_read());
}

uint64_t guest_tsc_span(const struct domain *d, uint64_t ticks)
{
    return d->tsc.ratio ? quotient((u128)ticks << RATIO_SHIFT, d->tsc.ratio) : ticks;
}

void guest_tsc_move(struct domain *d, uint64_t value)
{
    d->tsc.offset = value - scaled(d, tsc_read());
}

/* One part in a hundred is measuring error. */
static bool same_clock(uint32_t khz)
{
    uint32_t difference = khz > tsc_khz ? khz - tsc_khz : tsc_khz - khz;

    return !khz || difference <= tsc_khz / 100;
}

/* The ratio as a CPU takes it. 0: none does, or too roughly. */
static uint64_t ratio_of_cpu(uint64_t ratio)
{
    uint64_t rest = ratio & ((1ULL << (RATIO_SHIFT - guest_tsc_scaling.fraction)) - 1);

    if (ratio >> RATIO_SHIFT >> guest_tsc_scaling.whole)
        return 0;
    return rest <= ratio >> PRECISE_SHIFT ? ratio - rest : 0;
}

/* Gives it another rate: by the CPU if that can, and if nobody wants it to be emulated. */
static void rate_set(struct domain *d, uint32_t khz)
{
    uint64_t by_cpu;

    d->tsc.khz = khz;
    d->tsc.ratio = ratio_to(guest_tsc_scale(d));
    by_cpu = d->pv || d->tsc.emulated ? 0 : ratio_of_cpu(d->tsc.ratio);
    if (by_cpu)
        d->tsc.ratio = by_cpu;
    else
        d->tsc.emulated = true;
}

int guest_tsc_set(struct domain *d, uint32_t mode, uint32_t khz, uint32_t incarnation)
{
    bool other_rate = mode != MODE_NEVER_EMULATE && !same_clock(khz);
    uint64_t shown = guest_tsc_now(d);

    if (mode > MODE_NEVER_EMULATE)
        return -XEN_EOPNOTSUPP;
    if (other_rate && (khz < KHZ_MIN || khz > KHZ_MAX))
        return -XEN_EINVAL;
    d->tsc.mode = mode;
    d->tsc.incarnation = incarnation;
    d->tsc.emulated = mode == MODE_ALWAYS_EMULATE;
    d->tsc.khz = 0;
    d->tsc.ratio = 0;
    if (other_rate)
        rate_set(d, khz);
    if (d->pv && !d->tsc.emulated)
        d->tsc.offset = 0; /* nothing stands between it and the machine's */
    else
        guest_tsc_move(d, shown);
    return 0;
}
