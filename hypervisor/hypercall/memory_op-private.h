/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The families of HYPERVISOR_memory_op, a file each. Every handler gets the sub-operation, the
 * number of extents that an earlier, interrupted round has done, and the argument's address. */
#ifndef HYPERCALL_MEMORY_OP_PRIVATE_H
#define HYPERCALL_MEMORY_OP_PRIVATE_H

#include "hypercall/hypercall.h"

#include <xen/memory.h>

/* The command word: the sub-operation, and above it what is done already. */
#define MEMORY_OP_BITS 6

/* memory_op_reservation.c: how many and which frames a domain has. */
long memory_op_reservation(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_query(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_claim(uint32_t op, uint64_t start, uint64_t arg);
/* memory_op_exchange.c: frames for other frames. */
long memory_op_exchange(uint32_t op, uint64_t start, uint64_t arg);
/* memory_op_map.c: what lies where, in the machine and in a guest. */
long memory_op_memory_map(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_machine_map(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_set_map(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_m2p_range(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_m2p_frames(uint32_t op, uint64_t start, uint64_t arg);
/* memory_op_physmap.c: what is where in a guest with frame numbers of its own. */
long memory_op_add_to_physmap(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_add_to_physmap_batch(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_remove_from_physmap(uint32_t op, uint64_t start, uint64_t arg);
long memory_op_pod_target(uint32_t op, uint64_t start, uint64_t arg);
/* memory_op_resource.c: frames that the hypervisor shares with a guest, for the tools. */
long memory_op_acquire(uint32_t op, uint64_t start, uint64_t arg);

#endif
