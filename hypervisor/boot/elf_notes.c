/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Xen ELF notes: found, checked for length, and put into one structure by a table. */
#include <stddef.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/features.h>

#include "boot/elf_notes.h"
#include "lib/string.h"

#define NOTE_HEADER_LEN 12
#define NOTE_NAME       "Xen"

#define FEATURES_END 32

/* One note, its parts in bounds. */
struct note {
    uint32_t type;
    uint32_t len;
    const uint8_t *content;
    const char *name;
    uint32_t name_len;
};

enum note_kind {
    NOTE_IGNORED,
    NOTE_NUMBER,
    NOTE_TEXT,
    NOTE_FEATURES,
    NOTE_FEATURE_MASK,
    NOTE_L1_MFN,
};

#define FIELD(member) offsetof(struct elf_xen_notes, member)

/* What each note is, and which member of the structure it goes to. */
static const struct note_rule {
    enum note_kind kind;
    size_t field;
} rules[XEN_ELFNOTE_MAX + 1] = {
    [XEN_ELFNOTE_ENTRY] = {NOTE_NUMBER, FIELD(entry)},
    [XEN_ELFNOTE_HYPERCALL_PAGE] = {NOTE_NUMBER, FIELD(hypercall_page)},
    [XEN_ELFNOTE_VIRT_BASE] = {NOTE_NUMBER, FIELD(virt_base)},
    [XEN_ELFNOTE_PADDR_OFFSET] = {NOTE_NUMBER, FIELD(paddr_offset)},
    [XEN_ELFNOTE_XEN_VERSION] = {NOTE_TEXT, FIELD(xen_version)},
    [XEN_ELFNOTE_GUEST_OS] = {NOTE_TEXT, FIELD(guest_os)},
    [XEN_ELFNOTE_GUEST_VERSION] = {NOTE_TEXT, FIELD(guest_version)},
    [XEN_ELFNOTE_LOADER] = {NOTE_TEXT, FIELD(loader)},
    [XEN_ELFNOTE_PAE_MODE] = {NOTE_TEXT, FIELD(pae_mode)},
    [XEN_ELFNOTE_FEATURES] = {NOTE_FEATURES, 0},
    [XEN_ELFNOTE_HV_START_LOW] = {NOTE_NUMBER, FIELD(hv_start_low)},
    [XEN_ELFNOTE_L1_MFN_VALID] = {NOTE_L1_MFN, 0},
    [XEN_ELFNOTE_SUSPEND_CANCEL] = {NOTE_NUMBER, FIELD(suspend_cancel)},
    [XEN_ELFNOTE_INIT_P2M] = {NOTE_NUMBER, FIELD(init_p2m)},
    [XEN_ELFNOTE_MOD_START_PFN] = {NOTE_NUMBER, FIELD(mod_start_pfn)},
    [XEN_ELFNOTE_SUPPORTED_FEATURES] = {NOTE_FEATURE_MASK, 0},
    [XEN_ELFNOTE_PHYS32_ENTRY] = {NOTE_NUMBER, FIELD(phys32_entry)},
};

/* The names that a FEATURES note uses, by number. */
static const char *const feature_names[FEATURES_END] = {
    [XENFEAT_writable_page_tables] = "writable_page_tables",
    [XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
    [XENFEAT_auto_translated_physmap] = "auto_translated_physmap",
    [XENFEAT_supervisor_mode_kernel] = "supervisor_mode_kernel",
    [XENFEAT_pae_pgdir_above_4gb] = "pae_pgdir_above_4gb",
    [XENFEAT_mmu_pt_update_preserve_ad] = "mmu_pt_update_preserve_ad",
    [XENFEAT_highmem_assist] = "highmem_assist",
    [XENFEAT_gnttab_map_avail_bits] = "gnttab_map_avail_bits",
    [XENFEAT_hvm_callback_vector] = "hvm_callback_vector",
    [XENFEAT_hvm_safe_pvclock] = "hvm_safe_pvclock",
    [XENFEAT_hvm_pirqs] = "hvm_pirqs",
    [XENFEAT_dom0] = "dom0",
    [XENFEAT_memory_op_vnode_supported] = "memory_op_vnode_supported",
    [XENFEAT_ARM_SMCCC_supported] = "ARM_SMCCC_supported",
    [XENFEAT_linux_rsdp_unrestricted] = "linux_rsdp_unrestricted",
};

static const char damaged[] = "one of its Xen notes is damaged";

static uint32_t read_le32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint64_t read_le64(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

/* 0, or -XEN_EINVAL if there is something at the end of the area that is no whole note. */
static int take_note(struct elf_note_area *area, struct note *note)
{
    uint64_t mask = area->align - 1;
    uint64_t content_at, end;

    if (area->len < NOTE_HEADER_LEN)
        return -XEN_EINVAL;
    note->name_len = read_le32(area->data);
    note->len = read_le32(area->data + 4);
    note->type = read_le32(area->data + 8);

    /* 32-bit lengths added up in 64 bits cannot wrap. */
    content_at = (NOTE_HEADER_LEN + (uint64_t)note->name_len + mask) & ~mask;
    end = content_at + note->len;
    if (end > area->len)
        return -XEN_EINVAL;
    note->name = (const char *)area->data + NOTE_HEADER_LEN;
    note->content = area->data + content_at;

    /* The padding of the last note may be missing. */
    end = (end + mask) & ~mask;
    if (end > area->len)
        end = area->len;
    area->data += end;
    area->len -= end;
    return 0;
}

static bool is_ours(const struct note *note)
{
    return note->name_len == sizeof(NOTE_NAME) &&
           memcmp(note->name, NOTE_NAME, sizeof(NOTE_NAME)) == 0;
}

static bool read_number(const struct note *note, uint64_t *value)
{
    if (note->len == 8)
        *value = read_le64(note->content);
    else if (note->len == 4)
        *value = read_le32(note->content);
    else
        return false;
    return true;
}

static void read_text(const struct note *note, char *text)
{
    size_t n;

    for (n = 0; n < note->len && n < ELF_NOTE_TEXT_LEN - 1 && note->content[n]; n++)
        text[n] = note->content[n] >= ' ' && note->content[n] < 0x7f ? (char)note->content[n] : '?';
    text[n] = '\0';
}

static bool read_l1_mfn(const struct note *note, struct elf_xen_notes *notes)
{
    if (note->len < 8 || note->len % 8)
        return false;

    /* Pairs of mask and value, as wide as an address; the first pair is the one that counts. */
    if (note->len == 8) {
        notes->l1_mfn_mask = read_le32(note->content);
        notes->l1_mfn_value = read_le32(note->content + 4);
    } else {
        notes->l1_mfn_mask = read_le64(note->content);
        notes->l1_mfn_value = read_le64(note->content + 8);
    }
    return true;
}

/* The number of a feature, or FEATURES_END. */
static unsigned int find_feature(const char *name, size_t len)
{
    for (unsigned int n = 0; n < FEATURES_END; n++) {
        const char *known = feature_names[n];

        if (known && strlen(known) == len && memcmp(known, name, len) == 0)
            return n;
    }
    return FEATURES_END;
}

/* One word of a FEATURES note; false if it is a must that we have never heard of. */
static bool read_feature(const char *word, size_t len, struct elf_xen_notes *notes)
{
    bool required = len > 0 && word[0] == '!';
    unsigned int feature;

    if (len == (size_t)required)
        return true;
    feature = find_feature(word + required, len - required);
    if (feature == FEATURES_END)
        return !required;
    notes->features_supported |= 1u << feature;
    if (required)
        notes->features_required |= 1u << feature;
    return true;
}

/* Words joined by '|', a '!' in front of what the kernel cannot do without. */
static bool read_features(const struct note *note, struct elf_xen_notes *notes)
{
    const char *text = (const char *)note->content;
    size_t start = 0, end;

    for (end = 0; end < note->len && text[end]; end++) {
        if (text[end] != '|')
            continue;
        if (!read_feature(text + start, end - start, notes))
            return false;
        start = end + 1;
    }
    return read_feature(text + start, end - start, notes);
}

static int read_note(const struct note *note, struct elf_xen_notes *notes, const char **why)
{
    const struct note_rule *rule;
    bool sound = true;
    uint64_t mask = 0;

    if (note->type > XEN_ELFNOTE_MAX)
        return 0;
    rule = &rules[note->type];
    notes->present |= 1u << note->type;

    switch (rule->kind) {
    case NOTE_IGNORED:
        break;
    case NOTE_NUMBER:
        sound = read_number(note, (uint64_t *)((char *)notes + rule->field));
        break;
    case NOTE_TEXT:
        read_text(note, (char *)notes + rule->field);
        break;
    case NOTE_FEATURES:
        if (!read_features(note, notes)) {
            *why = "it requires a feature that is not known";
            return -XEN_ENOEXEC;
        }
        break;
    case NOTE_FEATURE_MASK:
        sound = read_number(note, &mask);
        notes->features_supported |= (uint32_t)mask;
        break;
    case NOTE_L1_MFN:
        sound = read_l1_mfn(note, notes);
        break;
    }
    if (!sound) {
        *why = damaged;
        return -XEN_EINVAL;
    }
    return 0;
}

static int read_area(struct elf_note_area area, struct elf_xen_notes *notes, const char **why)
{
    while (area.len > 0) {
        struct note note;
        int error;

        if (take_note(&area, &note)) {
            *why = damaged;
            return -XEN_EINVAL;
        }
        if (!is_ours(&note))
            continue;
        error = read_note(&note, notes, why);
        if (error)
            return error;
    }
    return 0;
}

int elf_notes_parse(const struct elf_image *elf, struct elf_xen_notes *notes, const char **why)
{
    struct elf_note_area area;
    unsigned int cursor = 0;
    int error = 0;

    *notes = (struct elf_xen_notes){0};
    while (!error && elf_next_note_segment(elf, &cursor, &area))
        error = read_area(area, notes, why);

    cursor = 0;
    if (!notes->present)
        while (!error && elf_next_note_section(elf, &cursor, &area))
            error = read_area(area, notes, why);

    if (!error && !notes->present) {
        *why = "it has no Xen notes: it was built without support for running here";
        error = -XEN_ENOENT;
    }
    return error;
}

static const char *dom0_problem(const struct elf_xen_notes *notes)
{
    if (notes->features_required & (1u << XENFEAT_supervisor_mode_kernel))
        return "it wants to run in supervisor mode, which a PV kernel never does";
    if (elf_notes_have(notes, XEN_ELFNOTE_SUPPORTED_FEATURES) &&
        !(notes->features_supported & (1u << XENFEAT_dom0)))
        return "it was built without support for being dom0";
    if (elf_notes_have(notes, XEN_ELFNOTE_XEN_VERSION) &&
        strcmp(notes->xen_version, "xen-3.0") != 0)
        return "it is for another hypervisor interface than xen-3.0";
    if (elf_notes_have(notes, XEN_ELFNOTE_LOADER) && strcmp(notes->loader, "generic") != 0)
        return "it wants a loader that is not the generic one";
    if (!elf_notes_have(notes, XEN_ELFNOTE_VIRT_BASE) || !elf_notes_have(notes, XEN_ELFNOTE_ENTRY))
        return "it does not say where it runs: it was built without support for PV";
    return NULL;
}

int elf_notes_pv_dom0(const struct elf_image *elf, const struct elf_xen_notes *notes,
                      struct elf_pv_layout *layout, const char **why)
{
    uint64_t start, end;

    *why = dom0_problem(notes);
    if (*why)
        return -XEN_ENOEXEC;

    start = elf->load_start - notes->paddr_offset;
    end = elf->load_end - notes->paddr_offset;
    if (elf->load_start < notes->paddr_offset || end > UINT64_MAX - notes->virt_base ||
        notes->virt_base & 0xfff) {
        *why = "its addresses do not fit into its address space";
        return -XEN_EINVAL;
    }
    if (notes->entry < notes->virt_base + start || notes->entry >= notes->virt_base + end) {
        *why = "its entry point is outside of it";
        return -XEN_EINVAL;
    }

    *layout = (struct elf_pv_layout){
        .virt_base = notes->virt_base,
        .kernel_start = notes->virt_base + start,
        .kernel_end = notes->virt_base + end,
        .entry = notes->entry,
        .physical_start = start,
        .physical_end = end,
    };
    return 0;
}
