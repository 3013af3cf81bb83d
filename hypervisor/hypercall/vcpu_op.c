/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vcpu_op: the guest starts, stops and asks about its own vCPUs, and sets their timers. */
#include "hypercall/hypercall.h"

#include "lib/bits.h"
#include "memory/allocator.h"

/* Longer periods than this make no sense, and overflow. */
#define PERIODIC_MAX_NS (1ULL << 62)

/* Marks the vCPU as having a context, so that only one caller gives it one. */
static int claim_context(struct vcpu *v)
{
    int rc = 0;

    spin_lock(&v->domain->lock);
    if (v->initialised)
        rc = -XEN_EEXIST;
    v->initialised = true;
    spin_unlock(&v->domain->lock);
    return rc;
}

/* Sets the context of a vCPU that has none. It may be brought up by others at any time, so a pause
 * of our own keeps it from running half set up. */
static int set_first_context(struct vcpu *v, const struct vcpu_guest_context *context)
{
    int rc = claim_context(v);

    if (rc)
        return rc;
    vcpu_pause_nosync(v);
    rc = v->domain->ops->set_context(v, context);
    if (rc) {
        vcpu_sleep(v, VCPU_DOWN);
        spin_lock(&v->domain->lock);
        v->initialised = false;
        spin_unlock(&v->domain->lock);
    }
    vcpu_unpause(v);
    return rc;
}

static long initialise(struct vcpu *v, uint64_t arg)
{
    struct vcpu_guest_context *context;
    long rc = -XEN_EFAULT;

    if (vcpu_info_is_spare(v))
        return -XEN_EINVAL;
    context = hv_alloc(sizeof(*context));
    if (!context)
        return -XEN_ENOMEM;
    if (get_from_guest(context, arg) == 0)
        rc = set_first_context(v, context);
    hv_free(context, sizeof(*context));
    if (rc == -XEN_ERESTART)
        rc = hypercall_again(__HYPERVISOR_vcpu_op, 3, (uint64_t)VCPUOP_initialise, (uint64_t)v->id, arg);
    return rc;
}

static long up(struct vcpu *v, uint64_t arg)
{
    return vcpu_up(v);
}

static long down(struct vcpu *v, uint64_t arg)
{
    bool last;

    vcpu_down(v, &last);
    if (last)
        domain_shutdown(v->domain, SHUTDOWN_poweroff);
    return 0;
}

static long is_up(struct vcpu *v, uint64_t arg)
{
    return !bit_test(&v->pause_flags, VCPU_DOWN);
}

static long get_runstate_info(struct vcpu *v, uint64_t arg)
{
    struct vcpu_runstate_info info;

    vcpu_runstate_get(v, &info);
    return put_to_guest(arg, &info);
}

/* An address that can't be written to is found out now only for the calling vCPU; later copies to
 * a bad one are left out. */
static long register_runstate_memory_area(struct vcpu *v, uint64_t arg)
{
    struct vcpu_register_runstate_memory_area op;
    int rc = 0;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    WRITE_ONCE(v->runstate_address, op.addr.p);
    if (v == current_vcpu())
        rc = vcpu_runstate_publish(v);
    if (rc)
        WRITE_ONCE(v->runstate_address, 0);
    return rc;
}

static long register_vcpu_time_memory_area(struct vcpu *v, uint64_t arg)
{
    struct vcpu_register_time_memory_area op;
    int rc = 0;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.addr.p && v != current_vcpu())
        return -XEN_EINVAL;
    WRITE_ONCE(v->time_address, op.addr.p);
    if (op.addr.p)
        rc = vcpu_time_publish(v);
    if (rc)
        WRITE_ONCE(v->time_address, 0);
    return rc;
}

static long set_periodic_timer(struct vcpu *v, uint64_t arg)
{
    struct vcpu_set_periodic_timer op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.period_ns < PERIODIC_MIN_NS || op.period_ns > PERIODIC_MAX_NS)
        return -XEN_EINVAL;
    vcpu_periodic_set(v, op.period_ns);
    return 0;
}

static long stop_periodic_timer(struct vcpu *v, uint64_t arg)
{
    vcpu_periodic_set(v, 0);
    return 0;
}

/* A deadline that has passed fires at once, whatever the flags say: guests take an error badly. */
static long set_singleshot_timer(struct vcpu *v, uint64_t arg)
{
    struct vcpu_set_singleshot_timer op;

    if (v != current_vcpu())
        return -XEN_EINVAL;
    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    vcpu_singleshot_set(v, op.timeout_abs_ns);
    return 0;
}

static long stop_singleshot_timer(struct vcpu *v, uint64_t arg)
{
    if (v != current_vcpu())
        return -XEN_EINVAL;
    vcpu_singleshot_stop(v);
    return 0;
}

static long register_vcpu_info(struct vcpu *v, uint64_t arg)
{
    struct vcpu_register_vcpu_info op;
    int rc;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    rc = vcpu_info_register(v, op.mfn, op.offset);
    if (!rc)
        vcpu_time_update(v);
    return rc;
}

/* vCPUs are not bound to physical CPUs for good, so that there is no number to tell. */
static long get_physid(struct vcpu *v, uint64_t arg)
{
    return -XEN_EINVAL;
}

static long (*const operations[])(struct vcpu *v, uint64_t arg) = {
    [VCPUOP_initialise] = initialise,
    [VCPUOP_up] = up,
    [VCPUOP_down] = down,
    [VCPUOP_is_up] = is_up,
    [VCPUOP_get_runstate_info] = get_runstate_info,
    [VCPUOP_register_runstate_memory_area] = register_runstate_memory_area,
    [VCPUOP_set_periodic_timer] = set_periodic_timer,
    [VCPUOP_stop_periodic_timer] = stop_periodic_timer,
    [VCPUOP_set_singleshot_timer] = set_singleshot_timer,
    [VCPUOP_stop_singleshot_timer] = stop_singleshot_timer,
    [VCPUOP_register_vcpu_info] = register_vcpu_info,
    [VCPUOP_get_physid] = get_physid,
    [VCPUOP_register_vcpu_time_memory_area] = register_vcpu_time_memory_area,
};

HYPERCALL(vcpu_op)
{
    const struct domain *d = current_domain();
    uint32_t cmd = (uint32_t)a1, id = (uint32_t)a2;

    if (id >= d->max_vcpus || !d->vcpu[id])
        return -XEN_ENOENT;
    if (cmd >= ARRAY_SIZE(operations) || !operations[cmd])
        return -XEN_ENOSYS;
    return operations[cmd](d->vcpu[id], a3);
}
