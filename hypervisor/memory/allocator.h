/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buddy allocator of machine frames. Blocks are 2^order frames, aligned to their size. What
 * is freed is zeroed before anybody else can get it. */
#ifndef MEMORY_ALLOCATOR_H
#define MEMORY_ALLOCATOR_H

#include "memory/frame.h"

#define ALLOC_MAX_ORDER 18
#define ALLOC_ANY       64 /* address bits: anywhere */

/* Takes a block whose addresses fit in that many bits; zeroed, count 0, no owner. NULL when
 * there is none. Any context but interrupts. */
struct page_info *frames_alloc(unsigned int order, unsigned int address_bits);
/* Gives a block back, any part of an allocated one that is aligned to its size. */
void frames_free(struct page_info *page, unsigned int order);
/* Hands a range of frames to the allocator at boot. */
void frames_add(uint64_t first_mfn, uint64_t end_mfn);
/* Frames that are free, and frames that the allocator was given in all. */
uint64_t frames_free_count(void);
uint64_t frames_total_count(void);

/* Keeps `frames` for one domain's coming allocations (XENMEM_claim_pages): others see that much
 * less. Claims are kept by domain/; this is the sum of all. */
extern uint64_t frames_claimed;

/* Zeroed memory of the hypervisor's own, in whole pages. NULL when there is none. */
void *pages_alloc(unsigned int order);
void pages_free(void *ptr, unsigned int order);

/* Zeroed objects of any size: size classes up to half a page, whole pages above. NULL when
 * there is no memory. Any context but interrupts. */
void *hv_alloc(size_t size);
/* `size` as it was asked for. NULL is ignored. */
void hv_free(void *ptr, size_t size);

#endif
