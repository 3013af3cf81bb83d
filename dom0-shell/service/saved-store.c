/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, checks and removes the files of saved guests' memory. */
#include "saved-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "disk-copy.h"
#include "error.h"
#include "snapshot-store.h"

#define SUFFIX ".state"

static char *path_of(const GuestStore *store, const char *prefix, const char *name)
{
    g_autofree char *file = g_strconcat(prefix, name, SUFFIX, NULL);

    return g_build_filename(guest_store_saved(store), file, NULL);
}

char *saved_store_path(const GuestStore *store, const char *name)
{
    return path_of(store, "", name);
}

char *saved_store_making_path(const GuestStore *store, const char *name)
{
    return path_of(store, COPY_PREFIX, name);
}

gboolean saved_store_has(const GuestStore *store, const char *name)
{
    g_autofree char *path = saved_store_path(store, name);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

gboolean saved_store_commit(const GuestStore *store, const char *name, GError **error)
{
    g_autofree char *from = saved_store_making_path(store, name);
    g_autofree char *to = saved_store_path(store, name);

    if (g_rename(from, to) != 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    N_("What was saved can't be kept as %s: %s."), to, g_strerror(errno));
        return FALSE;
    }
    disk_copy_sync_directory(guest_store_saved(store));
    return TRUE;
}

void saved_store_seal(const GuestStore *store, const char *name)
{
    g_autofree char *path = saved_store_path(store, name);

    (void)utimensat(AT_FDCWD, path, NULL, 0);
}

static gboolean is_later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

gboolean saved_store_check_disk(const GuestStore *store, const char *name, GError **error)
{
    g_autofree char *state = saved_store_path(store, name);
    g_autofree char *disk = guest_store_disk_path(store, name);
    GStatBuf of_state, of_disk;

    if (g_stat(state, &of_state) != 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    N_("What was saved, %s, is gone: %s."), state, g_strerror(errno));
        return FALSE;
    }
    /* A guest of a file that a person wrote has its disks elsewhere. */
    if (g_stat(disk, &of_disk) != 0 || !is_later(&of_disk.st_mtim, &of_state.st_mtim))
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
        N_("The guest's disk was changed after the guest was saved, and does not fit "
           "its memory any more. Discard what was saved, and start the guest anew."));
    return FALSE;
}

gboolean saved_store_remove(const GuestStore *store, const char *name, GError **error)
{
    g_autofree char *path = saved_store_path(store, name);

    if (g_unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, N_("The file %s can't be removed: %s."),
                path, g_strerror(errno));
    return FALSE;
}

void saved_store_remove_making(const GuestStore *store, const char *name)
{
    g_autofree char *path = saved_store_making_path(store, name);

    if (g_unlink(path) != 0 && errno != ENOENT)
        g_warning("%s can't be removed: %s", path, g_strerror(errno));
}

void saved_store_sweep(const GuestStore *store)
{
    g_autoptr(GDir) dir = g_dir_open(guest_store_saved(store), 0, NULL);
    const char *file;

    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(guest_store_saved(store), file, NULL);

        if (g_str_has_prefix(file, COPY_PREFIX) && g_unlink(path) != 0)
            g_warning("%s can't be removed: %s", path, g_strerror(errno));
    }
}
