/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUID, XSETBV and CR4 of hardware guests: by the domain's policy. */
#include "hvm/hvm.h"

#include "domain/cpu_policy.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/time.h"

#define FEATURE(name) XEN_X86_FEATURE_##name

#define CR4_VME (1UL << 0)
#define CR4_PVI (1UL << 1)
#define CR4_PCE (1UL << 8)

/* CR4's bits, and the feature that each belongs to. */
static const struct {
    uint64_t bits;
    uint16_t feature;
} cr4_features[] = {
    {CR4_VME | CR4_PVI, FEATURE(VME)},
    {CR4_TSD, FEATURE(TSC)},
    {CR4_DE, FEATURE(DE)},
    {CR4_PSE, FEATURE(PSE)},
    {CR4_PAE, FEATURE(PAE)},
    {CR4_MCE, FEATURE(MCE)},
    {CR4_PGE, FEATURE(PGE)},
    {CR4_OSFXSR, FEATURE(FXSR)},
    {CR4_OSXMMEXCPT, FEATURE(SSE)},
    {CR4_UMIP, FEATURE(UMIP)},
    {CR4_FSGSBASE, FEATURE(FSGSBASE)},
    {CR4_PCIDE, FEATURE(PCID)},
    {CR4_OSXSAVE, FEATURE(XSAVE)},
    {CR4_SMEP, FEATURE(SMEP)},
    {CR4_SMAP, FEATURE(SMAP)},
};

bool hvm_cr4_valid(const struct vcpu *v, uint64_t cr4)
{
    uint64_t allowed = CR4_PCE; /* its counters fault all the same */

    for (unsigned int i = 0; i < ARRAY_SIZE(cr4_features); i++)
        if (cpu_policy_has(v->domain->cpu_policy, cr4_features[i].feature))
            allowed |= cr4_features[i].bits;
    return !(cr4 & ~allowed);
}

/* QEMU's SVM does not intercept XSETBV: what the guest has set there is to be read. */
void hvm_xcr_update(struct vcpu *v)
{
    struct walk_mode mode;

    hvm_backend->walk_mode(v, &mode);
    if (mode.cr4 & CR4_OSXSAVE)
        v->xcr0 = xcr_read(0);
}

void hvm_cpuid(struct vcpu *v, struct cpu_user_regs *regs)
{
    struct tsc_scale scale = guest_tsc_scale(v->domain);
    struct walk_mode mode;
    uint32_t out[4];

    hvm_backend->walk_mode(v, &mode);
    hvm_xcr_update(v);
    struct cpu_policy_vcpu dynamic = {
        .hardware = true,
        .apic_id = hvm_apic_id(v),
        .vcpu_id = v->id,
        .domid = v->domain->domid,
        .osxsave = mode.cr4 & CR4_OSXSAVE,
        .xcr0 = v->xcr0,
        .version = 4 << 16 | 17,
        .tsc_reliable = true,
        .tsc_emulated = v->domain->tsc.emulated,
        .tsc_mode = v->domain->tsc.mode,
        .tsc_incarnation = v->domain->tsc.incarnation,
        .tsc_offset = v->domain->tsc.offset,
        .guest_khz = guest_tsc_khz(v->domain),
        .host_khz = tsc_khz,
        .tsc_multiplier = scale.mul,
        .tsc_shift = scale.shift,
    };

    cpu_policy_cpuid(v->domain->cpu_policy, &dynamic, (uint32_t)regs->rax, (uint32_t)regs->rcx,
                     out);
    regs->rax = out[0];
    regs->rbx = out[1];
    regs->rcx = out[2];
    regs->rdx = out[3];
}

bool hvm_xcr_write(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (index || hvm_backend->privilege(v) || !fpu_xcr0_valid(value) ||
        !cpu_policy_xcr0_valid(v->domain->cpu_policy, value))
        return false;
    v->xcr0 = value;
    xcr_write(0, value);
    return true;
}
