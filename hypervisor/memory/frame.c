/* SPDX-License-Identifier: GPL-2.0-or-later */
/* References to frames; see frame.h. */
#include "machine/traps.h"
#include "memory/e820.h"
#include "memory/frame.h"

#define FIRST_MIB_FRAMES 0x100

void (*frame_release)(struct page_info *page);

bool frame_get(struct page_info *page, const struct domain *owner)
{
    uint64_t count = __atomic_load_n(&page->count, __ATOMIC_RELAXED);

    do {
        /* Nothing to refer to, or so many references that one more would wrap. */
        if (!(count & FRAME_COUNT_MASK) || (count & FRAME_COUNT_MASK) == FRAME_COUNT_MASK)
            return false;
        if (page_owner(page) != owner)
            return false;
    } while (!__atomic_compare_exchange_n(&page->count, &count, count + 1, true, __ATOMIC_ACQUIRE,
                                          __ATOMIC_RELAXED));

    /* The owner can't change while there is a reference, but it may have before we had ours. */
    if (likely(page_owner(page) == owner))
        return true;
    frame_put(page);
    return false;
}

void frame_put(struct page_info *page)
{
    uint64_t count = __atomic_sub_fetch(&page->count, 1, __ATOMIC_RELEASE);

    if (!(count & FRAME_COUNT_MASK)) {
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        frame_release(page);
    }
}

struct page_info *frame_get_mfn(uint64_t mfn, const struct domain *owner)
{
    if (!frame_valid(mfn) || !frame_get(mfn_to_page(mfn), owner))
        return NULL;
    return mfn_to_page(mfn);
}

static bool is_ram(uint64_t mfn)
{
    uint64_t at = mfn << PAGE_SHIFT;

    if (mfn < FIRST_MIB_FRAMES)
        return false;
    for (unsigned int i = 0; i < machine_e820.count; i++) {
        const struct e820_entry *e = &machine_e820.entry[i];

        if (e->type == E820_RAM && at >= e->addr && at + PAGE_SIZE <= e->addr + e->size)
            return true;
    }
    return false;
}

void frames_mark_foreign(const struct domain *owner)
{
    for (uint64_t mfn = 0; mfn < frame_limit; mfn++) {
        struct page_info *page = mfn_to_page(mfn);

        if (!frame_valid(mfn) || is_ram(mfn))
            continue;
        page->owner = (uint32_t)virt_to_mfn(owner);
        page->count = 1;
    }
}
