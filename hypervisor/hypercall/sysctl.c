/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_sysctl: the control domain asks about, or changes, the machine as a whole. */
#include "hypercall/sysctl-private.h"

_Static_assert(sizeof(struct xen_sysctl) == 136, "ABI");

static long (*const handlers[])(struct xen_sysctl *op) = {
    [XEN_SYSCTL_readconsole] = sysctl_readconsole,
    [XEN_SYSCTL_debug_keys] = sysctl_debug_keys,
    [XEN_SYSCTL_physinfo] = sysctl_physinfo,
    [XEN_SYSCTL_numainfo] = sysctl_numainfo,
    [XEN_SYSCTL_cputopoinfo] = sysctl_cputopoinfo,
    [XEN_SYSCTL_pcitopoinfo] = sysctl_pcitopoinfo,
    [XEN_SYSCTL_getcpuinfo] = sysctl_getcpuinfo,
    [XEN_SYSCTL_availheap] = sysctl_availheap,
    [XEN_SYSCTL_getdomaininfolist] = sysctl_getdomaininfolist,
    [XEN_SYSCTL_sched_id] = sysctl_sched_id,
    [XEN_SYSCTL_cpupool_op] = sysctl_cpupool_op,
    [XEN_SYSCTL_scheduler_op] = sysctl_scheduler_op,
    [XEN_SYSCTL_get_cpu_policy] = sysctl_get_cpu_policy,
    [XEN_SYSCTL_get_cpu_featureset] = sysctl_get_cpu_featureset,
    [XEN_SYSCTL_get_cpu_levelling_caps] = sysctl_get_levelling_caps,
};

HYPERCALL(sysctl)
{
    struct xen_sysctl op;
    long result;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&op, a1))
        return -XEN_EFAULT;
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return -XEN_EACCES;
    if (op.cmd >= ARRAY_SIZE(handlers) || !handlers[op.cmd])
        return -XEN_ENOSYS;
    result = handlers[op.cmd](&op);
    if ((!result || result == -XEN_ENOBUFS) && put_to_guest(a1, &op))
        return -XEN_EFAULT;
    return result;
}
