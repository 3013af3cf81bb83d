/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists, reads, writes and removes the files that guests are. */
#include "guest-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "file-replace.h"
#include "guest-name.h"
#include "saved-store.h"
#include "snapshot-store.h"

#define CONFIG_SUFFIX ".cfg"
#define NOTES_SUFFIX  ".ini"
#define DISK_SUFFIX   ".img"
#define VDEV_MAX      16

static gboolean make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0755) == 0)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                N_("The directory %s can't be made: %s."), path, g_strerror(errno));
    return FALSE;
}

GuestStore *guest_store_new(const char *state_directory, GError **error)
{
    g_autoptr(GuestStore) store = g_new0(GuestStore, 1);

    store->guests = g_build_filename(state_directory, "guests", NULL);
    store->disks = g_build_filename(state_directory, "disks", NULL);
    store->templates = g_build_filename(state_directory, "templates", NULL);
    store->isos = g_build_filename(state_directory, "iso", NULL);
    store->snapshots = g_build_filename(state_directory, "snapshots", NULL);
    store->saved = g_build_filename(state_directory, "saved", NULL);
    store->files = g_build_filename(state_directory, "files", NULL);
    store->settings = g_build_filename(state_directory, "service.ini", NULL);
    if (!make_directory(store->guests, error) || !make_directory(store->disks, error) ||
        !make_directory(store->templates, error) || !make_directory(store->isos, error) ||
        !make_directory(store->snapshots, error) || !make_directory(store->saved, error) ||
        !make_directory(store->files, error))
        return NULL;
    return g_steal_pointer(&store);
}

void guest_store_free(GuestStore *store)
{
    if (!store)
        return;
    g_free(store->guests);
    g_free(store->disks);
    g_free(store->templates);
    g_free(store->isos);
    g_free(store->snapshots);
    g_free(store->saved);
    g_free(store->files);
    g_free(store->settings);
    g_free(store->room);
    g_free(store);
}

const char *guest_store_templates(const GuestStore *store)
{
    return store->templates;
}

const char *guest_store_disks(const GuestStore *store)
{
    return store->disks;
}

const char *guest_store_guests(const GuestStore *store)
{
    return store->guests;
}

const char *guest_store_isos(const GuestStore *store)
{
    return store->isos;
}

const char *guest_store_snapshots(const GuestStore *store)
{
    return store->snapshots;
}

const char *guest_store_saved(const GuestStore *store)
{
    return store->saved;
}

const char *guest_store_settings(const GuestStore *store)
{
    return store->settings;
}

static char *file_path(const char *directory, const char *name, const char *suffix)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);

    return g_build_filename(directory, file, NULL);
}

char *guest_store_config_path(const GuestStore *store, const char *name)
{
    return file_path(store->guests, name, CONFIG_SUFFIX);
}

char *guest_store_notes_path(const GuestStore *store, const char *name)
{
    return file_path(store->guests, name, NOTES_SUFFIX);
}

char *guest_store_disk_path(const GuestStore *store, const char *name)
{
    return file_path(store->disks, name, DISK_SUFFIX);
}

/* No guest's name has an "@" in it. */
char *guest_store_more_disks_prefix(const char *name)
{
    return g_strconcat(name, "@", NULL);
}

char *guest_store_more_disk_path(const GuestStore *store, const char *name, const char *vdev,
                                 GError **error)
{
    g_autofree char *prefix = guest_store_more_disks_prefix(name);
    g_autofree char *file = g_strconcat(prefix, vdev, NULL);

    if (*vdev != '\0' && strlen(vdev) < VDEV_MAX &&
        strspn(vdev, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(vdev))
        return file_path(store->disks, file, DISK_SUFFIX);
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
        N_("“%s” is no name of a disk: there are xvda, xvdb and so on, hda to hdd, and sda."),
        vdev);
    return NULL;
}

char *guest_store_making_path(const GuestStore *store, const char *name)
{
    g_autofree char *making = g_strconcat(COPY_PREFIX, name, NULL);

    return file_path(store->disks, making, DISK_SUFFIX);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *guest_store_list(const GuestStore *store)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(store->guests, 0, NULL);
    const char *file;

    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *name = NULL;

        if (!g_str_has_suffix(file, CONFIG_SUFFIX))
            continue;
        name = g_strndup(file, strlen(file) - strlen(CONFIG_SUFFIX));
        if (guest_name_check(name, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

gboolean guest_store_taken(const GuestStore *store, const char *name)
{
    g_autofree char *config = guest_store_config_path(store, name);
    g_autofree char *disk = guest_store_disk_path(store, name);
    g_autofree char *making = guest_store_making_path(store, name);
    g_autofree char *snapshots = g_build_filename(store->snapshots, name, NULL);
    g_autofree char *saved = saved_store_path(store, name);

    return g_file_test(config, G_FILE_TEST_EXISTS) || g_file_test(disk, G_FILE_TEST_EXISTS) ||
           g_file_test(making, G_FILE_TEST_EXISTS) || g_file_test(snapshots, G_FILE_TEST_EXISTS) ||
           g_file_test(saved, G_FILE_TEST_EXISTS);
}

/* Writes a file that must not exist yet, whole or not at all. */
static gboolean write_new(const char *path, const char *text, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    gsize length = strlen(text);
    ssize_t written;
    int failure;

    if (fd < 0) {
        g_set_error(error, SERVICE_ERROR,
                    errno == EEXIST ? SERVICE_ERROR_NAME_TAKEN : SERVICE_ERROR_FAILED,
                    N_("The file %s can't be made: %s."), path, g_strerror(errno));
        return FALSE;
    }
    written = write(fd, text, length);
    failure = written == (ssize_t)length ? 0 : written < 0 ? errno : ENOSPC;
    if (failure == 0 && fsync(fd) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    if (failure == 0)
        return TRUE;
    unlink(path);
    g_set_error(error, SERVICE_ERROR,
                failure == ENOSPC ? SERVICE_ERROR_NO_DISK_SPACE : SERVICE_ERROR_FAILED,
                N_("The file %s can't be written: %s."), path, g_strerror(failure));
    return FALSE;
}

gboolean guest_store_add(GuestStore *store, const char *name, const char *config,
                         const GuestNotes *notes, GError **error)
{
    g_autofree char *config_path = guest_store_config_path(store, name);
    g_autofree char *notes_path = guest_store_notes_path(store, name);
    g_autofree char *notes_text = guest_notes_to_text(notes);

    if (!write_new(config_path, config, error))
        return FALSE;
    /* A stale NAME.ini without its guest is not worth keeping. */
    unlink(notes_path);
    if (write_new(notes_path, notes_text, error))
        return TRUE;
    unlink(config_path);
    return FALSE;
}

/* NAME.ini with the change in it, written beside it; NULL and ERROR if it can't be. */
static char *prepare_notes(const char *path, const GuestNotesChange *change, GError **error)
{
    g_autofree char *text = guest_notes_edit(path, change, error);

    return text ? file_replace_prepare(path, text, error) : NULL;
}

static char *prepare_config(const char *path, const char *text, GuestStoreCheck check,
                            gpointer data, GError **error)
{
    char *prepared = file_replace_prepare(path, text, error);

    if (!prepared || check(prepared, data, error))
        return prepared;
    file_replace_end(prepared);
    return NULL;
}

gboolean guest_store_change(GuestStore *store, const char *name, const GuestFilesChange *change,
                            GuestStoreCheck check, gpointer data, GError **error)
{
    g_autofree char *config_path = guest_store_config_path(store, name);
    g_autofree char *notes_path = guest_store_notes_path(store, name);
    gboolean has_notes = guest_notes_has_change(&change->notes);
    char *notes = has_notes ? prepare_notes(notes_path, &change->notes, error) : NULL;
    char *config = NULL;
    gboolean done = notes || !has_notes;

    if (done && change->config) {
        config = prepare_config(config_path, change->config, check, data, error);
        done = config && file_replace_commit(config, config_path, error);
    }
    /* Both are written to the disk by now: a rename has no reason left to fail. */
    if (done && notes)
        done = file_replace_commit(notes, notes_path, error);
    file_replace_end(config);
    file_replace_end(notes);
    return done;
}

void guest_store_read_notes(const GuestStore *store, const char *name, GuestNotes *ret_notes)
{
    g_autofree char *path = guest_store_notes_path(store, name);

    guest_notes_read(path, ret_notes);
}

static gboolean remove_file(const char *path, GError **error)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, N_("The file %s can't be removed: %s."),
                path, g_strerror(errno));
    return FALSE;
}

gboolean guest_store_remove_files(GuestStore *store, const char *name, GError **error)
{
    g_autofree char *config_path = guest_store_config_path(store, name);
    g_autofree char *notes_path = guest_store_notes_path(store, name);

    return remove_file(config_path, error) && remove_file(notes_path, error);
}

static gboolean remove_more_disks(GuestStore *store, const char *name, GError **error)
{
    g_autofree char *prefix = guest_store_more_disks_prefix(name);
    g_autoptr(GDir) dir = g_dir_open(store->disks, 0, NULL);
    const char *file;

    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(store->disks, file, NULL);

        if (g_str_has_prefix(file, prefix) && !remove_file(path, error))
            return FALSE;
    }
    return TRUE;
}

gboolean guest_store_remove_disk(GuestStore *store, const char *name, GError **error)
{
    g_autofree char *path = guest_store_disk_path(store, name);

    return remove_more_disks(store, name, error) && remove_file(path, error);
}
