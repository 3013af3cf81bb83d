/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLB flushing; see flush.h. */
#include "lib/compiler.h"
#include "machine/cpu.h"
#include "machine/smp.h"
#include "memory/flush.h"

static uint64_t clock_now = 1;

static struct aligned(64) {
    uint64_t flushed; /* the clock at the CPU's last whole flush */
    bool idle;
} cpus[MAX_CPUS];

/* The clock is moved before the flush: what is stamped in between counts as not yet flushed. */
static uint64_t clock_tick(void)
{
    return __atomic_add_fetch(&clock_now, 1, __ATOMIC_SEQ_CST);
}

void tlb_switch_root(uint64_t cr3)
{
    uint64_t tick = clock_tick();

    cr3_write(cr3);
    WRITE_ONCE(cpus[this_cpu()].flushed, tick);
}

void tlb_flush_local(void)
{
    uint64_t flags = irq_save();

    tlb_switch_root(cr3_read());
    irq_restore(flags);
}

uint64_t tlb_local_tick(void)
{
    return READ_ONCE(cpus[this_cpu()].flushed);
}

void tlb_set_idle(bool idle)
{
    __atomic_store_n(&cpus[this_cpu()].idle, idle, __ATOMIC_SEQ_CST);
}

static void flush_all(void *unused)
{
    tlb_switch_root(cr3_read());
}

static void flush_page(void *va)
{
    invlpg((uint64_t)va);
}

static void flush_cache(void *unused)
{
    wbinvd();
}

static cpumask_t without_idle(cpumask_t mask)
{
    unsigned int cpu;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for_each_cpu(cpu, mask)
        if (READ_ONCE(cpus[cpu].idle))
            mask &= ~CPUMASK_OF(cpu);
    return mask;
}

void tlb_flush_mask(cpumask_t mask)
{
    cpus_call(without_idle(mask & cpus_online), flush_all, NULL);
}

void tlb_flush_page_mask(cpumask_t mask, uint64_t va)
{
    cpus_call(without_idle(mask & cpus_online), flush_page, (void *)va);
}

void cache_flush_mask(cpumask_t mask)
{
    cpus_call(mask & cpus_online, flush_cache, NULL);
}

uint32_t tlb_clock_stamp(void)
{
    uint64_t now = __atomic_load_n(&clock_now, __ATOMIC_SEQ_CST);

    /* 0 stands for frames that were never used. */
    if (!(uint32_t)now)
        now = clock_tick();
    return (uint32_t)now;
}

/* The whole clock of a 32-bit stamp: the latest value not after now that ends in it. An older
 * one is then taken for newer, which only costs a flush. */
static uint64_t stamp_widen(uint32_t stamp)
{
    uint64_t now = __atomic_load_n(&clock_now, __ATOMIC_SEQ_CST);
    uint64_t wide = (now & ~0xffffffffULL) | stamp;

    return wide > now ? wide - (1ULL << 32) : wide;
}

cpumask_t tlb_stale_cpus(uint32_t stamp)
{
    uint64_t when = stamp_widen(stamp);
    cpumask_t mask = 0;

    for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
        if ((cpus_online & CPUMASK_OF(cpu)) && READ_ONCE(cpus[cpu].flushed) <= when)
            mask |= CPUMASK_OF(cpu);
    return without_idle(mask);
}

void tlb_flush_stale(uint32_t stamp)
{
    cpumask_t mask = tlb_stale_cpus(stamp);

    if (mask)
        cpus_call(mask, flush_all, NULL);
}
