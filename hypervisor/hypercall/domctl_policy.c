/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain's CPUs and clocks look like to it. */
#include "hypercall/domctl-private.h"

#include <xen/sysctl.h>

#include "hypercall/policy_copy.h"
#include "machine/time.h"
#include "memory/allocator.h"

long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_cpu_policy *out = &op->u.cpu_policy;

    return policy_copy_out(d->cpu_policy, guest_address(out->leaves), &out->nr_leaves,
                           guest_address(out->msrs), &out->nr_msrs);
}

/* Everything that setting a policy works on; too large for the stack. */
struct policy_update {
    struct cpu_policy policy;
    xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES];
    xen_msr_entry_t msrs[CPU_POLICY_MAX_MSRS];
};

static long policy_copy_in(struct policy_update *update, const struct xen_domctl_cpu_policy *in)
{
    if (in->nr_leaves > CPU_POLICY_MAX_LEAVES || in->nr_msrs > CPU_POLICY_MAX_MSRS)
        return -XEN_E2BIG;
    if (copy_from_guest(update->leaves, guest_address(in->leaves),
                        in->nr_leaves * sizeof(update->leaves[0])) ||
        copy_from_guest(update->msrs, guest_address(in->msrs),
                        in->nr_msrs * sizeof(update->msrs[0])))
        return -XEN_EFAULT;
    return 0;
}

static long policy_set(struct domain *d, struct policy_update *update,
                       struct xen_domctl_cpu_policy *in)
{
    struct cpu_policy_error where = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
    long result = policy_copy_in(update, in);

    if (!result)
        result = cpu_policy_update(
            &update->policy, d->cpu_policy,
            cpu_policy_system(d->pv ? XEN_SYSCTL_cpu_policy_pv_max : XEN_SYSCTL_cpu_policy_hvm_max),
            update->leaves, in->nr_leaves, update->msrs, in->nr_msrs, &where);
    if (!result)
        *d->cpu_policy = update->policy;
    in->err_leaf = where.leaf;
    in->err_subleaf = where.subleaf;
    in->err_msr = where.msr;
    return result;
}

/* A guest that has run has seen its policy. */
static bool has_run(const struct domain *d)
{
    const struct vcpu *v;

    for_each_vcpu(d, v) if (sched_runtime(&v->sched)) return true;
    return false;
}

long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
    struct policy_update *update;
    long result = -XEN_EEXIST;

    update = hv_alloc(sizeof(*update));
    if (!update)
        return -XEN_ENOMEM;
    domain_pause(d);
    if (!has_run(d))
        result = policy_set(d, update, &op->u.cpu_policy);
    domain_unpause(d);
    hv_free(update, sizeof(*update));
    return result;
}

long domctl_set_address_size(struct domain *d, struct xen_domctl *op)
{
    return op->u.address_size.size == 64 && d->pv ? 0 : -XEN_EINVAL;
}

long domctl_get_address_size(struct domain *d, struct xen_domctl *op)
{
    op->u.address_size.size = d->address_size;
    return 0;
}

long domctl_settscinfo(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_tsc_info *in = &op->u.tsc_info;
    long result;

    domain_pause(d);
    spin_lock(&d->lock);
    result = guest_tsc_set(d, in->tsc_mode, in->gtsc_khz, in->incarnation);
    spin_unlock(&d->lock);
    domain_unpause(d);
    return result;
}

long domctl_gettscinfo(struct domain *d, struct xen_domctl *op)
{
    op->u.tsc_info = (struct xen_domctl_tsc_info){
        .tsc_mode = d->tsc.mode,
        .gtsc_khz = guest_tsc_khz(d),
        .incarnation = d->tsc.incarnation,
        .elapsed_nsec = system_time(),
    };
    return 0;
}

long domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
    spin_lock(&d->lock);
    d->time_offset = op->u.settimeoffset.time_offset_seconds;
    spin_unlock(&d->lock);
    domain_wallclock_update(d);
    return 0;
}
