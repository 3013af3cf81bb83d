/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for one test, removed with all that is in it. */
#pragma once

#include <glib/gstdio.h>

static inline char *scratch_new(void)
{
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("vitrine-test-XXXXXX", &error);

    g_assert_no_error(error);
    return path;
}

static inline void scratch_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        scratch_remove(child);
    }
    g_remove(path);
}

static inline void scratch_free(char *path)
{
    scratch_remove(path);
    g_free(path);
}

/* How many names there are in a directory. */
static inline guint scratch_count(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint count = 0;

    while (dir && g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static inline void scratch_write(const char *path, const void *data, gssize length)
{
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, data, length, &error);
    g_assert_no_error(error);
}

#define SCRATCH_IMAGE_SIZE (17 * 2048)

/* An image that begins its file system with MARK, five letters, where a CD has them. */
static inline void scratch_write_image(const char *path, const char *mark)
{
    g_autofree char *data = g_malloc0(SCRATCH_IMAGE_SIZE);

    for (guint i = 0; i < 5; i++)
        data[16 * 2048 + 1 + i] = mark[i];
    scratch_write(path, data, SCRATCH_IMAGE_SIZE);
}

typedef char ScratchDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScratchDir, scratch_free)
