/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine/cpu.h with the instructions that an ordinary process can't use replaced: interrupts are
 * a flag for each fake CPU, and waiting for another CPU runs what the test has put in its place. */
#ifndef FAKES_MACHINE_CPU_H
#define FAKES_MACHINE_CPU_H

#define cpu_relax           real_cpu_relax
#define irq_disable         real_irq_disable
#define irq_enable          real_irq_enable
#define irq_enabled         real_irq_enabled
#define irq_save            real_irq_save
#define irq_restore         real_irq_restore
#define raise_machine_check real_raise_machine_check
#define raise_nmi           real_raise_nmi
#define stgi                real_stgi
#define vmload              real_vmload
#define vmread              real_vmread
#define vmwrite             real_vmwrite
#include_next "machine/cpu.h"
#undef cpu_relax
#undef irq_disable
#undef irq_enable
#undef irq_enabled
#undef irq_save
#undef irq_restore
#undef raise_machine_check
#undef raise_nmi
#undef stgi
#undef vmload
#undef vmread
#undef vmwrite

void cpu_relax(void);
void irq_disable(void);
void irq_enable(void);
bool irq_enabled(void);
uint64_t irq_save(void);
void irq_restore(uint64_t flags);
/* A test that comes to them has its own. */
void raise_machine_check(void);
void raise_nmi(void);
void stgi(void);
void vmload(uint64_t vmcb);
/* A test that needs a VMCS has one. */
uint64_t vmread(uint64_t field);
void vmwrite(uint64_t field, uint64_t value);

#endif
