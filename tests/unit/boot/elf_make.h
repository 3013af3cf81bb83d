/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small ELF kernels put together from parts, for tests of what reads them. */
#ifndef TESTS_UNIT_BOOT_ELF_MAKE_H
#define TESTS_UNIT_BOOT_ELF_MAKE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAKE_MAX 4096

/*
 * Filled from the front: the file header, four program headers, then contents. A program header
 * that is not used has type PT_NULL.
 */
struct elf_made {
    union {
        uint8_t data[ELF_MAKE_MAX];
        struct {
            Elf64_Ehdr header;
            Elf64_Phdr segment[4];
        };
    };
    size_t len;
};

/* A kernel with one segment of 0x200 bytes in the file, 0x3000 in memory, at 16 MiB. */
void elf_make(struct elf_made *elf);

/* Appends raw bytes; returns their offset. */
size_t elf_append(struct elf_made *elf, const void *data, size_t len);

/* Begins and ends a note segment (program header 1): what is appended between belongs to it. */
void elf_begin_notes(struct elf_made *elf);
void elf_end_notes(struct elf_made *elf);

/* Appends one note, padded to four bytes. */
void elf_add_note(struct elf_made *elf, const char *name, uint32_t type, const void *data,
                  size_t len);
void elf_add_number(struct elf_made *elf, uint32_t type, uint64_t value);
void elf_add_text(struct elf_made *elf, uint32_t type, const char *text);

/* All the notes that Debian's kernel has, and the addresses to go with them. */
void elf_make_debian(struct elf_made *elf);

#endif
