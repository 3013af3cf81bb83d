/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole copies of disk images: exact, with their holes; nothing is left of one that failed. */
#include "disk-copy.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "scratch.h"

#define SIZE (8 << 20)
#define FULL (2 << 20)

/* Data, a hole, data near the end, a hole. */
static void make_source(const char *path)
{
    g_autofree char *data = g_malloc(FULL);
    int fd;

    for (guint i = 0; i < FULL; i++)
        data[i] = (char)(i * 7 + i / 251);
    scratch_write(path, data, FULL);
    fd = open(path, O_WRONLY);
    g_assert_cmpint(ftruncate(fd, SIZE), ==, 0);
    g_assert_cmpint(pwrite(fd, "end", 3, SIZE - (1 << 20)), ==, 3);
    g_assert_cmpint(fsync(fd), ==, 0);
    close(fd);
}

static void assert_same(const char *from, const char *to)
{
    g_autofree char *a = NULL;
    g_autofree char *b = NULL;
    gsize a_length;
    gsize b_length;

    g_assert_true(g_file_get_contents(from, &a, &a_length, NULL));
    g_assert_true(g_file_get_contents(to, &b, &b_length, NULL));
    g_assert_cmpmem(a, a_length, b, b_length);
}

static void cancel_half_way(double fraction, gpointer data)
{
    if (fraction > 0.3)
        g_cancellable_cancel(data);
}

static void test_copy(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autoptr(GError) error = NULL;
    struct stat st;

    make_source(from);
    g_assert_true(disk_copy(from, to, 0, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
    assert_same(from, to);
    g_assert_cmpint(stat(to, &st), ==, 0);
    g_assert_cmpint(st.st_blocks * 512, <, SIZE / 2);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_false(disk_copy(from, to, 0, NULL, NULL, NULL, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN);
    assert_same(from, to);
}

/* Larger than what it is a copy of, for a guest that is to have more room; never smaller. */
static void test_size(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autofree char *small = g_build_filename(directory, "small", NULL);
    g_autofree char *a = NULL, *b = NULL;
    g_autoptr(GError) error = NULL;
    gsize a_length, b_length;

    make_source(from);
    g_assert_true(disk_copy(from, to, 2 * SIZE, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(from, &a, &a_length, NULL));
    g_assert_true(g_file_get_contents(to, &b, &b_length, NULL));
    g_assert_cmpuint(b_length, ==, 2 * SIZE);
    g_assert_cmpmem(a, a_length, b, SIZE);
    for (gsize i = SIZE; i < b_length; i++)
        g_assert_cmpint(b[i], ==, 0);
    g_assert_true(disk_copy(from, small, SIZE / 2, NULL, NULL, NULL, &error));
    assert_same(from, small);
}

static void test_cancel(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    make_source(from);
    if (disk_copy(from, to, 0, cancel_half_way, cancellable, cancellable, &error)) {
        g_assert_false(g_cancellable_is_cancelled(cancellable)); /* blocks were shared */
        return;
    }
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint(scratch_count(directory), ==, 1);
}

static void test_no_file(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *link = g_build_filename(directory, "link", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autoptr(GError) error = NULL;

    make_source(from);
    g_assert_cmpint(symlink(from, link), ==, 0);
    g_assert_false(disk_copy(link, to, 0, NULL, NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "symbolic link"));
    g_clear_error(&error);
    g_assert_false(disk_copy(directory, to, 0, NULL, NULL, NULL, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED);
    g_clear_error(&error);
    g_assert_false(disk_copy("/dev/zero", to, 0, NULL, NULL, NULL, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED);
    g_assert_false(g_file_test(to, G_FILE_TEST_EXISTS));
}

static void test_place(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *from = g_build_filename(directory, "from", NULL);
    g_autofree char *to = g_build_filename(directory, "to", NULL);
    g_autoptr(GError) error = NULL;

    scratch_write(from, "new", -1);
    g_assert_true(disk_copy_place(from, to, &error));
    scratch_write(from, "newer", -1);
    g_assert_false(disk_copy_place(from, to, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN);
    g_assert_true(g_file_test(from, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/disk-copy/copy", test_copy);
    g_test_add_func("/disk-copy/size", test_size);
    g_test_add_func("/disk-copy/cancel", test_cancel);
    g_test_add_func("/disk-copy/no-file", test_no_file);
    g_test_add_func("/disk-copy/place", test_place);
    return g_test_run();
}
