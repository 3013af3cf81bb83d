/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's clock: nanoseconds since boot, made from the TSC, and each CPU's one-shot timer. */
#ifndef MACHINE_TIME_H
#define MACHINE_TIME_H

#include "lib/compiler.h"

/* What turns TSC ticks into nanoseconds, in the form the guest ABI has (vcpu_time_info, xen.h):
 * ns = ((ticks << shift, or >> -shift) * mul) >> 32. */
struct tsc_scale {
    uint32_t mul;
    int8_t shift;
};

extern struct tsc_scale tsc_scale;
/* TSC ticks in a thousandth of a second, as measured at boot. */
extern uint32_t tsc_khz;
/* The TSC's value at system time 0. */
extern uint64_t tsc_at_boot;

/* Nanoseconds since boot, the same on every CPU, never going back. Any context. */
uint64_t system_time(void);
/* The scale for a TSC of `hz` ticks a second, at least 1000, with `mul` as big as it goes. */
struct tsc_scale tsc_scale_for(uint64_t hz);
/* System time at a TSC reading. */
uint64_t tsc_to_system_time(uint64_t tsc);
/* Finds the scale against the HPET or the PM timer. Boot CPU, once, after the ACPI tables. */
void time_init(void);
/* Seconds since 1970 from the CMOS clock. */
uint64_t cmos_time_read(void);
/* Has this CPU's timer interrupt come at that system time, or at once if it has passed;
 * UINT64_MAX: not at all. Interrupts off. */
void cpu_timer_arm(uint64_t deadline);
/* Called by each CPU's timer interrupt; set once by schedule/. */
extern void (*timer_interrupt_hook)(void);

#endif
