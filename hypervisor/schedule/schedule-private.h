/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the scheduler's files share. */
#ifndef SCHEDULE_SCHEDULE_PRIVATE_H
#define SCHEDULE_SCHEDULE_PRIVATE_H

#include "schedule/run_queue-private.h"

extern struct run_queue run_queues[MAX_CPUS];
/* CPUs that run units; those of them that have nothing to do. Atomic. */
extern cpumask_t sched_cpus, sched_idle_cpus;
extern const struct sched_hooks *sched_hooks;

/* A unit has just been put into q: tells the CPU that should run it. q's lock held. */
void sched_announce(struct run_queue *q, const struct sched_unit *unit, uint64_t now);

/* The CPU where a unit should wait: one it may run on, if it can be an idle one that it prefers.
 * Its queue's lock held. */
unsigned int sched_pick_cpu(const struct sched_unit *unit);
/* Moves a unit that must leave its CPU, and does not run, to another one; does nothing when that
 * is no longer so. No lock held. */
void sched_move(struct sched_unit *unit, unsigned int cpu);
/* Brings a waiting unit from another CPU to this one, which has none. Interrupts off, no lock. */
void sched_steal(unsigned int cpu, uint64_t now);
/* Now and then gives a waiting unit to a CPU that has less to do. Interrupts off, no lock. */
void sched_balance(unsigned int cpu, uint64_t now);

#endif
