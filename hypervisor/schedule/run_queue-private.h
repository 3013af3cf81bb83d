/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One CPU's run queue: who waits, in which order, and what the running unit has used. Nothing here
 * knows of other CPUs; schedule.c does. The caller holds the queue's lock throughout. */
#ifndef SCHEDULE_RUN_QUEUE_PRIVATE_H
#define SCHEDULE_RUN_QUEUE_PRIVATE_H

#include "machine/spinlock.h"
#include "schedule/schedule.h"
#include "schedule/timer.h"

/* Caps are kept over periods of this length. */
#define SCHED_CAP_PERIOD_NS 30000000ULL
/* How far a unit that slept may come in front of the others, so that it answers soon. */
#define SCHED_WAKE_BONUS_NS (SCHED_SLICE_NS / 2)
/* How far behind the others a unit may come into a queue, or before them from another CPU: units
 * that are moved around keep most of what they are owed, and nobody waits long for it. */
#define SCHED_LAG_NS (4 * SCHED_SLICE_NS)
/* Within a slice, a unit gives way only to one that is this much before it. */
#define SCHED_GRANULARITY_NS 1000000ULL

struct run_queue {
    struct spinlock lock;
    unsigned int cpu;
    struct list waiting;        /* runnable units, least vruntime first */
    struct list capped;         /* those that wait for their next cap period */
    unsigned int count;         /* length of waiting; others read it without the lock */
    uint64_t load;              /* weights of the waiting and the running unit; likewise */
    uint64_t floor;             /* vruntime that nobody here is below by much; never goes back */
    struct sched_unit *running, *idle;
    bool yielded;               /* the running unit wants the others to go first */
    uint64_t slice_end;         /* system time until which it may run while others wait */
    uint64_t balanced;          /* when this queue last looked at the others */
    struct timer slice_timer, cap_timer;
};

/* Moves the unit's vruntime into the range in which a unit may enter this queue: at most `ahead` in
 * front of the others (up to SCHED_LAG_NS), at most SCHED_LAG_NS by its weight behind. */
void run_queue_place(struct run_queue *q, struct sched_unit *unit, uint64_t ahead, uint64_t now);
/* Puts a unit in: among the waiting, or among the capped when its cap is used up. */
void run_queue_insert(struct run_queue *q, struct sched_unit *unit, uint64_t now);
/* Takes a queued unit out. */
void run_queue_remove(struct run_queue *q, struct sched_unit *unit);
/* Makes a unit that is not queued the running one. */
void run_queue_run(struct run_queue *q, struct sched_unit *unit, uint64_t now);
/* Books what the running unit has run until now. */
void run_queue_charge(struct run_queue *q, uint64_t now);
/* vruntime of the running unit at `now`, booked or not. */
uint64_t run_queue_running_vruntime(const struct run_queue *q, uint64_t now);
/* The waiting unit whose turn it is, or NULL. */
struct sched_unit *run_queue_first(const struct run_queue *q);
/* The first waiting unit that may run on that CPU; `preferred`: only one that likes to. */
struct sched_unit *run_queue_first_for(const struct run_queue *q, unsigned int cpu,
                                       bool preferred);
/* Lets those wait whose cap period is over. */
void run_queue_uncap(struct run_queue *q, uint64_t now);

/* What is left of the unit's cap in the period that `now` is in; UINT64_MAX: no cap. */
uint64_t sched_cap_left(struct sched_unit *unit, uint64_t now);

#endif
