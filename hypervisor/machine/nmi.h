/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Non-maskable interrupts: a button on the machine, a management processor, or broken hardware.
 * None is used by the hypervisor, so each one is news for a person. */
#ifndef MACHINE_NMI_H
#define MACHINE_NMI_H

#include "machine/traps.h"

/* Option nmi=: stop after the report. Set at boot. */
extern bool nmi_is_fatal;

/* Prints what the CPU was doing and why the NMI may have come, and goes on or panics. NMI context;
 * waits for no lock that what it interrupted may hold. */
void nmi_handle(const struct cpu_user_regs *regs);

#endif
