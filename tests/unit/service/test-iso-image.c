/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images of CDs are told from other files, wherever they are; and new disks are empty and small. */
#include <string.h>
#include <sys/stat.h>

#include "disk-new.h"
#include "error.h"
#include "guest-config.h"
#include "iso-image.h"
#include "scratch.h"

static void write_image(const char *directory, const char *name, const char *mark)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    scratch_write_image(path, mark);
}

static void test_find(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "a.iso", NULL);
    g_autofree char *by_name = NULL;
    g_autofree char *by_path = NULL;
    g_autofree char *udf = NULL;

    write_image(directory, "a.iso", "CD001");
    write_image(directory, "udf.img", "BEA01");
    by_name = iso_image_find(directory, "a.iso", NULL);
    by_path = iso_image_find("/nowhere", path, NULL);
    udf = iso_image_find(directory, "udf.img", NULL);
    g_assert_cmpstr(by_name, ==, path);
    g_assert_cmpstr(by_path, ==, path);
    g_assert_nonnull(udf);
}

static void refuse(const char *directory, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(iso_image_find(directory, text, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION);
}

static void test_refused(void)
{
    static const char *const names[] = {"",     ".",         "..",        "../a.iso", "x/a.iso",
                                        "none", "other.iso", "short.iso", "a,b.iso",  "a\"b.iso",
                                        "a\nb", "directory", "pipe",      "a\xff.iso"};
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *pipe = g_build_filename(directory, "pipe", NULL);
    g_autofree char *below = g_build_filename(directory, "directory", NULL);
    g_autofree char *brief = g_build_filename(directory, "short.iso", NULL);
    g_autofree char *longest = g_strnfill(ISO_PATH_MAX, 'x');

    write_image(directory, "other.iso", "EFI P");
    write_image(directory, "a,b.iso", "CD001");
    write_image(directory, "a\"b.iso", "CD001");
    write_image(directory, "a\nb", "CD001");
    write_image(directory, "a\xff.iso", "CD001");
    scratch_write(brief, "CD001", -1);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_cmpint(g_mkdir(below, 0700), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        refuse(directory, names[i]);
    refuse(directory, longest);
    refuse(directory, "/dev/zero");
}

static void test_list(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GVariant) list = NULL;
    g_autoptr(GVariant) none = g_variant_ref_sink(iso_image_list("/nowhere"));
    g_autoptr(GVariant) first = NULL;
    const char *name = NULL;
    guint64 size = 0;

    write_image(directory, "b.ISO", "CD001");
    write_image(directory, "a.iso", "CD001");
    write_image(directory, ".hidden.iso", "CD001");
    write_image(directory, "other.iso", "nope!");
    write_image(directory, "image.img", "CD001");
    list = g_variant_ref_sink(iso_image_list(directory));
    g_assert_cmpuint(g_variant_n_children(none), ==, 0);
    g_assert_cmpuint(g_variant_n_children(list), ==, 2);
    first = g_variant_get_child_value(list, 0);
    g_assert_true(g_variant_lookup(first, "name", "&s", &name));
    g_assert_true(g_variant_lookup(first, "size", "t", &size));
    g_assert_cmpstr(name, ==, "a.iso");
    g_assert_cmpuint(size, ==, SCRATCH_IMAGE_SIZE);
}

static void test_disk(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "d.img", NULL);
    g_autofree char *bad = g_build_filename(directory, "no", "d.img", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) again = NULL;
    GStatBuf st;

    g_assert_true(disk_new(path, G_GUINT64_CONSTANT(1) << 33, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, G_GUINT64_CONSTANT(1) << 33);
    g_assert_cmpint(st.st_blocks, <, 1024);
    g_assert_cmpint(st.st_mode & 077, ==, 0);
    g_assert_false(disk_new(path, 1 << 20, &again));
    g_assert_error(again, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_false(disk_new(bad, 1 << 20, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iso-image/find", test_find);
    g_test_add_func("/iso-image/refused", test_refused);
    g_test_add_func("/iso-image/list", test_list);
    g_test_add_func("/iso-image/disk", test_disk);
    return g_test_run();
}
