/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few CPUs and units in simulated time, under the real scheduler and timers. */
#ifndef TESTS_SCHEDULE_SIMULATION_H
#define TESTS_SCHEDULE_SIMULATION_H

#include "machine/machine.h"
#include "schedule/schedule.h"

#define MS        1000000ULL
#define MAX_UNITS 16

/* What one unit does. */
struct worker {
    struct sched_unit unit;
    bool awake;              /* whether it wants to run */
    uint64_t burst, pause;   /* runs that long, then sleeps that long; burst 0: runs for ever */
    uint64_t left;           /* of the burst */
    uint64_t wakes_at;       /* UINT64_MAX: not by itself */
    uint64_t woken_at;       /* when it was last woken */
    uint64_t ran;            /* ns, as the simulation counts it */
    uint64_t ran_on[MAX_CPUS];
    uint64_t worst_wait;     /* from being woken to running */
    unsigned int starts;
};

extern struct worker workers[MAX_UNITS];
/* Things that must never be: a unit started that is not saved, runs elsewhere, or may not run on
 * that CPU; a CPU idle while somebody waits who could run there. */
extern unsigned int sim_unsaved, sim_twice, sim_misplaced, sim_wasted;
/* Called, when set, where a switch has been decided and prev's registers are not saved yet. */
extern void (*sim_before_saved)(struct sched_unit *prev);

void sim_start(unsigned int cpus);
/* Makes unit i, asleep, on that CPU. burst and pause in ns; burst 0: never sleeps by itself. */
void sim_worker(unsigned int i, unsigned int cpu, uint64_t burst, uint64_t pause);
void sim_wake(unsigned int i);
void sim_sleep(unsigned int i);
/* Lets that much time pass. */
void sim_run(uint64_t ns);
/* Lets all CPUs do what they were asked to, without time passing. */
void sim_settle(void);
/* Forgets what the workers have run. */
void sim_reset_counts(void);
/* Percent of one CPU that unit i had over the last `ns`, counted since sim_reset_counts. */
unsigned int sim_percent(unsigned int i, uint64_t ns);

#endif
