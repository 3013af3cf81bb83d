/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the CPUs can do, and what of it guests can be given. */
#include "hypercall/sysctl-private.h"

#include "hypercall/policy_copy.h"

long sysctl_get_cpu_policy(struct xen_sysctl *op)
{
    struct xen_sysctl_cpu_policy *out = &op->u.cpu_policy;
    const struct cpu_policy *policy;

    if (out->_rsvd || out->index > XEN_SYSCTL_cpu_policy_hvm_default)
        return -XEN_EINVAL;
    policy = cpu_policy_system(out->index);
    if (!policy)
        return -XEN_EOPNOTSUPP;
    return policy_copy_out(policy, guest_address(out->leaves), &out->nr_leaves,
                           guest_address(out->msrs), &out->nr_msrs);
}

long sysctl_get_cpu_featureset(struct xen_sysctl *op)
{
    struct xen_sysctl_cpu_featureset *out = &op->u.cpu_featureset;
    const struct cpu_policy *policy;
    uint32_t words[CPU_POLICY_WORDS], room = out->nr_features;

    if (!guest_address(out->features)) {
        out->nr_features = CPU_POLICY_WORDS;
        return 0;
    }
    if (out->index > XEN_SYSCTL_cpu_featureset_hvm_max)
        return -XEN_EINVAL;
    policy = cpu_policy_system_features(out->index);
    if (!policy)
        return -XEN_EOPNOTSUPP;
    cpu_policy_featureset(policy, words);
    out->nr_features = MIN(room, (uint32_t)CPU_POLICY_WORDS);
    if (copy_to_guest(guest_address(out->features), words, out->nr_features * sizeof(words[0])))
        return -XEN_EFAULT;
    return room < CPU_POLICY_WORDS ? -XEN_ENOBUFS : 0;
}

/* The CPU is not made to show less to everybody: each guest gets its own policy. */
long sysctl_get_levelling_caps(struct xen_sysctl *op)
{
    op->u.cpu_levelling_caps.caps = 0;
    return 0;
}
