/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small ELF kernels put together from parts; see elf_make.h. */
#include <stdlib.h>
#include <string.h>
#include <xen/elfnote.h>

#include "elf_make.h"

#define BODY_LEN 0x200

size_t elf_append(struct elf_made *elf, const void *data, size_t len)
{
    size_t at = elf->len;

    if (len > sizeof(elf->data) - at)
        abort();
    memcpy(elf->data + at, data, len);
    elf->len += len;
    return at;
}

void elf_make(struct elf_made *elf)
{
    static const uint8_t body[BODY_LEN] = {0xcc, 0xcc};

    memset(elf, 0, sizeof(*elf));
    elf->header = (Elf64_Ehdr){
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = 0x1000100,
        .e_phoff = offsetof(struct elf_made, segment),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 4,
        .e_shentsize = sizeof(Elf64_Shdr),
    };
    elf->len = offsetof(struct elf_made, segment) + sizeof(elf->segment);
    elf->segment[0] = (Elf64_Phdr){
        .p_type = PT_LOAD,
        .p_flags = PF_R | PF_X,
        .p_offset = elf_append(elf, body, sizeof(body)),
        .p_vaddr = 0xffffffff81000000,
        .p_paddr = 0x1000000,
        .p_filesz = BODY_LEN,
        .p_memsz = 0x3000,
        .p_align = 0x1000,
    };
}

void elf_begin_notes(struct elf_made *elf)
{
    elf->segment[1] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = elf->len, .p_align = 4};
}

void elf_end_notes(struct elf_made *elf)
{
    elf->segment[1].p_filesz = elf->len - elf->segment[1].p_offset;
    elf->segment[1].p_memsz = elf->segment[1].p_filesz;
}

static void append_padded(struct elf_made *elf, const void *data, size_t len)
{
    static const uint8_t zeros[4];

    elf_append(elf, data, len);
    elf_append(elf, zeros, -len & 3);
}

void elf_add_note(struct elf_made *elf, const char *name, uint32_t type, const void *data,
                  size_t len)
{
    Elf64_Nhdr note = {
        .n_namesz = (uint32_t)strlen(name) + 1,
        .n_descsz = (uint32_t)len,
        .n_type = type,
    };

    elf_append(elf, &note, sizeof(note));
    append_padded(elf, name, note.n_namesz);
    append_padded(elf, data, len);
}

void elf_add_number(struct elf_made *elf, uint32_t type, uint64_t value)
{
    elf_add_note(elf, "Xen", type, &value, sizeof(value));
}

void elf_add_text(struct elf_made *elf, uint32_t type, const char *text)
{
    elf_add_note(elf, "Xen", type, text, strlen(text) + 1);
}

void elf_make_debian(struct elf_made *elf)
{
    static const uint64_t l1_mfn[] = {1, 1};
    static const uint32_t phys32_entry = 0x1000100;

    elf_make(elf);
    elf_begin_notes(elf);
    elf_add_text(elf, XEN_ELFNOTE_GUEST_OS, "linux");
    elf_add_text(elf, XEN_ELFNOTE_GUEST_VERSION, "2.6");
    elf_add_text(elf, XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
    elf_add_number(elf, XEN_ELFNOTE_VIRT_BASE, 0xffffffff80000000);
    elf_add_number(elf, XEN_ELFNOTE_INIT_P2M, 0x8000000000);
    elf_add_number(elf, XEN_ELFNOTE_ENTRY, 0xffffffff81000100);
    elf_add_text(elf, XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb");
    elf_add_number(elf, XEN_ELFNOTE_SUPPORTED_FEATURES, 0x8801);
    elf_add_text(elf, XEN_ELFNOTE_PAE_MODE, "yes");
    elf_add_text(elf, XEN_ELFNOTE_LOADER, "generic");
    elf_add_note(elf, "Xen", XEN_ELFNOTE_L1_MFN_VALID, l1_mfn, sizeof(l1_mfn));
    elf_add_number(elf, XEN_ELFNOTE_SUSPEND_CANCEL, 1);
    elf_add_number(elf, XEN_ELFNOTE_MOD_START_PFN, 1);
    elf_add_number(elf, XEN_ELFNOTE_HV_START_LOW, 0xffff800000000000);
    elf_add_number(elf, XEN_ELFNOTE_PADDR_OFFSET, 0);
    elf_add_note(elf, "Xen", XEN_ELFNOTE_PHYS32_ENTRY, &phys32_entry, sizeof(phys32_entry));
    elf_end_notes(elf);
}
