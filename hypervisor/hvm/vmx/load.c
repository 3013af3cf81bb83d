/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guest's VMCS a CPU has loaded, and the registers that are switched beside it.
 *
 * A VMCS is known to one CPU at a time. It is loaded while its vCPU runs and given back to memory
 * (VMCLEAR) when that is switched away from, so that any CPU may take it next; who wants a register
 * of a vCPU that does not run loads its VMCS for that moment. */
#include "hvm/vmx/vmx.h"

#include "machine/cpu.h"
#include "machine/descriptors.h"
#include "machine/percpu.h"
#include "memory/allocator.h"
#include "memory/map.h"

extern const char vmx_exit_point[];

/* The vCPU whose VMCS is loaded on a CPU. */
static struct vcpu *loaded[MAX_CPUS];

static const uint32_t hand_msrs[VMX_HAND_MSRS] = {MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK,
                                                  MSR_KERNEL_GS_BASE};
static uint64_t host_hand[MAX_CPUS][VMX_HAND_MSRS];

void vmx_host_note(unsigned int cpu)
{
    for (unsigned int i = 0; i < VMX_HAND_MSRS; i++)
        host_hand[cpu][i] = msr_read(hand_msrs[i]);
}

uint64_t vmx_open(const struct vcpu *v)
{
    uint64_t flags;

    if (loaded[this_cpu()] == v)
        return 0;
    flags = irq_save();
    vmptrld(virt_to_maddr(vmx_of(v)->vmcs));
    return flags; /* a bit of which is always set */
}

void vmx_close(const struct vcpu *v, uint64_t token)
{
    const struct vcpu *other = loaded[this_cpu()];

    if (!token)
        return;
    vmclear(virt_to_maddr(vmx_of(v)->vmcs));
    if (other)
        vmptrld(virt_to_maddr(vmx_of(other)->vmcs));
    irq_restore(token);
}

void vmx_hand_get(const struct vcpu *v, uint64_t values[VMX_HAND_MSRS])
{
    bool here = loaded[this_cpu()] == v;

    for (unsigned int i = 0; i < VMX_HAND_MSRS; i++)
        values[i] = here ? msr_read(hand_msrs[i]) : vmx_of(v)->hand[i];
}

void vmx_hand_set(struct vcpu *v, const uint64_t values[VMX_HAND_MSRS])
{
    bool here = loaded[this_cpu()] == v;

    for (unsigned int i = 0; i < VMX_HAND_MSRS; i++) {
        vmx_of(v)->hand[i] = values[i];
        if (here)
            msr_write(hand_msrs[i], values[i]);
    }
}

void vmx_save(struct vcpu *v)
{
    unsigned int cpu = this_cpu();

    vmx_hand_get(v, vmx_of(v)->hand);
    loaded[cpu] = NULL;
    for (unsigned int i = 0; i < VMX_HAND_MSRS; i++)
        msr_write(hand_msrs[i], host_hand[cpu][i]);
    vmclear(virt_to_maddr(vmx_of(v)->vmcs));
}

/* What the CPU comes back to (SDM vol. 3, 27.5). */
static void host_put(unsigned int cpu)
{
    vmwrite(VMCS_HOST_CS, HV_CS);
    vmwrite(VMCS_HOST_SS, 0);
    vmwrite(VMCS_HOST_DS, 0);
    vmwrite(VMCS_HOST_ES, 0);
    vmwrite(VMCS_HOST_FS, 0);
    vmwrite(VMCS_HOST_GS, 0);
    vmwrite(VMCS_HOST_TR, HV_TSS);
    vmwrite(VMCS_HOST_TR_BASE, tss_address(cpu));
    vmwrite(VMCS_HOST_GDTR_BASE, gdt_base());
    vmwrite(VMCS_HOST_IDTR_BASE, idt_base());
    vmwrite(VMCS_HOST_FS_BASE, 0);
    vmwrite(VMCS_HOST_GS_BASE, 0);
    vmwrite(VMCS_HOST_CR0, cr0_read());
    vmwrite(VMCS_HOST_CR3, hv_cr3);
    vmwrite(VMCS_HOST_CR4, cr4_read());
    vmwrite(VMCS_HOST_PAT, msr_read(MSR_PAT));
    vmwrite(VMCS_HOST_EFER, msr_read(MSR_EFER));
    vmwrite(VMCS_HOST_SYSENTER_CS, msr_read(MSR_SYSENTER_CS));
    vmwrite(VMCS_HOST_SYSENTER_ESP, msr_read(MSR_SYSENTER_ESP));
    vmwrite(VMCS_HOST_SYSENTER_EIP, msr_read(MSR_SYSENTER_EIP));
    vmwrite(VMCS_HOST_RSP, (uint64_t)guest_regs());
    vmwrite(VMCS_HOST_RIP, (uint64_t)vmx_exit_point);
}

/* Rate and offset are the domain's, and may have been changed while the vCPU did not run. */
static void tsc_load(struct vcpu *v)
{
    struct vmx_vcpu *vmx = vmx_of(v);

    vmx->primary &= ~PRIMARY_RDTSC;
    if (v->domain->tsc.emulated)
        vmx->primary |= PRIMARY_RDTSC;
    vmwrite(VMCS_PRIMARY, vmx->primary);
    vmwrite(VMCS_TSC_OFFSET, v->domain->tsc.offset);
    if (vmx_cpu.controls[VMX_SECONDARY] & SECONDARY_TSC_SCALING)
        vmwrite(VMCS_TSC_MULTIPLIER, v->domain->tsc.ratio ? v->domain->tsc.ratio : VMX_TSC_ONE);
}

void vmx_load(struct vcpu *v)
{
    struct vmx_vcpu *vmx = vmx_of(v);
    unsigned int cpu = this_cpu();

    vmptrld(virt_to_maddr(vmx->vmcs));
    loaded[cpu] = v;
    vmx->launched = vmx->ept_known = vmx->vpid_given = false;
    for (unsigned int i = 0; i < VMX_HAND_MSRS; i++)
        msr_write(hand_msrs[i], vmx->hand[i]);
    tsc_load(v);
    host_put(cpu);
}
