/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IO-APICs: which global system interrupt (GSI) arrives as which vector, where. */
#ifndef MACHINE_IOAPIC_H
#define MACHINE_IOAPIC_H

#include "lib/compiler.h"

/* Maps the IO-APICs that ACPI names, masks all their pins, and turns the 8259s off. */
void ioapic_init(void);
/* Is there a pin for that GSI? */
bool ioapic_has(uint32_t gsi);
/* One above the highest GSI. */
uint32_t ioapic_gsi_end(void);
/* Programs a pin, masked: vector, target CPU, trigger and polarity. */
void ioapic_route(uint32_t gsi, unsigned int vector, unsigned int cpu, bool level, bool low);
void ioapic_mask(uint32_t gsi);
void ioapic_unmask(uint32_t gsi);

#endif
