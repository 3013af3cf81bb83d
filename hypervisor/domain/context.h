/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing the guest that a CPU runs. */
#ifndef DOMAIN_CONTEXT_H
#define DOMAIN_CONTEXT_H

#include "domain/vcpu.h"

/* sched_hooks.switch_to: puts prev's registers into its vCPU, loads next's, goes on with it. */
void context_switch(struct sched_unit *prev, struct sched_unit *next);
/* What an idle vCPU does: softirqs, and sleep. Does not return. */
noreturn void idle_loop(void);
/* Makes the idle vCPU of a CPU and installs it as the one that runs there. Boot. */
void idle_vcpu_create(unsigned int cpu);

#endif
