/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nanoseconds as ticks of a clock of so many Hz, and back. Rates are below 2^24 Hz, so that nothing
 * overflows within the centuries that 64 bits of nanoseconds have. */
#ifndef HVM_PLATFORM_TICKS_H
#define HVM_PLATFORM_TICKS_H

#include "lib/compiler.h"

#define NS_PER_SECOND 1000000000ULL

/* No device has its timer set for less from now: a guest could keep the CPU busy with nothing else.
 */
#define TICK_MIN_NS 100000ULL

/* Whole ticks that have passed. */
static inline uint64_t ns_to_ticks(uint64_t ns, uint64_t hz)
{
    return ns / NS_PER_SECOND * hz + ns % NS_PER_SECOND * hz / NS_PER_SECOND;
}

/* When that many ticks have passed, not a nanosecond earlier. */
static inline uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    return ticks / hz * NS_PER_SECOND + DIV_ROUND_UP(ticks % hz * NS_PER_SECOND, hz);
}

#endif
