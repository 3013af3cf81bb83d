/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deferred work: what an interrupt or another CPU asks for, and the CPU does on its way back to
 * a guest or in its idle loop, with interrupts on and no lock held. */
#ifndef SCHEDULE_SOFTIRQ_H
#define SCHEDULE_SOFTIRQ_H

#include "lib/compiler.h"

enum softirq {
    SOFTIRQ_TIMER,    /* expired timers are to be run */
    SOFTIRQ_WORK,     /* the CPU's work list is not empty */
    SOFTIRQ_SCHEDULE, /* somebody else may be due on this CPU; last, since it may not return */
    SOFTIRQ_COUNT
};

typedef void (*softirq_handler)(void);

/* Names the function that does this work. Boot only. */
void softirq_register(enum softirq nr, softirq_handler handler);
/* Asks for the work on this CPU. Any context. */
void softirq_raise(enum softirq nr);
/* Asks for it on that CPU, with an IPI if it is another one. Any context. */
void softirq_raise_on(unsigned int cpu, enum softirq nr);
/* Is work waiting on this CPU? */
bool softirq_pending(void);
/* Does all that waits, until nothing does. Interrupts on, base of the stack. */
void softirq_process(void);

/* A function to be called once, soon, on one CPU, outside interrupt context. */
struct work {
    struct work *next;
    void (*fn)(void *arg);
    void *arg;
    bool queued;
};

static inline void work_init(struct work *work, void (*fn)(void *), void *arg)
{
    *work = (struct work){.fn = fn, .arg = arg};
}

/* Queues the work on this CPU unless it is queued already. Any context. The caller keeps it
 * alive until it has run. */
void work_queue(struct work *work);

#endif
