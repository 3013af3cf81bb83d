/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vCPUs from outside: their registers, and what they are doing. The context is too large for the
 * stack. */
#include "hypercall/domctl-private.h"

#include "lib/bits.h"
#include "memory/allocator.h"

_Static_assert(sizeof(struct vcpu_guest_context) == 5168, "ABI");

/* The domain is paused. */
static long set_context(struct vcpu *v, const struct vcpu_guest_context *context)
{
    struct domain *d = v->domain;
    int error = d->ops->set_context(v, context);

    if (error)
        return error;
    spin_lock(&d->lock);
    v->initialised = true;
    spin_unlock(&d->lock);
    if (context->flags & VGCF_online)
        vcpu_wake(v, VCPU_DOWN);
    else
        vcpu_sleep(v, VCPU_DOWN);
    return 0;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
    uint64_t address = guest_address(op->u.vcpucontext.ctxt);
    struct vcpu *v = domctl_vcpu(d, op->u.vcpucontext.vcpu);
    struct vcpu_guest_context *context;
    long result;

    if (!v)
        return -XEN_ENOENT;
    if (!address) /* a reset, which only hardware guests need */
        return -XEN_EOPNOTSUPP;
    context = hv_alloc(sizeof(*context));
    if (!context)
        return -XEN_ENOMEM;
    result = get_from_guest(context, address);
    if (!result) {
        domain_pause(d);
        result = set_context(v, context);
        domain_unpause(d);
    }
    hv_free(context, sizeof(*context));
    return result;
}

/* The domain is paused. */
static void get_context(struct vcpu *v, struct vcpu_guest_context *context)
{
    v->domain->ops->get_context(v, context);
    if (bit_test(&v->pause_flags, VCPU_DOWN))
        context->flags &= ~(unsigned long)VGCF_online;
    else
        context->flags |= VGCF_online;
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domctl_vcpu(d, op->u.vcpucontext.vcpu);
    struct vcpu_guest_context *context;
    long result = -XEN_ENODATA;

    if (!v)
        return -XEN_ESRCH;
    context = hv_alloc(sizeof(*context));
    if (!context)
        return -XEN_ENOMEM;
    domain_pause(d);
    if (v->initialised) {
        get_context(v, context);
        result = 0;
    }
    domain_unpause(d);
    if (!result)
        result = put_to_guest(guest_address(op->u.vcpucontext.ctxt), context);
    hv_free(context, sizeof(*context));
    return result;
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
    const struct vcpu *v = domctl_vcpu(d, info->vcpu);

    if (!v)
        return -XEN_ESRCH;
    info->online = !bit_test(&v->pause_flags, VCPU_DOWN);
    info->blocked = bit_test(&v->pause_flags, VCPU_BLOCKED);
    info->running = READ_ONCE(v->sched.running);
    info->cpu_time = sched_runtime(&v->sched);
    info->cpu = READ_ONCE(v->sched.cpu);
    return 0;
}
