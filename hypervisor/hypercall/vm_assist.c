/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_vm_assist: behaviours that a PV guest asks for. */
#include "hypercall/hypercall.h"

#include "lib/bits.h"

/* The two of 32-bit segments and the two of page tables are how things are anyway: kernels ask
 * for them out of habit. The flag of runstate updates is read where runstate is published. */
#define KNOWN_ASSISTS                                                           \
    (BIT(VMASST_TYPE_4gb_segments) | BIT(VMASST_TYPE_4gb_segments_notify) |     \
     BIT(VMASST_TYPE_writable_pagetables) | BIT(VMASST_TYPE_pae_extended_cr3) | \
     BIT(VMASST_TYPE_runstate_update_flag))

HYPERCALL(vm_assist)
{
    uint32_t command = (uint32_t)a1, type = (uint32_t)a2;
    struct domain *d = current_domain();

    if (type >= 32 || !(KNOWN_ASSISTS & BIT(type)))
        return -XEN_EINVAL;
    switch (command) {
    case VMASST_CMD_enable:
        __atomic_fetch_or(&d->vm_assist, (uint32_t)BIT(type), __ATOMIC_RELAXED);
        return 0;
    case VMASST_CMD_disable:
        __atomic_fetch_and(&d->vm_assist, ~(uint32_t)BIT(type), __ATOMIC_RELAXED);
        return 0;
    default:
        return -XEN_ENOSYS;
    }
}
