/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers: a function is called on a chosen CPU when the system time has reached a deadline. */
#ifndef SCHEDULE_TIMER_H
#define SCHEDULE_TIMER_H

#include "lib/compiler.h"

struct timer {
    uint64_t deadline;        /* ns of system time */
    void (*fn)(void *data);   /* called as a softirq, interrupts on, no lock held */
    void *data;
    unsigned int cpu;         /* whose heap it is in, or will be */
    bool set;                 /* it is in that heap */

    /* Links of the heap: the first of its children, the sibling to the right, and the one to the
     * left (the parent, for a first child). */
    struct timer *child, *next, *prev;
};

/* Prepares a timer that will fire on that CPU. */
void timer_init(struct timer *timer, void (*fn)(void *), void *data, unsigned int cpu);
/* Sets (or moves) the deadline. A deadline in the past fires at once. Any context. */
void timer_set(struct timer *timer, uint64_t deadline);
/* Takes the deadline away. The function may just be running on its CPU. Any context. */
void timer_stop(struct timer *timer);
/* As timer_stop, and waits until the function does not run any more. Not from the function, and
 * with interrupts on. */
void timer_kill(struct timer *timer);
/* Lets it fire on another CPU from now on; a deadline stays. Any context. */
void timer_migrate(struct timer *timer, unsigned int cpu);
bool timer_is_set(const struct timer *timer);

/* Registers the softirq; called once a CPU at boot. */
void timers_init_cpu(unsigned int cpu);
/* The timer interrupt's handler: marks the softirq. */
void timer_interrupt(void);

#endif
