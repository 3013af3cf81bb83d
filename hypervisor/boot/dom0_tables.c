/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0's first page tables and its P2M array. The tables go through the same validation as any
 * other page table of a guest, when the root is pinned. */
#include "boot/dom0_private.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "machine/traps.h"
#include "memory/frame_type.h"
#include "pv/page_table.h"

#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PAGE_FLAGS  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

/* Where new tables are taken from: a run of dom0's frames. */
struct supply {
    uint64_t next_pfn, end_pfn;
};

static uint64_t span(uint64_t va, uint64_t len, unsigned int level)
{
    uint64_t covers = 1ULL << pt_shift(level + 1); /* bytes that one table of that level maps */

    return (ROUND_UP(va + len, covers) - ROUND_DOWN(va, covers)) / covers;
}

uint64_t dom0_tables_for(uint64_t va, uint64_t len)
{
    va &= (1ULL << 48) - 1; /* so that the top of the address space does not wrap */
    return span(va, len, 1) + span(va, len, 2) + span(va, len, 3);
}

static pte_t *table_below(struct dom0_build *b, struct supply *supply, pte_t *entry)
{
    if (!(*entry & PTE_P)) {
        BUG_ON(supply->next_pfn == supply->end_pfn);
        *entry = pte_make(dom0_mfn(b, supply->next_pfn++), TABLE_FLAGS);
    }
    return mfn_to_virt(pte_mfn(*entry));
}

static void map_page(struct dom0_build *b, struct supply *supply, uint64_t va, uint64_t pfn)
{
    pte_t *table = dom0_frame(b, b->tables_pfn);
    bool is_table = (pfn >= b->tables_pfn && pfn < b->tables_pfn + b->nr_tables) ||
                    (pfn >= b->p2m_pfn + b->nr_p2m_pages && pfn < b->p2m_pfn + b->nr_p2m_frames);

    for (unsigned int level = 4; level > 1; level--)
        table = table_below(b, supply, &table[pt_index(va, level)]);
    table[pt_index(va, 1)] = pte_make(dom0_mfn(b, pfn), PAGE_FLAGS & (is_table ? ~PTE_RW : ~0UL));
}

static void pin_root(struct dom0_build *b)
{
    struct page_info *root = frame_get_mfn(dom0_mfn(b, b->tables_pfn), b->d);
    int error;

    BUG_ON(!root);
    /* It stops half-way when other work waits, as for a guest's own call, and goes on from there. */
    do {
        spin_lock(&b->d->mm_lock);
        error = pt_type_get(root, b->d, TYPE_L4);
        spin_unlock(&b->d->mm_lock);
    } while (error == -XEN_ERESTART);
    if (error)
        panic("dom0's first page tables were refused (error %d)", error);
    __atomic_or_fetch(&root->type, TYPE_PINNED, __ATOMIC_SEQ_CST);
}

void dom0_build_tables(struct dom0_build *b)
{
    struct supply boot = {b->tables_pfn + 1, b->tables_pfn + b->nr_tables};
    struct supply array = {b->p2m_pfn + b->nr_p2m_pages, b->p2m_pfn + b->nr_p2m_frames};

    for (uint64_t pfn = 0; pfn < b->mapped_end >> PAGE_SHIFT; pfn++)
        map_page(b, &boot, dom0_va(b, pfn), pfn);
    for (uint64_t i = 0; i < b->nr_p2m_pages; i++)
        map_page(b, &array, b->notes.init_p2m + i * PAGE_SIZE, b->p2m_pfn + i);
    dom0_copy(b, b->p2m_pfn << PAGE_SHIFT, b->p2m, b->nr_pages * sizeof(uint64_t));
    pin_root(b);
}
