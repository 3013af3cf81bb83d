/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the Intel back end share. */
#ifndef HVM_VMX_VMX_H
#define HVM_VMX_VMX_H

#include "hvm/vmx/controls.h"
#include "hvm/vmx/ept.h"
#include "hvm/vmx/vmcs.h"

/* STAR, LSTAR, CSTAR, SFMASK and KERNEL_GS_BASE, which the CPU does not switch. */
#define VMX_HAND_MSRS 5

struct vmx_vcpu {
    void *vmcs;
    bool launched;    /* since it was loaded */
    uint32_t primary; /* VMCS_PRIMARY */
    uint64_t eptp;
    uint64_t cr2, dr6;
    uint64_t hand[VMX_HAND_MSRS]; /* while it is not loaded */
    /* When its CPU last dropped what it knew by the tables; and whether it has an id by which the
     * TLB knows nothing. */
    uint64_t ept_tick;
    bool ept_known, vpid_given;
};

/* What this machine's CPUs have. */
struct vmx_cpu {
    uint32_t revision; /* of a VMCS */
    uint32_t controls[VMX_WORDS];
    struct vmx_ept ept;
    uint64_t cr0_fixed, cr4_fixed; /* bits that are always set */
};
extern struct vmx_cpu vmx_cpu;

static inline struct vmx_vcpu *vmx_of(const struct vcpu *v)
{
    return v->hvm->state;
}

/* load.c: context switch, away from a guest and to it. */
void vmx_save(struct vcpu *v);
void vmx_load(struct vcpu *v);
/* Boot: notes what this CPU has in the registers that are switched by hand. */
void vmx_host_note(unsigned int cpu);
/* Makes v's VMCS the one that VMREAD and VMWRITE are about. What is returned goes to
 * vmx_close(). No more than that while it is open, where v may not be current. */
uint64_t vmx_open(const struct vcpu *v);
void vmx_close(const struct vcpu *v, uint64_t token);
/* The registers that are switched by hand, wherever they are now. */
void vmx_hand_get(const struct vcpu *v, uint64_t values[VMX_HAND_MSRS]);
void vmx_hand_set(struct vcpu *v, const uint64_t values[VMX_HAND_MSRS]);

/* exit.c: what of an exit was meant for the host goes to its handlers. Interrupts off. */
void vmx_host_exception(uint32_t reason);
/* Sees to why the guest stopped running. Interrupts on. */
void vmx_handle_exit(struct vcpu *v, uint32_t reason);

/* state.c: a guest's registers in its VMCS. Of a VMCS that is open: */
void vmx_state_init(struct vcpu *v, uint64_t msr_map);
uint64_t vmx_cr0(void);
/* MOV to CR0 (all bits; those that no CPU has are ignored) and CR4. False: #GP. `v` is current. */
bool vmx_cr0_write(struct vcpu *v, uint64_t value);
bool vmx_cr4_write(struct vcpu *v, uint64_t value);
bool vmx_efer_write(struct vcpu *v, uint64_t value);
/* These open it by themselves. */
void vmx_registers_get(const struct vcpu *v, struct hvm_registers *out);
int vmx_registers_set(struct vcpu *v, const struct hvm_registers *in);
void vmx_walk_mode(const struct vcpu *v, struct walk_mode *out);

/* vpid.c: sees to it that this CPU knows nothing stale of the guest. Interrupts off, its VMCS
 * loaded. */
void vmx_vpid_update(struct vcpu *v);

#endif
