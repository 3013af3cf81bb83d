/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page-table entries that map granted frames; see grant_pte.h. */
#include "lib/compiler.h"

#include <xen/grant_table.h>

#include "memory/flush.h"
#include "memory/frame_type.h"
#include "pv/grant_pte.h"
#include "pv/page_table.h"
#include "pv/pv.h"

#define GUEST_AVAIL_SHIFT 16 /* GNTMAP flags 16-18 ... */
#define PTE_AVAIL_SHIFT   9  /* ... become AVAIL bits 9-11 */

/* An L1 entry of the guest, and the reference that keeps its table one. */
struct place {
    pte_t *entry;
    struct page_info *table;
};

/* With contains_pte: the entry at a machine address, in an L1 table of the guest's own. */
static int find_by_machine_address(struct domain *d, uint64_t where, struct place *place)
{
    struct page_info *table;

    if (where % sizeof(pte_t))
        return GNTST_bad_virt_addr;
    table = frame_get_mfn(where >> PAGE_SHIFT, d);
    if (!table)
        return GNTST_bad_virt_addr;
    if ((table->type & (TYPE_MASK | TYPE_VALIDATED)) != (TYPE_L1 | TYPE_VALIDATED)) {
        frame_put(table);
        return GNTST_bad_virt_addr;
    }
    *place = (struct place){maddr_to_virt(where), table};
    return GNTST_okay;
}

/* Under mm_lock, which keeps what is found an L1 entry. */
static int place_find(struct vcpu *v, uint64_t where, uint32_t flags, struct place *place)
{
    if (flags & GNTMAP_contains_pte)
        return find_by_machine_address(v->domain, where, place);
    *place = (struct place){pt_walk(v->pv->kernel_root, where), NULL};
    return place->entry ? GNTST_okay : GNTST_bad_virt_addr;
}

static void place_put(const struct place *place)
{
    if (place->table)
        frame_put(place->table);
}

static pte_t grant_entry(uint32_t flags, uint64_t mfn)
{
    uint64_t bits = PTE_P | PTE_US | PTE_A | PTE_D | PTE_NX;

    if (!(flags & GNTMAP_readonly))
        bits |= PTE_RW;
    bits |= (uint64_t)(flags >> GUEST_AVAIL_SHIFT & 7) << PTE_AVAIL_SHIFT;
    return pte_make(mfn, bits);
}

int pv_grant_map(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn)
{
    struct domain *d = v->domain;
    struct place place;
    int status;

    spin_lock(&d->mm_lock);
    status = place_find(v, where, flags, &place);
    if (status == GNTST_okay) {
        pt_l1_put(__atomic_exchange_n(place.entry, grant_entry(flags, mfn), __ATOMIC_SEQ_CST));
        place_put(&place);
    }
    spin_unlock(&d->mm_lock);
    return status;
}

/* Does the entry map that frame, writable or not as the flags say? */
static bool maps_grant(pte_t entry, uint32_t flags, uint64_t mfn)
{
    bool writable = !(flags & GNTMAP_readonly);

    return (entry & PTE_P) && pte_mfn(entry) == mfn && !!(entry & PTE_RW) == writable;
}

int pv_grant_replace(struct vcpu *v, uint64_t where, uint64_t new_va, uint32_t flags, uint64_t mfn)
{
    struct domain *d = v->domain;
    pte_t *source = NULL, value = 0;
    struct place place;
    int status;

    if (new_va && (flags & GNTMAP_contains_pte))
        return GNTST_general_error;
    spin_lock(&d->mm_lock);
    status = place_find(v, where, flags, &place);
    if (status == GNTST_okay) {
        if (new_va) {
            source = pt_walk(v->pv->kernel_root, new_va);
            status = source ? GNTST_okay : GNTST_bad_virt_addr;
            /* Moved onto itself, the mapping would outlive its references. */
            if (source == place.entry)
                status = GNTST_general_error;
        }
        if (status == GNTST_okay && !maps_grant(READ_ONCE(*place.entry), flags, mfn))
            status = GNTST_general_error;
        if (status == GNTST_okay) {
            if (source)
                value = __atomic_exchange_n(source, 0, __ATOMIC_SEQ_CST);
            WRITE_ONCE(*place.entry, value);
        }
        place_put(&place);
    }
    spin_unlock(&d->mm_lock);
    return status;
}

int pv_grant_unmap(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn)
{
    return pv_grant_replace(v, where, 0, flags, mfn);
}

void pv_grant_flush(struct domain *d)
{
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
}
