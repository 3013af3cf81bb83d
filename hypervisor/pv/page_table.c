/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables of PV guests; see page_table.h. */
#include "domain/guest_ops.h"
#include "domain/rangeset.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "memory/map.h"
#include "pv/leftover.h"
#include "pv/log_dirty.h"
#include "pv/page_table.h"
#include "pv/pv.h"

#define COMMON_FLAGS  (PTE_ADDR | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL | \
                       PTE_AVAIL_HIGH | PTE_NX)
#define L1_FLAGS      (COMMON_FLAGS | PTE_G)
#define UPPER_FLAGS   COMMON_FLAGS

/* Entries of an upper table that are worked on between two looks at who else wants the CPU. */
#define ENTRIES_AT_A_TIME 8

/* Memory types other than write-back are for those who own devices. */
static bool may_choose_memory_type(const struct domain *d)
{
    return !rangeset_is_empty(d->io_frames);
}

static bool is_device_frame(uint64_t mfn)
{
    return !frame_valid(mfn) || page_owner(mfn_to_page(mfn)) == dom_io;
}

static int device_get(struct domain *d, const struct domain *pages, uint64_t mfn)
{
    if (pages != d && pages != dom_io)
        return -XEN_EPERM;
    return rangeset_contains(d->io_frames, mfn, mfn) ? 0 : -XEN_EPERM;
}

static int type_get(struct page_info *page, const struct domain *d, uint64_t type)
{
    int error = frame_type_get(page, type);

    while (error == -XEN_EBUSY && (READ_ONCE(page->type) & TYPE_PARTIAL) && page_owner(page) == d) {
        error = frame_type_settle(page);
        if (!error)
            error = frame_type_get(page, type);
    }
    return error;
}

/* With mm_lock: is it a table of the domain that is half-way? */
static bool is_partial(const struct page_info *page, const struct domain *d)
{
    return page_owner(page) == d && (READ_ONCE(page->type) & TYPE_PARTIAL);
}

int pt_type_get(struct page_info *page, struct domain *d, uint64_t type)
{
    int error = type_get(page, d, type);

    if (error && error != -XEN_ERESTART && is_partial(page, d)) /* refused, and not undone yet */
        pv_leftover_add(page);
    return error;
}

static int frame_entry_get(struct domain *d, struct domain *pages, pte_t entry)
{
    struct page_info *page = mfn_to_page(pte_mfn(entry));
    int error;

    if (!frame_get(page, pages))
        return -XEN_EINVAL;
    if (!(entry & PTE_RW))
        return 0;
    error = type_get(page, d, TYPE_WRITABLE);
    if (error)
        frame_put(page);
    return error == -XEN_EBUSY ? -XEN_EINVAL : error;
}

int pt_l1_get(struct domain *d, struct domain *pages, pte_t *entry)
{
    uint64_t allowed = L1_FLAGS | (may_choose_memory_type(d) ? PTE_CACHE : 0);
    uint64_t mfn = pte_mfn(*entry);
    int error;

    if (!(*entry & PTE_P))
        return 0;
    if (*entry & ~allowed)
        return -XEN_EINVAL;
    error = is_device_frame(mfn) ? device_get(d, pages, mfn) : frame_entry_get(d, pages, *entry);
    if (!error) {
        *entry |= PTE_US;
        pv_note_entry(d, *entry);
    }
    return error;
}

void pt_l1_put(pte_t entry)
{
    uint64_t mfn = pte_mfn(entry);

    if (!(entry & PTE_P) || is_device_frame(mfn))
        return;
    if (entry & PTE_RW) {
        pv_note_written(page_owner(mfn_to_page(mfn)), mfn);
        frame_type_put(mfn_to_page(mfn));
    }
    frame_put(mfn_to_page(mfn));
}

/* The table that an upper entry points to gets its references. If it is left half-way, *below says
 * so, and its general reference is the caller's. */
static int upper_get(struct domain *d, unsigned int level, pte_t entry, bool *below)
{
    uint64_t mfn = pte_mfn(entry);
    struct page_info *page = mfn_to_page(mfn);
    int error;

    if (!(entry & PTE_P))
        return 0;
    if (entry & ~UPPER_FLAGS)
        return -XEN_EINVAL;
    if (!frame_valid(mfn) || !frame_get(page, d))
        return -XEN_EINVAL;
    error = type_get(page, d, type_of_level(level - 1));
    if (error) {
        *below = is_partial(page, d);
        if (!*below)
            frame_put(page);
    }
    return error == -XEN_EBUSY ? -XEN_EINVAL : error;
}

/* Gives them back. -XEN_ERESTART: the table is left half-way, its general reference is the caller's. */
static int upper_put(pte_t entry)
{
    struct page_info *page = mfn_to_page(pte_mfn(entry));
    int error;

    if (!(entry & PTE_P))
        return 0;
    error = frame_type_put_preemptible(page);
    if (!error)
        frame_put(page);
    return error;
}

static bool is_hypervisor_slot(unsigned int level, unsigned int index)
{
    return level == 4 && index >= HV_FIRST_SLOT && index <= HV_LAST_SLOT;
}

/* What differs only in bits that no reference depends on may simply be stored. */
static bool same_reference(pte_t a, pte_t b)
{
    return (a & b & PTE_P) && !((a ^ b) & (PTE_ADDR | PTE_RW | PTE_CACHE));
}

static pte_t entry_swap(pte_t *entry, pte_t value, bool preserve_ad)
{
    pte_t old = READ_ONCE(*entry);

    if (!preserve_ad)
        return __atomic_exchange_n(entry, value, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(entry, &old, value | (old & (PTE_A | PTE_D)), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    return old;
}

int pt_store_l1(struct domain *d, struct domain *pages, pte_t *entry, pte_t value, bool preserve_ad)
{
    pte_t old = READ_ONCE(*entry);
    int error;

    if (same_reference(old, value) && !(value & ~(L1_FLAGS | PTE_CACHE))) {
        pv_note_entry(d, value);
        entry_swap(entry, value | PTE_US, preserve_ad);
        return 0;
    }
    error = pt_l1_get(d, pages, &value);
    if (error)
        return error;
    pt_l1_put(entry_swap(entry, value, preserve_ad && (value & PTE_P)));
    return 0;
}

int pt_exchange_l1(struct domain *d, pte_t *entry, pte_t *expected, pte_t value)
{
    bool simple = same_reference(*expected, value) && !(value & ~(L1_FLAGS | PTE_CACHE));
    int error = 0;

    if (simple) {
        value |= PTE_US;
        pv_note_entry(d, value);
    } else {
        error = pt_l1_get(d, d, &value);
    }
    if (error)
        return error;
    if (!__atomic_compare_exchange_n(entry, expected, value, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        if (!simple)
            pt_l1_put(value);
        return -XEN_EAGAIN;
    }
    if (!simple)
        pt_l1_put(*expected);
    return 0;
}

/* A table that did not become part of another is half-way. What was checked of it stays so for the
 * same call, made again; what was refused is to be undone. Takes over a general reference. */
static void new_table_left(struct page_info *page, int error)
{
    if (error == -XEN_ERESTART)
        frame_put(page);
    else
        pv_leftover_keep(page);
}

int pt_store_upper(struct domain *d, unsigned int level, pte_t *entry, pte_t value,
                   bool preserve_ad)
{
    unsigned int index = ((uint64_t)entry & (PAGE_SIZE - 1)) / sizeof(*entry);
    pte_t old = READ_ONCE(*entry);
    bool below = false;
    int error;

    if (is_hypervisor_slot(level, index))
        return -XEN_EPERM;
    if (value & PTE_P)
        value |= PTE_US;
    if (same_reference(old, value) && !(value & ~UPPER_FLAGS)) {
        entry_swap(entry, value, preserve_ad);
        return 0;
    }
    error = upper_get(d, level, value, &below);
    if (error) {
        if (below)
            new_table_left(mfn_to_page(pte_mfn(value)), error);
        return error;
    }
    old = entry_swap(entry, value, preserve_ad && (value & PTE_P));
    if (upper_put(old))
        pv_leftover_keep(mfn_to_page(pte_mfn(old)));
    return 0;
}

/* The frame is no table now: eight plain bytes. */
static int store_raw(struct domain *d, struct page_info *page, pte_t *word, uint64_t value)
{
    int error = pt_type_get(page, d, TYPE_WRITABLE);

    if (error)
        return error == -XEN_EBUSY ? -XEN_EINVAL : error;
    WRITE_ONCE(*word, value);
    pv_note_written(d, page_to_mfn(page));
    frame_type_put(page);
    return 0;
}

int pt_store(struct domain *d, struct domain *pages, struct page_info *page, pte_t *entry,
             pte_t value, bool preserve_ad)
{
    uint64_t type = READ_ONCE(page->type);
    int error;

    if (!(type & TYPE_VALIDATED) || !type_is_table(type))
        return store_raw(d, page, entry, value);
    if (type_level(type) > 1 && pages != d)
        return -XEN_EPERM; /* tables refer to tables of the same domain only */

    /* What the new entry points to may be a half-done table that has to be undone first, and that
     * may be all that this one is in use by: without a reference of our own it would be undone
     * too, while we change it. */
    error = frame_type_get(page, type & TYPE_MASK);
    if (error)
        return error;
    if (type_level(type) == 1)
        error = pt_store_l1(d, pages, entry, value, preserve_ad);
    else
        error = pt_store_upper(d, type_level(type), entry, value, preserve_ad);
    if (frame_type_put_preemptible(page))
        pv_leftover_add(page);
    return error;
}

pte_t *pt_walk(uint64_t root_mfn, uint64_t va)
{
    pte_t *table = mfn_to_virt(root_mfn);

    if (!va_canonical(va) || is_hypervisor_slot(4, pt_index(va, 4)))
        return NULL;
    for (unsigned int level = 4; level > 1; level--) {
        pte_t e = READ_ONCE(table[pt_index(va, level)]);

        if (!(e & PTE_P))
            return NULL;
        table = mfn_to_virt(pte_mfn(e));
    }
    return &table[pt_index(va, 1)];
}

void pt_root_fill(struct domain *d, pte_t *l4)
{
    memcpy(&l4[HV_FIRST_SLOT], &hv_l4[HV_FIRST_SLOT],
           (HV_LAST_SLOT - HV_FIRST_SLOT + 1) * sizeof(*l4));
    l4[HV_DOMAIN_SLOT] = virt_to_maddr(d->pv->area_l3) | MAP_TABLE;
}

static int l1_invalidate(pte_t *table, struct type_progress *progress)
{
    while (progress->done)
        pt_l1_put(table[--progress->done]);
    return 0;
}

static int l1_validate(struct domain *d, pte_t *table, struct type_progress *progress)
{
    for (; progress->done < PTES_PER_TABLE; progress->done++) {
        pte_t *place = &table[progress->done], entry = READ_ONCE(*place);
        int error = pt_l1_get(d, d, &entry);

        if (error) {
            l1_invalidate(table, progress);
            return error;
        }
        if (entry != *place)
            *place = entry;
    }
    return 0;
}

static bool time_to_stop(unsigned int worked)
{
    return worked && worked % ENTRIES_AT_A_TIME == 0 && hypercall_should_yield();
}

static struct page_info *table_below(const pte_t *table, const struct type_progress *progress)
{
    return mfn_to_page(pte_mfn(table[progress->done]));
}

/* Undoes the table in which the work stopped, unless somebody has taken it for something since. */
static int below_invalidate(const pte_t *table, struct type_progress *progress)
{
    struct page_info *page = table_below(table, progress);
    int error = frame_type_settle(page);

    if (error)
        return error;
    progress->below = false;
    frame_put(page);
    return 0;
}

static int upper_invalidate(const pte_t *table, unsigned int level, struct type_progress *progress)
{
    if (progress->below && below_invalidate(table, progress))
        return -XEN_ERESTART;
    for (unsigned int worked = 0; progress->done; worked++) {
        if (time_to_stop(worked))
            return -XEN_ERESTART;
        progress->done--;
        if (!is_hypervisor_slot(level, progress->done) && upper_put(table[progress->done])) {
            progress->below = true;
            return -XEN_ERESTART;
        }
    }
    return 0;
}

/* The references of the entry whose turn it is. */
static int upper_validate_next(struct domain *d, pte_t *table, unsigned int level,
                               struct type_progress *progress)
{
    pte_t *place = &table[progress->done], entry = READ_ONCE(*place);
    int error;

    if (is_hypervisor_slot(level, progress->done))
        return 0;
    error = upper_get(d, level, entry, &progress->below);
    if (!error && (entry & PTE_P) && !(entry & PTE_US))
        *place = entry | PTE_US;
    return error;
}

static int upper_validate(struct domain *d, pte_t *table, unsigned int level,
                          struct type_progress *progress)
{
    if (progress->below) { /* the entry takes its own anew, and goes on in the table */
        frame_put(table_below(table, progress));
        progress->below = false;
    }
    for (unsigned int worked = 0; progress->done < PTES_PER_TABLE; worked++, progress->done++) {
        int error = time_to_stop(worked) ? -XEN_ERESTART
                                         : upper_validate_next(d, table, level, progress);

        if (error && error != -XEN_ERESTART)
            (void)upper_invalidate(table, level, progress); /* the rest is in the progress */
        if (error)
            return error;
    }
    if (level == 4)
        pt_root_fill(d, table);
    return 0;
}

static int descriptors_validate(uint64_t *page)
{
    for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
        if (!pv_descriptor_check(&page[i]))
            return -XEN_EINVAL;
    return 0;
}

static int validate(struct page_info *page, uint64_t type, struct type_progress *progress)
{
    void *content = page_to_virt(page);

    pv_note_written(page_owner(page), page_to_mfn(page)); /* bits are set in it, even if it is refused */
    if (type == TYPE_DESCRIPTOR)
        return descriptors_validate(content);
    if (type == TYPE_L1)
        return l1_validate(page_owner(page), content, progress);
    return upper_validate(page_owner(page), content, type_level(type), progress);
}

static int invalidate(struct page_info *page, uint64_t type, struct type_progress *progress)
{
    pv_note_written(page_owner(page), page_to_mfn(page)); /* while it was a table */
    if (type == TYPE_L1)
        return l1_invalidate(page_to_virt(page), progress);
    return upper_invalidate(page_to_virt(page), type_level(type), progress);
}

static void flush_stale(struct page_info *page)
{
    tlb_flush_stale(page->flush_stamp);
}

static const struct frame_type_ops ops = {
    .validate = validate,
    .invalidate = invalidate,
    .flush_stale = flush_stale,
};

void pt_init(void)
{
    frame_type_ops = &ops;
}
