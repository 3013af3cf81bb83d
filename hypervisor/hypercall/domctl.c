/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_domctl: the control domain makes, changes and ends domains. */
#include "hypercall/domctl-private.h"

_Static_assert(sizeof(struct xen_domctl) == 144, "ABI");

/* What an operation asks of the domain it names. */
enum target {
    ANY_NUMBER, /* resolved by the handler */
    EXISTING,   /* looks at it: it may be dying */
    LIVING,     /* gives it something, which nobody would take away from a dying one */
    OTHER,      /* existing, and not the caller itself: it will be paused, or worse */
    OTHER_LIVING,
};

struct domctl {
    long (*fn)(struct domain *d, struct xen_domctl *op);
    enum target target;
};

static const struct domctl handlers[] = {
    [XEN_DOMCTL_createdomain] = {domctl_createdomain, ANY_NUMBER},
    [XEN_DOMCTL_destroydomain] = {domctl_destroydomain, OTHER},
    [XEN_DOMCTL_pausedomain] = {domctl_pausedomain, OTHER},
    [XEN_DOMCTL_unpausedomain] = {domctl_unpausedomain, EXISTING},
    [XEN_DOMCTL_resumedomain] = {domctl_resumedomain, OTHER_LIVING},
    [XEN_DOMCTL_getdomaininfo] = {domctl_getdomaininfo, ANY_NUMBER},
    [XEN_DOMCTL_setdomainhandle] = {domctl_setdomainhandle, LIVING},
    [XEN_DOMCTL_max_vcpus] = {domctl_max_vcpus, OTHER_LIVING},
    [XEN_DOMCTL_max_mem] = {domctl_max_mem, LIVING},
    [XEN_DOMCTL_setvcpucontext] = {domctl_setvcpucontext, OTHER_LIVING},
    [XEN_DOMCTL_getvcpucontext] = {domctl_getvcpucontext, OTHER},
    [XEN_DOMCTL_getvcpuinfo] = {domctl_getvcpuinfo, EXISTING},
    [XEN_DOMCTL_setvcpuaffinity] = {domctl_setvcpuaffinity, LIVING},
    [XEN_DOMCTL_getvcpuaffinity] = {domctl_getvcpuaffinity, EXISTING},
    [XEN_DOMCTL_setnodeaffinity] = {domctl_setnodeaffinity, LIVING},
    [XEN_DOMCTL_getnodeaffinity] = {domctl_getnodeaffinity, EXISTING},
    [XEN_DOMCTL_scheduler_op] = {domctl_scheduler_op, LIVING},
    [XEN_DOMCTL_get_cpu_policy] = {domctl_get_cpu_policy, EXISTING},
    [XEN_DOMCTL_set_cpu_policy] = {domctl_set_cpu_policy, OTHER_LIVING},
    [XEN_DOMCTL_set_address_size] = {domctl_set_address_size, LIVING},
    [XEN_DOMCTL_get_address_size] = {domctl_get_address_size, EXISTING},
    [XEN_DOMCTL_set_ext_vcpucontext] = {domctl_set_ext_vcpucontext, OTHER_LIVING},
    [XEN_DOMCTL_get_ext_vcpucontext] = {domctl_get_ext_vcpucontext, OTHER},
    [XEN_DOMCTL_setvcpuextstate] = {domctl_setvcpuextstate, OTHER_LIVING},
    [XEN_DOMCTL_getvcpuextstate] = {domctl_getvcpuextstate, OTHER},
    [XEN_DOMCTL_set_vcpu_msrs] = {domctl_set_vcpu_msrs, OTHER_LIVING},
    [XEN_DOMCTL_get_vcpu_msrs] = {domctl_get_vcpu_msrs, OTHER},
    [XEN_DOMCTL_settscinfo] = {domctl_settscinfo, OTHER_LIVING},
    [XEN_DOMCTL_gettscinfo] = {domctl_gettscinfo, OTHER},
    [XEN_DOMCTL_settimeoffset] = {domctl_settimeoffset, LIVING},
    [XEN_DOMCTL_irq_permission] = {domctl_irq_permission, LIVING},
    [XEN_DOMCTL_iomem_permission] = {domctl_iomem_permission, LIVING},
    [XEN_DOMCTL_ioport_permission] = {domctl_ioport_permission, LIVING},
    [XEN_DOMCTL_set_virq_handler] = {domctl_set_virq_handler, LIVING},
    [XEN_DOMCTL_hypercall_init] = {domctl_hypercall_init, LIVING},
    [XEN_DOMCTL_getpageframeinfo3] = {domctl_getpageframeinfo3, EXISTING},
    [XEN_DOMCTL_gethvmcontext] = {domctl_gethvmcontext, OTHER},
    [XEN_DOMCTL_sethvmcontext] = {domctl_sethvmcontext, OTHER_LIVING},
    [XEN_DOMCTL_shadow_op] = {domctl_shadow_op, LIVING},
    [XEN_DOMCTL_subscribe] = {domctl_not_supported, EXISTING},
    [XEN_DOMCTL_sendtrigger] = {domctl_sendtrigger, LIVING},
    [XEN_DOMCTL_setvnumainfo] = {domctl_not_supported, EXISTING},
    [XEN_DOMCTL_vm_event_op] = {domctl_not_supported, EXISTING},
    [XEN_DOMCTL_monitor_op] = {domctl_not_supported, EXISTING},
    [XEN_DOMCTL_set_paging_mempool_size] = {domctl_set_paging_mempool_size, LIVING},
    [XEN_DOMCTL_get_paging_mempool_size] = {domctl_get_paging_mempool_size, EXISTING},
};

/* One at a time. Nobody waits for it spinning: a holder may be long at work. */
static struct spinlock domctl_lock = SPINLOCK_INIT;

long domctl_not_supported(struct domain *d, struct xen_domctl *op)
{
    return -XEN_EOPNOTSUPP;
}

struct vcpu *domctl_vcpu(const struct domain *d, uint32_t id)
{
    return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static long run_on(const struct domctl *handler, struct domain *d, struct xen_domctl *op)
{
    bool other = handler->target == OTHER || handler->target == OTHER_LIVING;
    bool living = handler->target == LIVING || handler->target == OTHER_LIVING;

    if (other && d == current_domain())
        return -XEN_EINVAL;
    if (living && d->life != DOMAIN_ALIVE) /* it can't change: ending one is a domctl too */
        return -XEN_ESRCH;
    return handler->fn(d, op);
}

static long run(const struct domctl *handler, struct xen_domctl *op)
{
    struct domain *d;
    long result;

    if (handler->target == ANY_NUMBER)
        return handler->fn(NULL, op);
    d = domain_get_by_id(op->domain == DOMID_SELF ? current_domain()->domid : op->domain);
    if (!d)
        return -XEN_ESRCH;
    result = run_on(handler, d, op);
    domain_put(d);
    return result;
}

/* Some failures tell what they object to. */
static bool tells_why(uint32_t cmd, long result)
{
    return cmd == XEN_DOMCTL_set_cpu_policy || cmd == XEN_DOMCTL_set_vcpu_msrs ||
           result == -XEN_ENOBUFS;
}

HYPERCALL(domctl)
{
    struct xen_domctl op;
    long result = -XEN_ERESTART;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&op, a1))
        return -XEN_EFAULT;
    if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return -XEN_EACCES;
    if (op.cmd >= ARRAY_SIZE(handlers) || !handlers[op.cmd].fn)
        return -XEN_ENOSYS;
    if (spin_trylock(&domctl_lock)) {
        result = run(&handlers[op.cmd], &op);
        spin_unlock(&domctl_lock);
    }
    if (result == -XEN_ERESTART)
        return hypercall_again(__HYPERVISOR_domctl, 1, a1);
    if ((!result || tells_why(op.cmd, result)) && put_to_guest(a1, &op))
        return -XEN_EFAULT;
    return result;
}
