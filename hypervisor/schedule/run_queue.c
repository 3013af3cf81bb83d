/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of one CPU's run queue.
 *
 * Each unit has a vruntime: the time it ran, counted slower the more weight it has. The one with
 * the least goes first, so that over time everybody gets a share by weight. Whoever slept gains
 * nothing by it but a small bonus: it comes in near the queue's floor, the least vruntime of those
 * that stayed. */
#include "schedule/run_queue-private.h"

#include "lib/bits.h"

static uint64_t weighted(uint64_t ns, uint32_t weight)
{
    return ns * SCHED_DEFAULT_WEIGHT / weight;
}

/* ns of a cap period that the unit may use. */
static uint64_t cap_quota(const struct sched_unit *unit)
{
    return SCHED_CAP_PERIOD_NS * unit->cap / 100;
}

uint64_t sched_cap_left(struct sched_unit *unit, uint64_t now)
{
    uint64_t period = now / SCHED_CAP_PERIOD_NS, quota = cap_quota(unit);

    if (!unit->cap)
        return UINT64_MAX;
    if (unit->cap_period < period) {
        /* What was used beyond the quota is paid back. */
        uint64_t quotas = (period - unit->cap_period) * quota;

        unit->cap_used -= MIN(unit->cap_used, quotas);
        unit->cap_period = period;
    }
    return unit->cap_used < quota ? quota - unit->cap_used : 0;
}

static void insert_by_vruntime(struct run_queue *q, struct sched_unit *unit)
{
    struct sched_unit *other;

    list_for_each(other, &q->waiting, queue)
        if (unit->vruntime < other->vruntime)
            break;
    list_add_before(&other->queue, &unit->queue);
    WRITE_ONCE(q->count, q->count + 1);
    WRITE_ONCE(q->load, q->load + unit->weight);
}

void run_queue_insert(struct run_queue *q, struct sched_unit *unit, uint64_t now)
{
    unit->queued = true;
    unit->capped = sched_cap_left(unit, now) == 0;
    if (!unit->capped) {
        insert_by_vruntime(q, unit);
        return;
    }
    list_add_tail(&q->capped, &unit->queue);
    if (!timer_is_set(&q->cap_timer))
        timer_set(&q->cap_timer, (now / SCHED_CAP_PERIOD_NS + 1) * SCHED_CAP_PERIOD_NS);
}

void run_queue_remove(struct run_queue *q, struct sched_unit *unit)
{
    list_del(&unit->queue);
    if (!unit->capped) {
        WRITE_ONCE(q->count, q->count - 1);
        WRITE_ONCE(q->load, q->load - unit->weight);
    }
    unit->queued = unit->capped = false;
}

void run_queue_run(struct run_queue *q, struct sched_unit *unit, uint64_t now)
{
    uint64_t load = q->load;

    if (!q->running->idle)
        load -= q->running->weight;
    if (!unit->idle)
        load += unit->weight;
    WRITE_ONCE(q->load, load);
    WRITE_ONCE(q->running, unit);
    WRITE_ONCE(unit->running, true);
    unit->started = now;
    q->yielded = false;
    q->slice_end = now + SCHED_SLICE_NS;
}

static void raise_floor(struct run_queue *q)
{
    const struct sched_unit *first = run_queue_first(q);
    uint64_t least = UINT64_MAX;

    if (!q->running->idle)
        least = q->running->vruntime;
    if (first)
        least = MIN(least, first->vruntime);
    if (least != UINT64_MAX)
        q->floor = MAX(q->floor, least);
}

void run_queue_charge(struct run_queue *q, uint64_t now)
{
    struct sched_unit *unit = q->running;
    uint64_t ran = now - MIN(now, unit->started);

    unit->runtime += ran;
    /* Another CPU may have booked it up to a moment later than this one's `now`. */
    unit->started = MAX(unit->started, now);
    if (!unit->idle) {
        unit->vruntime += weighted(ran, unit->weight);
        if (unit->cap) {
            /* First settles the periods that are over. */
            sched_cap_left(unit, now);
            unit->cap_used += ran;
        }
    }
    raise_floor(q);
}

void run_queue_place(struct run_queue *q, struct sched_unit *unit, uint64_t ahead, uint64_t now)
{
    uint64_t low, high;

    /* A unit that runs alone is booked rarely, and the floor with it. */
    run_queue_charge(q, now);
    low = q->floor - ahead;
    high = q->floor + weighted(SCHED_LAG_NS, unit->weight);
    unit->vruntime = MIN(MAX(unit->vruntime, low), high);
}

uint64_t run_queue_running_vruntime(const struct run_queue *q, uint64_t now)
{
    const struct sched_unit *unit = q->running;

    return unit->vruntime + weighted(now - MIN(now, unit->started), unit->weight);
}

struct sched_unit *run_queue_first(const struct run_queue *q)
{
    return run_queue_first_for(q, q->cpu, false);
}

struct sched_unit *run_queue_first_for(const struct run_queue *q, unsigned int cpu,
                                       bool preferred)
{
    struct sched_unit *unit;

    list_for_each(unit, &q->waiting, queue)
        if (unit->saved && bit_test(&unit->hard_affinity, cpu) &&
            (!preferred || bit_test(&unit->soft_affinity, cpu)))
            return unit;
    return NULL;
}

void run_queue_uncap(struct run_queue *q, uint64_t now)
{
    struct sched_unit *unit, *next;

    list_for_each_safe(unit, next, &q->capped, queue)
        if (sched_cap_left(unit, now)) {
            list_del(&unit->queue);
            unit->capped = false;
            run_queue_place(q, unit, SCHED_WAKE_BONUS_NS, now);
            insert_by_vruntime(q, unit);
        }
    if (list_empty(&q->capped))
        timer_stop(&q->cap_timer);
    else
        timer_set(&q->cap_timer, (now / SCHED_CAP_PERIOD_NS + 1) * SCHED_CAP_PERIOD_NS);
}
