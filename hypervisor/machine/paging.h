/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64 page-table entries (SDM vol. 3, 4.5). Levels are numbered as the ABI does: L1 holds
 * 4 KiB pages, L4 is the root.
 *
 *   va:  | sign 63..48 | L4 47..39 | L3 38..30 | L2 29..21 | L1 20..12 | offset 11..0 |
 */
#ifndef MACHINE_PAGING_H
#define MACHINE_PAGING_H

#include "lib/compiler.h"
#include "machine/layout.h"

typedef uint64_t pte_t;

#define PTE_P          (1UL << 0)
#define PTE_RW         (1UL << 1)
#define PTE_US         (1UL << 2)
#define PTE_PWT        (1UL << 3)
#define PTE_PCD        (1UL << 4)
#define PTE_A          (1UL << 5)
#define PTE_D          (1UL << 6)
#define PTE_PSE        (1UL << 7)
#define PTE_PAT        (1UL << 7) /* in an L1 entry */
#define PTE_G          (1UL << 8)
#define PTE_AVAIL      (7UL << 9)
#define PTE_AVAIL_HIGH (0x7ffUL << 52)
#define PTE_NX         (1UL << 63)
#define PTE_CACHE      (PTE_PWT | PTE_PCD | PTE_PAT)
#define PTE_ADDR       0x000ffffffffff000UL

#define PTES_PER_TABLE 512

/* What the hypervisor's own mappings are made of. */
#define MAP_TABLE      (PTE_P | PTE_RW | PTE_A | PTE_D)
#define MAP_RW         (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define MAP_RO         (PTE_P | PTE_A | PTE_NX)
#define MAP_RX         (PTE_P | PTE_A)
#define MAP_UC         (MAP_RW | PTE_PCD | PTE_PWT)

static inline uint64_t pte_mfn(pte_t e)
{
    return (e & PTE_ADDR) >> PAGE_SHIFT;
}

static inline pte_t pte_make(uint64_t mfn, uint64_t flags)
{
    return mfn << PAGE_SHIFT | flags;
}

static inline unsigned int pt_shift(unsigned int level)
{
    return PAGE_SHIFT + 9 * (level - 1);
}

/* Index into the table of that level. */
static inline unsigned int pt_index(uint64_t va, unsigned int level)
{
    return (va >> pt_shift(level)) & (PTES_PER_TABLE - 1);
}

static inline bool va_canonical(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

_Static_assert(sizeof(pte_t) == 8, "a page-table entry is eight bytes");

#endif
