/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SYSCALL and SYSENTER: a small piece of code for each CPU that finds the CPU's stack, since
 * neither GS nor any register is the hypervisor's at that moment. */
#ifndef MACHINE_SYSCALL_H
#define MACHINE_SYSCALL_H

#include "lib/compiler.h"

/* Writes this CPU's stubs and points the CPU's registers at them. */
void syscall_init_cpu(unsigned int cpu);

#endif
