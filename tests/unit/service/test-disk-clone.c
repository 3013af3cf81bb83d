/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk clones: exact where the file system can share blocks, refused with a sentence elsewhere. */
#include <string.h>

#include "disk-clone.h"
#include "error.h"
#include "scratch.h"

#define SIZE 65536

static void make_source(const char *path)
{
    g_autofree char *data = g_malloc(SIZE);

    for (guint i = 0; i < SIZE; i++)
        data[i] = (char)(i * 7);
    scratch_write(path, data, SIZE);
}

static void assert_same(const char *from, const char *to)
{
    g_autofree char *a = NULL;
    g_autofree char *b = NULL;
    gsize a_length;
    gsize b_length;

    g_file_get_contents(from, &a, &a_length, NULL);
    g_file_get_contents(to, &b, &b_length, NULL);
    g_assert_cmpuint(b_length, ==, 2 * SIZE);
    g_assert_cmpmem(a, a_length, b, SIZE);
    for (guint i = SIZE; i < b_length; i++)
        g_assert_cmpint(b[i], ==, 0);
}

static void test_clone(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autoptr(GError) error = NULL;

    make_source(from);
    if (disk_clone(from, to, 2 * SIZE, &error)) {
        assert_same(from, to);
        return;
    }
    g_test_message("%s", error->message);
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED);
    g_assert_false(g_file_test(to, G_FILE_TEST_EXISTS));
}

static void test_exists(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autofree char *kept = NULL;
    g_autoptr(GError) error = NULL;

    make_source(from);
    scratch_write(to, "kept", -1);
    g_assert_false(disk_clone(from, to, SIZE, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN);
    g_file_get_contents(to, &kept, NULL, NULL);
    g_assert_cmpstr(kept, ==, "kept");
}

static void test_no_source(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(disk_clone(from, to, SIZE, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN);
    g_assert_cmpuint(scratch_count(directory), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/disk-clone/clone", test_clone);
    g_test_add_func("/disk-clone/exists", test_exists);
    g_test_add_func("/disk-clone/no-source", test_no_source);
    return g_test_run();
}
