/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which unit of work runs where, and for how long. A unit is what a vCPU embeds; each CPU has a
 * queue ordered by weighted run time, and an idle unit that runs when the queue is empty.
 *
 *   blocked --sched_wake--> queued --chosen--> running --slice over--> queued
 *      ^                                         |
 *      +------------- not runnable --------------+
 */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include "lib/list.h"
#include "machine/percpu.h"

#define SCHED_DEFAULT_WEIGHT 256
#define SCHED_MIN_WEIGHT     1
#define SCHED_MAX_WEIGHT     65535
#define SCHED_SLICE_NS       10000000ULL

struct sched_unit {
    struct list queue;         /* in its CPU's run queue while queued */
    unsigned int cpu;          /* whose queue; changes under both queues' locks only */
    bool queued, running, idle;
    bool capped;               /* queued, but has to wait for its next cap period */
    bool saved;                /* its registers are in memory, any CPU may run it */
    uint64_t vruntime;         /* ns run, divided by weight / SCHED_DEFAULT_WEIGHT */
    uint64_t started;          /* system time when it was put on its CPU */
    uint64_t runtime;          /* ns run in all, without the current stretch */
    uint32_t weight;
    uint32_t cap;              /* percent of one CPU at most; 0: no limit */
    uint64_t cap_used;         /* ns used in the current cap period */
    uint64_t cap_period;       /* number of that period */
    cpumask_t able;            /* CPUs that can run it at all */
    cpumask_t hard_affinity;   /* those of them that it may run on */
    cpumask_t soft_affinity;   /* CPUs it prefers */
};

/* What the scheduler has to ask and tell the rooms above. */
struct sched_hooks {
    /* May this unit run now? Called with the queue's lock held; must not sleep or wake. */
    bool (*runnable)(const struct sched_unit *unit);
    /* The unit stops running (or, queued, being runnable) at `now`; starts running then. Queue's
     * lock held. */
    void (*stopped)(struct sched_unit *unit, uint64_t now);
    void (*started)(struct sched_unit *unit, uint64_t now);
    /* A unit that was blocked is runnable from `now` on and waits. Queue's lock held. */
    void (*woken)(struct sched_unit *unit, uint64_t now);
    /* Saves prev's registers, calls sched_saved(prev), loads next's and goes on with next.
     * Does not return. Interrupts off, no lock held. */
    void (*switch_to)(struct sched_unit *prev, struct sched_unit *next);
};

/* Once, before any unit exists. */
void sched_init(const struct sched_hooks *hooks);
/* Makes `idle` that CPU's idle unit, running there now. */
void sched_init_cpu(unsigned int cpu, struct sched_unit *idle);
/* Prepares a unit, blocked, on that CPU. `able`: the CPUs that can run it. */
void sched_unit_init(struct sched_unit *unit, unsigned int cpu, cpumask_t able);
/* Takes a unit that is not running out of its queue for good. */
void sched_unit_remove(struct sched_unit *unit);

/* The unit may have become runnable: queues it and pokes a CPU. Any context. */
void sched_wake(struct sched_unit *unit);
/* The unit may not be runnable any more: takes it off its CPU soon. Any context. */
void sched_sleep(struct sched_unit *unit);
/* As sched_sleep, and waits until it is off its CPU and its registers are saved. Interrupts on, no
 * lock held. The unit leaves its CPU when the hypervisor is about to go back to the guest there, so
 * nobody may do this to a unit that may itself be waiting here for the caller's: a domain's own
 * vCPUs do not do it to each other, and only a controlling domain does it to another's. */
void sched_sleep_sync(struct sched_unit *unit);
/* The running unit lets others of its CPU go first. */
void sched_give_way(void);
/* prev's registers are in memory now. Called by switch_to. */
void sched_saved(struct sched_unit *prev);

/* Keeps the unit's queue as it is until sched_unit_unlock: it does not start, stop or change its
 * runstate meanwhile. Returns what the other needs. */
uint64_t sched_unit_lock(const struct sched_unit *unit);
void sched_unit_unlock(const struct sched_unit *unit, uint64_t flags);

/* Moves the unit to CPUs of the mask; -XEN_EINVAL when none of them is online and can run it. */
int sched_set_affinity(struct sched_unit *unit, cpumask_t hard, cpumask_t soft);
/* Its weight against the others', clamped to the limits above, and its cap in percent. */
void sched_set_share(struct sched_unit *unit, uint32_t weight, uint32_t cap);
/* ns that the unit has run, up to now. */
uint64_t sched_runtime(const struct sched_unit *unit);
/* ns that a CPU had nothing to do, up to now. */
uint64_t sched_idle_time(unsigned int cpu);
/* The unit that runs on that CPU now. */
struct sched_unit *sched_running_on(unsigned int cpu);

#endif
