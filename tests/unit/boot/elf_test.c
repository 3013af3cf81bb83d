/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF kernels put together here: what is loaded, and what is refused. */
#include <xen/errno.h>

#include "boot/elf.h"
#include "check.h"
#include "elf_make.h"

static struct elf_made made;

/* Parses a copy without a byte to spare, for the sanitizer's sake; *elf may not be followed. */
static int parse(size_t len, struct elf_image *elf, const char **why)
{
    uint8_t *copy = malloc(len ? len : 1);
    int error;

    memcpy(copy, made.data, len);
    *why = NULL;
    error = elf_parse(copy, len, elf, why);
    free(copy);
    return error;
}

static void test_sound(void)
{
    struct elf_segment segment;
    struct elf_image elf;
    unsigned int cursor = 0;
    const char *why;

    elf_make(&made);
    made.segment[2] = (Elf64_Phdr){
        .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_paddr = 0x2000000, .p_memsz = 0x1000};
    made.segment[3] = (Elf64_Phdr){.p_type = PT_LOAD, .p_paddr = 0x9000000}; /* takes no memory */

    CHECK_EQ(elf_parse(made.data, made.len, &elf, &why), 0);
    CHECK_EQ(elf.entry, 0x1000100);
    CHECK_EQ(elf.load_start, 0x1000000);
    CHECK_EQ(elf.load_end, 0x2001000);

    CHECK(elf_next_segment(&elf, &cursor, &segment));
    CHECK_EQ(segment.paddr, 0x1000000);
    CHECK_EQ(segment.vaddr, 0xffffffff81000000);
    CHECK_EQ(segment.file_len, 0x200);
    CHECK_EQ(segment.memory_len, 0x3000);
    CHECK_EQ(segment.data[0], 0xcc);
    CHECK(segment.executable && !segment.writable);

    CHECK(elf_next_segment(&elf, &cursor, &segment));
    CHECK_EQ(segment.paddr, 0x2000000);
    CHECK_EQ(segment.file_len, 0);
    CHECK(!segment.executable && segment.writable);
    CHECK(!elf_next_segment(&elf, &cursor, &segment));
}

/* One number wrong at a time: offset in the file, how many bytes, what is put there. */
static void test_refusals(void)
{
    static const struct {
        size_t at;
        size_t len;
        uint64_t value;
        int error;
    } cases[] = {
        {offsetof(Elf64_Ehdr, e_ident), 1, 0, -XEN_ENOEXEC},
        {offsetof(Elf64_Ehdr, e_ident) + EI_CLASS, 1, ELFCLASS32, -XEN_ENOEXEC},
        {offsetof(Elf64_Ehdr, e_ident) + EI_DATA, 1, ELFDATA2MSB, -XEN_ENOEXEC},
        {offsetof(Elf64_Ehdr, e_machine), 2, EM_386, -XEN_ENOEXEC},
        {offsetof(Elf64_Ehdr, e_type), 2, ET_REL, -XEN_ENOEXEC},
        {offsetof(Elf64_Ehdr, e_phentsize), 2, 32, -XEN_EINVAL},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 0, -XEN_EINVAL},
        {offsetof(Elf64_Ehdr, e_phnum), 2, ELF_SEGMENTS_MAX + 1, -XEN_EINVAL},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 0xffff, -XEN_EINVAL},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 60, -XEN_EINVAL},
        {offsetof(Elf64_Ehdr, e_phoff), 8, 0xfffffffffffffff0, -XEN_EINVAL},
        {offsetof(Elf64_Ehdr, e_phoff), 8, 0x7fffffffffffffff, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_type), 4, PT_NULL, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_offset), 8, 0xffffffffffffffff, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_offset), 8, 0x1000, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz), 8, 0x201, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz), 8, 0xffffffffffffffff, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz), 8, 0x1ff, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz), 8, 0xffffffffffffffff, -XEN_EINVAL},
        {sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_paddr), 8, 0xffffffffffffffff, -XEN_EINVAL},
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct elf_image elf;
        const char *why;

        elf_make(&made);
        memcpy(made.data + cases[n].at, &cases[n].value, cases[n].len);
        if (!CHECK_EQ(parse(made.len, &elf, &why), cases[n].error))
            fprintf(stderr, "    case %zu\n", n);
        CHECK(why != NULL);
    }
}

/* All of them in the file, none of them wrong: just too many. */
static void test_too_many_segments(void)
{
    struct elf_image elf;
    const char *why;

    elf_make(&made);
    made.len = sizeof(made.data);
    made.header.e_phnum = ELF_SEGMENTS_MAX;
    CHECK_EQ(parse(made.len, &elf, &why), 0);
    made.header.e_phnum = ELF_SEGMENTS_MAX + 1;
    CHECK_EQ(parse(made.len, &elf, &why), -XEN_EINVAL);
}

static void test_overlap(void)
{
    struct elf_image elf;
    const char *why;

    elf_make(&made);
    made.segment[2] = (Elf64_Phdr){.p_type = PT_LOAD, .p_paddr = 0x1002fff, .p_memsz = 0x1000};
    CHECK_EQ(parse(made.len, &elf, &why), -XEN_EINVAL);
    CHECK_STR(why, "two segments lie on top of each other");
    made.segment[2].p_paddr = 0x1003000;
    CHECK_EQ(parse(made.len, &elf, &why), 0);
    made.segment[2].p_paddr = 0xfff000;
    CHECK_EQ(parse(made.len, &elf, &why), 0);
    made.segment[2].p_paddr = 0xfff001;
    CHECK_EQ(parse(made.len, &elf, &why), -XEN_EINVAL);
}

static void test_cut_off(void)
{
    elf_make(&made);
    for (size_t len = 0; len < made.len; len++) {
        struct elf_image elf;
        const char *why;

        CHECK_EQ(parse(len, &elf, &why), len < sizeof(Elf64_Ehdr) ? -XEN_ENOEXEC : -XEN_EINVAL);
        CHECK(why != NULL);
    }
}

static void test_note_areas(void)
{
    Elf64_Shdr sections[2] = {
        {.sh_type = SHT_PROGBITS, .sh_size = 4},
        {.sh_type = SHT_NOTE, .sh_offset = 64, .sh_size = 16, .sh_addralign = 8},
    };
    struct elf_note_area area;
    struct elf_image elf;
    unsigned int cursor = 0;
    const char *why;

    elf_make(&made);
    made.segment[1] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = 128, .p_filesz = 32};
    made.segment[2] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = 128, .p_filesz = 4096};
    made.header.e_shnum = 2;
    made.header.e_shoff = elf_append(&made, sections, sizeof(sections));
    CHECK_EQ(elf_parse(made.data, made.len, &elf, &why), 0);

    CHECK(elf_next_note_segment(&elf, &cursor, &area));
    CHECK(area.data == made.data + 128 && area.len == 32 && area.align == 4);
    /* The second reaches out of the file. */
    CHECK(!elf_next_note_segment(&elf, &cursor, &area));

    cursor = 0;
    CHECK(elf_next_note_section(&elf, &cursor, &area));
    CHECK(area.data == made.data + 64 && area.len == 16 && area.align == 8);
    CHECK(!elf_next_note_section(&elf, &cursor, &area));

    /* A section table that does not fit is as good as none. */
    made.header.e_shnum = 3;
    CHECK_EQ(elf_parse(made.data, made.len, &elf, &why), 0);
    cursor = 0;
    CHECK(!elf_next_note_section(&elf, &cursor, &area));
}

int main(void)
{
    RUN(test_sound);
    RUN(test_refusals);
    RUN(test_too_many_segments);
    RUN(test_overlap);
    RUN(test_cut_off);
    RUN(test_note_areas);
    return check_done();
}
