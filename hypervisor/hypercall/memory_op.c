/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_memory_op: finds the handler of a sub-operation. */
#include "hypercall/memory_op-private.h"

typedef long (*memory_op_fn)(uint32_t op, uint64_t start, uint64_t arg);

static long maximum_ram_page(uint32_t op, uint64_t start, uint64_t arg)
{
    return (long)frame_limit;
}

/* Pages are never shared between guests behind their backs. */
static long no_sharing(uint32_t op, uint64_t start, uint64_t arg)
{
    return 0;
}

/* Tools take another errno for a domain that has a NUMA layout, and don't save it. */
static long no_vnuma(uint32_t op, uint64_t start, uint64_t arg)
{
    return -XEN_EOPNOTSUPP;
}

static const memory_op_fn handlers[1 << MEMORY_OP_BITS] = {
    [XENMEM_increase_reservation] = memory_op_reservation,
    [XENMEM_decrease_reservation] = memory_op_reservation,
    [XENMEM_populate_physmap] = memory_op_reservation,
    [XENMEM_current_reservation] = memory_op_query,
    [XENMEM_maximum_reservation] = memory_op_query,
    [XENMEM_maximum_gpfn] = memory_op_query,
    [XENMEM_claim_pages] = memory_op_claim,
    [XENMEM_exchange] = memory_op_exchange,
    [XENMEM_memory_map] = memory_op_memory_map,
    [XENMEM_machine_memory_map] = memory_op_machine_map,
    [XENMEM_set_memory_map] = memory_op_set_map,
    [XENMEM_machphys_mapping] = memory_op_m2p_range,
    [XENMEM_machphys_mfn_list] = memory_op_m2p_frames,
    [XENMEM_maximum_ram_page] = maximum_ram_page,
    [XENMEM_get_sharing_freed_pages] = no_sharing,
    [XENMEM_get_sharing_shared_pages] = no_sharing,
    [XENMEM_get_vnumainfo] = no_vnuma,
    [XENMEM_acquire_resource] = memory_op_acquire,
    [XENMEM_add_to_physmap] = memory_op_add_to_physmap,
    [XENMEM_add_to_physmap_batch] = memory_op_add_to_physmap_batch,
    [XENMEM_remove_from_physmap] = memory_op_remove_from_physmap,
    [XENMEM_set_pod_target] = memory_op_pod_target,
    [XENMEM_get_pod_target] = memory_op_pod_target,
};

/* Machine frames are nothing to a guest that has frame numbers of its own. */
static bool is_about_machine(uint32_t op)
{
    return op == XENMEM_machine_memory_map || op == XENMEM_machphys_mapping ||
           op == XENMEM_machphys_mfn_list || op == XENMEM_exchange ||
           op == XENMEM_increase_reservation;
}

HYPERCALL(memory_op)
{
    uint32_t op = (uint32_t)a1 & ((1 << MEMORY_OP_BITS) - 1);

    if (!handlers[op] || (current_domain()->hvm && is_about_machine(op)))
        return -XEN_ENOSYS;
    return handlers[op](op, a1 >> MEMORY_OP_BITS, a2);
}
