/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's frames: assigned, listed, counted, given up (domain.h).
 *
 * An assigned frame has one reference of its own (FRAME_ALLOCATED). Frames that the hypervisor
 * writes to (FRAME_HYPERVISOR) are in the list too, but not in tot_pages, and hold a writable
 * type reference for ever, so that they can't become page tables. */
#include "domain/domain.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/flush.h"
#include "memory/frame_type.h"

static void list_add_page(struct domain *d, struct page_info *page)
{
    uint32_t mfn = (uint32_t)page_to_mfn(page);

    page->next = 0;
    page->prev = d->pages_last;
    if (d->pages_last)
        mfn_to_page(d->pages_last)->next = mfn;
    else
        d->pages_first = mfn;
    d->pages_last = mfn;
    WRITE_ONCE(d->pages_listed, d->pages_listed + 1);
}

static void list_remove_page(struct domain *d, struct page_info *page)
{
    if (page->prev)
        mfn_to_page(page->prev)->next = page->next;
    else
        d->pages_first = page->next;
    if (page->next)
        mfn_to_page(page->next)->prev = page->prev;
    else
        d->pages_last = page->prev;
    page->next = page->prev = 0;
    WRITE_ONCE(d->pages_listed, d->pages_listed - 1);
}

struct page_info *domain_pages_rotate(struct domain *d)
{
    struct page_info *page = d->pages_first ? mfn_to_page(d->pages_first) : NULL;

    if (page) {
        list_remove_page(d, page);
        list_add_page(d, page);
    }
    return page;
}

/* Under page_lock. The owner is set before the count makes the frame one that can be referred to. */
static void assign_page(struct domain *d, struct page_info *page, uint64_t flags)
{
    page->type = 0;
    page->owner = (uint32_t)virt_to_mfn(d);
    list_add_page(d, page);
    __atomic_store_n(&page->count, FRAME_ALLOCATED | flags | 1, __ATOMIC_RELEASE);
    domain_get(d);
}

/* Nobody would take frames away from a dying domain again. Under page_lock, as a life's end is. */
static bool assign_block(struct domain *d, struct page_info *page, unsigned int order)
{
    if (d->life != DOMAIN_ALIVE)
        return false;
    for (uint64_t i = 0; i < 1ULL << order; i++)
        assign_page(d, page + i, 0);
    return true;
}

bool domain_page_assign(struct domain *d, struct page_info *page, unsigned int order)
{
    bool assigned;

    spin_lock(&d->page_lock);
    assigned = assign_block(d, page, order);
    if (assigned)
        d->tot_pages += 1U << order;
    spin_unlock(&d->page_lock);
    return assigned;
}

/* Counts an allocation against the limit, and takes it out of the domain's claim. What others
 * have claimed is not to be had. */
static bool reserve(struct domain *d, uint32_t pages)
{
    uint32_t from_claim;
    bool ok;

    spin_lock(&d->page_lock);
    from_claim = MIN(d->claimed_pages, pages);
    ok = d->life == DOMAIN_ALIVE && pages <= d->max_pages &&
         d->tot_pages <= d->max_pages - pages &&
         frames_free_count() + from_claim >= READ_ONCE(frames_claimed) + pages;
    if (ok) {
        d->tot_pages += pages;
        d->claimed_pages -= from_claim;
        __atomic_fetch_sub(&frames_claimed, from_claim, __ATOMIC_SEQ_CST);
    }
    spin_unlock(&d->page_lock);
    return ok;
}

struct page_info *domain_page_alloc(struct domain *d, unsigned int order, unsigned int address_bits)
{
    struct page_info *page;
    bool assigned;

    if (order > ALLOC_MAX_ORDER || !reserve(d, 1U << order))
        return NULL;
    page = frames_alloc(order, address_bits);
    spin_lock(&d->page_lock);
    assigned = page && assign_block(d, page, order);
    if (!assigned)
        d->tot_pages -= 1U << order;
    spin_unlock(&d->page_lock);
    if (assigned || !page)
        return page;
    frames_free(page, order);
    return NULL;
}

void *domain_hv_page_alloc(struct domain *d)
{
    struct page_info *page = frames_alloc(0, ALLOC_ANY);
    bool alive;

    if (!page)
        return NULL;
    spin_lock(&d->page_lock);
    alive = d->life == DOMAIN_ALIVE;
    if (alive) {
        assign_page(d, page, FRAME_HYPERVISOR);
        d->hv_pages++;
    }
    spin_unlock(&d->page_lock);
    if (!alive) {
        frames_free(page, 0);
        return NULL;
    }
    BUG_ON(frame_type_get(page, TYPE_WRITABLE));
    return page_to_virt(page);
}

/* Drops the domain's own reference of such a page, once. The page's memory stays. */
static void hv_page_release(struct page_info *page)
{
    if (__atomic_fetch_and(&page->count, ~FRAME_ALLOCATED, __ATOMIC_SEQ_CST) & FRAME_ALLOCATED) {
        frame_type_put(page);
        frame_put(page);
    }
}

void domain_hv_page_free(void *ptr)
{
    struct page_info *page = mfn_to_page(virt_to_mfn(ptr));

    hv_page_release(page);
    BUG_ON(page->count & FRAME_COUNT_MASK);
    page->flush_stamp = tlb_clock_stamp();
    frames_free(page, 0);
}

/* From here on it is one of the domain's own pages, of which it has lost its reference. */
void domain_hv_page_give_up(void *ptr)
{
    struct page_info *page = mfn_to_page(virt_to_mfn(ptr));
    struct domain *d = page_owner(page);

    spin_lock(&d->page_lock);
    d->hv_pages--;
    d->tot_pages++;
    __atomic_fetch_and(&page->count, ~FRAME_HYPERVISOR, __ATOMIC_SEQ_CST);
    spin_unlock(&d->page_lock);
    hv_page_release(page);
}

void domain_hv_pages_release(struct domain *d)
{
    struct page_info *page;
    uint32_t mfn;

    do {
        spin_lock(&d->page_lock);
        for (mfn = d->pages_first; mfn; mfn = page->next) {
            page = mfn_to_page(mfn);
            if ((page->count & FRAME_HYPERVISOR) && (page->count & FRAME_ALLOCATED))
                break;
        }
        spin_unlock(&d->page_lock);
        if (mfn)
            hv_page_release(mfn_to_page(mfn));
    } while (mfn);
}

bool domain_page_release(struct page_info *page)
{
    if (!(__atomic_fetch_and(&page->count, ~FRAME_ALLOCATED, __ATOMIC_SEQ_CST) & FRAME_ALLOCATED))
        return false;
    frame_put(page);
    return true;
}

/* frame_release: the last reference of an owned frame is gone. A page of the hypervisor's stays
 * where it is, for the domain's structure still points to it: domain_hv_page_free frees it. */
static void release(struct page_info *page)
{
    struct domain *d = page_owner(page);
    bool hv_page = page->count & FRAME_HYPERVISOR;

    BUG_ON(!d);
    spin_lock(&d->page_lock);
    list_remove_page(d, page);
    if (hv_page)
        d->hv_pages--;
    else
        d->tot_pages--;
    spin_unlock(&d->page_lock);
    m2p_set(page_to_mfn(page), M2P_INVALID);
    if (hv_page) {
        page->owner = 0;
        page->count = 0;
    } else {
        page->flush_stamp = tlb_clock_stamp();
        frames_free(page, 0);
    }
    domain_put(d);
}

void domain_pages_init(void)
{
    frame_release = release;
}
