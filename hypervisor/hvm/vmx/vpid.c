/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CPU knows of a guest's translations, and how it forgets (SDM vol. 3, 28.3).
 *
 * From linear addresses: by the guest's VPID. A vCPU that comes to a CPU gets a new one, under
 * which nothing is known, until all have been given. From guest-physical ones: by the root of the
 * tables, for all VPIDs. That is dropped whenever the CPU's clock of flushes (memory/flush.h) has
 * moved: whoever flushes a CPU flushes its guests with it. A CPU without VPIDs drops the former by
 * itself at each exit. */
#include "hvm/vmx/vmx.h"

#include "machine/cpu.h"
#include "machine/percpu.h"
#include "memory/flush.h"

#define VPID_LAST 0xffffU

static struct aligned(64)
{
    uint32_t last; /* that was given */
}
cpus[MAX_CPUS];

static void give(struct vmx_vcpu *vmx)
{
    unsigned int cpu = this_cpu();

    vmx->vpid_given = true;
    if (!(vmx_cpu.controls[VMX_SECONDARY] & SECONDARY_VPID))
        return;
    if (cpus[cpu].last >= VPID_LAST) {
        cpus[cpu].last = 0;
        invept(INVEPT_ALL, 0);
    }
    vmwrite(VMCS_VPID, ++cpus[cpu].last);
}

void vmx_vpid_update(struct vcpu *v)
{
    struct vmx_vcpu *vmx = vmx_of(v);
    uint64_t tick = tlb_local_tick();

    if (!vmx->ept_known || vmx->ept_tick != tick) {
        vmx->ept_known = true;
        vmx->ept_tick = tick;
        invept(vmx_cpu.ept.invept_type, vmx->eptp);
    }
    if (!vmx->vpid_given)
        give(vmx);
}
