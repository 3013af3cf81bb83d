/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF kernels: headers, segments and notes, the way the dom0 builder goes through them. */
#include <string.h>

#include "boot/elf_notes.h"
#include "elf_make.h"
#include "fuzz.h"

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static struct elf_made made;
    Elf64_Shdr section = {.sh_type = SHT_NOTE, .sh_addralign = 4};

    elf_make_debian(&made);
    if (n == 1) {
        section.sh_offset = made.segment[1].p_offset;
        section.sh_size = made.segment[1].p_filesz;
        made.segment[1].p_type = PT_NULL;
        made.header.e_shnum = 1;
        made.header.e_shoff = elf_append(&made, &section, sizeof(section));
    } else if (n > 1) {
        return 0;
    }
    memcpy(data, made.data, made.len);
    return made.len;
}

/* Reads all that a segment claims to have, for the sanitizer to watch. */
static void check_segments(const struct elf_image *elf)
{
    struct elf_segment segment;
    unsigned int cursor = 0, count = 0;

    while (elf_next_segment(elf, &cursor, &segment)) {
        volatile uint8_t sink = 0;

        for (uint64_t n = 0; n < segment.file_len; n++)
            sink ^= segment.data[n];
        FUZZ_ASSERT(segment.memory_len >= segment.file_len && segment.memory_len > 0);
        FUZZ_ASSERT(segment.paddr >= elf->load_start);
        FUZZ_ASSERT(segment.memory_len <= elf->load_end - segment.paddr);
        FUZZ_ASSERT(++count <= ELF_SEGMENTS_MAX);
    }
    FUZZ_ASSERT(count > 0);
}

static void check_layout(const struct elf_image *elf, const struct elf_xen_notes *notes)
{
    struct elf_pv_layout layout;
    const char *why = NULL;

    if (elf_notes_pv_dom0(elf, notes, &layout, &why) != 0) {
        FUZZ_ASSERT(why != NULL);
        return;
    }
    FUZZ_ASSERT(layout.virt_base <= layout.kernel_start);
    FUZZ_ASSERT(layout.kernel_start < layout.kernel_end);
    FUZZ_ASSERT(layout.entry >= layout.kernel_start && layout.entry < layout.kernel_end);
    FUZZ_ASSERT(layout.kernel_end - layout.kernel_start == elf->load_end - elf->load_start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct elf_xen_notes notes;
    struct elf_image elf;
    const char *why = NULL;

    if (elf_parse(data, len, &elf, &why) != 0) {
        FUZZ_ASSERT(why != NULL);
        return 0;
    }
    check_segments(&elf);
    if (elf_notes_parse(&elf, &notes, &why) != 0) {
        FUZZ_ASSERT(why != NULL);
        return 0;
    }
    FUZZ_ASSERT(strnlen(notes.guest_os, ELF_NOTE_TEXT_LEN) < ELF_NOTE_TEXT_LEN);
    FUZZ_ASSERT((notes.features_required & ~notes.features_supported) == 0);
    check_layout(&elf, &notes);
    return 0;
}
