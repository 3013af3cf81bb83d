/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 under construction: shared by the files that build it. */
#ifndef BOOT_DOM0_PRIVATE_H
#define BOOT_DOM0_PRIVATE_H

#include "lib/compiler.h"

#include <xen/elfnote.h>

#include "boot/elf_notes.h"
#include "domain/vcpu.h"

struct dom0_build {
    struct domain *d;
    struct elf_image elf;
    struct elf_xen_notes notes;
    struct elf_pv_layout layout;

    uint64_t nr_pages;
    uint64_t *p2m;               /* dom0's frame number -> machine frame */
    unsigned int p2m_order;

    uint64_t initrd_size;        /* bytes; 0: none */
    uint64_t mapped_end;         /* bytes from VIRT_BASE that are mapped */
    uint64_t start_info_pfn, tables_pfn, nr_tables, stack_pfn, initrd_pfn;
    uint64_t p2m_pfn, nr_p2m_pages, nr_p2m_frames; /* the array, then its page tables */
};

static inline uint64_t dom0_mfn(const struct dom0_build *b, uint64_t pfn)
{
    return b->p2m[pfn];
}

/* The frame through the direct map. */
static inline void *dom0_frame(const struct dom0_build *b, uint64_t pfn)
{
    return mfn_to_virt(dom0_mfn(b, pfn));
}

/* Where dom0 sees it, in the part that is mapped at VIRT_BASE. */
static inline uint64_t dom0_va(const struct dom0_build *b, uint64_t pfn)
{
    return b->layout.virt_base + (pfn << PAGE_SHIFT);
}

/* Copies to pseudo-physical memory. */
void dom0_copy(struct dom0_build *b, uint64_t paddr, const void *data, uint64_t len);

/* Tables of levels 1 to 3 that a mapping of that many bytes takes. */
uint64_t dom0_tables_for(uint64_t va, uint64_t len);
/* Fills the page tables and the P2M array. Stops the boot if dom0's own checks refuse them. */
void dom0_build_tables(struct dom0_build *b);

#endif
