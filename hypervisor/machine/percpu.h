/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What belongs to one CPU. GS is the guest's, so a CPU finds its own data through its stack
 * pointer: the stacks are aligned blocks with struct cpu_info at their top (layout.h). */
#ifndef MACHINE_PERCPU_H
#define MACHINE_PERCPU_H

#include "lib/compiler.h"

#include <xen/xen.h>

#include "machine/layout.h"

#define MAX_CPUS 64

struct vcpu;

/* At the top of each stack block. The CPU's own pushes on entry from a guest land in guest_regs,
 * which therefore has to come first; entry.S knows the offsets (asm-offsets.c). */
struct cpu_info {
    struct cpu_user_regs guest_regs;
    struct vcpu *current;
    uint32_t cpu;
    uint32_t unused;
};

static inline struct cpu_info *this_cpu_info(void)
{
    uint64_t sp;

    __asm__("mov %%rsp, %0" : "=r"(sp));
    return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1 - sizeof(struct cpu_info));
}

static inline uint32_t this_cpu(void)
{
    return this_cpu_info()->cpu;
}

/* The vCPU whose guest state is loaded on this CPU; an idle vCPU when none is. */
static inline struct vcpu *current_vcpu(void)
{
    return this_cpu_info()->current;
}

/* The registers of the guest that entered the hypervisor on this CPU. */
static inline struct cpu_user_regs *guest_regs(void)
{
    return &this_cpu_info()->guest_regs;
}

/* A set of CPUs. */
typedef uint64_t cpumask_t;

#define CPUMASK_OF(cpu) (1ULL << (cpu))

/* CPUs that take part; grows at boot only. */
extern cpumask_t cpus_online;
extern unsigned int cpu_count;

#define for_each_cpu(cpu, mask)                                                \
    for (cpumask_t left_ = (mask); left_ && ((cpu) = (unsigned int)__builtin_ctzll(left_), 1); \
         left_ &= left_ - 1)

#endif
