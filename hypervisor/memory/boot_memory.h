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
/* Machine address of a page of RAM below 640 KiB, not the first; 0 if there is none. It stays the
 * firmware's: whoever writes to it puts back what was there. */
uint64_t boot_memory_low_page(void);
/* Hands all RAM that is neither reserved nor taken to the allocator; no boot_alloc after this. */
void boot_memory_finish(void);
/* Gives a reserved range to the allocator after all: the boot modules, once they are used. What
 * lies in the first MiB stays out. */
void boot_memory_release(uint64_t start, uint64_t end);

#endif
