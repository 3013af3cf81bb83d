/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers: a pairing heap by deadline for each CPU, with the links inside the timers, so that
 * setting one never needs memory and never fails. */
#include "schedule/timer.h"

#include "lib/bits.h"
#include "machine/percpu.h"
#include "machine/spinlock.h"
#include "machine/time.h"
#include "schedule/softirq.h"

/* The lock guards the heap and the timers that belong to this CPU. It is taken last of all. */
static struct aligned(64) timer_cpu {
    struct spinlock lock;
    struct timer *root;      /* the one that is due first */
    struct timer *running;   /* whose function is being called */
} cpus[MAX_CPUS];

/* Joins two heaps (roots without siblings) into one; either may be NULL. */
static struct timer *heap_join(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->deadline < a->deadline) {
        struct timer *swap = a;

        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    return a;
}

/* Makes one heap of a row of siblings: pairs from the left, then the pairs from the right. */
static struct timer *heap_join_row(struct timer *row)
{
    struct timer *pairs = NULL, *heap = NULL;

    while (row) {
        struct timer *a = row, *b = row->next, *pair;

        row = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        pair = heap_join(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        struct timer *pair = pairs;

        pairs = pair->next;
        pair->next = NULL;
        heap = heap_join(heap, pair);
    }
    return heap;
}

static void heap_insert(struct timer_cpu *c, struct timer *timer)
{
    timer->child = timer->next = timer->prev = NULL;
    timer->set = true;
    c->root = heap_join(c->root, timer);
}

static void heap_remove(struct timer_cpu *c, struct timer *timer)
{
    struct timer *rest = heap_join_row(timer->child);

    if (timer == c->root) {
        c->root = rest;
    } else {
        if (timer->prev->child == timer)
            timer->prev->child = timer->next;
        else
            timer->prev->next = timer->next;
        if (timer->next)
            timer->next->prev = timer->prev;
        c->root = heap_join(c->root, rest);
    }
    timer->child = timer->next = timer->prev = NULL;
    timer->set = false;
}

/* Locks the CPU that the timer belongs to, interrupts off. */
static struct timer_cpu *timer_lock(const struct timer *timer, uint64_t *flags)
{
    *flags = irq_save();
    for (;;) {
        unsigned int cpu = READ_ONCE(timer->cpu);

        spin_lock(&cpus[cpu].lock);
        if (cpu == timer->cpu)
            return &cpus[cpu];
        spin_unlock(&cpus[cpu].lock);
    }
}

static void timer_unlock(struct timer_cpu *c, uint64_t flags)
{
    spin_unlock_irqrestore(&c->lock, flags);
}

/* The first deadline of this heap has come nearer. Lock held. */
static void notice_first(struct timer_cpu *c)
{
    unsigned int cpu = (unsigned int)(c - cpus);

    if (cpu != this_cpu() || c->root->deadline <= system_time())
        softirq_raise_on(cpu, SOFTIRQ_TIMER);
    else
        cpu_timer_arm(c->root->deadline);
}

void timer_init(struct timer *timer, void (*fn)(void *), void *data, unsigned int cpu)
{
    *timer = (struct timer){.fn = fn, .data = data, .cpu = cpu};
}

void timer_set(struct timer *timer, uint64_t deadline)
{
    uint64_t flags;
    struct timer_cpu *c = timer_lock(timer, &flags);

    if (timer->set)
        heap_remove(c, timer);
    timer->deadline = deadline;
    heap_insert(c, timer);
    if (c->root == timer)
        notice_first(c);
    timer_unlock(c, flags);
}

void timer_stop(struct timer *timer)
{
    uint64_t flags;
    struct timer_cpu *c;

    c = timer_lock(timer, &flags);
    /* The hardware timer stays as it is: an interrupt too many costs less than setting it. */
    if (timer->set)
        heap_remove(c, timer);
    timer_unlock(c, flags);
}

/* Does its function run anywhere? It may have been migrated meanwhile. */
static bool timer_runs(const struct timer *timer)
{
    unsigned int cpu;

    for_each_cpu(cpu, cpus_online)
        if (__atomic_load_n(&cpus[cpu].running, __ATOMIC_ACQUIRE) == timer)
            return true;
    return false;
}

void timer_kill(struct timer *timer)
{
    do {
        timer_stop(timer);
        while (timer_runs(timer))
            cpu_relax();
        /* The function may have set it once more. */
    } while (timer_is_set(timer));
}

/* Locks the timer's CPU and another one, in the order of their numbers. */
static uint64_t timer_lock_both(struct timer *timer, unsigned int other)
{
    uint64_t flags = irq_save();

    for (;;) {
        unsigned int cpu = READ_ONCE(timer->cpu);

        spin_lock(&cpus[MIN(cpu, other)].lock);
        if (cpu != other)
            spin_lock(&cpus[MAX(cpu, other)].lock);
        if (cpu == timer->cpu)
            return flags;
        spin_unlock(&cpus[cpu].lock);
        if (cpu != other)
            spin_unlock(&cpus[other].lock);
    }
}

void timer_migrate(struct timer *timer, unsigned int cpu)
{
    struct timer_cpu *from, *to = &cpus[cpu];
    uint64_t flags;

    if (READ_ONCE(timer->cpu) == cpu)
        return;

    flags = timer_lock_both(timer, cpu);
    from = &cpus[timer->cpu];
    if (from != to) {
        bool set = timer->set;

        if (set)
            heap_remove(from, timer);
        timer->cpu = cpu;
        if (set)
            heap_insert(to, timer);
        if (to->root == timer)
            notice_first(to);
        spin_unlock(&from->lock);
    }
    timer_unlock(to, flags);
}

bool timer_is_set(const struct timer *timer)
{
    return READ_ONCE(timer->set);
}

/* Calls what is due, then has the interrupt come for what is not yet. */
static void timers_expire(void)
{
    struct timer_cpu *c = &cpus[this_cpu()];
    uint64_t flags = spin_lock_irqsave(&c->lock);
    /* Read once: functions that set their timer again can't keep this loop going. */
    uint64_t now = system_time();

    while (c->root && c->root->deadline <= now) {
        struct timer *timer = c->root;

        heap_remove(c, timer);
        c->running = timer;
        timer_unlock(c, flags);
        timer->fn(timer->data);
        flags = spin_lock_irqsave(&c->lock);
        __atomic_store_n(&c->running, NULL, __ATOMIC_RELEASE);
    }
    if (!c->root)
        cpu_timer_arm(UINT64_MAX);
    else
        notice_first(c);
    timer_unlock(c, flags);
}

void timers_init_cpu(unsigned int cpu)
{
    timer_interrupt_hook = timer_interrupt;
    cpus[cpu] = (struct timer_cpu){.lock = SPINLOCK_INIT};
    softirq_register(SOFTIRQ_TIMER, timers_expire);
}

void timer_interrupt(void)
{
    softirq_raise(SOFTIRQ_TIMER);
}
