/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own page tables: what slots 256 to 271 of every L4 point to. */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include "machine/paging.h"

struct domain;

/* The root that idle CPUs run on; its slots 256-271 are copied into every guest root. */
extern pte_t *hv_l4;
/* Its machine address. */
extern uint64_t hv_cr3;

/* Builds the tables from the memory map: direct map, image, frame table, machine-to-phys table;
 * and switches to them. Boot CPU, once. */
void map_init(void);
/* From now on page tables come from the allocator. */
void map_allocator_ready(void);
/* Maps a range in the hypervisor's part, with 2 MiB pages where they fit. 0 or -XEN_ENOMEM. */
int map_range(uint64_t va, uint64_t maddr, uint64_t len, uint64_t flags);
/* Makes the frames of the machine-to-phys table ones that tools may map read-only, as that
 * pseudo-domain's. */
void map_share_m2p(struct domain *owner);
/* Removes a page from the direct map: a guard below a stack. */
void map_guard(uint64_t va);
/* Frame and page size behind an address of the hypervisor's part; false if it is not mapped. */
bool map_lookup(uint64_t va, uint64_t *mfn);

#endif
