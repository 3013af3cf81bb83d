/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where each CPU's stacks are (layout.h tells how a block is divided). */
#ifndef MACHINE_STACK_H
#define MACHINE_STACK_H

#include "machine/percpu.h"

/* Bottom of the CPU's block; set by cpu_stack_set when the CPU is prepared. */
void *cpu_stack(unsigned int cpu);
void cpu_stack_set(unsigned int cpu, void *stack);
struct cpu_info *cpu_info_of(unsigned int cpu);
/* Where an entry from a guest begins to push: right above guest_regs.ss. */
void *cpu_stack_entry(unsigned int cpu);

/* Drops what is on the stack and calls fn at its base. */
noreturn void stack_reset_and_call(void *sp, void (*fn)(void));
/* Drops what is on the stack and leaves for the guest in `regs` (entry.S). */
noreturn void resume_guest(struct cpu_user_regs *regs);

#endif
