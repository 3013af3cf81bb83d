/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time. (xen/xen.h: vcpu_time_info) */
#include "micro.h"

#include <xen/sched.h>

uint64_t time_ns(void)
{
    const volatile struct vcpu_time_info *time = &shared_info->vcpu_info[0].time;
    uint64_t ticks, result;
    uint32_t version, low, high;

    do {
        version = time->version;
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
        ticks = ((uint64_t)high << 32 | low) - time->tsc_timestamp;
        ticks = time->tsc_shift < 0 ? ticks >> -time->tsc_shift : ticks << time->tsc_shift;
        result = time->system_time +
                 (uint64_t)((unsigned __int128)ticks * time->tsc_to_system_mul >> 32);
        __asm__ volatile("" ::: "memory");
    } while (version != time->version || (version & 1));
    return result;
}

void nap(uint64_t ns)
{
    struct sched_poll poll = {.timeout = time_ns() + ns};

    (void)call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll);
}
