/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scheduler as the toolstack knows it: one pool of all CPUs, under what it may take for the
 * credit2 scheduler, since weight and cap mean the same. */
#include "hypercall/sysctl-private.h"

#include "hypercall/ctl_bitmap.h"

/* A unit that runs gives way to a better one after that long at the earliest. */
#define RATELIMIT_US 1000

long sysctl_sched_id(struct xen_sysctl *op)
{
    op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
    return 0;
}

static uint32_t domain_count(void)
{
    const struct domain *d;
    uint32_t count = 0;

    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link)
        count++;
    spin_unlock(&domain_list_lock);
    return count;
}

static long pool_info(struct xen_sysctl_cpupool_op *op)
{
    /* "The first pool at or above that number". */
    if (op->cpupool_id != 0)
        return -XEN_ENOENT;
    op->sched_id = XEN_SCHEDULER_CREDIT2;
    op->n_dom = domain_count();
    return ctl_bitmap_put(&op->cpumap, cpus_online);
}

/* CPUs that are in no pool: none. */
static long pool_free_cpus(const struct xen_sysctl_cpupool_op *op)
{
    return ctl_bitmap_put(&op->cpumap, 0);
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
    switch (op->u.cpupool_op.op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return pool_info(&op->u.cpupool_op);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        return pool_free_cpus(&op->u.cpupool_op);
    default:
        return -XEN_EOPNOTSUPP;
    }
}

long sysctl_scheduler_op(struct xen_sysctl *op)
{
    struct xen_sysctl_scheduler_op *sched = &op->u.scheduler_op;

    if (sched->cpupool_id != 0)
        return -XEN_ESRCH;
    if (sched->sched_id != XEN_SCHEDULER_CREDIT2)
        return -XEN_EINVAL;
    switch (sched->cmd) {
    case XEN_SYSCTL_SCHEDOP_getinfo:
        sched->u.sched_credit2.ratelimit_us = RATELIMIT_US;
        return 0;
    case XEN_SYSCTL_SCHEDOP_putinfo: /* it is what it is */
        return sched->u.sched_credit2.ratelimit_us == RATELIMIT_US ? 0 : -XEN_EOPNOTSUPP;
    default:
        return -XEN_EINVAL;
    }
}
