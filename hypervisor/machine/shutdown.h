/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turning the machine off, or restarting it. */
#ifndef MACHINE_SHUTDOWN_H
#define MACHINE_SHUTDOWN_H

#include "lib/compiler.h"

/* The command line's noreboot: a crash leaves its report on the screen. */
extern bool machine_no_reboot;

/* By the ABI's reason (SHUTDOWN_* of public sched.h): off, restarted, or restarted after a crash
 * of dom0. Does not return. */
noreturn void machine_shutdown(uint8_t reason);
noreturn void machine_restart(void);
/* Restarts after a few seconds, unless machine_no_reboot. Interrupts off. */
noreturn void machine_restart_after_panic(void);
/* Writes the two PM1 control registers, as dom0's ACPI code worked them out: state 5 is off.
 * Returns -XEN_EINVAL for a sleep state that is not supported. */
int machine_acpi_sleep(uint16_t pm1a, uint16_t pm1b, unsigned int state);

#endif
