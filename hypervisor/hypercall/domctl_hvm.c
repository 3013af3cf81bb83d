/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware guests from outside: the state of their vCPUs, and the memory that is set aside for
 * their tables. */
#include "hypercall/domctl-private.h"

#include "hvm/hvm.h"
#include "hvm/platform/platform.h"
#include "memory/allocator.h"

/* Larger than any list of records there can be. */
#define CONTEXT_LIMIT (1U << 20)

static long context_copy_out(struct domain *d, struct xen_domctl_hvmcontext *out, uint32_t size)
{
    void *buffer = hv_alloc(size);
    long result;

    if (!buffer)
        return -XEN_ENOMEM;
    domain_pause(d);
    hvm_context_get(d, buffer);
    domain_unpause(d);
    result = copy_to_guest(guest_address(out->buffer), buffer, size);
    hv_free(buffer, size);
    out->size = size;
    return result;
}

long domctl_gethvmcontext(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_hvmcontext *out = &op->u.hvmcontext;
    uint32_t size;

    if (!d->hvm)
        return -XEN_EINVAL;
    size = (uint32_t)hvm_context_size(d);
    if (!guest_address(out->buffer)) {
        out->size = size;
        return 0;
    }
    if (out->size < size)
        return -XEN_ENOSPC;
    return context_copy_out(d, out, size);
}

long domctl_sethvmcontext(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_hvmcontext *in = &op->u.hvmcontext;
    long result = -XEN_EFAULT;
    void *buffer;

    if (!d->hvm)
        return -XEN_EINVAL;
    if (in->size > CONTEXT_LIMIT)
        return -XEN_E2BIG;
    buffer = hv_alloc(MAX(in->size, 1u));
    if (!buffer)
        return -XEN_ENOMEM;
    if (!copy_from_guest(buffer, guest_address(in->buffer), in->size)) {
        domain_pause(d);
        result = hvm_context_set(d, buffer, in->size);
        domain_unpause(d);
    }
    hv_free(buffer, MAX(in->size, 1u));
    return result;
}

static void pool_set(struct domain *d, uint64_t bytes)
{
    d->hvm->paging_pool = bytes;
    p2m_limit(&d->hvm->p2m, bytes >> PAGE_SHIFT);
}

/* Tables come from the machine's free memory as they are needed; the pool is how much that may be.
 */
long domctl_set_paging_mempool_size(struct domain *d, struct xen_domctl *op)
{
    if (!d->hvm)
        return -XEN_EOPNOTSUPP;
    if (op->u.paging_mempool.size & (PAGE_SIZE - 1))
        return -XEN_EINVAL;
    pool_set(d, op->u.paging_mempool.size);
    return 0;
}

long domctl_get_paging_mempool_size(struct domain *d, struct xen_domctl *op)
{
    if (!d->hvm)
        return -XEN_EOPNOTSUPP;
    op->u.paging_mempool.size = d->hvm->paging_pool;
    return 0;
}

/* The older way to the same. */
long domctl_shadow_op(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_shadow_op *shadow = &op->u.shadow_op;

    if (!d->hvm)
        return domctl_log_dirty_pv(d, shadow);
    switch (shadow->op) {
    case XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION:
        pool_set(d, (uint64_t)shadow->mb << 20);
        return 0;
    case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
        shadow->mb = (uint32_t)(d->hvm->paging_pool >> 20);
        return 0;
    default:
        return domctl_log_dirty(d, shadow);
    }
}

/* Presses a button of its machine; other things to be sent there are none. */
long domctl_sendtrigger(struct domain *d, struct xen_domctl *op)
{
    if (!d->hvm)
        return -XEN_EINVAL;
    switch (op->u.sendtrigger.trigger) {
    case XEN_DOMCTL_SENDTRIGGER_POWER:
        return hvm_press_button(d, ACPI_PM_POWER_BUTTON);
    case XEN_DOMCTL_SENDTRIGGER_SLEEP:
        return hvm_press_button(d, ACPI_PM_SLEEP_BUTTON);
    default:
        return -XEN_EOPNOTSUPP;
    }
}
