/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's CPUID gives: its policy, what depends on the vCPU, and Xen's own leaves. */
#include "domain/cpu_policy.h"

#include <xen/arch-x86/cpuid.h>

#define FEATURE(name) XEN_X86_FEATURE_##name

#define EXTENDED_BASE   0x80000000u
#define VIRIDIAN_LEAVES 0x40000100u /* where they would be if there were any */

/* The bit of a feature within its word. */
#define FEATURE_BIT(name) (1u << FEATURE(name) % 32)

#define HYPERCALL_MSR 0x40000000u

#define TIME_EMULATED (1u << 0)
#define TIME_RELIABLE (1u << 1)
#define TIME_RDTSCP   (1u << 2)

static struct cpuid_leaf pick(const struct cpuid_leaf *leaves, uint32_t count, uint32_t index)
{
    return index < count ? leaves[index] : (struct cpuid_leaf){0};
}

/* Leaf 0xd: the sizes are for the register sets that are enabled now. */
static struct cpuid_leaf xstate_leaf(const struct cpu_policy *policy,
                                     const struct cpu_policy_vcpu *vcpu, uint32_t subleaf)
{
    struct cpuid_leaf leaf = pick(policy->xstate, CPU_POLICY_XSTATE, subleaf);

    if (!cpu_policy_has(policy, FEATURE(XSAVE)))
        return (struct cpuid_leaf){0};
    if (subleaf == 0)
        leaf.b = cpu_policy_xsave_size(policy, vcpu->xcr0, false);
    if (subleaf == 1 && cpu_policy_has(policy, FEATURE(XSAVEC)))
        leaf.b = cpu_policy_xsave_size(policy, vcpu->xcr0, true);
    return leaf;
}

/* What lies beyond the highest leaf or subleaf is 0 in every settled policy. */
static struct cpuid_leaf basic_leaf(const struct cpu_policy *policy,
                                    const struct cpu_policy_vcpu *vcpu, uint32_t leaf,
                                    uint32_t subleaf)
{
    struct cpuid_leaf result;

    if (leaf > policy->basic[0].a)
        return (struct cpuid_leaf){0};

    switch (leaf) {
    case 1:
        result = policy->basic[1];
        result.b = (result.b & 0x00ffffff) | vcpu->apic_id << 24;
        if (vcpu->osxsave && cpu_policy_has(policy, FEATURE(XSAVE)))
            result.c |= FEATURE_BIT(OSXSAVE);
        return result;
    case 4:
        return pick(policy->cache, CPU_POLICY_CACHE, subleaf);
    case 7:
        return pick(policy->features, CPU_POLICY_FEATURES, subleaf);
    case 0xb:
        result = pick(policy->topology, CPU_POLICY_TOPOLOGY, subleaf);
        result.d = vcpu->hardware ? vcpu->apic_id : 0;
        return result;
    case 0xd:
        return xstate_leaf(policy, vcpu, subleaf);
    default:
        return pick(policy->basic, CPU_POLICY_BASIC, leaf);
    }
}

static struct cpuid_leaf time_leaf(const struct cpu_policy *policy,
                                   const struct cpu_policy_vcpu *vcpu, uint32_t subleaf)
{
    struct cpuid_leaf result = {0};

    switch (subleaf) {
    case 0:
        result.a = (vcpu->tsc_emulated ? TIME_EMULATED : 0) |
                   (vcpu->tsc_reliable ? TIME_RELIABLE : 0) |
                   (cpu_policy_has(policy, FEATURE(RDTSCP)) ? TIME_RDTSCP : 0);
        result.b = vcpu->tsc_mode;
        result.c = vcpu->guest_khz;
        result.d = vcpu->tsc_incarnation;
        break;
    case 1:
        result.a = (uint32_t)vcpu->tsc_offset;
        result.b = vcpu->tsc_offset >> 32;
        result.c = vcpu->tsc_multiplier;
        result.d = (uint32_t)vcpu->tsc_shift;
        break;
    case 2:
        result.a = vcpu->host_khz;
        break;
    }
    return result;
}

/* The highest of Xen's leaves: the toolstack may lower it, but not below what everybody needs. */
static uint32_t xen_limit(const struct cpu_policy *policy)
{
    uint32_t limit = policy->xen_limit;

    if (limit == 0 || limit > XEN_CPUID_MAX_NUM_LEAVES)
        return XEN_CPUID_MAX_NUM_LEAVES;
    return limit < 2 ? 2 : limit;
}

static struct cpuid_leaf xen_leaf(const struct cpu_policy *policy,
                                  const struct cpu_policy_vcpu *vcpu, uint32_t index,
                                  uint32_t subleaf)
{
    struct cpuid_leaf result = {0};

    if (index > xen_limit(policy))
        return result;

    switch (index) {
    case 0:
        result.a = XEN_CPUID_LEAF(xen_limit(policy));
        result.b = XEN_CPUID_SIGNATURE_EBX;
        result.c = XEN_CPUID_SIGNATURE_ECX;
        result.d = XEN_CPUID_SIGNATURE_EDX;
        break;
    case 1:
        result.a = vcpu->version;
        break;
    case 2:
        result.a = 1;
        result.b = HYPERCALL_MSR;
        result.c = vcpu->hardware ? 0 : XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
        break;
    case 3:
        return time_leaf(policy, vcpu, subleaf);
    case 4:
        if (!vcpu->hardware || subleaf != 0)
            break;
        result.a = XEN_HVM_CPUID_VCPU_ID_PRESENT | XEN_HVM_CPUID_DOMID_PRESENT;
        result.b = vcpu->vcpu_id;
        result.c = vcpu->domid;
        break;
    case 5:
        if (!vcpu->hardware && subleaf == 0)
            result.b = vcpu->machine_bits & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK;
        break;
    default:
        break;
    }
    return result;
}

void cpu_policy_cpuid(const struct cpu_policy *policy, const struct cpu_policy_vcpu *vcpu,
                      uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    struct cpuid_leaf result = {0};

    if (leaf < CPU_POLICY_BASIC)
        result = basic_leaf(policy, vcpu, leaf, subleaf);
    else if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < VIRIDIAN_LEAVES)
        result = xen_leaf(policy, vcpu, leaf - XEN_CPUID_FIRST_LEAF, subleaf);
    else if (leaf >= EXTENDED_BASE)
        result = pick(policy->extended, CPU_POLICY_EXTENDED, leaf - EXTENDED_BASE);

    out[0] = result.a;
    out[1] = result.b;
    out[2] = result.c;
    out[3] = result.d;
}
