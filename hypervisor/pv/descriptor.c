/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segment descriptors of PV guests, and the windows through which the CPU sees their GDT and LDT.
 *
 * A frame that holds descriptors has type TYPE_DESCRIPTOR while it is in a window: it was checked
 * whole, and nobody has it mapped writable. (SDM vol. 3, 3.4.5 and 3.5.) */
#include "domain/guest_copy.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/descriptors.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "pv/page_table.h"
#include "pv/pv.h"

#define DESC_PRESENT (1ULL << 47)
#define DESC_SEGMENT (1ULL << 44) /* code or data; otherwise a system descriptor */
#define DESC_DPL     (3ULL << 45)
#define DESC_TYPE    (0xfULL << 40)


bool pv_descriptor_check(uint64_t *descriptor)
{
    uint64_t desc = *descriptor;

    if (!(desc & DESC_PRESENT))
        return true;
    if (desc & DESC_SEGMENT) { /* of any shape, but ring 3 */
        *descriptor = desc | DESC_DPL;
        return true;
    }
    /* A system descriptor could lead into ring 0. Type 0 is none at all. */
    return (desc & DESC_TYPE) >> 40 == 0;
}

static uint64_t zero_page_mfn(void)
{
    static void *zero_page;

    if (!zero_page) {
        void *page = pages_alloc(0);

        BUG_ON(!page);
        zero_page = page;
    }
    return virt_to_mfn(zero_page);
}

void pv_gdt_clear(struct vcpu *v)
{
    pte_t *window = pv_window_entries(v);

    for (unsigned int i = 0; i < GDT_RESERVED_PAGE; i++) {
        WRITE_ONCE(window[i], 0);
        if (v->pv->gdt_frames[i])
            frame_put_and_type(mfn_to_page(v->pv->gdt_frames[i]));
        v->pv->gdt_frames[i] = 0;
    }
    v->pv->gdt_entries = 0;
}

/* Takes the references of the new frames; gives those back that it had when one is refused. */
static int gdt_frames_get(struct domain *d, const uint64_t *frames, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        struct page_info *page = frame_get_mfn(frames[i], d);
        int error = page ? pt_type_get(page, d, TYPE_DESCRIPTOR) : -XEN_EINVAL;

        if (!error)
            continue;
        if (page)
            frame_put(page);
        while (i--)
            frame_put_and_type(mfn_to_page(frames[i]));
        return error == -XEN_ERESTART ? error : -XEN_EINVAL;
    }
    return 0;
}

int pv_gdt_set(struct vcpu *v, const uint64_t *frames, unsigned int entries)
{
    unsigned int count = DIV_ROUND_UP(entries, 512);
    pte_t *window = pv_window_entries(v);
    int error;

    if (entries > GDT_ENTRIES_GUEST)
        return -XEN_EINVAL;
    spin_lock(&v->domain->mm_lock);
    error = gdt_frames_get(v->domain, frames, count);
    if (!error) {
        pv_gdt_clear(v);
        for (unsigned int i = 0; i < GDT_RESERVED_PAGE; i++) {
            v->pv->gdt_frames[i] = i < count ? frames[i] : 0;
            WRITE_ONCE(window[i], pte_make(i < count ? frames[i] : zero_page_mfn(),
                                           i < count ? MAP_RW : MAP_RO));
        }
        v->pv->gdt_entries = entries;
    }
    spin_unlock(&v->domain->mm_lock);
    if (!error && v == current_vcpu())
        tlb_flush_local();
    return error;
}

void pv_ldt_unmap(struct vcpu *v)
{
    pte_t *window = pv_window_entries(v) + LDT_WINDOW_OFFSET / PAGE_SIZE;
    bool any = false;

    spin_lock(&v->domain->mm_lock);
    for (unsigned int i = 0; v->pv->ldt_mapped; i++) {
        if (!(v->pv->ldt_mapped & BIT(i)))
            continue;
        v->pv->ldt_mapped &= (uint16_t)~BIT(i);
        frame_put_and_type(mfn_to_page(pte_mfn(window[i])));
        WRITE_ONCE(window[i], 0);
        any = true;
    }
    spin_unlock(&v->domain->mm_lock);
    if (any && v == current_vcpu())
        tlb_flush_local();
}

void pv_ldt_set(struct vcpu *v, uint64_t base, unsigned int entries)
{
    pv_ldt_unmap(v);
    v->pv->ldt_base = base;
    v->pv->ldt_entries = entries;
    if (v == current_vcpu()) {
        uint64_t flags = irq_save();

        ldt_use(this_cpu(), pv_window(v) + LDT_WINDOW_OFFSET, entries);
        irq_restore(flags);
    }
}

bool pv_ldt_fault(struct vcpu *v, unsigned int index)
{
    struct domain *d = v->domain;
    pte_t *window = pv_window_entries(v) + LDT_WINDOW_OFFSET / PAGE_SIZE;
    bool mapped = false;
    const pte_t *entry;
    struct page_info *page;

    if (index >= DIV_ROUND_UP(v->pv->ldt_entries, 512U))
        return false;
    spin_lock(&d->mm_lock);
    entry = pt_walk(v->pv->kernel_root, v->pv->ldt_base + (uint64_t)index * PAGE_SIZE);
    page = entry && (*entry & PTE_P) ? frame_get_mfn(pte_mfn(*entry), d) : NULL;
    if (page && pt_type_get(page, d, TYPE_DESCRIPTOR)) {
        frame_put(page);
        page = NULL;
    }
    if (page) {
        WRITE_ONCE(window[index], pte_make(page_to_mfn(page), MAP_RW));
        v->pv->ldt_mapped |= (uint16_t)BIT(index);
        mapped = true;
    }
    spin_unlock(&d->mm_lock);
    return mapped;
}
