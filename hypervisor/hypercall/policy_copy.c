/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying CPU policies out; see policy_copy.h. */
#include "hypercall/policy_copy.h"

#include "domain/guest_copy.h"
#include "memory/allocator.h"

static long copy_leaves(const struct cpu_policy *policy, uint64_t address, uint32_t *count)
{
    uint32_t room = *count, size = CPU_POLICY_MAX_LEAVES * sizeof(xen_cpuid_leaf_t);
    xen_cpuid_leaf_t *leaves;
    long result;

    if (!address) {
        *count = CPU_POLICY_MAX_LEAVES;
        return 0;
    }
    leaves = hv_alloc(size);
    if (!leaves)
        return -XEN_ENOMEM;
    *count = CPU_POLICY_MAX_LEAVES;
    result = cpu_policy_leaves(policy, leaves, count);
    if (!result && *count > room)
        result = -XEN_ENOBUFS;
    if (!result)
        result = copy_to_guest(address, leaves, *count * sizeof(*leaves));
    hv_free(leaves, size);
    return result;
}

static long copy_msrs(const struct cpu_policy *policy, uint64_t address, uint32_t *count)
{
    xen_msr_entry_t msrs[CPU_POLICY_MAX_MSRS];
    uint32_t room = *count;
    long result;

    *count = CPU_POLICY_MAX_MSRS;
    if (!address)
        return 0;
    result = cpu_policy_msrs(policy, msrs, count);
    if (!result && *count > room)
        result = -XEN_ENOBUFS;
    return result ? result : copy_to_guest(address, msrs, *count * sizeof(msrs[0]));
}

long policy_copy_out(const struct cpu_policy *policy, uint64_t leaves_address, uint32_t *nr_leaves,
                     uint64_t msrs_address, uint32_t *nr_msrs)
{
    long result = copy_leaves(policy, leaves_address, nr_leaves);

    return result ? result : copy_msrs(policy, msrs_address, nr_msrs);
}
