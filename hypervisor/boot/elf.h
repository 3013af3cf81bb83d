/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A 64-bit x86 ELF kernel image in memory: what to load where, and where its notes are. */
#ifndef BOOT_ELF_H
#define BOOT_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More program headers than this are refused. */
#define ELF_SEGMENTS_MAX 64

/* An image that elf_parse() found sound. Points into the image, owns nothing. */
struct elf_image {
    const uint8_t *data;
    size_t size;
    uint64_t entry; /* e_entry; a Xen ENTRY note goes before it */
    /* All that is loaded lies in [load_start, load_end) by physical address (p_paddr). */
    uint64_t load_start;
    uint64_t load_end;
    uint64_t segment_table; /* file offsets and counts of both header tables */
    unsigned int segment_count;
    uint64_t section_table;
    unsigned int section_count;
};

/* Something to load: file_len bytes from data, then zeros up to memory_len. */
struct elf_segment {
    uint64_t paddr;
    uint64_t vaddr;
    const uint8_t *data;
    uint64_t file_len;
    uint64_t memory_len;
    bool writable;
    bool executable;
};

/* A stretch of the file that holds notes, and how they are aligned in it (4 or 8). */
struct elf_note_area {
    const uint8_t *data;
    uint64_t len;
    unsigned int align;
};

/*
 * Looks over an image of size bytes: headers in bounds, every loadable segment inside the file, no
 * two on top of each other, no address that wraps. Returns 0, or with *why set to a constant phrase
 *   -XEN_ENOEXEC  not an x86-64 ELF program
 *   -XEN_EINVAL   damaged or cut off
 */
int elf_parse(const void *image, size_t size, struct elf_image *elf, const char **why);

/*
 * Steps through the segments to load: start with *cursor at 0, go on until false. Only those that
 * take up memory are reported.
 */
bool elf_next_segment(const struct elf_image *elf, unsigned int *cursor,
                      struct elf_segment *segment);

/* The same for the note areas named by program headers, and for those named by section headers. */
bool elf_next_note_segment(const struct elf_image *elf, unsigned int *cursor,
                           struct elf_note_area *area);
bool elf_next_note_section(const struct elf_image *elf, unsigned int *cursor,
                           struct elf_note_area *area);

#endif
