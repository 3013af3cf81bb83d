/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the module of a dom0 into its guest; see builder.h. */
#include "builder.h"

#include <xen/elfnote.h>

#define NOTES_LIMIT 4096

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

/* Pages of ours where a frame of the guest's, or of the module, is seen. */
static page_aligned uint8_t guest_window[PAGE_SIZE], module_window[PAGE_SIZE];

bool builder_copy(uint64_t to, const void *from, size_t count)
{
    const char *at = from;

    while (count) {
        size_t offset = to & (PAGE_SIZE - 1), part = PAGE_SIZE - offset;

        part = part < count ? part : count;
        if (!builder_map(guest_window, to >> PAGE_SHIFT))
            return false;
        memcpy(guest_window + offset, at, part);
        to += part;
        at += part;
        count -= part;
    }
    return true;
}

/* Hands the bytes of a part of the module, which is mapped by nobody, to fn, in pieces that are in
 * one page. */
static bool module_walk(uint64_t offset, uint64_t count,
                        bool (*fn)(uint64_t to, const void *from, size_t count), uint64_t to)
{
    if (offset > start_info->mod_len || count > start_info->mod_len - offset)
        return false;
    while (count) {
        uint64_t in_page = offset & (PAGE_SIZE - 1), part = PAGE_SIZE - in_page;
        uint64_t pfn = start_info->mod_start + (offset >> PAGE_SHIFT);

        part = part < count ? part : count;
        if (map_page(module_window, mfn_of_pfn(pfn) << PAGE_SHIFT | PTE_DATA) ||
            !fn(to, module_window + in_page, part))
            return false;
        offset += part;
        to += part;
        count -= part;
    }
    return true;
}

static bool copy_here(uint64_t to, const void *from, size_t count)
{
    memcpy((void *)to, from, count);
    return true;
}

static bool module_read(uint64_t offset, void *to, uint64_t count)
{
    return module_walk(offset, count, copy_here, (uint64_t)to);
}

bool builder_copy_module(uint64_t to, uint64_t offset, uint64_t count)
{
    return module_walk(offset, count, builder_copy, to);
}

static uint32_t entry_note(const struct elf_segment *segment)
{
    static uint8_t notes[NOTES_LIMIT];
    const uint8_t *at = notes, *end = notes + segment->file_size;

    if (segment->file_size > sizeof(notes) ||
        !module_read(segment->offset, notes, segment->file_size))
        return 0;
    while (at + sizeof(struct elf_note) <= end) {
        const struct elf_note *note = (const void *)at;
        const uint8_t *value = at + sizeof(*note) + ((note->name_size + 3) & ~3U);

        if (note->type == XEN_ELFNOTE_PHYS32_ENTRY && note->size >= sizeof(uint32_t))
            return *(const uint32_t *)value;
        at = value + ((note->size + 3) & ~3U);
    }
    return 0;
}

bool builder_load(uint32_t *entry)
{
    struct elf_segment segment;
    struct elf_header elf;

    if (!module_read(0, &elf, sizeof(elf)) || memcmp(elf.ident, "\177ELF", 4))
        return false;
    for (unsigned int i = 0; i < elf.nr_segments; i++) {
        if (!module_read(elf.segments + i * sizeof(segment), &segment, sizeof(segment)))
            return false;
        if (segment.type == SEGMENT_NOTE)
            *entry = entry_note(&segment);
        if (segment.type == SEGMENT_LOAD &&
            !builder_copy_module(segment.pa, segment.offset, segment.file_size))
            return false;
    }
    return *entry;
}
