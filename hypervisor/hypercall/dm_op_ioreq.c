/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model makes itself a server of I/O requests, and says of which. */
#include "hypercall/dm_op-private.h"

#include "hvm/hvm.h"

static domid_t emulator(void)
{
    return current_domain()->domid;
}

long dm_op_create_ioreq_server(struct domain *d, struct xen_dm_op *op,
                               const struct dm_op_data *data)
{
    struct xen_dm_op_create_ioreq_server *create = &op->u.create_ioreq_server;

    if (create->pad[0] || create->pad[1] || create->pad[2])
        return -XEN_EINVAL;
    return ioreq_server_create(d, emulator(), create->handle_bufioreq, &create->id);
}

/* Its pages are to be had as a resource (XENMEM_acquire_resource) and not as frames of the guest,
 * where that could reach them. */
long dm_op_get_ioreq_server_info(struct domain *d, struct xen_dm_op *op,
                                 const struct dm_op_data *data)
{
    struct xen_dm_op_get_ioreq_server_info *info = &op->u.get_ioreq_server_info;

    if (info->flags & ~XEN_DMOP_no_gfns)
        return -XEN_EINVAL;
    if (!(info->flags & XEN_DMOP_no_gfns))
        return -XEN_EOPNOTSUPP;
    return ioreq_server_ring_port(d, emulator(), info->id, &info->bufioreq_port);
}

long dm_op_map_io_range(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_ioreq_server_range *range = &op->u.map_io_range_to_ioreq_server;

    if (range->pad)
        return -XEN_EINVAL;
    return ioreq_range_map(d, emulator(), range->id, range->type, range->start, range->end);
}

long dm_op_unmap_io_range(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_ioreq_server_range *range = &op->u.unmap_io_range_from_ioreq_server;

    if (range->pad)
        return -XEN_EINVAL;
    return ioreq_range_unmap(d, emulator(), range->id, range->type, range->start, range->end);
}

long dm_op_set_ioreq_server_state(struct domain *d, struct xen_dm_op *op,
                                  const struct dm_op_data *data)
{
    const struct xen_dm_op_set_ioreq_server_state *state = &op->u.set_ioreq_server_state;

    if (state->pad)
        return -XEN_EINVAL;
    return ioreq_server_enable(d, emulator(), state->id, state->enabled);
}

long dm_op_destroy_ioreq_server(struct domain *d, struct xen_dm_op *op,
                                const struct dm_op_data *data)
{
    const struct xen_dm_op_destroy_ioreq_server *destroy = &op->u.destroy_ioreq_server;

    if (destroy->pad)
        return -XEN_EINVAL;
    return ioreq_server_destroy(d, emulator(), destroy->id);
}
