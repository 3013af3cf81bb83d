/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_update_va_mapping: the L1 entry of one address, and the flush that goes with it. */
#include "hypercall/hypercall.h"
#include "hypercall/mmu_owner.h"
#include "hypercall/pv.h"
#include "hypercall/vcpu_bitmap.h"
#include "memory/flush.h"
#include "pv/page_table.h"
#include "pv/pv.h"

static int store(struct domain *pages, uint64_t va, uint64_t value)
{
    struct vcpu *v = current_vcpu();
    struct domain *d = v->domain;
    int error = -XEN_EINVAL;
    pte_t *entry;

    spin_lock(&d->mm_lock);
    entry = pt_walk(v->pv->kernel_root, va);
    if (entry)
        error = pt_store_l1(d, pages, entry, value, false);
    spin_unlock(&d->mm_lock);
    return error;
}

/* The entry names a frame by its owner's own number, if that has any. */
static int store_foreign(struct domain *pages, uint64_t va, uint64_t value)
{
    struct page_info *page;
    int error;

    if (!pages->ops || !pages->ops->gfn_get || !(value & PTE_P))
        return store(pages, va, value);
    page = pages->ops->gfn_get(pages, pte_mfn(value));
    if (!page)
        return -XEN_EINVAL;
    error = store(pages, va, (value & ~PTE_ADDR) | page_to_mfn(page) << PAGE_SHIFT);
    frame_put(page);
    return error;
}

static int flush(uint64_t va, uint64_t flags)
{
    uint64_t where = flags & ~(uint64_t)UVMF_FLUSHTYPE_MASK;
    cpumask_t cpus = CPUMASK_OF(this_cpu());
    int error = 0;

    if (where == UVMF_ALL)
        cpus = READ_ONCE(current_domain()->dirty_cpus);
    else if (where)
        error = vcpu_bitmap_cpus(where, &cpus);
    if (error)
        return error;

    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_TLB_FLUSH:
        tlb_flush_mask(cpus);
        return 0;
    case UVMF_INVLPG:
        tlb_flush_page_mask(cpus, va);
        return 0;
    default:
        return 0;
    }
}

HYPERCALL(update_va_mapping)
{
    int error = store(current_domain(), a1, a2);

    return error ? error : flush(a1, a3);
}

HYPERCALL(update_va_mapping_otherdomain)
{
    int error = 0;
    struct domain *pages = mmu_pages_owner((uint32_t)a4, &error);

    if (!pages)
        return error;
    error = store_foreign(pages, a1, a2);
    mmu_owner_put(pages);
    return error ? error : flush(a1, a3);
}
