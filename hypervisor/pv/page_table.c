/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables of PV guests; see page_table.h. */
#include "domain/guest_ops.h"
#include "domain/rangeset.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "memory/map.h"
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

int pt_type_get(struct page_info *page, struct domain *d, uint64_t type)
{
    int error = frame_type_get(page, type);

    while (error == -XEN_EBUSY && (READ_ONCE(page->type) & TYPE_PARTIAL) && page_owner(page) == d) {
        error = frame_type_settle(page);
        if (!error)
            error = frame_type_get(page, type);
    }
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
    error = pt_type_get(page, d, TYPE_WRITABLE);
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

/* The table that an upper entry points to gets its references. */
static int upper_get(struct domain *d, unsigned int level, pte_t entry)
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
    error = pt_type_get(page, d, type_of_level(level - 1));
    if (error)
        frame_put(page);
    return error == -XEN_EBUSY ? -XEN_EINVAL : error;
}

static int upper_put(pte_t entry)
{
    struct page_info *page = mfn_to_page(pte_mfn(entry));
    int error;

    if (!(entry & PTE_P))
        return 0;
    error = frame_type_put_preemptible(page);
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

int pt_store_upper(struct domain *d, unsigned int level, pte_t *entry, pte_t value,
                   bool preserve_ad)
{
    unsigned int index = ((uint64_t)entry & (PAGE_SIZE - 1)) / sizeof(*entry);
    pte_t old = READ_ONCE(*entry);
    int error;

    if (is_hypervisor_slot(level, index))
        return -XEN_EPERM;
    if (value & PTE_P)
        value |= PTE_US;
    if (same_reference(old, value) && !(value & ~UPPER_FLAGS)) {
        entry_swap(entry, value, preserve_ad);
        return 0;
    }
    error = upper_get(d, level, value);
    if (error)
        return error;
    /* A table that goes and can't be undone at once stays PARTIAL until somebody wants it. */
    (void)upper_put(entry_swap(entry, value, preserve_ad && (value & PTE_P)));
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
    frame_type_put(page);
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

static int l1_invalidate(pte_t *table, unsigned int *done)
{
    while (*done) {
        --*done;
        pt_l1_put(table[*done]);
    }
    return 0;
}

static int l1_validate(struct domain *d, pte_t *table, unsigned int *done)
{
    for (unsigned int i = *done; i < PTES_PER_TABLE; i++) {
        pte_t entry = READ_ONCE(table[i]);
        int error = pt_l1_get(d, d, &entry);

        if (error) {
            *done = i;
            l1_invalidate(table, done);
            return error;
        }
        if (entry != table[i])
            table[i] = entry;
    }
    *done = PTES_PER_TABLE;
    return 0;
}

static bool time_to_stop(unsigned int worked)
{
    return worked && worked % ENTRIES_AT_A_TIME == 0 && hypercall_should_yield();
}

static int upper_invalidate(pte_t *table, unsigned int level, unsigned int *done, bool may_stop)
{
    for (unsigned int worked = 0; *done; worked++) {
        unsigned int i = *done - 1;

        if (may_stop && time_to_stop(worked))
            return -XEN_ERESTART;
        *done = i;
        /* A table below that stopped half-way is on its own now (PARTIAL). */
        if (!is_hypervisor_slot(level, i) && upper_put(table[i]) && may_stop)
            return -XEN_ERESTART;
    }
    return 0;
}

static int upper_validate(struct domain *d, pte_t *table, unsigned int level, unsigned int *done)
{
    for (unsigned int i = *done, worked = 0; i < PTES_PER_TABLE; i++, worked++) {
        pte_t entry = READ_ONCE(table[i]);
        int error = 0;

        if (is_hypervisor_slot(level, i))
            continue;
        if (time_to_stop(worked))
            error = -XEN_ERESTART;
        if (!error)
            error = upper_get(d, level, entry);
        if (error) {
            *done = i;
            if (error != -XEN_ERESTART)
                upper_invalidate(table, level, done, false);
            return error;
        }
        if ((entry & PTE_P) && !(entry & PTE_US))
            table[i] = entry | PTE_US;
    }
    if (level == 4)
        pt_root_fill(d, table);
    *done = PTES_PER_TABLE;
    return 0;
}

static int descriptors_validate(uint64_t *page)
{
    for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
        if (!pv_descriptor_check(&page[i]))
            return -XEN_EINVAL;
    return 0;
}

static int validate(struct page_info *page, uint64_t type, unsigned int *done)
{
    void *content = page_to_virt(page);

    pv_note_written(page_owner(page), page_to_mfn(page)); /* bits are set in it, even if it is refused */
    if (type == TYPE_DESCRIPTOR)
        return descriptors_validate(content);
    if (type == TYPE_L1)
        return l1_validate(page_owner(page), content, done);
    return upper_validate(page_owner(page), content, type_level(type), done);
}

static int invalidate(struct page_info *page, uint64_t type, unsigned int *done)
{
    pv_note_written(page_owner(page), page_to_mfn(page)); /* while it was a table */
    if (type == TYPE_L1)
        return l1_invalidate(page_to_virt(page), done);
    return upper_invalidate(page_to_virt(page), type_level(type), done, true);
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
