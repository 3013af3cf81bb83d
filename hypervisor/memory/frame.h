/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame table: one struct page_info for each 4 KiB frame of RAM, with who owns it, how often
 * it is referred to, and what it is used as.
 *
 * count: how many references exist. A frame with count 0 is free (or on its way to be). The
 * domain's own allocation is one reference, marked by FRAME_ALLOCATED so that it is dropped once.
 *
 * type: what the frame may be used as, and by how many users. While the type count is not 0, the
 * type is fixed; see memory/frame_type.h for the rules.
 *
 *   type word:  | type 63..60 | pinned 59 | validated 58 | partial 57 | below 56 | done 41..32 |
 *               | count 31..0 |
 */
#ifndef MEMORY_FRAME_H
#define MEMORY_FRAME_H

#include "lib/compiler.h"
#include "machine/layout.h"

struct domain;

struct page_info {
    uint64_t count;
    uint64_t type;
    uint32_t owner;      /* frame number of the owner's struct domain; 0: the hypervisor */
    uint32_t next, prev; /* frames in the owner's or the allocator's list; 0: end */
    uint32_t flush_stamp; /* TLB clock when the last type, or the last use, ended */
};

_Static_assert(sizeof(struct page_info) == 32, "the frame table is 1/128 of RAM");

/* A free block's order is in the type word of its first frame. Of a page of hv_alloc()'s small
 * objects, which has no owner, memory/heap.c keeps its notes in both words. */
#define FRAME_ALLOCATED   (1ULL << 63)
#define FRAME_FREE        (1ULL << 62) /* in the allocator's lists, head of a block */
#define FRAME_HYPERVISOR  (1ULL << 61) /* the hypervisor writes to it: grant table, shared info */
#define FRAME_COUNT_MASK  0xffffffffULL

#define frame_table ((struct page_info *)FRAME_TABLE_START)
#define m2p_table   ((uint64_t *)M2P_RW_START)

/* Entries of the machine-to-phys table that are no frame of a guest (xen-abi: M2P). */
#define M2P_INVALID (~0ULL)

/* One above the highest frame of RAM. */
extern uint64_t frame_limit;

/* Is there a page_info for that frame? */
bool frame_valid(uint64_t mfn);

static inline struct page_info *mfn_to_page(uint64_t mfn)
{
    return &frame_table[mfn];
}

static inline uint64_t page_to_mfn(const struct page_info *page)
{
    return (uint64_t)(page - frame_table);
}

static inline void *page_to_virt(const struct page_info *page)
{
    return mfn_to_virt(page_to_mfn(page));
}

/* The page's owner, or NULL. The pointer is safe to follow while the caller holds a reference to
 * the page or the owner, otherwise only to compare. */
static inline struct domain *page_owner(const struct page_info *page)
{
    uint32_t owner = READ_ONCE(page->owner);

    return owner ? mfn_to_virt(owner) : NULL;
}

/* Takes a reference if the page belongs to that domain. Returns whether it did. Any context. */
must_check bool frame_get(struct page_info *page, const struct domain *owner);
/* Gives a reference back; the last one frees the frame. Any context but interrupts. */
void frame_put(struct page_info *page);
/* frame_get for a frame number that a guest gave: NULL when there is no such RAM or owner. */
must_check struct page_info *frame_get_mfn(uint64_t mfn, const struct domain *owner);

/* Called when the last reference to an owned frame goes, with its count 0. Set once by domain/. */
extern void (*frame_release)(struct page_info *page);
/* Gives all frames that are no RAM of ours, as far as they have a page_info, to that owner. */
void frames_mark_foreign(const struct domain *owner);

static inline void m2p_set(uint64_t mfn, uint64_t pfn)
{
    WRITE_ONCE(m2p_table[mfn], pfn);
}

#endif
