/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_vm_assist: behaviours that a PV guest asks for. */
#include "hypercall/hypercall.h"

#include "domain/domain.h"
#include "lib/bits.h"

HYPERCALL(vm_assist)
{
    uint32_t command = (uint32_t)a1, type = (uint32_t)a2;
    struct domain *d = current_domain();

    if (type >= 32 || !(DOMAIN_VM_ASSISTS & BIT(type)))
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
