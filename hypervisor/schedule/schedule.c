/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scheduler: switching, waking and putting to sleep. Who is next on one CPU is run_queue.c's
 * matter, who moves between CPUs balance.c's.
 *
 * Locks: a unit's state belongs to its CPU's queue lock; two are taken in the order of their
 * numbers. Interrupt handlers wake units, so interrupts are off while one is held. Under it come
 * the timers' locks only.
 *
 * No wake-up is lost between a unit that comes in and a CPU that goes idle: the one puts the unit
 * in its queue and then looks for idle CPUs, the other says that it is idle and then looks into
 * the queues. */
#include "schedule/schedule-private.h"

#include <xen/errno.h>

#include "lib/bits.h"
#include "machine/time.h"
#include "schedule/softirq.h"

struct run_queue run_queues[MAX_CPUS];
cpumask_t sched_cpus, sched_idle_cpus;
const struct sched_hooks *sched_hooks;

uint64_t sched_unit_lock(const struct sched_unit *unit)
{
    uint64_t flags = irq_save();

    for (;;) {
        unsigned int cpu = READ_ONCE(unit->cpu);

        spin_lock(&run_queues[cpu].lock);
        if (cpu == unit->cpu)
            return flags;
        spin_unlock(&run_queues[cpu].lock);
    }
}

void sched_unit_unlock(const struct sched_unit *unit, uint64_t flags)
{
    spin_unlock_irqrestore(&run_queues[unit->cpu].lock, flags);
}

/* Has the slice timer come when the running unit has to be looked at again, if ever. */
static void arm_slice(struct run_queue *q, uint64_t now)
{
    uint64_t deadline = UINT64_MAX, cap;

    if (!q->running->idle) {
        cap = sched_cap_left(q->running, now);
        if (q->count)
            deadline = q->slice_end;
        if (cap != UINT64_MAX)
            deadline = MIN(deadline, q->running->started + cap);
    }
    if (deadline == UINT64_MAX)
        timer_stop(&q->slice_timer);
    else if (!timer_is_set(&q->slice_timer) || q->slice_timer.deadline != deadline)
        timer_set(&q->slice_timer, deadline);
}

static bool may_run_on(const struct sched_unit *unit, unsigned int cpu)
{
    return bit_test(&unit->hard_affinity, cpu);
}

/* The idle CPU that a unit would like best, which is then not idle for others any more; -1 if
 * there is none. */
static int claim_idle_cpu(const struct sched_unit *unit)
{
    cpumask_t idle, wanted;
    unsigned int cpu;

    /* Orders this after the unit's being put in a queue; see the top of the file. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    idle = READ_ONCE(sched_idle_cpus) & unit->hard_affinity;
    wanted = idle & unit->soft_affinity;
    for_each_cpu(cpu, wanted)
        if (atomic_bit_test_and_clear(&sched_idle_cpus, cpu))
            return (int)cpu;
    for_each_cpu(cpu, idle & ~wanted)
        if (atomic_bit_test_and_clear(&sched_idle_cpus, cpu))
            return (int)cpu;
    return -1;
}

void sched_announce(struct run_queue *q, const struct sched_unit *unit, uint64_t now)
{
    int idle;

    /* Nobody can take it yet, and sched_saved announces it; or its cap timer does. */
    if (!unit->saved || unit->capped)
        return;
    if (q->running->idle) {
        atomic_bit_clear(&sched_idle_cpus, q->cpu);
        softirq_raise_on(q->cpu, SOFTIRQ_SCHEDULE);
        if (q->count == 1)
            return;
        /* That one is about to run another unit. */
    }
    idle = claim_idle_cpu(unit);
    if (idle >= 0)
        softirq_raise_on((unsigned int)idle, SOFTIRQ_SCHEDULE);
    else if (!q->running->idle &&
             unit->vruntime + SCHED_GRANULARITY_NS < run_queue_running_vruntime(q, now))
        softirq_raise_on(q->cpu, SOFTIRQ_SCHEDULE);
    /* Also where an idle CPU was told: it may find something else to do first. */
    arm_slice(q, now);
}

/* Who should run on this CPU: the running unit, a waiting one or the idle one. */
static struct sched_unit *choose(struct run_queue *q, uint64_t now)
{
    struct sched_unit *prev = q->running, *first = run_queue_first(q);
    bool stays = !prev->idle && sched_hooks->runnable(prev) && may_run_on(prev, q->cpu) &&
                 sched_cap_left(prev, now) > 0;
    uint64_t lead = now < q->slice_end ? SCHED_GRANULARITY_NS : 0;

    if (!stays)
        return first ? first : q->idle;
    if (!first)
        return prev;
    return q->yielded || first->vruntime + lead < prev->vruntime ? first : prev;
}

/* As choose, but looks at the other CPUs before it settles for nothing. Drops the lock then. */
static struct sched_unit *choose_or_steal(struct run_queue *q, uint64_t now)
{
    struct sched_unit *next = choose(q, now);

    if (next->idle) {
        atomic_bit_set(&sched_idle_cpus, q->cpu);
        spin_unlock(&q->lock);
        sched_steal(q->cpu, now);
        spin_lock(&q->lock);
        next = choose(q, now);
    }
    if (!next->idle)
        atomic_bit_clear(&sched_idle_cpus, q->cpu);
    return next;
}

/* Takes the running unit off its CPU, and back into the queue if it wants more. */
static void put_away(struct run_queue *q, struct sched_unit *prev, uint64_t now)
{
    if (!prev->idle)
        prev->saved = false;
    __atomic_store_n(&prev->running, false, __ATOMIC_RELEASE);
    sched_hooks->stopped(prev, now);
    /* One that may not run here any more is found another CPU by sched_saved. */
    if (!prev->idle && sched_hooks->runnable(prev) && may_run_on(prev, q->cpu))
        run_queue_insert(q, prev, now);
}

/* SOFTIRQ_SCHEDULE. Returns only if the unit that runs stays. */
static void schedule(void)
{
    struct run_queue *q = &run_queues[this_cpu()];
    struct sched_unit *prev, *next;
    uint64_t now;

    irq_disable();
    sched_balance(q->cpu, system_time());
    spin_lock(&q->lock);
    now = system_time();
    run_queue_charge(q, now);
    prev = q->running;
    next = choose_or_steal(q, now);
    if (next == prev) {
        q->yielded = false;
        if (now >= q->slice_end)
            q->slice_end = now + SCHED_SLICE_NS;
        arm_slice(q, now);
        spin_unlock(&q->lock);
        irq_enable();
        return;
    }

    if (next->queued)
        run_queue_remove(q, next);
    run_queue_run(q, next, now);
    put_away(q, prev, now);
    sched_hooks->started(next, now);
    arm_slice(q, now);
    spin_unlock(&q->lock);
    sched_hooks->switch_to(prev, next);
}

void sched_saved(struct sched_unit *prev)
{
    uint64_t flags = sched_unit_lock(prev);

    __atomic_store_n(&prev->saved, true, __ATOMIC_RELEASE);
    if (prev->queued)
        sched_announce(&run_queues[prev->cpu], prev, system_time());
    sched_unit_unlock(prev, flags);
    if (!prev->idle && !may_run_on(prev, READ_ONCE(prev->cpu)))
        sched_wake(prev);
}

/* The slice or the cap of the running unit is over; on its CPU. */
static void slice_over(void *unused)
{
    softirq_raise(SOFTIRQ_SCHEDULE);
}

static void cap_period_over(void *data)
{
    struct run_queue *q = data;
    uint64_t flags = spin_lock_irqsave(&q->lock), now = system_time();
    struct sched_unit *unit;

    run_queue_uncap(q, now);
    list_for_each(unit, &q->waiting, queue)
        sched_announce(q, unit, now);
    spin_unlock_irqrestore(&q->lock, flags);
}

void sched_init(const struct sched_hooks *hooks)
{
    sched_hooks = hooks;
    softirq_register(SOFTIRQ_SCHEDULE, schedule);
}

void sched_init_cpu(unsigned int cpu, struct sched_unit *idle)
{
    struct run_queue *q = &run_queues[cpu];

    sched_unit_init(idle, cpu, CPUMASK_OF(cpu));
    idle->idle = idle->running = true;
    idle->soft_affinity = CPUMASK_OF(cpu);
    idle->started = system_time();

    *q = (struct run_queue){
        .cpu = cpu,
        .running = idle,
        .idle = idle,
        .floor = SCHED_LAG_NS,
    };
    list_init(&q->waiting);
    list_init(&q->capped);
    timer_init(&q->slice_timer, slice_over, NULL, cpu);
    timer_init(&q->cap_timer, cap_period_over, q, cpu);
    atomic_bit_set(&sched_idle_cpus, cpu);
    atomic_bit_set(&sched_cpus, cpu);
}

void sched_unit_init(struct sched_unit *unit, unsigned int cpu, cpumask_t able)
{
    *unit = (struct sched_unit){
        .cpu = cpu,
        .saved = true,
        .weight = SCHED_DEFAULT_WEIGHT,
        .able = able,
        .hard_affinity = able,
        .soft_affinity = ~0ULL,
    };
    list_init(&unit->queue);
}

void sched_unit_remove(struct sched_unit *unit)
{
    uint64_t flags = sched_unit_lock(unit);

    if (unit->queued)
        run_queue_remove(&run_queues[unit->cpu], unit);
    sched_unit_unlock(unit, flags);
}

void sched_wake(struct sched_unit *unit)
{
    uint64_t flags = sched_unit_lock(unit), now;
    struct run_queue *q;

    while (!may_run_on(unit, unit->cpu)) {
        unsigned int cpu = sched_pick_cpu(unit);

        sched_unit_unlock(unit, flags);
        sched_move(unit, cpu);
        flags = sched_unit_lock(unit);
        if (unit->running)
            break;
    }

    if (!unit->queued && !unit->running && sched_hooks->runnable(unit)) {
        q = &run_queues[unit->cpu];
        now = system_time();
        run_queue_place(q, unit, SCHED_WAKE_BONUS_NS, now);
        run_queue_insert(q, unit, now);
        sched_hooks->woken(unit, now);
        sched_announce(q, unit, now);
    }
    sched_unit_unlock(unit, flags);
}

void sched_sleep(struct sched_unit *unit)
{
    uint64_t flags = sched_unit_lock(unit);

    if (!sched_hooks->runnable(unit)) {
        if (unit->queued) {
            run_queue_remove(&run_queues[unit->cpu], unit);
            sched_hooks->stopped(unit, system_time());
        } else if (unit->running) {
            softirq_raise_on(unit->cpu, SOFTIRQ_SCHEDULE);
        }
    }
    sched_unit_unlock(unit, flags);
}

void sched_sleep_sync(struct sched_unit *unit)
{
    sched_sleep(unit);
    while (__atomic_load_n(&unit->running, __ATOMIC_ACQUIRE) ||
           !__atomic_load_n(&unit->saved, __ATOMIC_ACQUIRE))
        cpu_relax();
}

void sched_give_way(void)
{
    struct run_queue *q = &run_queues[this_cpu()];
    uint64_t flags = spin_lock_irqsave(&q->lock);

    if (q->count) {
        q->yielded = true;
        softirq_raise(SOFTIRQ_SCHEDULE);
    }
    spin_unlock_irqrestore(&q->lock, flags);
}

int sched_set_affinity(struct sched_unit *unit, cpumask_t hard, cpumask_t soft)
{
    uint64_t flags;

    hard &= unit->able;
    if (!(hard & sched_cpus))
        return -XEN_EINVAL;

    flags = sched_unit_lock(unit);
    unit->hard_affinity = hard;
    unit->soft_affinity = soft;
    while (!unit->running && !may_run_on(unit, unit->cpu)) {
        unsigned int cpu = sched_pick_cpu(unit);

        sched_unit_unlock(unit, flags);
        sched_move(unit, cpu);
        flags = sched_unit_lock(unit);
    }
    if (unit->running && !may_run_on(unit, unit->cpu))
        softirq_raise_on(unit->cpu, SOFTIRQ_SCHEDULE);
    else if (unit->queued)
        sched_announce(&run_queues[unit->cpu], unit, system_time());
    sched_unit_unlock(unit, flags);
    return 0;
}

void sched_set_share(struct sched_unit *unit, uint32_t weight, uint32_t cap)
{
    uint64_t flags = sched_unit_lock(unit), now = system_time();
    struct run_queue *q = &run_queues[unit->cpu];
    bool queued = unit->queued;

    if (unit->running)
        run_queue_charge(q, now);
    if (queued)
        run_queue_remove(q, unit);
    weight = MIN(MAX(weight, SCHED_MIN_WEIGHT), SCHED_MAX_WEIGHT);
    if (unit->running)
        WRITE_ONCE(q->load, q->load - unit->weight + weight);
    unit->weight = weight;
    unit->cap = cap;
    unit->cap_used = 0;
    if (queued) {
        run_queue_insert(q, unit, now);
        sched_announce(q, unit, now);
    }
    arm_slice(q, now);
    sched_unit_unlock(unit, flags);
}

uint64_t sched_runtime(const struct sched_unit *unit)
{
    uint64_t flags = sched_unit_lock(unit), now = system_time(), ran = unit->runtime;

    if (unit->running)
        ran += now - MIN(now, unit->started);
    sched_unit_unlock(unit, flags);
    return ran;
}

uint64_t sched_idle_time(unsigned int cpu)
{
    return sched_runtime(run_queues[cpu].idle);
}

struct sched_unit *sched_running_on(unsigned int cpu)
{
    return READ_ONCE(run_queues[cpu].running);
}
