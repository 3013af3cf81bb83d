/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sched_op: the guest gives up its CPU, waits for events, or shuts down. */
#include "hypercall/hypercall.h"

#include "domain/watchdog.h"

static long yield(uint64_t arg)
{
    sched_give_way();
    return 0;
}

static long block(uint64_t arg)
{
    vcpu_block(current_vcpu());
    return 0;
}

static long shutdown(uint64_t arg)
{
    struct sched_shutdown op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.reason > SHUTDOWN_MAX)
        return -XEN_EINVAL;
    domain_shutdown(current_domain(), (uint8_t)op.reason);
    return 0;
}

static long poll(uint64_t arg)
{
    evtchn_port_t ports[POLL_PORTS_MAX];
    struct sched_poll op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.nr_ports > POLL_PORTS_MAX)
        return -XEN_EINVAL;
    if (copy_from_guest(ports, guest_address(op.ports), op.nr_ports * sizeof(ports[0])))
        return -XEN_EFAULT;
    return vcpu_poll(current_vcpu(), ports, op.nr_ports, op.timeout);
}

static long remote_shutdown(uint64_t arg)
{
    struct sched_remote_shutdown op;
    struct domain *d;
    int error;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.reason > SHUTDOWN_MAX)
        return -XEN_EINVAL;
    d = hypercall_domain(op.domain_id, &error);
    if (!d)
        return error;
    if (d == current_domain()) {
        domain_put(d);
        return -XEN_EPERM;
    }
    domain_shutdown(d, (uint8_t)op.reason);
    domain_put(d);
    return 0;
}

/* Only the first one counts, and only before the shutdown itself. */
static long shutdown_code(uint64_t arg)
{
    struct domain *d = current_domain();
    struct sched_shutdown op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.reason > SHUTDOWN_MAX)
        return -XEN_EINVAL;
    spin_lock(&d->lock);
    if (d->shutdown_code == SHUTDOWN_CODE_NONE)
        d->shutdown_code = (uint8_t)op.reason;
    spin_unlock(&d->lock);
    return 0;
}

static long watchdog(uint64_t arg)
{
    struct sched_watchdog op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    return domain_watchdog_set(current_domain(), op.id, op.timeout);
}

static long (*const operations[])(uint64_t arg) = {
    [SCHEDOP_yield] = yield,
    [SCHEDOP_block] = block,
    [SCHEDOP_shutdown] = shutdown,
    [SCHEDOP_poll] = poll,
    [SCHEDOP_remote_shutdown] = remote_shutdown,
    [SCHEDOP_shutdown_code] = shutdown_code,
    [SCHEDOP_watchdog] = watchdog,
};

HYPERCALL(sched_op)
{
    uint32_t cmd = (uint32_t)a1;

    return cmd < ARRAY_SIZE(operations) ? operations[cmd](a2) : -XEN_ENOSYS;
}
