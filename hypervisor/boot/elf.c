/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A 64-bit x86 ELF kernel image: header checks and iteration. Nothing in the file is trusted. */
#include <xen/errno.h>

#include "boot/elf.h"
#include "lib/string.h"

#define ELF_CLASS_64      2
#define ELF_LITTLE_ENDIAN 1
#define ELF_TYPE_EXEC     2
#define ELF_TYPE_DYN      3
#define ELF_MACHINE_AMD64 62

#define SEGMENT_LOAD 1
#define SEGMENT_NOTE 4
#define SECTION_NOTE 7

#define SEGMENT_EXECUTE 1
#define SEGMENT_WRITE   2

struct file_header {
    uint8_t magic[4];
    uint8_t class;
    uint8_t byte_order;
    uint8_t ident_rest[10];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t segment_table;
    uint64_t section_table;
    uint32_t flags;
    uint16_t header_len;
    uint16_t segment_entry_len;
    uint16_t segment_count;
    uint16_t section_entry_len;
    uint16_t section_count;
    uint16_t section_names;
};

struct segment_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t file_len;
    uint64_t memory_len;
    uint64_t align;
};

struct section_header {
    uint32_t name;
    uint32_t type;
    uint64_t flags;
    uint64_t vaddr;
    uint64_t offset;
    uint64_t len;
    uint32_t link;
    uint32_t info;
    uint64_t align;
    uint64_t entry_len;
};

_Static_assert(sizeof(struct file_header) == 64, "ELF-64 file header");
_Static_assert(sizeof(struct segment_header) == 56, "ELF-64 program header");
_Static_assert(sizeof(struct section_header) == 64, "ELF-64 section header");

static bool in_file(const struct elf_image *elf, uint64_t offset, uint64_t len)
{
    return offset <= elf->size && len <= elf->size - offset;
}

static struct segment_header segment_at(const struct elf_image *elf, unsigned int n)
{
    struct segment_header header;

    memcpy(&header, elf->data + elf->segment_table + n * sizeof(header), sizeof(header));
    return header;
}

static struct section_header section_at(const struct elf_image *elf, unsigned int n)
{
    struct section_header header;

    memcpy(&header, elf->data + elf->section_table + n * sizeof(header), sizeof(header));
    return header;
}

static bool is_loaded(const struct segment_header *header)
{
    return header->type == SEGMENT_LOAD && header->memory_len > 0;
}

static const char *identity_problem(const struct file_header *header)
{
    if (memcmp(header->magic, "\177ELF", 4) != 0)
        return "it is not an ELF file";
    if (header->class != ELF_CLASS_64 || header->byte_order != ELF_LITTLE_ENDIAN ||
        header->machine != ELF_MACHINE_AMD64)
        return "it is not a 64-bit x86 program";
    if (header->type != ELF_TYPE_EXEC && header->type != ELF_TYPE_DYN)
        return "it is an ELF file, but not a program";
    return NULL;
}

/* The tables themselves. A section table is a help, not a need: one that is damaged is not used. */
static const char *tables_problem(struct elf_image *elf, const struct file_header *header)
{
    uint64_t segments_len = (uint64_t)header->segment_count * sizeof(struct segment_header);
    uint64_t sections_len = (uint64_t)header->section_count * sizeof(struct section_header);

    if (header->segment_entry_len != sizeof(struct segment_header) || header->segment_count == 0 ||
        header->segment_count > ELF_SEGMENTS_MAX)
        return "its number or size of program headers makes no sense";
    if (!in_file(elf, header->segment_table, segments_len))
        return "its program headers reach beyond the end of the file";

    elf->segment_table = header->segment_table;
    elf->segment_count = header->segment_count;
    if (header->section_entry_len == sizeof(struct section_header) &&
        in_file(elf, header->section_table, sections_len)) {
        elf->section_table = header->section_table;
        elf->section_count = header->section_count;
    }
    return NULL;
}

static bool overlaps_earlier(const struct elf_image *elf, unsigned int n,
                             const struct segment_header *header)
{
    for (unsigned int i = 0; i < n; i++) {
        struct segment_header other = segment_at(elf, i);

        if (is_loaded(&other) && header->paddr < other.paddr + other.memory_len &&
            other.paddr < header->paddr + header->memory_len)
            return true;
    }
    return false;
}

static const char *segment_problem(const struct elf_image *elf, unsigned int n,
                                   const struct segment_header *header)
{
    if (!in_file(elf, header->offset, header->file_len))
        return "a segment reaches beyond the end of the file";
    if (header->file_len > header->memory_len)
        return "a segment has more in the file than in memory";
    if (header->memory_len > UINT64_MAX - header->paddr)
        return "a segment reaches beyond the end of memory";
    if (overlaps_earlier(elf, n, header))
        return "two segments lie on top of each other";
    return NULL;
}

static const char *segments_problem(struct elf_image *elf)
{
    elf->load_start = UINT64_MAX;
    elf->load_end = 0;
    for (unsigned int n = 0; n < elf->segment_count; n++) {
        struct segment_header header = segment_at(elf, n);
        const char *problem;

        if (!is_loaded(&header))
            continue;
        problem = segment_problem(elf, n, &header);
        if (problem)
            return problem;
        if (header.paddr < elf->load_start)
            elf->load_start = header.paddr;
        if (header.paddr + header.memory_len > elf->load_end)
            elf->load_end = header.paddr + header.memory_len;
    }
    return elf->load_end == 0 ? "it has nothing to load" : NULL;
}

int elf_parse(const void *image, size_t size, struct elf_image *elf, const char **why)
{
    struct file_header header;

    *elf = (struct elf_image){.data = image, .size = size};
    if (size < sizeof(header)) {
        *why = "it is too short for an ELF file";
        return -XEN_ENOEXEC;
    }
    memcpy(&header, image, sizeof(header));
    elf->entry = header.entry;

    *why = identity_problem(&header);
    if (*why)
        return -XEN_ENOEXEC;
    *why = tables_problem(elf, &header);
    if (!*why)
        *why = segments_problem(elf);
    return *why ? -XEN_EINVAL : 0;
}

bool elf_next_segment(const struct elf_image *elf, unsigned int *cursor,
                      struct elf_segment *segment)
{
    while (*cursor < elf->segment_count) {
        struct segment_header header = segment_at(elf, (*cursor)++);

        if (!is_loaded(&header))
            continue;
        *segment = (struct elf_segment){
            .paddr = header.paddr,
            .vaddr = header.vaddr,
            .data = elf->data + header.offset,
            .file_len = header.file_len,
            .memory_len = header.memory_len,
            .writable = header.flags & SEGMENT_WRITE,
            .executable = header.flags & SEGMENT_EXECUTE,
        };
        return true;
    }
    return false;
}

/* False if the area does not lie in the file; such areas are passed over. */
static bool set_area(const struct elf_image *elf, struct elf_note_area *area, uint64_t offset,
                     uint64_t len, uint64_t align)
{
    if (!in_file(elf, offset, len))
        return false;
    *area = (struct elf_note_area){
        .data = elf->data + offset,
        .len = len,
        .align = align == 8 ? 8 : 4,
    };
    return true;
}

bool elf_next_note_segment(const struct elf_image *elf, unsigned int *cursor,
                           struct elf_note_area *area)
{
    while (*cursor < elf->segment_count) {
        struct segment_header header = segment_at(elf, (*cursor)++);

        if (header.type == SEGMENT_NOTE &&
            set_area(elf, area, header.offset, header.file_len, header.align))
            return true;
    }
    return false;
}

bool elf_next_note_section(const struct elf_image *elf, unsigned int *cursor,
                           struct elf_note_area *area)
{
    while (*cursor < elf->section_count) {
        struct section_header header = section_at(elf, (*cursor)++);

        if (header.type == SECTION_NOTE &&
            set_area(elf, area, header.offset, header.len, header.align))
            return true;
    }
    return false;
}
