/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hvm_op: a hardware guest's parameters, by itself or by the toolstack; and where it wants its
 * events. */
#include "hypercall/hvm.h"

#include <xen/hvm/hvm_op.h>

#include "hvm/hvm.h"
#include "machine/time.h"
#include "memory/flush.h"

/* The hardware guest that is meant, held; or NULL. Anybody may name itself. */
static struct domain *target(domid_t domid, int *error)
{
    struct domain *d = hypercall_domain(domid, error);

    if (d && !d->hvm) {
        domain_put(d);
        *error = -XEN_EINVAL;
        return NULL;
    }
    return d;
}

static long set_param(uint64_t arg)
{
    struct xen_hvm_param op;
    struct domain *d;
    int error;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    d = target(op.domid, &error);
    if (!d)
        return error;
    error = hvm_param_set(d, op.index, op.value, d == current_domain());
    if (!error && d == current_domain() && op.index == HVM_PARAM_CALLBACK_IRQ)
        hvm_words_latch(current_vcpu());
    domain_put(d);
    return error;
}

static long get_param(uint64_t arg)
{
    struct xen_hvm_param op;
    struct domain *d;
    int error;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    d = target(op.domid, &error);
    if (!d)
        return error;
    error = hvm_param_get(d, op.index, &op.value, d == current_domain());
    domain_put(d);
    return error ? error : put_to_guest(arg, &op);
}

static long flush_tlbs(uint64_t arg)
{
    if (arg)
        return -XEN_EINVAL;
    if (!current_domain()->hvm)
        return -XEN_ENOSYS;
    tlb_flush_mask(READ_ONCE(current_domain()->dirty_cpus));
    return 0;
}

static long get_time(uint64_t arg)
{
    struct xen_hvm_get_time op = {.now = system_time()};

    return put_to_guest(arg, &op);
}

/* What a guest frame is: a crashed kernel's successor asks before it reads. What belongs to a
 * domain that is controlled is nothing for it. */
static long get_mem_type(uint64_t arg)
{
    static const uint16_t types[P2M_TYPES] = {
        [P2M_HOLE] = HVMMEM_mmio_dm,
        [P2M_RAM] = HVMMEM_ram_rw,
        [P2M_RAM_RO] = HVMMEM_ram_ro,
        [P2M_SHARED] = HVMMEM_ram_rw,
        [P2M_GRANT] = HVMMEM_ram_rw,
        [P2M_GRANT_RO] = HVMMEM_ram_ro,
        [P2M_FOREIGN] = HVMMEM_mmio_dm,
    };
    struct xen_hvm_get_mem_type op;
    struct domain *d;
    uint64_t mfn;
    int error;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    d = target(op.domid, &error);
    if (!d)
        return error;
    op.mem_type = types[hvm_gfn_lookup(d, op.pfn, &mfn)];
    domain_put(d);
    return put_to_guest(arg, &op);
}

/* Parts of the ABI that are not here. */
static long not_supported(uint64_t arg)
{
    return -XEN_EOPNOTSUPP;
}

static long set_upcall_vector(uint64_t arg)
{
    struct domain *d = current_domain();
    struct xen_hvm_evtchn_upcall_vector op;

    if (!d->hvm)
        return -XEN_EINVAL;
    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.vcpu >= d->max_vcpus || !d->vcpu[op.vcpu])
        return -XEN_ENOENT;
    return hvm_upcall_vector_set(d->vcpu[op.vcpu], op.vector);
}

static long (*const operations[])(uint64_t arg) = {
    [HVMOP_set_param] = set_param,
    [HVMOP_get_param] = get_param,
    [HVMOP_flush_tlbs] = flush_tlbs,
    [HVMOP_get_time] = get_time,
    [HVMOP_get_mem_type] = get_mem_type,
    [HVMOP_guest_request_vm_event] = not_supported,
    [HVMOP_altp2m] = not_supported,
    [HVMOP_set_evtchn_upcall_vector] = set_upcall_vector,
};

HYPERCALL(hvm_op)
{
    uint32_t command = (uint32_t)a1;

    if (command >= ARRAY_SIZE(operations) || !operations[command])
        return -XEN_ENOSYS;
    return operations[command](a2);
}
