/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the module of a dom0 into its guest; see builder.h. */
#include "builder.h"

#include <xen/elfnote.h>

#define MODULE_LIMIT (1UL << 20)

/* What is needed of a 64-bit ELF file (System V ABI, chapters 4 and 5). */
struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t size, segment_size, nr_segments;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, va, pa, file_size, memory_size, align;
};

enum { SEGMENT_LOAD = 1, SEGMENT_NOTE = 4 };

struct elf_note {
    uint32_t name_size, size, type;
};

static uint8_t module[MODULE_LIMIT];

bool builder_map(void *page, uint64_t gfn)
{
    struct mmu_update update = {
        .ptr = entry_address(page, 1) | MMU_NORMAL_PT_UPDATE,
        .val = gfn << PAGE_SHIFT | PTE_DATA,
    };

    if (call4(__HYPERVISOR_mmu_update, &update, 1, 0, guest))
        return false;
    return !mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static void *window(void)
{
    static void *page;

    if (!page)
        page = page_alloc();
    return page;
}

bool builder_copy(uint64_t to, const void *from, size_t count)
{
    const char *at = from;

    while (count) {
        size_t offset = to & (PAGE_SIZE - 1), part = PAGE_SIZE - offset;

        part = part < count ? part : count;
        if (!builder_map(window(), to >> PAGE_SHIFT))
            return false;
        memcpy((char *)window() + offset, at, part);
        to += part;
        at += part;
        count -= part;
    }
    return true;
}

/* The module is mapped by nobody. */
static bool module_read(void)
{
    uint64_t pfn = start_info->mod_start;

    if (!start_info->mod_len || start_info->mod_len > MODULE_LIMIT)
        return false;
    for (uint64_t done = 0; done < start_info->mod_len; done += PAGE_SIZE, pfn++) {
        if (map_page(window(), mfn_of_pfn(pfn) << PAGE_SHIFT | PTE_DATA))
            return false;
        memcpy(module + done, window(), PAGE_SIZE);
    }
    return true;
}

static uint32_t entry_note(const struct elf_segment *segment)
{
    const uint8_t *at = module + segment->offset, *end = at + segment->file_size;

    while (at + sizeof(struct elf_note) <= end) {
        const struct elf_note *note = (const void *)at;
        const uint8_t *value = at + sizeof(*note) + ((note->name_size + 3) & ~3U);

        if (note->type == XEN_ELFNOTE_PHYS32_ENTRY)
            return *(const uint32_t *)value;
        at = value + ((note->size + 3) & ~3U);
    }
    return 0;
}

bool builder_load(uint32_t *entry)
{
    const struct elf_header *elf = (const void *)module;
    const struct elf_segment *segment;

    if (!module_read() || memcmp(elf->ident, "\177ELF", 4))
        return false;
    segment = (const void *)(module + elf->segments);
    for (unsigned int i = 0; i < elf->nr_segments; i++, segment++) {
        if (segment->type == SEGMENT_NOTE)
            *entry = entry_note(segment);
        if (segment->type == SEGMENT_LOAD &&
            !builder_copy(segment->pa, module + segment->offset, segment->file_size))
            return false;
    }
    return *entry;
}
