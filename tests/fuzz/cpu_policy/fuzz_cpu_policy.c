/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary leaves and MSRs from a toolstack: whatever comes of them, no guest gets too much. */
#include "domain/cpu_policy.h"

#include <string.h>

#include <xen/errno.h>
#include <xen/sysctl.h>

#include "cpu_policy/fake_cpu.h"
#include "fuzz.h"

static const struct cpu_policy *system_policy(unsigned int index)
{
    static bool ready;

    if (!ready)
        cpu_policy_system_init(fake_intel, 0xe7, true);
    ready = true;
    return cpu_policy_system(index);
}

static void check_refused(int result, const struct cpu_policy_error *error)
{
    FUZZ_ASSERT(result == -XEN_E2BIG || result == -XEN_ERANGE || result == -XEN_EINVAL ||
                result == -XEN_EOVERFLOW);
    /* leaf 0xffffffff itself can't be told from no leaf, but it has company then */
    if (result != -XEN_E2BIG && result != -XEN_ERANGE)
        FUZZ_ASSERT(error->leaf != ~0u || error->msr != ~0u);
}

static void check_queries(const struct cpu_policy *policy)
{
    static const uint32_t firsts[] = {0, 0x40000000, 0x40000100, 0x80000000, 0xfffffff0};
    struct cpu_policy_vcpu vcpu = {.xcr0 = ~0ULL, .osxsave = true};
    uint32_t out[4];

    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        for (uint32_t leaf = 0; leaf < 0x30; leaf++) {
            cpu_policy_cpuid(policy, &vcpu, firsts[i] + leaf, 0, out);
            cpu_policy_cpuid(policy, &vcpu, firsts[i] + leaf, leaf * 3, out);
        }
    }
    cpu_policy_cpuid(policy, &vcpu, 0xd, 0, out);
    FUZZ_ASSERT(out[1] <= 2688 && out[2] <= 2688);
}

static void check_accepted(const struct cpu_policy *new, const struct cpu_policy *max)
{
    static xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES];
    uint32_t ours[CPU_POLICY_WORDS], theirs[CPU_POLICY_WORDS], count = CPU_POLICY_MAX_LEAVES;
    struct cpu_policy again = *new;

    cpu_policy_featureset(new, ours);
    cpu_policy_featureset(max, theirs);
    for (unsigned int i = 0; i < CPU_POLICY_WORDS; i++)
        FUZZ_ASSERT((ours[i] & ~theirs[i]) == 0 || i == 2); /* AMD repeats leaf 1 there */
    FUZZ_ASSERT((cpu_policy_xcr0(new) & ~cpu_policy_xcr0(max)) == 0);
    FUZZ_ASSERT(new->basic[0].a <= max->basic[0].a);
    FUZZ_ASSERT(new->extended[0].a <= max->extended[0].a);
    FUZZ_ASSERT(cpu_policy_leaves(new, leaves, &count) == 0);

    cpu_policy_settle(&again, max);
    FUZZ_ASSERT(memcmp(&again, new, sizeof(again)) == 0);
    check_queries(new);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES + 2];
    const struct cpu_policy *max = system_policy(XEN_SYSCTL_cpu_policy_pv_max);
    const struct cpu_policy *def = system_policy(XEN_SYSCTL_cpu_policy_pv_default);
    xen_msr_entry_t msrs[3] = {{0}};
    struct cpu_policy_error error;
    struct cpu_policy new;
    uint32_t nr_leaves, nr_msrs = 0;
    int result;

    if (len > sizeof(msrs) && data[0] & 1) {
        nr_msrs = data[0] >> 1 & 3;
        memcpy(msrs, data, sizeof(msrs));
        msrs[0].idx = data[1] & 1 ? 0xce : msrs[0].idx;
        data += sizeof(msrs);
        len -= sizeof(msrs);
    }
    nr_leaves = (uint32_t)(len / sizeof(leaves[0]));
    if (nr_leaves > CPU_POLICY_MAX_LEAVES + 2)
        nr_leaves = CPU_POLICY_MAX_LEAVES + 2;
    memcpy(leaves, data, nr_leaves * sizeof(leaves[0]));

    result = cpu_policy_update(&new, def, max, leaves, nr_leaves, msrs, nr_msrs, &error);
    FUZZ_ASSERT((result == -XEN_E2BIG) ==
                (nr_leaves > CPU_POLICY_MAX_LEAVES || nr_msrs > CPU_POLICY_MAX_MSRS));
    if (result == 0)
        check_accepted(&new, max);
    else
        check_refused(result, &error);
    return 0;
}

/* The lists that a toolstack begins with; the third is long enough to be refused. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const unsigned int indexes[] = {
        XEN_SYSCTL_cpu_policy_pv_default,
        XEN_SYSCTL_cpu_policy_host,
    };
    static xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES + 2];
    uint32_t count = CPU_POLICY_MAX_LEAVES;

    if (n > 2)
        return 0;
    if (n == 2)
        count = CPU_POLICY_MAX_LEAVES + 2;
    else
        cpu_policy_leaves(system_policy(indexes[n]), leaves, &count);
    memcpy(data, leaves, count * sizeof(leaves[0]));
    return count * sizeof(leaves[0]);
}
