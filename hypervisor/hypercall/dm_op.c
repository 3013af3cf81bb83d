/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_dm_op: finds the handler of a device model's operation.
 *
 * The arguments are a list of buffers, of which the first is the operation's structure. Callers may
 * have an older, shorter one: as much of it as the operation has fields has to be there. */
#include "hypercall/dm_op-private.h"
#include "hypercall/hvm.h"

#include "lib/string.h"

#define BUFFERS_MAX 2
#define HEAD_SIZE   offsetof(struct xen_dm_op, u)

_Static_assert(sizeof(struct xen_dm_op) == 32 && sizeof(struct xen_dm_op_buf) == 16, "ABI");

struct dm_op {
    dm_op_fn fn;
    size_t size;  /* of its member of the union */
    bool answers; /* the structure goes back */
};

#define OP(member) sizeof(((struct xen_dm_op *)0)->u.member)

static const struct dm_op handlers[] = {
    [XEN_DMOP_create_ioreq_server] = {dm_op_create_ioreq_server, OP(create_ioreq_server), true},
    [XEN_DMOP_get_ioreq_server_info] = {dm_op_get_ioreq_server_info, OP(get_ioreq_server_info),
                                        true},
    [XEN_DMOP_map_io_range_to_ioreq_server] = {dm_op_map_io_range, OP(map_io_range_to_ioreq_server),
                                               false},
    [XEN_DMOP_unmap_io_range_from_ioreq_server] = {dm_op_unmap_io_range,
                                                   OP(unmap_io_range_from_ioreq_server), false},
    [XEN_DMOP_set_ioreq_server_state] = {dm_op_set_ioreq_server_state, OP(set_ioreq_server_state),
                                         false},
    [XEN_DMOP_destroy_ioreq_server] = {dm_op_destroy_ioreq_server, OP(destroy_ioreq_server), false},
    [XEN_DMOP_track_dirty_vram] = {dm_op_track_dirty_vram, OP(track_dirty_vram), false},
    [XEN_DMOP_set_pci_intx_level] = {dm_op_set_pci_intx_level, OP(set_pci_intx_level), false},
    [XEN_DMOP_set_isa_irq_level] = {dm_op_set_isa_irq_level, OP(set_isa_irq_level), false},
    [XEN_DMOP_set_pci_link_route] = {dm_op_set_pci_link_route, OP(set_pci_link_route), false},
    [XEN_DMOP_modified_memory] = {dm_op_modified_memory, OP(modified_memory), true},
    [XEN_DMOP_set_mem_type] = {dm_op_set_mem_type, OP(set_mem_type), true},
    [XEN_DMOP_inject_event] = {dm_op_inject_event, OP(inject_event), false},
    [XEN_DMOP_inject_msi] = {dm_op_inject_msi, OP(inject_msi), false},
    [XEN_DMOP_remote_shutdown] = {dm_op_remote_shutdown, OP(remote_shutdown), false},
    [XEN_DMOP_relocate_memory] = {dm_op_relocate_memory, OP(relocate_memory), true},
    [XEN_DMOP_pin_memory_cacheattr] = {dm_op_pin_memory_cacheattr, OP(pin_memory_cacheattr), false},
    [XEN_DMOP_nr_vcpus] = {dm_op_nr_vcpus, OP(nr_vcpus), true},
};

/* Copies the structure in. NULL and *error: there is no such operation, or its fields are missing.
 */
static const struct dm_op *read_op(const struct xen_dm_op_buf *buffer, struct xen_dm_op *op,
                                   long *error)
{
    size_t size = MIN(buffer->size, sizeof(*op));
    const struct dm_op *handler;

    memset(op, 0, sizeof(*op));
    *error = -XEN_EFAULT;
    if (size < HEAD_SIZE || copy_from_guest(op, guest_address(buffer->h), size))
        return NULL;
    *error = -XEN_EOPNOTSUPP;
    if (op->op >= ARRAY_SIZE(handlers) || !handlers[op->op].fn)
        return NULL;
    handler = &handlers[op->op];
    *error = -XEN_EINVAL;
    if (op->pad)
        return NULL;
    *error = -XEN_EFAULT;
    return size - HEAD_SIZE < handler->size ? NULL : handler;
}

/* The hardware guest that a device model serves, held. Nobody is one's own device model. */
static struct domain *target(domid_t domid, int *error)
{
    struct domain *d = hypercall_domain(domid, error);

    if (!d)
        return NULL;
    if (d == current_domain())
        *error = -XEN_EPERM;
    else if (!d->hvm)
        *error = -XEN_EINVAL;
    else if (READ_ONCE(d->life) != DOMAIN_ALIVE)
        *error = -XEN_ESRCH;
    else
        return d;
    domain_put(d);
    return NULL;
}

static long run(struct domain *d, const struct xen_dm_op_buf *buffers)
{
    struct dm_op_data data = {guest_address(buffers[1].h), buffers[1].size};
    const struct dm_op *handler;
    struct xen_dm_op op;
    long result;

    handler = read_op(&buffers[0], &op, &result);
    if (!handler)
        return result;
    result = handler->fn(d, &op, &data);
    if (handler->answers && (!result || result == -XEN_ERESTART) &&
        copy_to_guest(guest_address(buffers[0].h), &op, HEAD_SIZE + handler->size))
        return -XEN_EFAULT;
    return result;
}

HYPERCALL(dm_op)
{
    struct xen_dm_op_buf buffers[BUFFERS_MAX] = {0};
    struct domain *d;
    long result;
    int error;

    if (!a2)
        return -XEN_EINVAL;
    if (a2 > BUFFERS_MAX)
        return -XEN_E2BIG;
    d = target((domid_t)a1, &error);
    if (!d)
        return error;
    result = -XEN_EFAULT;
    if (!copy_from_guest(buffers, a3, a2 * sizeof(buffers[0])))
        result = run(d, buffers);
    domain_put(d);
    if (result == -XEN_ERESTART)
        return hypercall_again(__HYPERVISOR_dm_op, 3, a1, a2, a3);
    return result;
}
