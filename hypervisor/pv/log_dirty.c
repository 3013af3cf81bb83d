/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to a PV guest's memory, noted; see log_dirty.h. */
#include "pv/log_dirty.h"

#include "domain/grant_table.h"
#include "domain/guest_ops.h"
#include "machine/fixup.h"
#include "machine/traps.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "pv/page_table.h"
#include "pv/pv.h"

/* Frames that are looked at between two looks at who else wants the CPU; a table counts as many. */
#define FRAMES_AT_A_TIME 256

static uint64_t root_in_use(const struct vcpu *v)
{
    return v->pv->kernel_mode ? v->pv->kernel_root : v->pv->user_root;
}

/* An entry of a table that another vCPU may be giving up at this moment: then it is no table any
 * more, or not even RAM. Nothing is done with what is read but look, and note a frame too many. */
static pte_t entry_peek(uint64_t table, uint64_t va, unsigned int level)
{
    const pte_t *entries = mfn_to_virt(table);
    pte_t entry;

    if (!frame_valid(table) ||
        copy_faultable(&entry, &entries[pt_index(va, level)], sizeof(entry)) || !(entry & PTE_P))
        return 0;
    return entry;
}

/* No lock is taken: it may be in a context that can't. */
static void note_page(struct vcpu *v, uint64_t va)
{
    uint64_t table = root_in_use(v);
    pte_t entry = 0;

    for (unsigned int level = 4; level >= 1; level--) {
        entry = entry_peek(table, va, level);
        if (!entry)
            return;
        table = pte_mfn(entry);
    }
    dirty_frames_set(pte_mfn(entry));
}

void pv_written_at(uint64_t va, size_t len)
{
    for (uint64_t page = va & PAGE_MASK; len && page <= va + (len - 1); page += PAGE_SIZE)
        note_page(current_vcpu(), page);
}

void pv_frame_written(struct domain *d, uint64_t mfn)
{
    pv_note_written(d, mfn);
}

/* The entry of each level, from the root on. False: there is none at one of them. mm_lock held. */
static bool walk(uint64_t root, uint64_t va, pte_t entries[4])
{
    pte_t *table = mfn_to_virt(root);

    for (unsigned int level = 4; level >= 1; level--) {
        pte_t entry = READ_ONCE(table[pt_index(va, level)]);

        if (!(entry & PTE_P))
            return false;
        entries[4 - level] = entry;
        table = mfn_to_virt(pte_mfn(entry));
    }
    return true;
}

/* Do entries that all have the user bit allow the access? */
static bool allowed(const pte_t entries[4], uint32_t error)
{
    for (unsigned int i = 0; i < 4; i++)
        if (((error & PF_WRITE) && !(entries[i] & PTE_RW)) ||
            ((error & PF_FETCH) && (entries[i] & PTE_NX)))
            return false;
    return true;
}

/* Gives the entry its bit back. Another CPU may have been first. */
static void unprotect(struct domain *d, pte_t *entry)
{
    pv_note_entry(d, *entry);
    __atomic_fetch_or(entry, PTE_US, __ATOMIC_SEQ_CST);
}

bool pv_log_dirty_fault(struct vcpu *v, uint64_t address, uint32_t error)
{
    struct domain *d = v->domain;
    uint64_t root = root_in_use(v);
    bool ours = false;
    pte_t entries[4];

    if (!d->pv->logged || (error & (PF_PRESENT | PF_USER | PF_RESERVED)) != (PF_PRESENT | PF_USER))
        return false;
    spin_lock(&d->mm_lock);
    if (pt_walk(root, address) && walk(root, address, entries)) {
        ours = allowed(entries, error);
        if (!(entries[3] & PTE_US))
            unprotect(d, pt_walk(root, address));
    }
    spin_unlock(&d->mm_lock);
    return ours;
}

static void protect_table(pte_t *table)
{
    const pte_t open = PTE_P | PTE_RW | PTE_US;

    for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
        if ((READ_ONCE(table[i]) & open) == open)
            __atomic_fetch_and(&table[i], ~PTE_US, __ATOMIC_SEQ_CST);
}

/* A table's type changes under mm_lock only. */
static bool protect_frame(struct domain *d, struct page_info *page)
{
    const uint64_t table = TYPE_L1 | TYPE_VALIDATED;
    uint64_t type;

    if ((READ_ONCE(page->type) & (TYPE_MASK | TYPE_VALIDATED)) != table)
        return false;
    spin_lock(&d->mm_lock);
    type = READ_ONCE(page->type);
    if (page_owner(page) == d && (type & (TYPE_MASK | TYPE_VALIDATED)) == table &&
        (type & TYPE_COUNT_MASK))
        protect_table(page_to_virt(page));
    spin_unlock(&d->mm_lock);
    return true;
}

int pv_log_dirty_protect(struct domain *d, uint64_t *mfn)
{
    unsigned int worked = 0;

    d->pv->logged = true;
    for (; *mfn < frame_limit; ++*mfn, worked++) {
        struct page_info *page = mfn_to_page(*mfn);

        if (worked >= FRAMES_AT_A_TIME) {
            if (hypercall_should_yield())
                return -XEN_ERESTART;
            worked = 0;
        }
        if (frame_valid(*mfn) && page_owner(page) == d && protect_frame(d, page))
            worked = FRAMES_AT_A_TIME;
    }
    *mfn = 0;
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    return 0;
}

/* Tables and descriptors: the CPU, too, writes there. */
static bool always_written(const struct page_info *page)
{
    uint64_t type = READ_ONCE(page->type);

    return (type & (TYPE_COUNT_MASK | TYPE_PARTIAL)) &&
           (type_is_table(type) || (type & TYPE_MASK) == TYPE_DESCRIPTOR);
}

/* Pages that others write to without an address of the guest's: back ends, the hypervisor. */
static void note_shared(struct domain *d)
{
    const struct vcpu *v;

    grant_table_tell_written(d);
    for_each_vcpu(d, v) if (v->info_page) dirty_frames_set(page_to_mfn(v->info_page));
}

int pv_log_dirty_take(struct domain *d, uint64_t *mfn, int (*found)(void *ctx, uint64_t mfn),
                      void *ctx)
{
    uint64_t first = *mfn;
    int error = 0;

    if (!first)
        note_shared(d);
    for (; *mfn < frame_limit && !error; ++*mfn) {
        const struct page_info *page = mfn_to_page(*mfn);

        if (*mfn != first && *mfn % FRAMES_AT_A_TIME == 0 && hypercall_should_yield())
            return -XEN_ERESTART;
        if (!frame_valid(*mfn) || page_owner(page) != d)
            continue;
        if (dirty_frames_take(*mfn) || always_written(page))
            error = found(ctx, *mfn);
    }
    *mfn = 0;
    return error;
}
