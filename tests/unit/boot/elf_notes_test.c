/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Xen notes: Debian's set, and every way in which notes can be wrong. */
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/features.h>

#include "boot/elf_notes.h"
#include "check.h"
#include "elf_make.h"

static struct elf_made made;

static int parse(struct elf_xen_notes *notes, const char **why)
{
    uint8_t *copy = malloc(made.len);
    struct elf_image elf;
    int error;

    memcpy(copy, made.data, made.len);
    *why = NULL;
    error = elf_parse(copy, made.len, &elf, why);
    if (!error)
        error = elf_notes_parse(&elf, notes, why);
    free(copy);
    return error;
}

static void test_debian(void)
{
    struct elf_xen_notes notes;
    const char *why;

    elf_make_debian(&made);
    CHECK_EQ(parse(&notes, &why), 0);
    CHECK_EQ(notes.present, 0x7f7fa);
    CHECK_EQ(notes.entry, 0xffffffff81000100);
    CHECK_EQ(notes.virt_base, 0xffffffff80000000);
    CHECK_EQ(notes.paddr_offset, 0);
    CHECK_EQ(notes.init_p2m, 0x8000000000);
    CHECK_EQ(notes.mod_start_pfn, 1);
    CHECK_EQ(notes.hv_start_low, 0xffff800000000000);
    CHECK_EQ(notes.suspend_cancel, 1);
    CHECK_EQ(notes.phys32_entry, 0x1000100);
    CHECK_EQ(notes.l1_mfn_mask, 1);
    CHECK_EQ(notes.l1_mfn_value, 1);
    CHECK_EQ(notes.features_supported, 0x8811);
    CHECK_EQ(notes.features_required, 1);
    CHECK_STR(notes.guest_os, "linux");
    CHECK_STR(notes.guest_version, "2.6");
    CHECK_STR(notes.xen_version, "xen-3.0");
    CHECK_STR(notes.loader, "generic");
    CHECK_STR(notes.pae_mode, "yes");
    CHECK(!elf_notes_have(&notes, XEN_ELFNOTE_HYPERCALL_PAGE));
    CHECK(elf_notes_have(&notes, XEN_ELFNOTE_PADDR_OFFSET));
}

static void test_foreign_notes_are_passed_over(void)
{
    static const uint8_t build_id[20] = {1, 2, 3};
    /* A name that begins as ours does: eight bytes, and no content. */
    static const uint32_t longer_name[] = {8, 0, XEN_ELFNOTE_ENTRY, 0x006e6558, 0};
    struct elf_xen_notes notes;
    const char *why;

    elf_make(&made);
    elf_begin_notes(&made);
    elf_add_note(&made, "GNU", XEN_ELFNOTE_ENTRY, build_id, sizeof(build_id));
    elf_add_note(&made, "Xen!", XEN_ELFNOTE_ENTRY, build_id, 8);
    elf_add_note(&made, "Xe", XEN_ELFNOTE_ENTRY, build_id, 8);
    elf_append(&made, longer_name, sizeof(longer_name));
    elf_add_number(&made, XEN_ELFNOTE_MAX + 1, 5);
    elf_add_number(&made, 0xffffffff, 5);
    elf_add_number(&made, XEN_ELFNOTE_HYPERCALL_PAGE, 0x1234);
    elf_end_notes(&made);
    CHECK_EQ(parse(&notes, &why), 0);
    CHECK_EQ(notes.present, 1u << XEN_ELFNOTE_HYPERCALL_PAGE);
    CHECK_EQ(notes.hypercall_page, 0x1234);
}

/* No note segment with a Xen note in it: the sections are looked at. */
static void test_sections(void)
{
    Elf64_Shdr section = {.sh_type = SHT_NOTE, .sh_addralign = 4};
    struct elf_xen_notes notes;
    const char *why;

    elf_make_debian(&made);
    section.sh_offset = made.segment[1].p_offset;
    section.sh_size = made.segment[1].p_filesz;
    made.segment[1].p_type = PT_NULL;
    CHECK_EQ(parse(&notes, &why), -XEN_ENOENT);
    CHECK(why != NULL);
    made.header.e_shnum = 1;
    made.header.e_shoff = elf_append(&made, &section, sizeof(section));
    CHECK_EQ(parse(&notes, &why), 0);
    CHECK_EQ(notes.present, 0x7f7fa);
}

static int parse_features(const char *text, struct elf_xen_notes *notes)
{
    const char *why;

    elf_make(&made);
    elf_begin_notes(&made);
    elf_add_text(&made, XEN_ELFNOTE_FEATURES, text);
    elf_end_notes(&made);
    return parse(notes, &why);
}

static void test_features(void)
{
    static const struct {
        const char *text;
        int error;
        uint32_t supported, required;
    } cases[] = {
        {"", 0, 0, 0},
        {"|", 0, 0, 0},
        {"!", 0, 0, 0},
        {"dom0", 0, 1u << XENFEAT_dom0, 0},
        {"!dom0|hvm_pirqs", 0, 1u << XENFEAT_dom0 | 1u << XENFEAT_hvm_pirqs, 1u << XENFEAT_dom0},
        {"no_such_thing|dom0", 0, 1u << XENFEAT_dom0, 0},
        {"!no_such_thing", -XEN_ENOEXEC, 0, 0},
        {"dom0|!no_such_thing|", -XEN_ENOEXEC, 1u << XENFEAT_dom0, 0},
        {"dom", 0, 0, 0},
        {"dom00", 0, 0, 0},
        {"|||dom0|||", 0, 1u << XENFEAT_dom0, 0},
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct elf_xen_notes notes;

        if (!CHECK_EQ(parse_features(cases[n].text, &notes), cases[n].error))
            fprintf(stderr, "    features \"%s\"\n", cases[n].text);
        CHECK_EQ(notes.features_supported, cases[n].supported);
        CHECK_EQ(notes.features_required, cases[n].required);
    }
}

/* The last bytes of the file: what comes behind them must not be looked at. */
static void test_features_without_end(void)
{
    struct elf_xen_notes notes;
    const char *why;

    elf_make(&made);
    elf_begin_notes(&made);
    elf_add_note(&made, "Xen", XEN_ELFNOTE_FEATURES, "hvm_pirqs|||dom0", 16);
    elf_end_notes(&made);
    CHECK_EQ(parse(&notes, &why), 0);
    CHECK_EQ(notes.features_supported, 1u << XENFEAT_dom0 | 1u << XENFEAT_hvm_pirqs);
}

static void test_lengths(void)
{
    static const uint8_t zeros[64];
    struct elf_xen_notes notes;
    const char *why;

    for (size_t len = 0; len <= 24; len++) {
        bool number = len == 4 || len == 8, pair = len == 8 || len == 16 || len == 24;

        elf_make(&made);
        elf_begin_notes(&made);
        elf_add_note(&made, "Xen", XEN_ELFNOTE_ENTRY, zeros, len);
        elf_end_notes(&made);
        CHECK_EQ(parse(&notes, &why), number ? 0 : -XEN_EINVAL);

        elf_make(&made);
        elf_begin_notes(&made);
        elf_add_note(&made, "Xen", XEN_ELFNOTE_L1_MFN_VALID, zeros, len);
        elf_end_notes(&made);
        CHECK_EQ(parse(&notes, &why), pair ? 0 : -XEN_EINVAL);
    }
}

/* Text without an end, too long, and not fit to be shown. */
static void test_text(void)
{
    static const char text[] = "an operating system\nwith a rather long \x01 name";
    struct elf_xen_notes notes;
    const char *why;

    elf_make(&made);
    elf_begin_notes(&made);
    elf_add_note(&made, "Xen", XEN_ELFNOTE_GUEST_OS, text, sizeof(text) - 1);
    elf_add_note(&made, "Xen", XEN_ELFNOTE_LOADER, "gen", 3);
    elf_add_note(&made, "Xen", XEN_ELFNOTE_PAE_MODE, "", 0);
    elf_end_notes(&made);
    CHECK_EQ(parse(&notes, &why), 0);
    CHECK_STR(notes.guest_os, "an operating system?with a rath");
    CHECK_STR(notes.loader, "gen");
    CHECK_STR(notes.pae_mode, "");
}

/* A segment that ends anywhere: either between two notes, or it is damaged. */
static void test_cut_off(void)
{
    struct elf_xen_notes notes;
    const char *why;
    unsigned int whole = 0;
    uint64_t len;

    elf_make_debian(&made);
    len = made.segment[1].p_filesz;
    for (uint64_t cut = 1; cut < len; cut++) {
        int error;

        made.segment[1].p_filesz = cut;
        made.len = made.segment[1].p_offset + cut;
        error = parse(&notes, &why);
        CHECK(error == 0 || error == -XEN_EINVAL);
        whole += error == 0;
    }
    /* 15 ends before the last; those of the 6 texts whose padding may be missing count more. */
    CHECK(whole >= 15 && whole < 15 + 6 * 4);
}

static void test_huge_lengths(void)
{
    struct elf_xen_notes notes;
    const char *why;

    for (size_t field = 0; field < 2; field++) {
        for (unsigned int low = 0; low < 16; low++) {
            uint32_t huge = 0xffffffff - low;

            elf_make_debian(&made);
            memcpy(made.data + made.segment[1].p_offset + field * 4, &huge, sizeof(huge));
            CHECK_EQ(parse(&notes, &why), -XEN_EINVAL);
        }
    }
}

/* Lengths whose sum, in 32 bits, would come out right. */
static void test_lengths_that_wrap(void)
{
    static const uint32_t note[] = {-12u, 20, XEN_ELFNOTE_ENTRY, 0x006e6558, 0};
    struct elf_xen_notes notes;
    const char *why;

    elf_make(&made);
    elf_begin_notes(&made);
    elf_append(&made, note, sizeof(note));
    elf_end_notes(&made);
    CHECK_EQ(parse(&notes, &why), -XEN_EINVAL);
}

static int layout_of(struct elf_pv_layout *layout, const char **why)
{
    struct elf_xen_notes notes;
    struct elf_image elf;

    elf_parse(made.data, made.len, &elf, why);
    elf_notes_parse(&elf, &notes, why);
    return elf_notes_pv_dom0(&elf, &notes, layout, why);
}

static void test_layout(void)
{
    struct elf_pv_layout layout;
    const char *why;

    elf_make_debian(&made);
    CHECK_EQ(layout_of(&layout, &why), 0);
    CHECK_EQ(layout.virt_base, 0xffffffff80000000);
    CHECK_EQ(layout.kernel_start, 0xffffffff81000000);
    CHECK_EQ(layout.kernel_end, 0xffffffff81003000);
    CHECK_EQ(layout.entry, 0xffffffff81000100);
    CHECK_EQ(layout.physical_start, 0x1000000);
    CHECK_EQ(layout.physical_end, 0x1003000);
}

/* Debian's notes with one more behind them that spoils it. */
static void check_spoilt(uint32_t type, const char *text, uint64_t number, int error)
{
    struct elf_pv_layout layout;
    const char *why = NULL;

    elf_make_debian(&made);
    if (text)
        elf_add_text(&made, type, text);
    else
        elf_add_number(&made, type, number);
    elf_end_notes(&made);
    if (!CHECK_EQ(layout_of(&layout, &why), error))
        fprintf(stderr, "    note %u\n", type);
    CHECK(why != NULL);
}

static void test_unfit_for_dom0(void)
{
    check_spoilt(XEN_ELFNOTE_FEATURES, "!supervisor_mode_kernel", 0, -XEN_ENOEXEC);
    check_spoilt(XEN_ELFNOTE_LOADER, "special", 0, -XEN_ENOEXEC);
    check_spoilt(XEN_ELFNOTE_XEN_VERSION, "xen-2.0", 0, -XEN_ENOEXEC);
    check_spoilt(XEN_ELFNOTE_VIRT_BASE, NULL, 0xffffffffff000000, -XEN_EINVAL);
    check_spoilt(XEN_ELFNOTE_VIRT_BASE, NULL, 0xffffffff80000800, -XEN_EINVAL);
    check_spoilt(XEN_ELFNOTE_PADDR_OFFSET, NULL, 0x1000001, -XEN_EINVAL);
    check_spoilt(XEN_ELFNOTE_ENTRY, NULL, 0xffffffff80ffffff, -XEN_EINVAL);
    check_spoilt(XEN_ELFNOTE_ENTRY, NULL, 0xffffffff81003000, -XEN_EINVAL);
}

/* The image below its own address space, and one that wraps as a whole. */
static void test_layout_out_of_bounds(void)
{
    struct elf_pv_layout layout;
    const char *why;

    elf_make_debian(&made);
    elf_add_number(&made, XEN_ELFNOTE_PADDR_OFFSET, 0x1001000);
    elf_add_number(&made, XEN_ELFNOTE_ENTRY, 0xffffffff80000100);
    elf_end_notes(&made);
    CHECK_EQ(layout_of(&layout, &why), -XEN_EINVAL);

    elf_make_debian(&made);
    elf_add_number(&made, XEN_ELFNOTE_VIRT_BASE, 0xfffffffffffff000);
    elf_add_number(&made, XEN_ELFNOTE_ENTRY, 0xfff100);
    elf_end_notes(&made);
    CHECK_EQ(layout_of(&layout, &why), -XEN_EINVAL);
}

static void test_no_dom0_support(void)
{
    struct elf_pv_layout layout;
    const char *why;

    elf_make(&made);
    elf_begin_notes(&made);
    elf_add_number(&made, XEN_ELFNOTE_SUPPORTED_FEATURES, 1);
    elf_end_notes(&made);
    CHECK_EQ(layout_of(&layout, &why), -XEN_ENOEXEC);
    CHECK_STR(why, "it was built without support for being dom0");

    elf_make(&made);
    elf_begin_notes(&made);
    elf_add_number(&made, XEN_ELFNOTE_PHYS32_ENTRY, 0x1000100);
    elf_end_notes(&made);
    CHECK_EQ(layout_of(&layout, &why), -XEN_ENOEXEC);
    CHECK_STR(why, "it does not say where it runs: it was built without support for PV");
}

int main(void)
{
    RUN(test_debian);
    RUN(test_foreign_notes_are_passed_over);
    RUN(test_sections);
    RUN(test_features);
    RUN(test_features_without_end);
    RUN(test_lengths);
    RUN(test_text);
    RUN(test_cut_off);
    RUN(test_huge_lengths);
    RUN(test_lengths_that_wrap);
    RUN(test_layout);
    RUN(test_unfit_for_dom0);
    RUN(test_layout_out_of_bounds);
    RUN(test_no_dom0_support);
    return check_done();
}
