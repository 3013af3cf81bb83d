/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a domain's vCPUs run, and how much of the time. */
#include "hypercall/domctl-private.h"

#include "hypercall/ctl_bitmap.h"

/* All that there is. */
#define NODES 1ULL

static int affinity_in(const struct xen_domctl_vcpuaffinity *in, const struct vcpu *v,
                       cpumask_t *hard, cpumask_t *soft)
{
    *hard = v->sched.hard_affinity;
    *soft = v->sched.soft_affinity;
    if ((in->flags & XEN_VCPUAFFINITY_HARD) && ctl_bitmap_get(&in->cpumap_hard, hard))
        return -XEN_EFAULT;
    if ((in->flags & XEN_VCPUAFFINITY_SOFT) && ctl_bitmap_get(&in->cpumap_soft, soft))
        return -XEN_EFAULT;
    return 0;
}

static int affinity_out(const struct xen_domctl_vcpuaffinity *out, cpumask_t hard, cpumask_t soft)
{
    if ((out->flags & XEN_VCPUAFFINITY_HARD) && ctl_bitmap_put(&out->cpumap_hard, hard))
        return -XEN_EFAULT;
    if ((out->flags & XEN_VCPUAFFINITY_SOFT) && ctl_bitmap_put(&out->cpumap_soft, soft))
        return -XEN_EFAULT;
    return 0;
}

static bool has_kinds(const struct xen_domctl_vcpuaffinity *in)
{
    return in->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT);
}

/* XEN_VCPUAFFINITY_FORCE would undo a pinning of dom0's that is not offered here. */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_vcpuaffinity *in = &op->u.vcpuaffinity;
    struct vcpu *v = domctl_vcpu(d, in->vcpu);
    cpumask_t hard, soft;
    int error;

    if (!v)
        return -XEN_ESRCH;
    if (!has_kinds(in))
        return -XEN_EINVAL;
    error = affinity_in(in, v, &hard, &soft);
    if (!error)
        error = sched_set_affinity(&v->sched, hard, soft);
    if (error)
        return error;
    /* What comes of it on the CPUs that there are, and that can run it. */
    hard &= v->sched.able & cpus_online;
    return affinity_out(in, hard, soft & hard);
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_vcpuaffinity *out = &op->u.vcpuaffinity;
    const struct vcpu *v = domctl_vcpu(d, out->vcpu);

    if (!v)
        return -XEN_ESRCH;
    if (!has_kinds(out))
        return -XEN_EINVAL;
    return affinity_out(out, v->sched.hard_affinity, v->sched.soft_affinity);
}

long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
    uint64_t nodes;

    if (ctl_bitmap_get(&op->u.nodeaffinity.nodemap, &nodes))
        return -XEN_EFAULT;
    return nodes & NODES ? 0 : -XEN_EINVAL;
}

long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
    return ctl_bitmap_put(&op->u.nodeaffinity.nodemap, NODES);
}

/* A domain's cap is divided among its vCPUs. */
static void share_set(struct domain *d, uint16_t weight, uint16_t cap)
{
    struct vcpu *v;

    if (weight)
        d->sched_weight = weight;
    d->sched_cap = cap;
    for_each_vcpu(d, v)
        sched_set_share(&v->sched, d->sched_weight ? d->sched_weight : SCHED_DEFAULT_WEIGHT,
                        DIV_ROUND_UP(cap, d->max_vcpus));
}

static void share_get(const struct domain *d, struct xen_domctl_sched_credit2 *out)
{
    out->weight = d->sched_weight ? d->sched_weight : SCHED_DEFAULT_WEIGHT;
    out->cap = d->sched_cap;
}

/* One element of a list of vCPUs: written, or read. */
static int vcpu_share(struct domain *d, uint64_t address, bool put)
{
    struct xen_domctl_schedparam_vcpu param;
    struct vcpu *v;

    if (get_from_guest(&param, address))
        return -XEN_EFAULT;
    v = domctl_vcpu(d, param.vcpuid);
    if (!v)
        return -XEN_EINVAL;
    if (put) {
        if (!param.u.credit2.weight)
            return -XEN_EINVAL;
        sched_set_share(&v->sched, param.u.credit2.weight, param.u.credit2.cap);
        return 0;
    }
    param.u.credit2.weight = (uint16_t)v->sched.weight;
    param.u.credit2.cap = (uint16_t)v->sched.cap;
    return put_to_guest(address, &param);
}

static int vcpu_shares(struct domain *d, struct xen_domctl_scheduler_op *op, bool put)
{
    uint32_t count = op->u.v.nr_vcpus, done = 0;
    int error = 0;

    if (count > d->max_vcpus)
        return -XEN_EINVAL;
    while (!error && done < count)
        error = vcpu_share(d, guest_element(op->u.v.vcpus, done++), put);
    op->u.v.nr_vcpus = done;
    return error;
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_scheduler_op *sched = &op->u.scheduler_op;

    if (sched->sched_id != XEN_SCHEDULER_CREDIT2)
        return -XEN_EINVAL;
    switch (sched->cmd) {
    case XEN_DOMCTL_SCHEDOP_putinfo:
        share_set(d, sched->u.credit2.weight, sched->u.credit2.cap);
        return 0;
    case XEN_DOMCTL_SCHEDOP_getinfo:
        share_get(d, &sched->u.credit2);
        return 0;
    case XEN_DOMCTL_SCHEDOP_putvcpuinfo:
        return vcpu_shares(d, sched, true);
    case XEN_DOMCTL_SCHEDOP_getvcpuinfo:
        return vcpu_shares(d, sched, false);
    default:
        return -XEN_EINVAL;
    }
}
