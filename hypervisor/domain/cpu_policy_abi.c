/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU policies as the toolstack reads and writes them: lists of CPUID leaves and of MSRs. */
#include "domain/cpu_policy.h"

#include <stddef.h>

#include <xen/errno.h>

#define EXTENDED_BASE 0x80000000u
#define XEN_LEAF      0x40000000u
#define VIRIDIAN_LEAF 0x40000100u

#define MSR_PLATFORM_INFO     0xceu
#define MSR_ARCH_CAPABILITIES 0x10au

/* A list being written. */
struct writer {
    xen_cpuid_leaf_t *leaves;
    uint32_t room;
    uint32_t count; /* goes on past `room`, where nothing is written */
};

static void put(struct writer *writer, uint32_t leaf, uint32_t subleaf,
                const struct cpuid_leaf *value)
{
    if (writer->count < writer->room)
        writer->leaves[writer->count] = (xen_cpuid_leaf_t){
            .leaf = leaf,
            .subleaf = subleaf,
            .a = value->a,
            .b = value->b,
            .c = value->c,
            .d = value->d,
        };
    writer->count++;
}

static bool is_last_cache(const struct cpuid_leaf *leaf)
{
    return (leaf->a & 0x1f) == 0;
}

static bool is_last_level(const struct cpuid_leaf *leaf)
{
    return (leaf->c >> 8 & 0xff) == 0;
}

/* Subleaves up to and with the one that says that there are no more. */
static void put_list(struct writer *writer, uint32_t leaf, const struct cpuid_leaf *values,
                     uint32_t count, bool (*is_last)(const struct cpuid_leaf *leaf))
{
    for (uint32_t i = 0; i < count; i++) {
        put(writer, leaf, i, &values[i]);
        if (is_last(&values[i]))
            break;
    }
}

static void put_xstate(struct writer *writer, const struct cpu_policy *policy)
{
    const struct cpuid_leaf *xstate = policy->xstate;
    uint64_t high = xstate[0].d | xstate[1].d;
    uint64_t states = high << 32 | xstate[0].a | xstate[1].c;

    put(writer, 0xd, 0, &xstate[0]);
    put(writer, 0xd, 1, &xstate[1]);
    for (uint32_t i = 2; i < CPU_POLICY_XSTATE && states >> i != 0; i++)
        put(writer, 0xd, i, &xstate[i]);
}

static void put_basic(struct writer *writer, const struct cpu_policy *policy, uint32_t leaf)
{
    switch (leaf) {
    case 4:
        put_list(writer, leaf, policy->cache, CPU_POLICY_CACHE, is_last_cache);
        break;
    case 7:
        for (uint32_t i = 0; i < CPU_POLICY_FEATURES && i <= policy->features[0].a; i++)
            put(writer, leaf, i, &policy->features[i]);
        break;
    case 0xb:
        put_list(writer, leaf, policy->topology, CPU_POLICY_TOPOLOGY, is_last_level);
        break;
    case 0xd:
        put_xstate(writer, policy);
        break;
    default:
        put(writer, leaf, XEN_CPUID_NO_SUBLEAF, &policy->basic[leaf]);
        break;
    }
}

int cpu_policy_leaves(const struct cpu_policy *policy, xen_cpuid_leaf_t *leaves, uint32_t *count)
{
    struct writer writer = {.leaves = leaves, .room = *count};
    struct cpuid_leaf xen = {.a = policy->xen_limit};
    struct cpuid_leaf viridian = {.a = policy->viridian_limit};
    uint32_t extended = policy->extended[0].a & 0xffff;

    for (uint32_t i = 0; i < CPU_POLICY_BASIC && i <= policy->basic[0].a; i++)
        put_basic(&writer, policy, i);
    put(&writer, XEN_LEAF, XEN_CPUID_NO_SUBLEAF, &xen);
    put(&writer, VIRIDIAN_LEAF, XEN_CPUID_NO_SUBLEAF, &viridian);
    for (uint32_t i = 0; i < CPU_POLICY_EXTENDED && i <= extended; i++)
        put(&writer, EXTENDED_BASE + i, XEN_CPUID_NO_SUBLEAF, &policy->extended[i]);

    if (writer.count > writer.room)
        return -XEN_ENOBUFS;
    *count = writer.count;
    return 0;
}

int cpu_policy_msrs(const struct cpu_policy *policy, xen_msr_entry_t *msrs, uint32_t *count)
{
    if (*count < CPU_POLICY_MAX_MSRS)
        return -XEN_ENOBUFS;

    msrs[0] = (xen_msr_entry_t){.idx = MSR_PLATFORM_INFO, .val = policy->platform_info};
    msrs[1] = (xen_msr_entry_t){
        .idx = MSR_ARCH_CAPABILITIES,
        .val = (uint64_t)policy->arch_caps[1] << 32 | policy->arch_caps[0],
    };
    *count = CPU_POLICY_MAX_MSRS;
    return 0;
}

static struct cpuid_leaf *pick(struct cpuid_leaf *leaves, uint32_t count, uint32_t index)
{
    return index < count ? &leaves[index] : NULL;
}

/* Where a policy keeps a leaf; NULL if it has no place for it. */
static struct cpuid_leaf *place_of(struct cpu_policy *policy, uint32_t leaf, uint32_t subleaf)
{
    switch (leaf) {
    case 4:
        return pick(policy->cache, CPU_POLICY_CACHE, subleaf);
    case 7:
        return pick(policy->features, CPU_POLICY_FEATURES, subleaf);
    case 0xb:
        return pick(policy->topology, CPU_POLICY_TOPOLOGY, subleaf);
    case 0xd:
        return pick(policy->xstate, CPU_POLICY_XSTATE, subleaf);
    }
    if (subleaf != XEN_CPUID_NO_SUBLEAF)
        return NULL;
    if (leaf >= EXTENDED_BASE)
        return pick(policy->extended, CPU_POLICY_EXTENDED, leaf - EXTENDED_BASE);
    return pick(policy->basic, CPU_POLICY_BASIC, leaf);
}

static bool take_leaf(struct cpu_policy *policy, const xen_cpuid_leaf_t *leaf)
{
    struct cpuid_leaf *place;
    bool whole = leaf->subleaf == XEN_CPUID_NO_SUBLEAF;

    if (whole && leaf->leaf == XEN_LEAF) {
        policy->xen_limit = (uint8_t)leaf->a;
        return true;
    }
    if (whole && leaf->leaf == VIRIDIAN_LEAF) {
        policy->viridian_limit = (uint8_t)leaf->a;
        return true;
    }
    place = place_of(policy, leaf->leaf, leaf->subleaf);
    if (!place)
        return false;
    *place = (struct cpuid_leaf){.a = leaf->a, .b = leaf->b, .c = leaf->c, .d = leaf->d};
    return true;
}

static int take_msr(struct cpu_policy *policy, const xen_msr_entry_t *msr)
{
    if (msr->flags != 0)
        return -XEN_EINVAL;

    switch (msr->idx) {
    case MSR_PLATFORM_INFO:
        if (msr->val >> 32)
            return -XEN_EOVERFLOW;
        policy->platform_info = (uint32_t)msr->val;
        return 0;
    case MSR_ARCH_CAPABILITIES:
        policy->arch_caps[0] = (uint32_t)msr->val;
        policy->arch_caps[1] = msr->val >> 32;
        return 0;
    default:
        return -XEN_ERANGE;
    }
}

static int take_all(struct cpu_policy *policy, const xen_cpuid_leaf_t *leaves, uint32_t nr_leaves,
                    const xen_msr_entry_t *msrs, uint32_t nr_msrs, struct cpu_policy_error *error)
{
    for (uint32_t i = 0; i < nr_leaves; i++) {
        if (!take_leaf(policy, &leaves[i])) {
            error->leaf = leaves[i].leaf;
            error->subleaf = leaves[i].subleaf;
            return -XEN_ERANGE;
        }
    }
    for (uint32_t i = 0; i < nr_msrs; i++) {
        int result = take_msr(policy, &msrs[i]);

        if (result != 0) {
            error->msr = msrs[i].idx;
            return result;
        }
    }
    return 0;
}

/* May a guest have this policy at all? What can be cut off silently isn't looked at. */
static int check(const struct cpu_policy *policy, const struct cpu_policy *max,
                 struct cpu_policy_error *error)
{
    if (policy->basic[0].a > max->basic[0].a) {
        error->leaf = 0;
    } else if (policy->features[0].a > max->features[0].a) {
        error->leaf = 7;
        error->subleaf = 0;
    } else if (policy->extended[0].a > max->extended[0].a) {
        error->leaf = EXTENDED_BASE;
    } else if (policy->platform_info & ~max->platform_info) {
        error->msr = MSR_PLATFORM_INFO;
    } else {
        return 0;
    }
    return -XEN_EINVAL;
}

int cpu_policy_update(struct cpu_policy *new, const struct cpu_policy *old,
                      const struct cpu_policy *max, const xen_cpuid_leaf_t *leaves,
                      uint32_t nr_leaves, const xen_msr_entry_t *msrs, uint32_t nr_msrs,
                      struct cpu_policy_error *error)
{
    int result;

    *error = (struct cpu_policy_error){~0u, ~0u, ~0u};
    if (nr_leaves > CPU_POLICY_MAX_LEAVES || nr_msrs > CPU_POLICY_MAX_MSRS)
        return -XEN_E2BIG;

    *new = *old;
    result = take_all(new, leaves, nr_leaves, msrs, nr_msrs, error);
    if (result == 0)
        result = check(new, max, error);
    if (result == 0)
        cpu_policy_settle(new, max);
    return result;
}
