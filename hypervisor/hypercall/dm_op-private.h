/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The families of HYPERVISOR_dm_op, a file each: what a device model asks and tells of the guest
 * that it serves. A handler gets the domain, held, and a copy of the caller's structure, the pads
 * of which it checks; what it writes into it goes back where the table says so. */
#ifndef HYPERCALL_DM_OP_PRIVATE_H
#define HYPERCALL_DM_OP_PRIVATE_H

#include "hypercall/hypercall.h"

#include <xen/hvm/dm_op.h>

/* The second buffer of a call; size 0: there is none. */
struct dm_op_data {
    uint64_t address, size;
};

/* -XEN_ERESTART: the structure says what is left, and the call is made again with it. */
typedef long (*dm_op_fn)(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);

/* dm_op_ioreq.c: servers of I/O requests. */
long dm_op_create_ioreq_server(struct domain *d, struct xen_dm_op *op,
                               const struct dm_op_data *data);
long dm_op_get_ioreq_server_info(struct domain *d, struct xen_dm_op *op,
                                 const struct dm_op_data *data);
long dm_op_map_io_range(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_unmap_io_range(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_set_ioreq_server_state(struct domain *d, struct xen_dm_op *op,
                                  const struct dm_op_data *data);
long dm_op_destroy_ioreq_server(struct domain *d, struct xen_dm_op *op,
                                const struct dm_op_data *data);
/* dm_op_memory.c: the guest's memory. */
long dm_op_track_dirty_vram(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_modified_memory(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_set_mem_type(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_relocate_memory(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_pin_memory_cacheattr(struct domain *d, struct xen_dm_op *op,
                                const struct dm_op_data *data);
/* dm_op_event.c: interrupts, and what else happens to it. */
long dm_op_set_pci_intx_level(struct domain *d, struct xen_dm_op *op,
                              const struct dm_op_data *data);
long dm_op_set_isa_irq_level(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_set_pci_link_route(struct domain *d, struct xen_dm_op *op,
                              const struct dm_op_data *data);
long dm_op_inject_event(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_inject_msi(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_remote_shutdown(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);
long dm_op_nr_vcpus(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data);

#endif
