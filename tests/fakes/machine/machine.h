/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake machine's other end: what a test sets, and what it sees of what was asked for. */
#ifndef FAKES_MACHINE_MACHINE_H
#define FAKES_MACHINE_MACHINE_H

#include "machine/percpu.h"
#include "machine/spinlock.h"

/* What system_time() says. */
extern uint64_t fake_now;
/* For each CPU: when its timer interrupt is due (UINT64_MAX: not at all); whether it was poked. */
extern uint64_t fake_timer[MAX_CPUS];
extern bool fake_poked[MAX_CPUS];
/* Called while a CPU waits for another one, which is to be made to go on. NULL: that is an error. */
extern void (*fake_relax)(void);

/* A machine of that many CPUs, all with interrupts on, at time 0; this is CPU 0. */
void fake_machine_init(unsigned int cpus);

#endif
