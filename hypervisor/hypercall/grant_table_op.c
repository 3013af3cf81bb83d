/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_grant_table_op: arrays of operations on grant tables. Each element has a status of
 * its own; the call as a whole fails only when the array can't be read or written. */
#include "hypercall/hypercall.h"

#include <xen/grant_table.h>

#include "domain/grant_table.h"

/* Elements that are unmapped with one TLB flush. */
#define UNMAP_BATCH 32

/* What the elements of a sub-operation are, and what is to be done with `count` of them at once.
 * 0, or a negative errno. */
struct grant_op {
    size_t size;
    unsigned int batch;
    int (*run)(uint64_t address, unsigned int count);
};

static int op_map(uint64_t address, unsigned int count)
{
    struct gnttab_map_grant_ref op;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    grant_map(&op);
    return put_to_guest(address, &op);
}

static int op_copy(uint64_t address, unsigned int count)
{
    struct gnttab_copy op;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    grant_copy(&op);
    return copy_to_guest(address + offsetof(struct gnttab_copy, status), &op.status,
                         sizeof(op.status));
}

/* The second half of unmapping, for as many as went through the first; then the statuses. */
static int unmap_finish(struct grant_unmap *ops, unsigned int count, uint64_t status_address,
                        size_t stride)
{
    int error = 0;

    grant_unmap_flush();
    for (unsigned int i = 0; i < count; i++) {
        grant_unmap_end(&ops[i]);
        if (copy_to_guest(status_address + i * stride, &ops[i].status, sizeof(ops[i].status)))
            error = -XEN_EFAULT;
    }
    return error;
}

static int op_unmap(uint64_t address, unsigned int count)
{
    struct grant_unmap ops[UNMAP_BATCH];
    struct gnttab_unmap_grant_ref op;
    unsigned int done;
    int error = 0;

    for (done = 0; done < count; done++) {
        error = get_from_guest(&op, address + done * sizeof(op));
        if (error)
            break;
        ops[done] = (struct grant_unmap){
            .host_addr = op.host_addr, .dev_bus_addr = op.dev_bus_addr, .handle = op.handle};
        grant_unmap_begin(&ops[done], false);
    }
    return unmap_finish(ops, done, address + offsetof(struct gnttab_unmap_grant_ref, status),
                        sizeof(op))
               ? -XEN_EFAULT
               : error;
}

static int op_unmap_and_replace(uint64_t address, unsigned int count)
{
    struct grant_unmap ops[UNMAP_BATCH];
    struct gnttab_unmap_and_replace op;
    unsigned int done;
    int error = 0;

    for (done = 0; done < count; done++) {
        error = get_from_guest(&op, address + done * sizeof(op));
        if (error)
            break;
        ops[done] = (struct grant_unmap){
            .host_addr = op.host_addr, .new_addr = op.new_addr, .handle = op.handle};
        grant_unmap_begin(&ops[done], true);
    }
    return unmap_finish(ops, done, address + offsetof(struct gnttab_unmap_and_replace, status),
                        sizeof(op))
               ? -XEN_EFAULT
               : error;
}

/* The domain whose table is meant, held; or NULL and the status that says why not. */
static struct domain *table_owner(domid_t domid, int16_t *status)
{
    int error;
    struct domain *d = hypercall_domain(domid, &error);

    if (!d)
        *status = error == -XEN_EPERM ? GNTST_permission_denied : GNTST_bad_domain;
    return d;
}

static int16_t setup_frames(struct domain *d, const struct gnttab_setup_table *op, bool *fault)
{
    if (op->nr_frames > grant_table_max_frames(d) || grant_table_grow(d, op->nr_frames))
        return GNTST_general_error;
    for (uint32_t i = 0; i < op->nr_frames; i++) {
        xen_pfn_t mfn;

        if (grant_table_frame(d, i, &mfn))
            return GNTST_general_error;
        if (d->hvm) /* by the guest's own number, if it has been given one */
            mfn = m2p_table[mfn];
        if (put_to_guest(guest_element(op->frame_list, i), &mfn)) {
            *fault = true;
            return GNTST_bad_virt_addr;
        }
    }
    return GNTST_okay;
}

static int op_setup_table(uint64_t address, unsigned int count)
{
    struct gnttab_setup_table op;
    bool fault = false;
    struct domain *d;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    d = table_owner(op.dom, &op.status);
    if (d) {
        op.status = setup_frames(d, &op, &fault);
        domain_put(d);
    }
    return put_to_guest(address, &op) || fault ? -XEN_EFAULT : 0;
}

static int op_query_size(uint64_t address, unsigned int count)
{
    struct gnttab_query_size op;
    struct domain *d;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    d = table_owner(op.dom, &op.status);
    if (d) {
        op.nr_frames = grant_table_frames(d);
        op.max_nr_frames = grant_table_max_frames(d);
        op.status = GNTST_okay;
        domain_put(d);
    }
    return put_to_guest(address, &op);
}

static int op_dump_table(uint64_t address, unsigned int count)
{
    struct gnttab_dump_table op;
    struct domain *d;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    /* Only who may see the log may fill it. */
    op.status = GNTST_permission_denied;
    d = current_domain()->privileged ? table_owner(op.dom, &op.status) : NULL;
    if (d) {
        grant_table_dump(d);
        op.status = GNTST_okay;
        domain_put(d);
    }
    return put_to_guest(address, &op);
}

/* Giving pages away for good: no kernel of this century accepts them. */
static int op_transfer(uint64_t address, unsigned int count)
{
    int16_t status = GNTST_general_error;

    return copy_to_guest(address + offsetof(struct gnttab_transfer, status), &status,
                         sizeof(status));
}

static int op_swap(uint64_t address, unsigned int count)
{
    struct gnttab_swap_grant_ref op;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    op.status = grant_table_swap(current_domain(), op.ref_a, op.ref_b);
    return put_to_guest(address, &op);
}

/* Version 1 is what there is. The caller learns so from the field, too. */
static int op_set_version(uint64_t address, unsigned int count)
{
    struct gnttab_set_version op;
    int result = -XEN_EINVAL;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    if (op.version == 1)
        result = 0;
    else if (op.version == 2)
        result = -XEN_ENOSYS;
    op.version = 1;
    return put_to_guest(address, &op) ? -XEN_EFAULT : result;
}

static int op_get_version(uint64_t address, unsigned int count)
{
    struct gnttab_get_version op;
    struct domain *d;
    int error;

    if (get_from_guest(&op, address))
        return -XEN_EFAULT;
    d = hypercall_domain(op.dom, &error);
    if (!d)
        return error;
    domain_put(d);
    op.version = 1;
    return put_to_guest(address, &op);
}

/* Status frames are a thing of version 2. */
static int op_status_frames(uint64_t address, unsigned int count)
{
    int16_t status = GNTST_general_error;

    return copy_to_guest(address + offsetof(struct gnttab_get_status_frames, status), &status,
                         sizeof(status));
}

static const struct grant_op grant_ops[] = {
    [GNTTABOP_map_grant_ref] = {sizeof(struct gnttab_map_grant_ref), 1, op_map},
    [GNTTABOP_unmap_grant_ref] = {sizeof(struct gnttab_unmap_grant_ref), UNMAP_BATCH, op_unmap},
    [GNTTABOP_setup_table] = {sizeof(struct gnttab_setup_table), 1, op_setup_table},
    [GNTTABOP_dump_table] = {sizeof(struct gnttab_dump_table), 1, op_dump_table},
    [GNTTABOP_transfer] = {sizeof(struct gnttab_transfer), 1, op_transfer},
    [GNTTABOP_copy] = {sizeof(struct gnttab_copy), 1, op_copy},
    [GNTTABOP_query_size] = {sizeof(struct gnttab_query_size), 1, op_query_size},
    [GNTTABOP_unmap_and_replace] = {sizeof(struct gnttab_unmap_and_replace), UNMAP_BATCH,
                                    op_unmap_and_replace},
    [GNTTABOP_set_version] = {sizeof(struct gnttab_set_version), 1, op_set_version},
    [GNTTABOP_get_status_frames] = {sizeof(struct gnttab_get_status_frames), 1, op_status_frames},
    [GNTTABOP_get_version] = {sizeof(struct gnttab_get_version), 1, op_get_version},
    [GNTTABOP_swap_grant_ref] = {sizeof(struct gnttab_swap_grant_ref), 1, op_swap},
};

HYPERCALL(grant_table_op)
{
    uint32_t command = (uint32_t)a1, count = (uint32_t)a3;
    const struct grant_op *op;

    if (command >= ARRAY_SIZE(grant_ops) || !grant_ops[command].run)
        return -XEN_ENOSYS;
    if (count > INT32_MAX)
        return -XEN_EINVAL;
    op = &grant_ops[command];
    while (count) {
        unsigned int part = MIN(count, op->batch);
        int error = op->run(a2, part);

        if (error)
            return error;
        a2 += part * op->size;
        count -= part;
        if (count && hypercall_should_yield())
            return hypercall_again(__HYPERVISOR_grant_table_op, 3, (uint64_t)command, a2,
                                   (uint64_t)count);
    }
    return 0;
}
