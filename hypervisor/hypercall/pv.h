/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls that only PV guests have. */
#ifndef HYPERCALL_PV_H
#define HYPERCALL_PV_H

#include "hypercall/hypercall.h"

HYPERCALL(set_trap_table);
HYPERCALL(mmu_update);
HYPERCALL(set_gdt);
HYPERCALL(stack_switch);
HYPERCALL(fpu_taskswitch);
HYPERCALL(set_debugreg);
HYPERCALL(get_debugreg);
HYPERCALL(update_descriptor);
HYPERCALL(update_va_mapping);
HYPERCALL(update_va_mapping_otherdomain);
HYPERCALL(iret);
HYPERCALL(set_segment_base);
HYPERCALL(mmuext_op);
HYPERCALL(nmi_op);
HYPERCALL(callback_op);

#endif
