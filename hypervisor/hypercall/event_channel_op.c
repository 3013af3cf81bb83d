/* SPDX-License-Identifier: GPL-2.0-or-later */
/* event_channel_op: the guest makes, binds, signals and closes its ports. */
#include "hypercall/hypercall.h"

/* Gives a new port's structure back to the guest; a port that it can't learn of is closed. */
static long answer_port(struct domain *d, evtchn_port_t port, uint64_t arg, const void *op,
                        size_t size)
{
    if (copy_to_guest(arg, op, size) == 0)
        return 0;
    evtchn_close(d, port);
    return -XEN_EFAULT;
}

static long alloc_unbound(uint64_t arg)
{
    struct evtchn_alloc_unbound op;
    struct domain *d;
    int error;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    d = hypercall_domain(op.dom, &error);
    if (!d)
        return error;
    if (op.remote_dom == DOMID_SELF)
        op.remote_dom = current_domain()->domid;
    rc = evtchn_alloc_unbound(d, op.remote_dom, &op.port);
    if (!rc)
        rc = answer_port(d, op.port, arg, &op, sizeof(op));
    domain_put(d);
    return rc;
}

/* Any domain may bind to a port that another one keeps for it: being named there is the right. */
static struct domain *peer(domid_t domid)
{
    if (domid != DOMID_SELF)
        return domain_get_by_id(domid);
    domain_get(current_domain());
    return current_domain();
}

static long bind_interdomain(uint64_t arg)
{
    struct evtchn_bind_interdomain op;
    struct domain *remote;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    remote = peer(op.remote_dom);
    if (!remote)
        return -XEN_ESRCH;
    rc = evtchn_bind_interdomain(current_domain(), remote, op.remote_port, &op.local_port);
    if (!rc)
        rc = answer_port(current_domain(), op.local_port, arg, &op, sizeof(op));
    domain_put(remote);
    return rc;
}

static long bind_virq(uint64_t arg)
{
    struct evtchn_bind_virq op;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    rc = evtchn_bind_virq(current_domain(), op.virq, op.vcpu, &op.port);
    return rc ? rc : answer_port(current_domain(), op.port, arg, &op, sizeof(op));
}

static long bind_ipi(uint64_t arg)
{
    struct evtchn_bind_ipi op;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    rc = evtchn_bind_ipi(current_domain(), op.vcpu, &op.port);
    return rc ? rc : answer_port(current_domain(), op.port, arg, &op, sizeof(op));
}

static long bind_pirq(uint64_t arg)
{
    struct evtchn_bind_pirq op;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    rc = evtchn_bind_pirq(current_domain(), op.pirq, op.flags, &op.port);
    return rc ? rc : answer_port(current_domain(), op.port, arg, &op, sizeof(op));
}

static long bind_vcpu(uint64_t arg)
{
    struct evtchn_bind_vcpu op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    return evtchn_bind_vcpu(current_domain(), op.port, op.vcpu);
}

static long close_port(uint64_t arg)
{
    struct evtchn_close op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    return evtchn_close(current_domain(), op.port);
}

static long send(uint64_t arg)
{
    struct evtchn_send op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    return evtchn_send(current_domain(), op.port);
}

static long unmask(uint64_t arg)
{
    struct evtchn_unmask op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    return evtchn_unmask(current_domain(), op.port);
}

static long status(uint64_t arg)
{
    struct evtchn_status op;
    struct domain *d;
    int error;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    d = hypercall_domain(op.dom, &error);
    if (!d)
        return error;
    rc = evtchn_status(d, op.port, &op);
    domain_put(d);
    if (!rc && put_to_guest(arg, &op))
        rc = -XEN_EFAULT;
    return rc;
}

static long reset(uint64_t arg)
{
    struct evtchn_reset op;
    struct domain *d;
    int error;
    long rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    d = hypercall_domain(op.dom, &error);
    if (!d)
        return error;
    rc = evtchn_reset(d);
    domain_put(d);
    return rc;
}

/* The operations of the FIFO layout are not here: guests then stay with the 2-level one. */
static long (*const operations[])(uint64_t arg) = {
    [EVTCHNOP_bind_interdomain] = bind_interdomain,
    [EVTCHNOP_bind_virq] = bind_virq,
    [EVTCHNOP_bind_pirq] = bind_pirq,
    [EVTCHNOP_close] = close_port,
    [EVTCHNOP_send] = send,
    [EVTCHNOP_status] = status,
    [EVTCHNOP_alloc_unbound] = alloc_unbound,
    [EVTCHNOP_bind_ipi] = bind_ipi,
    [EVTCHNOP_bind_vcpu] = bind_vcpu,
    [EVTCHNOP_unmask] = unmask,
    [EVTCHNOP_reset] = reset,
};

HYPERCALL(event_channel_op)
{
    uint32_t cmd = (uint32_t)a1;

    return cmd < ARRAY_SIZE(operations) ? operations[cmd](a2) : -XEN_ENOSYS;
}
