/* SPDX-License-Identifier: GPL-2.0-or-later */
/* More than one CPU: starting them, and making them do things. */
#ifndef MACHINE_SMP_H
#define MACHINE_SMP_H

#include "machine/percpu.h"

/* What starting CPUs takes from above: a stack block each, an L4 below 4 GiB that maps the
 * trampoline at its own address as well as the hypervisor, and a frame of RAM below 640 KiB for
 * the trampoline (its number; what it holds is put back). Set before smp_start_all. */
extern void *(*smp_stack_alloc)(void);
extern uint64_t smp_trampoline_l4;
extern unsigned int smp_trampoline_frame;

/* Starts the CPUs that ACPI names, at most `limit` in all; each runs `entry` on its own stack,
 * with paging on and its cpu number set, and then calls smp_cpu_ready. */
void smp_start_all(unsigned int limit, void (*entry)(void));
void smp_cpu_ready(void);
/* Makes a CPU look at its softirqs and at its guest's events. Any context. */
void cpu_poke(unsigned int cpu);
/* Runs fn(data) on each CPU of the mask, with interrupts off there, and waits for all. Called
 * with interrupts on and no lock that an interrupt handler takes. */
void cpus_call(cpumask_t mask, void (*fn)(void *data), void *data);
/* Stops all other CPUs for good. Any context. */
void cpus_stop_others(void);
/* Sets the handlers of the vectors; boot CPU. */
void smp_init(void);

#endif
