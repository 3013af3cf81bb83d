/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory before the allocator is up: taken from the top of RAM below 4 GiB, never given back. */
#ifndef MEMORY_BOOT_MEMORY_H
#define MEMORY_BOOT_MEMORY_H

#include "lib/compiler.h"

/* Ranges that boot_alloc and the allocator must keep away from. Byte addresses. */
void boot_memory_reserve(uint64_t start, uint64_t end);
/* Zeroed machine memory, aligned to a power of two; stops the boot when there is none. Works
 * while the boot page tables map the first 4 GiB, and after. */
uint64_t boot_alloc(uint64_t size, uint64_t align);
/* Hands all RAM that is neither reserved nor taken to the allocator; no boot_alloc after this. */
void boot_memory_finish(void);
/* Gives a reserved range to the allocator after all: the boot modules, once they are used. */
void boot_memory_release(uint64_t start, uint64_t end);

#endif
