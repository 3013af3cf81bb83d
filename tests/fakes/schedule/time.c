/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers and times of day; see time.h. */
#include "schedule/time.h"

#include <stdio.h>
#include <stdlib.h>

#include "domain/vcpu.h"
#include "machine/machine.h"
#include "machine/time.h"

#define TIMERS 16

static struct timer *timers[TIMERS];
static unsigned int count;

void fake_timers_init(void)
{
    count = 0;
}

void timer_init(struct timer *timer, void (*fn)(void *), void *data, unsigned int cpu)
{
    if (count == TIMERS) {
        fprintf(stderr, "fake timers: too many\n");
        abort();
    }
    *timer = (struct timer){.fn = fn, .data = data, .cpu = cpu};
    timers[count++] = timer;
}

void timer_set(struct timer *timer, uint64_t deadline)
{
    timer->deadline = deadline;
    timer->set = true;
}

void timer_stop(struct timer *timer)
{
    timer->set = false;
}

void timer_kill(struct timer *timer)
{
    timer->set = false;
}

bool fake_timers_run(void)
{
    bool apart = true;

    for (unsigned int i = 0; i < count; i++) {
        if (!timers[i]->set || timers[i]->deadline > fake_now || !timers[i]->fn)
            continue;
        timers[i]->set = false;
        timers[i]->fn(timers[i]->data);
        if (timers[i]->set && timers[i]->deadline <= fake_now)
            apart = false;
    }
    return apart;
}

uint64_t tsc_to_system_time(uint64_t tsc)
{
    return tsc;
}

/* 2024-02-28 23:59:50 when the machine was turned on */
uint64_t domain_wallclock(const struct domain *d)
{
    return 1709164790ULL * 1000000000 + fake_now;
}
