/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real Debian kernel, from its file to its layout as dom0. The kernel is VITRINE_TEST_KERNEL, or
 * that of a dom0 image built before, or this machine's own; without any of these the test is
 * skipped, and says so.
 */
#include <glob.h>
#include <xen/elfnote.h>
#include <xen/features.h>

#include "boot/bzimage.h"
#include "boot/elf_notes.h"
#include "check.h"
#include "xz_pack.h"

static struct bytes image;
static struct bytes kernel;
static struct bzimage bz;

/* The last file that matches, in *path; NULL if none does. Never freed: there is one. */
static const char *newest_match(const char *pattern)
{
    static glob_t found;

    if (glob(pattern, GLOB_TILDE, NULL, &found) != 0)
        return NULL;
    return found.gl_pathv[found.gl_pathc - 1];
}

static const char *find_kernel(void)
{
    const char *path = getenv("VITRINE_TEST_KERNEL");

    if (!path || !*path)
        path = newest_match("~/.cache/vitrine/dom0-*/vmlinuz");
    if (!path)
        path = newest_match("/boot/vmlinuz-*");
    return path;
}

/* What xz(1) makes of the payload is what we must make of it. */
static void test_unpacks(void)
{
    static struct xz_work work;
    struct bytes payload, expected;
    const char *why;

    if (!CHECK_EQ(bzimage_parse(image.data, image.len, &bz, &why), 0)) {
        fprintf(stderr, "    %s\n", why);
        return;
    }
    kernel = new_bytes(bz.unpacked_len);
    if (!CHECK_EQ(bzimage_unpack(&bz, kernel.data, &work), 0)) {
        fprintf(stderr, "    %s\n", work.why);
        return;
    }
    payload = copy_bytes(bz.payload, bz.payload_len);
    expected = xz_pack(payload, "--decompress");
    CHECK_EQ(kernel.len, expected.len);
    CHECK(memcmp(kernel.data, expected.data, kernel.len) == 0);
    free(payload.data);
    free(expected.data);
}

static void test_damage_is_found(void)
{
    static struct xz_work work;
    struct bytes out = new_bytes(bz.unpacked_len);
    uint8_t *payload = (uint8_t *)bz.payload;

    for (unsigned int n = 1; n < 4; n++) {
        size_t at = bz.payload_len / 4 * n;

        payload[at] ^= 0x10;
        CHECK(bzimage_unpack(&bz, out.data, &work) < 0);
        CHECK(work.why != NULL);
        payload[at] ^= 0x10;
    }
    free(out.data);
}

static void test_layout(void)
{
    struct elf_pv_layout layout;
    struct elf_xen_notes notes;
    struct elf_segment segment;
    struct elf_image elf;
    unsigned int cursor = 0;
    const char *why;

    if (!kernel.data || !CHECK_EQ(elf_parse(kernel.data, kernel.len, &elf, &why), 0))
        return;
    while (elf_next_segment(&elf, &cursor, &segment))
        CHECK_EQ(segment.paddr & 0xfff, 0);
    CHECK_EQ(elf.load_start, 0x1000000);

    CHECK_EQ(elf_notes_parse(&elf, &notes, &why), 0);
    CHECK_STR(notes.guest_os, "linux");
    CHECK_STR(notes.loader, "generic");
    CHECK_EQ(notes.virt_base, 0xffffffff80000000);
    CHECK_EQ(notes.init_p2m, 0x8000000000);
    CHECK_EQ(notes.mod_start_pfn, 1);
    CHECK(notes.features_supported & (1u << XENFEAT_dom0));
    CHECK_EQ(elf_notes_pv_dom0(&elf, &notes, &layout, &why), 0);
    CHECK_EQ(layout.kernel_start, 0xffffffff81000000);
}

int main(int argc, char **argv)
{
    const char *path = find_kernel();

    if (argc != 2) {
        fprintf(stderr, "usage: %s XZ-PROGRAM\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (!path) {
        printf("skipped: no kernel to try; set VITRINE_TEST_KERNEL to a Debian vmlinuz\n");
        return CHECK_EXIT_SKIP;
    }
    printf("%s\n", path);
    xz_pack_init(argv[1]);
    image = read_file(path);

    RUN(test_unpacks);
    RUN(test_damage_is_found);
    RUN(test_layout);
    free(image.data);
    free(kernel.data);
    return check_done();
}
