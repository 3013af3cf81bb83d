/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of the CPUs; see stack.h. */
#include "machine/entry-offsets.h"
#include "machine/stack.h"

static void *stacks[MAX_CPUS];

cpumask_t cpus_online = 1;
unsigned int cpu_count = 1;

void *cpu_stack(unsigned int cpu)
{
    return stacks[cpu];
}

void cpu_stack_set(unsigned int cpu, void *stack)
{
    stacks[cpu] = stack;
    cpu_info_of(cpu)->cpu = cpu;
}

struct cpu_info *cpu_info_of(unsigned int cpu)
{
    return (struct cpu_info *)((char *)stacks[cpu] + STACK_SIZE) - 1;
}

void *cpu_stack_entry(unsigned int cpu)
{
    return (char *)&cpu_info_of(cpu)->guest_regs + REGS_ES;
}
