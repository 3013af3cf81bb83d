/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IO-APICs: which global system interrupt (GSI) arrives as which vector, where. */
#ifndef MACHINE_IOAPIC_H
#define MACHINE_IOAPIC_H

#include "lib/compiler.h"

/* Turns the 8259s off. Before the local APIC stops to take their interrupts: one that is pending
 * then would come all the same, with no vector. */
void pic_disable(void);
/* Maps the IO-APICs that ACPI names, and masks all their pins. */
void ioapic_init(void);
/* Is there a pin for that GSI? */
bool ioapic_has(uint32_t gsi);
/* One above the highest GSI. */
uint32_t ioapic_gsi_end(void);
/* Programs a pin, masked: vector, target CPU, trigger and polarity. */
void ioapic_route(uint32_t gsi, unsigned int vector, unsigned int cpu, bool level, bool low);
/* Has a pin's interrupts go to that CPU from now on. Vectors mean the same on all CPUs, so nothing else
 * changes, and one that is on its way may still arrive where they went before. */
void ioapic_move(uint32_t gsi, unsigned int cpu);
void ioapic_mask(uint32_t gsi);
void ioapic_unmask(uint32_t gsi);

#endif
