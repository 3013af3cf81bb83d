/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buddy allocator; see allocator.h.
 *
 * Free blocks are in lists by zone and order, linked through their first frames. A zone holds
 * the frames below an address limit, so that low memory is left for those who must have it.
 * A block is zeroed as it is taken, not as it is freed, and after the TLBs have forgotten its last
 * use: until then, who had it may still write to it. */
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/spinlock.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/flush.h"

enum { ZONE_ISA, ZONE_32BIT, ZONE_HIGH, ZONES };

static const unsigned int zone_bits[ZONES] = {24, 32, 64};

static uint32_t free_list[ZONES][ALLOC_MAX_ORDER + 1];
static uint64_t free_frames, total_frames;
static struct spinlock lock = SPINLOCK_INIT;

uint64_t frames_claimed;

static unsigned int zone_of(uint64_t mfn)
{
    unsigned int zone = 0;

    while (zone_bits[zone] < 64 && mfn >> (zone_bits[zone] - PAGE_SHIFT))
        zone++;
    return zone;
}

static void block_add(struct page_info *page, unsigned int order)
{
    uint32_t mfn = (uint32_t)page_to_mfn(page);
    uint32_t *head = &free_list[zone_of(mfn)][order];

    page->count = FRAME_FREE;
    page->type = order;
    page->prev = 0;
    page->next = *head;
    if (*head)
        mfn_to_page(*head)->prev = mfn;
    *head = mfn;
}

static void block_remove(struct page_info *page)
{
    unsigned int order = (unsigned int)page->type;

    if (page->prev)
        mfn_to_page(page->prev)->next = page->next;
    else
        free_list[zone_of(page_to_mfn(page))][order] = page->next;
    if (page->next)
        mfn_to_page(page->next)->prev = page->prev;
    page->count = 0;
    page->type = 0;
    page->next = page->prev = 0;
}

/* The free block of that order that would make a bigger one with this one; NULL if it isn't. */
static struct page_info *buddy_of(const struct page_info *page, unsigned int order)
{
    uint64_t mfn = page_to_mfn(page) ^ (1ULL << order);
    struct page_info *buddy = mfn_to_page(mfn);

    if (!frame_valid(mfn) || !(buddy->count & FRAME_FREE) || buddy->type != order ||
        zone_of(mfn) != zone_of(page_to_mfn(page)))
        return NULL;
    return buddy;
}

static void block_free(struct page_info *page, unsigned int order)
{
    struct page_info *buddy;

    free_frames += 1ULL << order;
    while (order < ALLOC_MAX_ORDER && (buddy = buddy_of(page, order))) {
        block_remove(buddy);
        page = MIN(page, buddy);
        order++;
    }
    block_add(page, order);
}

void frames_add(uint64_t first, uint64_t end)
{
    uint64_t flags = spin_lock_irqsave(&lock);

    while (first < end) {
        unsigned int order = MIN(bit_lowest(first | 1ULL << ALLOC_MAX_ORDER), bit_highest(end - first));

        total_frames += 1ULL << order;
        block_free(mfn_to_page(first), order);
        first += 1ULL << order;
    }
    spin_unlock_irqrestore(&lock, flags);
}

static bool block_fits(uint32_t mfn, unsigned int order, unsigned int address_bits)
{
    return address_bits >= 52 || !((mfn + (1ULL << order) - 1) >> (address_bits - PAGE_SHIFT));
}

static struct page_info *block_find(unsigned int order, unsigned int address_bits)
{
    for (unsigned int zone = ZONES; zone-- > 0;)
        for (unsigned int o = order; o <= ALLOC_MAX_ORDER; o++)
            for (uint32_t mfn = free_list[zone][o]; mfn; mfn = mfn_to_page(mfn)->next)
                if (block_fits(mfn, order, address_bits))
                    return mfn_to_page(mfn);
    return NULL;
}

/* Takes the front of a block, gives the rest back. */
static void block_take(struct page_info *page, unsigned int order)
{
    unsigned int have = (unsigned int)page->type;

    block_remove(page);
    while (have > order) {
        have--;
        block_add(page + (1ULL << have), have);
    }
    free_frames -= 1ULL << order;
}

/* Flushes what TLBs may still hold of the block's last use; a frame without a stamp had none. */
static void block_flush(const struct page_info *page, unsigned int order)
{
    cpumask_t stale = 0;

    for (uint64_t i = 0; i < 1ULL << order; i++)
        if (page[i].flush_stamp)
            stale |= tlb_stale_cpus(page[i].flush_stamp);
    if (stale)
        tlb_flush_mask(stale);
}

struct page_info *frames_alloc(unsigned int order, unsigned int address_bits)
{
    struct page_info *page = NULL;
    uint64_t flags;

    if (order > ALLOC_MAX_ORDER || address_bits <= PAGE_SHIFT)
        return NULL;
    flags = spin_lock_irqsave(&lock);
    page = block_find(order, address_bits);
    if (page)
        block_take(page, order);
    spin_unlock_irqrestore(&lock, flags);
    if (!page)
        return NULL;

    block_flush(page, order);
    memset(page_to_virt(page), 0, PAGE_SIZE << order);
    return page;
}

void frames_free(struct page_info *page, unsigned int order)
{
    uint64_t flags;

    for (uint64_t i = 0; i < 1ULL << order; i++) {
        BUG_ON(page[i].count & FRAME_FREE);
        page[i].count = 0;
        page[i].type = 0;
        page[i].owner = 0;
    }
    flags = spin_lock_irqsave(&lock);
    block_free(page, order);
    spin_unlock_irqrestore(&lock, flags);
}

uint64_t frames_free_count(void)
{
    return READ_ONCE(free_frames);
}

uint64_t frames_total_count(void)
{
    return total_frames;
}

void *pages_alloc(unsigned int order)
{
    struct page_info *page = frames_alloc(order, ALLOC_ANY);

    return page ? page_to_virt(page) : NULL;
}

void pages_free(void *ptr, unsigned int order)
{
    if (ptr)
        frames_free(mfn_to_page(virt_to_mfn(ptr)), order);
}
