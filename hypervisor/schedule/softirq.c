/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deferred work: each CPU has a word of bits that ask for a kind of work, and a list of functions
 * to call. Bits are set by anybody and cleared by the CPU itself only. */
#include "schedule/softirq.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/percpu.h"
#include "machine/smp.h"

static softirq_handler handlers[SOFTIRQ_COUNT];

/* `pending` is atomic; the list is touched by its CPU only, with interrupts off. */
static struct aligned(64) softirq_cpu {
    uint64_t pending;
    struct work *first, *last;
} cpus[MAX_CPUS];

static void work_run(void)
{
    struct softirq_cpu *c = &cpus[this_cpu()];
    uint64_t flags = irq_save();
    struct work *work = c->first;

    c->first = c->last = NULL;
    irq_restore(flags);

    while (work) {
        struct work *next = work->next;
        void (*fn)(void *) = work->fn;
        void *arg = work->arg;

        /* From here on it may be queued again, or freed by its own function. */
        __atomic_store_n(&work->queued, false, __ATOMIC_RELEASE);
        fn(arg);
        work = next;
    }
}

void work_queue(struct work *work)
{
    struct softirq_cpu *c;
    uint64_t flags;

    if (__atomic_exchange_n(&work->queued, true, __ATOMIC_ACQ_REL))
        return;

    flags = irq_save();
    c = &cpus[this_cpu()];
    work->next = NULL;
    if (c->last)
        c->last->next = work;
    else
        c->first = work;
    c->last = work;
    irq_restore(flags);
    softirq_raise(SOFTIRQ_WORK);
}

void softirq_register(enum softirq nr, softirq_handler handler)
{
    handlers[nr] = handler;
    handlers[SOFTIRQ_WORK] = work_run;
}

void softirq_raise(enum softirq nr)
{
    atomic_bit_set(&cpus[this_cpu()].pending, nr);
}

void softirq_raise_on(unsigned int cpu, enum softirq nr)
{
    /* A bit that is set already has been, or is about to be, told of by whoever set it. */
    if (!atomic_bit_test_and_set(&cpus[cpu].pending, nr) && cpu != this_cpu())
        cpu_poke(cpu);
}

bool softirq_pending(void)
{
    return READ_ONCE(cpus[this_cpu()].pending) != 0;
}

void softirq_process(void)
{
    struct softirq_cpu *c = &cpus[this_cpu()];

    while (READ_ONCE(c->pending)) {
        /* Bit by bit rather than all at once: a handler that does not return (the scheduler's)
         * must not take the others' requests with it. One pass goes upwards only, so that work
         * which keeps coming can't hold up the scheduler. */
        for (unsigned int nr = 0; nr < SOFTIRQ_COUNT; nr++)
            if (bit_test(&c->pending, nr)) {
                atomic_bit_clear(&c->pending, nr);
                handlers[nr]();
            }
    }
}
