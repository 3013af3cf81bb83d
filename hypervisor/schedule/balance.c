/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving units between CPUs: because they must, because a CPU has nothing to do, or so that all get
 * their share although the units can't be split evenly. */
#include "schedule/schedule-private.h"

#include "lib/bits.h"
#include "machine/time.h"

/* How often a CPU with waiting units looks whether another one has less to do. */
#define BALANCE_NS 40000000ULL

static struct run_queue *lock_both(unsigned int a, unsigned int b)
{
    spin_lock(&run_queues[MIN(a, b)].lock);
    if (a != b)
        spin_lock(&run_queues[MAX(a, b)].lock);
    return &run_queues[a];
}

static void unlock_both(unsigned int a, unsigned int b)
{
    spin_unlock(&run_queues[a].lock);
    if (a != b)
        spin_unlock(&run_queues[b].lock);
}

/* Moves a unit that is not running. Both locks held. */
static void change_queue(struct sched_unit *unit, struct run_queue *from, struct run_queue *to,
                         uint64_t now)
{
    bool queued = unit->queued;

    if (queued)
        run_queue_remove(from, unit);
    WRITE_ONCE(unit->cpu, to->cpu);
    if (queued) {
        run_queue_place(to, unit, SCHED_LAG_NS, now);
        run_queue_insert(to, unit, now);
    }
}

/* The CPU of the mask with the least to do; the mask is not empty. */
static unsigned int least_loaded(cpumask_t mask)
{
    unsigned int cpu, best = bit_lowest(mask);

    for_each_cpu(cpu, mask)
        if (READ_ONCE(run_queues[cpu].load) < READ_ONCE(run_queues[best].load))
            best = cpu;
    return best;
}

unsigned int sched_pick_cpu(const struct sched_unit *unit)
{
    cpumask_t may = unit->hard_affinity & sched_cpus;
    cpumask_t idle = may & READ_ONCE(sched_idle_cpus);
    cpumask_t likes = unit->soft_affinity;

    if (idle & likes)
        return bit_lowest(idle & likes);
    if (idle)
        return bit_lowest(idle);
    return least_loaded(may & likes ? may & likes : may);
}

void sched_move(struct sched_unit *unit, unsigned int cpu)
{
    uint64_t flags = irq_save(), now = system_time();
    unsigned int old = READ_ONCE(unit->cpu);
    struct run_queue *from = lock_both(old, cpu), *to = &run_queues[cpu];

    if (unit->cpu == old && !unit->running && !bit_test(&unit->hard_affinity, old) &&
        bit_test(&unit->hard_affinity, cpu)) {
        change_queue(unit, from, to, now);
        if (unit->queued)
            sched_announce(to, unit, now);
    }
    unlock_both(old, cpu);
    irq_restore(flags);
}

/* Takes a unit from that CPU to `cpu` if there is one to be had. */
static bool steal_from(unsigned int victim, unsigned int cpu, bool preferred, uint64_t now)
{
    struct run_queue *from = &run_queues[victim];
    struct sched_unit *unit;

    /* One that is idle itself is about to run what waits there, the first of them. */
    if (READ_ONCE(from->count) <= (READ_ONCE(from->running) == from->idle))
        return false;

    lock_both(victim, cpu);
    unit = run_queue_first_for(from, cpu, preferred);
    if (unit)
        change_queue(unit, from, &run_queues[cpu], now);
    unlock_both(victim, cpu);
    return unit;
}

void sched_steal(unsigned int cpu, uint64_t now)
{
    cpumask_t others = sched_cpus & ~CPUMASK_OF(cpu);
    /* Begins above itself, so that not all thieves go to the same one. */
    cpumask_t above = others & ~(CPUMASK_OF(cpu) - 1);
    unsigned int victim;

    for (int preferred = 1; preferred >= 0; preferred--) {
        for_each_cpu(victim, above)
            if (steal_from(victim, cpu, preferred, now))
                return;
        for_each_cpu(victim, others & ~above)
            if (steal_from(victim, cpu, preferred, now))
                return;
    }
}

/* The unit that a CPU can best do without: the last in turn that `to` may have. Not one that likes
 * its own CPU better, and not one that would make `to` the busier of the two by more than `from`
 * is now. */
static struct sched_unit *surplus(const struct run_queue *from, const struct run_queue *to)
{
    struct sched_unit *unit, *last = NULL;

    list_for_each(unit, &from->waiting, queue) {
        bool likes = bit_test(&unit->soft_affinity, to->cpu) ||
                     !bit_test(&unit->soft_affinity, from->cpu);

        if (bit_test(&unit->hard_affinity, to->cpu) && likes &&
            to->load + unit->weight <= from->load)
            last = unit;
    }
    return last;
}

void sched_balance(unsigned int cpu, uint64_t now)
{
    struct run_queue *from = &run_queues[cpu], *to;
    cpumask_t others = sched_cpus & ~CPUMASK_OF(cpu);
    struct sched_unit *unit;
    unsigned int target;

    if (!others || !READ_ONCE(from->count) || now < from->balanced + BALANCE_NS)
        return;

    target = least_loaded(others);
    to = &run_queues[target];
    lock_both(cpu, target);
    from->balanced = now;
    unit = surplus(from, to);
    if (unit) {
        /* The other one is not to give it back at once. */
        to->balanced = now;
        change_queue(unit, from, to, now);
        sched_announce(to, unit, now);
    }
    unlock_both(cpu, target);
}
