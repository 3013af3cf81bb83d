/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Xen ELF notes: what a kernel says about how it wants to be started (<xen/elfnote.h>). */
#ifndef BOOT_ELF_NOTES_H
#define BOOT_ELF_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/elf.h"

#define ELF_NOTE_TEXT_LEN 32

struct elf_xen_notes {
    /* Bit n: note n (XEN_ELFNOTE_...) was there. What was not there reads as zero or "". */
    uint32_t present;

    uint64_t entry;
    uint64_t hypercall_page;
    uint64_t virt_base;
    uint64_t paddr_offset;
    uint64_t hv_start_low;
    uint64_t init_p2m;
    uint64_t phys32_entry;
    uint64_t mod_start_pfn;
    uint64_t suspend_cancel;
    uint64_t l1_mfn_mask;
    uint64_t l1_mfn_value;

    /* Bit n: XENFEAT_... number n. What is required is also supported. */
    uint32_t features_supported;
    uint32_t features_required;

    /* Cut to fit; printable. */
    char guest_os[ELF_NOTE_TEXT_LEN];
    char guest_version[ELF_NOTE_TEXT_LEN];
    char xen_version[ELF_NOTE_TEXT_LEN];
    char loader[ELF_NOTE_TEXT_LEN];
    char pae_mode[ELF_NOTE_TEXT_LEN];
};

/* Where a PV kernel is in its own address space. */
struct elf_pv_layout {
    uint64_t virt_base;    /* pseudo-physical address 0 is mapped here */
    uint64_t kernel_start; /* the loaded image, virtual, end exclusive */
    uint64_t kernel_end;
    uint64_t entry;
    uint64_t physical_start; /* the same, pseudo-physical: p_paddr less PADDR_OFFSET */
    uint64_t physical_end;
};

static inline bool elf_notes_have(const struct elf_xen_notes *notes, unsigned int type)
{
    return type < 32 && (notes->present >> type) & 1;
}

/*
 * Collects the notes from the note segments or, if there is no Xen note in any, from the note
 * sections. Returns 0, or with *why set to a constant phrase:
 *   -XEN_ENOENT   there are none: not a kernel for us
 *   -XEN_EINVAL   a note is damaged
 *   -XEN_ENOEXEC  a feature is required that nobody knows
 */
int elf_notes_parse(const struct elf_image *elf, struct elf_xen_notes *notes, const char **why);

/*
 * Whether the kernel can be started as a 64-bit PV dom0, and where it lies then. Returns 0, or
 * with *why set -XEN_ENOEXEC (not such a kernel) or -XEN_EINVAL (its addresses make no sense).
 */
int elf_notes_pv_dom0(const struct elf_image *elf, const struct elf_xen_notes *notes,
                      struct elf_pv_layout *layout, const char **why);

#endif
