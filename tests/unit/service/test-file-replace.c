/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files get new contents whole or not at all, and keep their mode. */
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "file-replace.h"
#include "scratch.h"

static void assert_text(const char *path, const char *expected)
{
    gsize length;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = file_replace_read(path, &length, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, expected);
    g_assert_cmpuint(length, ==, strlen(expected));
}

static void test_replace(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "a.cfg", NULL);
    g_autoptr(GError) error = NULL;
    GStatBuf st;
    char *prepared;

    scratch_write(path, "old", -1);
    g_chmod(path, 0640);
    prepared = file_replace_prepare(path, "new", &error);
    g_assert_no_error(error);
    g_assert_true(g_str_has_suffix(prepared, "/a.cfg"));
    assert_text(path, "old");
    assert_text(prepared, "new");
    g_assert_true(file_replace_commit(prepared, path, &error));
    file_replace_end(prepared);
    assert_text(path, "new");
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0640);
    g_assert_cmpuint(scratch_count(directory), ==, 1);
}

/* As root, who alone can give files away. */
static void test_owner(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "a.cfg", NULL);
    GStatBuf st;
    char *prepared;

    if (geteuid() != 0) {
        g_test_skip("only root can give files away");
        return;
    }
    scratch_write(path, "old", -1);
    g_assert_cmpint(chown(path, 12, 34), ==, 0);
    prepared = file_replace_prepare(path, "new", NULL);
    g_assert_true(file_replace_commit(prepared, path, NULL));
    file_replace_end(prepared);
    g_stat(path, &st);
    g_assert_cmpint(st.st_uid, ==, 12);
    g_assert_cmpint(st.st_gid, ==, 34);
}

static void test_dropped(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "a.cfg", NULL);

    file_replace_end(file_replace_prepare(path, "new", NULL));
    file_replace_end(NULL);
    g_assert_cmpuint(scratch_count(directory), ==, 0);
}

static void assert_refused(const char *path, GQuark domain, int code)
{
    g_autoptr(GError) error = NULL;
    gsize length;

    g_assert_null(file_replace_read(path, &length, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, domain, code);
}

static void test_refused(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "a.cfg", NULL);
    g_autofree char *other = g_build_filename(directory, "b.cfg", NULL);
    g_autofree char *pipe = g_build_filename(directory, "c.cfg", NULL);
    g_autofree char *big = g_strnfill((1 << 20) + 1, 'x');

    assert_refused(path, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    assert_refused(directory, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    scratch_write(path, "text", -1);
    g_assert_cmpint(symlink(path, other), ==, 0);
    assert_refused(other, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    g_unlink(other);
    g_assert_cmpint(link(path, other), ==, 0);
    assert_refused(path, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    assert_refused(pipe, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    scratch_write(other, big, -1);
    assert_refused(other, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/file-replace/replace", test_replace);
    g_test_add_func("/file-replace/owner", test_owner);
    g_test_add_func("/file-replace/dropped", test_dropped);
    g_test_add_func("/file-replace/refused", test_refused);
    return g_test_run();
}
