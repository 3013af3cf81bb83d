/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_mmu_update: a list of page-table entries, or of machine-to-phys entries, to be stored
 * (public xen.h). */
#include "hypercall/hypercall.h"
#include "hypercall/mmu_owner.h"
#include "hypercall/pv.h"
#include "machine/paging.h"
#include "memory/frame_type.h"
#include "pv/leftover.h"
#include "pv/log_dirty.h"
#include "pv/page_table.h"

#define PREEMPTED    (1U << 31) /* in the count: this is a call that goes on */
#define COMMAND_MASK 3ULL
#define CHECK_EVERY  16

struct update {
    struct domain *tables, *pages;
};

static int store_entry(const struct update *u, uint64_t address, uint64_t value, bool preserve_ad)
{
    struct domain *d = u->tables;
    struct page_info *page = frame_get_mfn(address >> PAGE_SHIFT, d);
    int error;

    if (!page)
        return -XEN_EINVAL;
    spin_lock(&d->mm_lock);
    error = pt_store(d, u->pages, page, maddr_to_virt(address), value, preserve_ad);
    spin_unlock(&d->mm_lock);
    frame_put(page);
    return error;
}

static int store_m2p(const struct update *u, uint64_t address, uint64_t pfn)
{
    struct page_info *page = frame_get_mfn(address >> PAGE_SHIFT, u->pages);

    if (!page)
        return -XEN_EINVAL;
    m2p_set(address >> PAGE_SHIFT, pfn);
    pv_note_written(u->pages, address >> PAGE_SHIFT); /* it is another page now */
    frame_put(page);
    return 0;
}

/* As store_entry, for an entry that names a frame by its owner's own number. */
static int store_translated(const struct update *u, uint64_t address, uint64_t value,
                            bool preserve_ad)
{
    struct page_info *page;
    int error;

    if (!u->pages->ops || !u->pages->ops->gfn_get || !(value & PTE_P))
        return store_entry(u, address, value, preserve_ad);
    page = u->pages->ops->gfn_get(u->pages, pte_mfn(value));
    if (!page)
        return -XEN_EINVAL;
    value = (value & ~PTE_ADDR) | page_to_mfn(page) << PAGE_SHIFT;
    error = store_entry(u, address, value, preserve_ad);
    frame_put(page);
    return error;
}

static int update_one(const struct update *u, const struct mmu_update *request)
{
    uint64_t address = request->ptr & ~COMMAND_MASK;

    switch (request->ptr & COMMAND_MASK) {
    case MMU_NORMAL_PT_UPDATE:
        return address % 8 ? -XEN_EINVAL : store_translated(u, address, request->val, false);
    case MMU_PT_UPDATE_NO_TRANSLATE:
        return address % 8 ? -XEN_EINVAL : store_entry(u, address, request->val, false);
    case MMU_PT_UPDATE_PRESERVE_AD:
        return address % 8 ? -XEN_EINVAL : store_translated(u, address, request->val, true);
    case MMU_MACHPHYS_UPDATE:
        return store_m2p(u, address, request->val);
    default:
        return -XEN_ENOSYS;
    }
}

/* What the last update has left is undone before the next one, and before the call is done. */
static int update_list(const struct update *u, uint64_t *list, uint32_t *left, uint32_t *done)
{
    struct mmu_update request;
    int error = 0;

    for (uint32_t worked = 0; *left && !error; worked++) {
        if (worked && worked % CHECK_EVERY == 0 && hypercall_should_yield())
            return -XEN_ERESTART;
        if (get_from_guest(&request, *list))
            return -XEN_EFAULT;
        error = update_one(u, &request);
        if (!error) {
            *list += sizeof(request);
            --*left;
            ++*done;
            error = pv_leftovers_settle(current_vcpu());
        }
    }
    return error;
}

/* a1: list, a2: count, a3: where the number done goes, a4: owners. */
HYPERCALL(mmu_update)
{
    uint32_t left = (uint32_t)a2 & ~PREEMPTED, done = 0;
    struct update u;
    int error = 0;

    if (((uint32_t)a2 & PREEMPTED) && a3 && get_from_guest(&done, a3))
        return -XEN_EFAULT;
    u.tables = mmu_tables_owner((uint32_t)a4, &error);
    if (!u.tables)
        return error;
    u.pages = mmu_pages_owner((uint32_t)a4 & 0xffff, &error);
    if (u.pages)
        error = update_list(&u, &a1, &left, &done);
    if (u.pages)
        mmu_owner_put(u.pages);
    mmu_owner_put(u.tables);

    if (a3 && put_to_guest(a3, &done))
        return -XEN_EFAULT;
    if (error == -XEN_ERESTART)
        return hypercall_again(__HYPERVISOR_mmu_update, 4, a1, (uint64_t)(left | PREEMPTED), a3,
                               a4);
    return error;
}
