/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each CPU's descriptor tables: GDT page, TSS, the IDT that all share, and where SYSCALL goes. */
#ifndef MACHINE_DESCRIPTORS_H
#define MACHINE_DESCRIPTORS_H

#include "lib/compiler.h"
#include "machine/layout.h"

/* Sets up this CPU's GDT, TSS, IDT and SYSCALL/SYSENTER registers. */
void descriptors_init_cpu(unsigned int cpu);
/* Frame of the GDT page (selectors 0xe000 and up) of a CPU, for a vCPU's window. */
uint64_t gdt_page_mfn(unsigned int cpu);
/* Where a CPU's TSS is. */
uint64_t tss_address(unsigned int cpu);
/* Points GDTR at the window at that address, or at the CPU's own page when 0. */
void gdt_use_window(unsigned int cpu, uint64_t window);
/* Writes this CPU's LDT descriptor and loads it; 0 entries: none. */
void ldt_use(unsigned int cpu, uint64_t base, unsigned int entries);

#endif
