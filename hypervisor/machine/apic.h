/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC (SDM vol. 3, chapter 11): in xAPIC mode, or x2APIC when the firmware left it on. */
#ifndef MACHINE_APIC_H
#define MACHINE_APIC_H

#include "lib/compiler.h"

/* Finds the APIC's registers; boot CPU, once, after acpi_init. */
void apic_init(void);
/* Turns this CPU's APIC on. */
void apic_init_cpu(void);
uint32_t apic_id(void);
void apic_eoi(void);
/* Sends a fixed interrupt to a CPU by its APIC id. Any context. */
void apic_send(uint32_t target, unsigned int vector);
/* INIT and STARTUP IPIs, for starting other CPUs. */
void apic_send_init(uint32_t target);
void apic_send_startup(uint32_t target, unsigned int page);
/* One-shot timer: counts down from `ticks` at the bus rate; 0 stops it. */
void apic_timer_set(uint32_t ticks);
uint32_t apic_timer_left(void);
/* APIC id of a CPU number. */
uint32_t cpu_apic_id(unsigned int cpu);
void cpu_apic_id_set(unsigned int cpu, uint32_t id);

#endif
