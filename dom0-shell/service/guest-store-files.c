/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels and CDs' images of guests that lie here, as a person's own directory is no place that
 * root can rely on. */
#include "guest-store-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "snapshot-store.h"

/* What is no CD's image. */
static const char *const boot_files[] = {GUEST_FILE_KERNEL, GUEST_FILE_RAMDISK, NULL};

static gboolean fail(const char *path, const char *what, GError **error)
{
    g_set_error(error, SERVICE_ERROR,
                errno == ENOSPC ? SERVICE_ERROR_NO_DISK_SPACE : SERVICE_ERROR_FAILED,
                N_("%s can't be %s: %s."), path, what, g_strerror(errno));
    return FALSE;
}

static char *directory_of(const GuestStore *store, const char *name)
{
    return g_build_filename(store->files, name, NULL);
}

char *guest_store_file_path(const GuestStore *store, const char *name, const char *file)
{
    return g_build_filename(store->files, name, file, NULL);
}

char *guest_store_new_cd_path(const GuestStore *store, const char *name, const char *iso)
{
    g_autofree char *base = g_path_get_basename(iso);

    for (guint i = 1;; i++) {
        g_autofree char *file = i > 1 ? g_strdup_printf("%u-%s", i, base) : g_strdup(base);
        g_autofree char *path = guest_store_file_path(store, name, file);

        if (!g_strv_contains(boot_files, file) && !g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
}

gboolean guest_store_make_files(const GuestStore *store, const char *name, GError **error)
{
    g_autofree char *directory = directory_of(store, name);

    return g_mkdir(directory, 0755) == 0 || errno == EEXIST || fail(directory, N_("made"), error);
}

gboolean guest_store_remove_copies(const GuestStore *store, const char *name, GError **error)
{
    g_autofree char *directory = directory_of(store, name);

    return snapshot_store_remove_directory(directory, error);
}

void guest_store_remove_cds(const GuestStore *store, const char *name, const char *kept)
{
    g_autofree char *directory = directory_of(store, name);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *file;

    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(directory, file, NULL);

        if (!g_strv_contains(boot_files, file) && !g_str_has_prefix(file, COPY_PREFIX) &&
            g_strcmp0(path, kept) != 0 && g_unlink(path) != 0)
            g_warning("%s: %s can't be removed: %s", name, path, g_strerror(errno));
    }
}

/* By a second name: nobody writes to them. */
gboolean guest_store_share_files(const GuestStore *store, const char *name, const char *to,
                                 GError **error)
{
    g_autofree char *directory = directory_of(store, name);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *file;

    if (!guest_store_remove_copies(store, to, error))
        return FALSE;
    if (!dir)
        return TRUE;
    if (!guest_store_make_files(store, to, error))
        return FALSE;
    while ((file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(directory, file, NULL);
        g_autofree char *copy = guest_store_file_path(store, to, file);

        if (!g_str_has_prefix(file, COPY_PREFIX) && link(path, copy) != 0) {
            fail(copy, N_("made"), error);
            guest_store_remove_copies(store, to, NULL);
            return FALSE;
        }
    }
    return TRUE;
}

char *guest_store_name_files(const GuestStore *store, const char *name, const char *to,
                             const char *text)
{
    g_autofree char *old = g_strconcat(store->files, "/", name, "/", NULL);
    g_autofree char *fresh = g_strconcat(store->files, "/", to, "/", NULL);
    g_auto(GStrv) parts = text ? g_strsplit(text, old, -1) : NULL;

    return parts ? g_strjoinv(fresh, parts) : NULL;
}
