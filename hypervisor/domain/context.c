/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing the guest that a CPU runs; see context.h. */
#include "domain/context.h"
#include "domain/guest_ops.h"
#include "machine/cpu.h"
#include "machine/descriptors.h"
#include "machine/fpu.h"
#include "machine/stack.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/flush.h"
#include "memory/map.h"
#include "schedule/softirq.h"

static struct domain idle_domain = {.domid = DOMID_IDLE, .is_idle = true, .refs = 1};
static struct vcpu *idle_vcpus[MAX_CPUS];

static void save(struct vcpu *v)
{
    v->regs = *guest_regs();
    v->domain->ops->save(v);
    fpu_save(v->fpu);
}

static void load(struct vcpu *v)
{
    *guest_regs() = v->regs;
    __atomic_fetch_or(&v->domain->dirty_cpus, CPUMASK_OF(this_cpu()), __ATOMIC_SEQ_CST);
    tlb_set_idle(false);
    v->domain->ops->load(v);
    fpu_load(v->fpu, v->xcr0);
}

/* Nothing of prev is used any more: no page table, no descriptor. Others may have it. */
static void leave(struct sched_unit *prev)
{
    struct vcpu *v = sched_unit_vcpu(prev);

    if (!v->is_idle && v->domain != current_domain())
        __atomic_fetch_and(&v->domain->dirty_cpus, ~CPUMASK_OF(this_cpu()), __ATOMIC_SEQ_CST);
    sched_saved(prev);
}

static void load_idle(void)
{
    gdt_use_window(this_cpu(), 0);
    ldt_use(this_cpu(), 0, 0);
    tlb_switch_root(hv_cr3);
    tlb_set_idle(true);
}

void context_switch(struct sched_unit *prev, struct sched_unit *next)
{
    struct vcpu *from = sched_unit_vcpu(prev), *to = sched_unit_vcpu(next);

    if (!from->is_idle)
        save(from);
    this_cpu_info()->current = to;
    if (to->is_idle) {
        load_idle();
        leave(prev);
        stack_reset_and_call(this_cpu_info(), idle_loop);
    }
    load(to);
    leave(prev);
    vcpu_time_update(to);
    vcpu_runstate_publish(to);
    to->domain->ops->resume();
}

noreturn void idle_loop(void)
{
    for (;;) {
        irq_enable();
        softirq_process();
        irq_disable();
        if (softirq_pending())
            continue;
        irq_enable_and_halt();
    }
}

void idle_vcpu_create(unsigned int cpu)
{
    struct vcpu *v = hv_alloc(sizeof(*v));

    if (!v)
        panic("no memory for the idle vCPU of CPU %u", cpu);
    v->id = cpu;
    v->domain = &idle_domain;
    v->is_idle = true;
    v->sched.idle = true;
    idle_vcpus[cpu] = v;
    cpu_info_of(cpu)->current = v;
    sched_init_cpu(cpu, &v->sched);
}
