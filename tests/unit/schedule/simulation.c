/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few CPUs and units in simulated time; see simulation.h. Time goes from one thing that happens
 * to the next: a timer interrupt, the end of a burst, a wake-up. */
#include "simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/schedule-private.h"
#include "schedule/softirq.h"
#include "schedule/timer.h"

struct worker workers[MAX_UNITS];
unsigned int sim_unsaved, sim_twice, sim_misplaced, sim_wasted;
void (*sim_before_saved)(struct sched_unit *prev);

static unsigned int nr_workers;
static struct sched_unit idle_units[MAX_CPUS];

static struct worker *worker_of(const struct sched_unit *unit)
{
    return container_of(unit, struct worker, unit);
}

static bool runnable(const struct sched_unit *unit)
{
    return worker_of(unit)->awake;
}

static void stopped(struct sched_unit *unit, uint64_t now)
{
}

static void started(struct sched_unit *unit, uint64_t now)
{
    struct worker *w = worker_of(unit);

    if (unit->idle)
        return;
    w->starts++;
    sim_unsaved += !unit->saved;
    sim_misplaced += !(unit->hard_affinity & CPUMASK_OF(fake_cpu)) || unit->cpu != fake_cpu;
    for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
        sim_twice += cpu != fake_cpu && sched_running_on(cpu) == unit;
    if (w->woken_at) {
        w->worst_wait = MAX(w->worst_wait, now - w->woken_at);
        w->woken_at = 0;
    }
}

static void woken(struct sched_unit *unit, uint64_t now)
{
    worker_of(unit)->woken_at = now;
}

static void switch_to(struct sched_unit *prev, struct sched_unit *next)
{
    if (irq_enabled() || fake_locks_held)
        abort();
    if (sim_before_saved)
        sim_before_saved(prev);
    sched_saved(prev);
    irq_enable();
}

static const struct sched_hooks hooks = {
    .runnable = runnable,
    .stopped = stopped,
    .started = started,
    .woken = woken,
    .switch_to = switch_to,
};

void sim_start(unsigned int cpus)
{
    fake_machine_init(cpus);
    memset(workers, 0, sizeof(workers));
    nr_workers = 0;
    sim_unsaved = sim_twice = sim_misplaced = sim_wasted = 0;
    sim_before_saved = NULL;
    fake_now = 1;
    sched_cpus = sched_idle_cpus = 0;
    sched_init(&hooks);
    for (fake_cpu = 0; fake_cpu < cpus; fake_cpu++) {
        timers_init_cpu(fake_cpu);
        sched_init_cpu(fake_cpu, &idle_units[fake_cpu]);
    }
    fake_cpu = 0;
    sim_settle();
}

void sim_worker(unsigned int i, unsigned int cpu, uint64_t burst, uint64_t pause)
{
    workers[i] = (struct worker){
        .burst = burst,
        .pause = pause,
        .left = burst,
        .wakes_at = UINT64_MAX,
    };
    sched_unit_init(&workers[i].unit, cpu, ~0ULL);
    nr_workers = MAX(nr_workers, i + 1);
}

void sim_wake(unsigned int i)
{
    workers[i].awake = true;
    workers[i].wakes_at = UINT64_MAX;
    sched_wake(&workers[i].unit);
}

void sim_sleep(unsigned int i)
{
    workers[i].awake = false;
    sched_sleep(&workers[i].unit);
}

void sim_settle(void)
{
    unsigned int home = fake_cpu;
    bool again = true;

    while (again) {
        again = false;
        for (fake_cpu = 0; fake_cpu < cpu_count; fake_cpu++) {
            fake_poked[fake_cpu] = false;
            if (fake_timer[fake_cpu] <= fake_now) {
                fake_timer[fake_cpu] = UINT64_MAX;
                timer_interrupt();
            }
            again |= softirq_pending();
            softirq_process();
        }
    }
    fake_cpu = home;
}

/* After everybody had a chance to: does a CPU idle that a waiting unit could have? */
static void look_for_waste(void)
{
    for (unsigned int i = 0; i < nr_workers; i++) {
        const struct sched_unit *unit = &workers[i].unit;

        if (!workers[i].awake || unit->running || unit->capped)
            continue;
        for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
            sim_wasted += (unit->hard_affinity & CPUMASK_OF(cpu)) &&
                          sched_running_on(cpu)->idle;
    }
}

/* The next time at which something happens, at most `end`. */
static uint64_t next_event(uint64_t end)
{
    for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
        end = MIN(end, fake_timer[cpu]);
    for (unsigned int i = 0; i < nr_workers; i++) {
        end = MIN(end, workers[i].wakes_at);
        if (workers[i].unit.running && workers[i].burst)
            end = MIN(end, fake_now + workers[i].left);
    }
    return MAX(end, fake_now);
}

static void advance_to(uint64_t time)
{
    uint64_t step = time - fake_now;

    for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
        struct sched_unit *unit = sched_running_on(cpu);

        if (unit->idle)
            continue;
        worker_of(unit)->ran += step;
        worker_of(unit)->ran_on[cpu] += step;
        worker_of(unit)->left -= MIN(worker_of(unit)->left, step);
    }
    fake_now = time;
}

/* What the workers do by themselves at this time. */
static void workers_act(void)
{
    for (unsigned int i = 0; i < nr_workers; i++) {
        struct worker *w = &workers[i];

        if (w->wakes_at <= fake_now) {
            sim_wake(i);
        } else if (w->unit.running && w->burst && !w->left) {
            fake_cpu = w->unit.cpu;
            w->left = w->burst;
            w->wakes_at = fake_now + w->pause;
            sim_sleep(i);
            fake_cpu = 0;
        }
    }
}

void sim_run(uint64_t ns)
{
    uint64_t end = fake_now + ns;

    sim_settle();
    while (fake_now < end) {
        advance_to(next_event(end));
        workers_act();
        sim_settle();
        look_for_waste();
    }
}

void sim_reset_counts(void)
{
    for (unsigned int i = 0; i < nr_workers; i++) {
        workers[i].ran = workers[i].starts = 0;
        workers[i].worst_wait = 0;
        memset(workers[i].ran_on, 0, sizeof(workers[i].ran_on));
    }
}

unsigned int sim_percent(unsigned int i, uint64_t ns)
{
    return (unsigned int)((workers[i].ran * 100 + ns / 2) / ns);
}
