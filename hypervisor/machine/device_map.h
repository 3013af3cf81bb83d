/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device memory and firmware tables in the hypervisor's own address space. Mappings stay. */
#ifndef MACHINE_DEVICE_MAP_H
#define MACHINE_DEVICE_MAP_H

#include "lib/compiler.h"

/* Maps a range of machine addresses, uncached for devices or cached for tables in RAM; the
 * address may be unaligned. NULL when there is no memory for page tables. */
void *device_map(uint64_t maddr, uint64_t len);
void *device_map_cached(uint64_t maddr, uint64_t len);

/* How a range gets mapped; set by memory/ before the first call. 0 or a negative errno. */
extern int (*device_map_range)(uint64_t va, uint64_t maddr, uint64_t len, uint64_t flags);

#endif
