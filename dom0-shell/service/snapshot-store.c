/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists, places and removes snapshots of guests' disks. */
#include "snapshot-store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk-copy.h"
#include "error.h"
#include "guest-name.h"

#define GROUP       "snapshot"
#define DISK        "disk.img"
#define DESCRIPTION "snapshot.ini"
#define STAT_BLOCK  512

static gboolean fail(const char *path, const char *what, GError **error)
{
    g_set_error(error, SERVICE_ERROR,
                errno == ENOSPC ? SERVICE_ERROR_NO_DISK_SPACE : SERVICE_ERROR_FAILED,
                N_("%s can't be %s: %s."), path, what, g_strerror(errno));
    return FALSE;
}

static char *path_of(const GuestStore *store, const char *name, const char *prefix, const char *id)
{
    g_autofree char *entry = g_strconcat(prefix, id, NULL);

    return g_build_filename(guest_store_snapshots(store), name, entry, NULL);
}

static GVariant *describe(const char *directory, const char *id)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new(NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *ini = g_build_filename(directory, DESCRIPTION, NULL);
    g_autofree char *disk = g_build_filename(directory, DISK, NULL);
    g_autofree char *label = NULL;
    GStatBuf st = {0};

    g_key_file_load_from_file(file, ini, G_KEY_FILE_NONE, NULL);
    label = g_key_file_get_string(file, GROUP, "label", NULL);
    g_stat(disk, &st);
    g_variant_dict_insert(dict, "id", "s", id);
    g_variant_dict_insert(dict, "label", "s", label ? label : "");
    g_variant_dict_insert(dict, "taken", "t", g_key_file_get_uint64(file, GROUP, "taken", NULL));
    g_variant_dict_insert(dict, "size", "t", (guint64)st.st_blocks * STAT_BLOCK);
    return g_variant_dict_end(dict);
}

static int compare_ids(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in DIRECTORY, sorted. The array owns them. */
static GPtrArray *entries_of(const char *directory)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *entry;

    while (dir && (entry = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(entries, g_strdup(entry));
    g_ptr_array_sort(entries, compare_ids);
    return entries;
}

GVariant *snapshot_store_list(const GuestStore *store, const char *name)
{
    g_autofree char *directory = g_build_filename(guest_store_snapshots(store), name, NULL);
    g_autoptr(GPtrArray) ids = entries_of(directory);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < ids->len; i++) {
        const char *id = ids->pdata[i];
        g_autofree char *path = g_build_filename(directory, id, NULL);

        if (guest_name_check(id, NULL))
            g_variant_builder_add_value(&builder, describe(path, id));
    }
    return g_variant_builder_end(&builder);
}

char *snapshot_store_find(const GuestStore *store, const char *name, const char *id, GError **error)
{
    g_autofree char *directory = guest_name_check(id, NULL) ? path_of(store, name, "", id) : NULL;
    g_autofree char *disk = directory ? g_build_filename(directory, DISK, NULL) : NULL;

    if (disk && g_file_test(disk, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&disk);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNKNOWN_SNAPSHOT,
                N_("The guest has no snapshot “%s”. Choose one of those in the list."), id);
    return NULL;
}

char *snapshot_store_new_id(const GuestStore *store, const char *name)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *base = g_date_time_format(now, "%Y%m%d-%H%M%S");

    for (guint i = 1;; i++) {
        g_autofree char *id = i == 1 ? g_strdup(base) : g_strdup_printf("%s-%02u", base, i);
        g_autofree char *path = path_of(store, name, "", id);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&id);
    }
}

char *snapshot_store_begin(const GuestStore *store, const char *name, const char *id,
                           GError **error)
{
    g_autofree char *directory = path_of(store, name, COPY_PREFIX, id);

    if (g_mkdir_with_parents(directory, 0700) == 0)
        return g_build_filename(directory, DISK, NULL);
    fail(directory, N_("made"), error);
    return NULL;
}

gboolean snapshot_store_commit(const GuestStore *store, const char *name, const char *id,
                               const char *label, GError **error)
{
    g_autofree char *making = path_of(store, name, COPY_PREFIX, id);
    g_autofree char *whole = path_of(store, name, "", id);
    g_autofree char *ini = g_build_filename(making, DESCRIPTION, NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *text = NULL;

    g_key_file_set_string(file, GROUP, "label", label);
    g_key_file_set_uint64(file, GROUP, "taken", (guint64)(g_get_real_time() / G_USEC_PER_SEC));
    text = g_key_file_to_data(file, NULL, NULL);
    if (!g_file_set_contents_full(ini, text, -1, G_FILE_SET_CONTENTS_DURABLE, 0600, error))
        return FALSE;
    disk_copy_sync_directory(making);
    return disk_copy_place(making, whole, error);
}

/* Goes when it is empty, with the last snapshot of its guest. */
static void remove_parent(const GuestStore *store, const char *name)
{
    g_autofree char *parent = g_build_filename(guest_store_snapshots(store), name, NULL);

    (void)g_rmdir(parent);
}

void snapshot_store_abandon(const GuestStore *store, const char *name, const char *id)
{
    g_autofree char *making = path_of(store, name, COPY_PREFIX, id);
    g_autoptr(GError) error = NULL;

    if (!snapshot_store_remove_directory(making, &error))
        g_warning("%s: %s", name, error->message);
    remove_parent(store, name);
}

gboolean snapshot_store_remove_directory(const char *path, GError **error)
{
    g_autoptr(GPtrArray) entries = entries_of(path);

    for (guint i = 0; i < entries->len; i++) {
        g_autofree char *file = g_build_filename(path, entries->pdata[i], NULL);

        if (g_unlink(file) != 0 && errno != ENOENT)
            return fail(file, N_("removed"), error);
    }
    return g_rmdir(path) == 0 || errno == ENOENT || fail(path, N_("removed"), error);
}

/* First out of sight, in one step: a killed service leaves a whole one or one to be swept. */
gboolean snapshot_store_remove(const GuestStore *store, const char *name, const char *id,
                               GError **error)
{
    g_autofree char *disk = snapshot_store_find(store, name, id, error);
    g_autofree char *whole = disk ? g_path_get_dirname(disk) : NULL;
    g_autofree char *making = path_of(store, name, COPY_PREFIX, id);

    if (!disk)
        return FALSE;
    if (g_rename(whole, making) != 0)
        return fail(whole, N_("removed"), error);
    if (!snapshot_store_remove_directory(making, error))
        return FALSE;
    remove_parent(store, name);
    return TRUE;
}

gboolean snapshot_store_remove_all(const GuestStore *store, const char *name, GError **error)
{
    g_autofree char *directory = g_build_filename(guest_store_snapshots(store), name, NULL);
    g_autoptr(GPtrArray) ids = entries_of(directory);

    for (guint i = 0; i < ids->len; i++) {
        g_autofree char *path = g_build_filename(directory, ids->pdata[i], NULL);

        if (!snapshot_store_remove_directory(path, error))
            return FALSE;
    }
    remove_parent(store, name);
    return TRUE;
}

/* ---- After a service that was killed ---- */

static void sweep_directories(const char *parent)
{
    g_autoptr(GPtrArray) entries = entries_of(parent);

    for (guint i = 0; i < entries->len; i++) {
        g_autofree char *path = g_build_filename(parent, entries->pdata[i], NULL);
        g_autoptr(GError) error = NULL;

        if (g_str_has_prefix(entries->pdata[i], COPY_PREFIX) &&
            !snapshot_store_remove_directory(path, &error))
            g_warning("%s", error->message);
    }
}

/* A clone's file is written when its disk is whole: what is missing then is the disk's name. */
static void sweep_disk(const GuestStore *store, const char *path, const char *name)
{
    g_autofree char *config = guest_store_config_path(store, name);
    g_autofree char *disk = guest_store_disk_path(store, name);
    g_autoptr(GError) error = NULL;

    if (g_file_test(config, G_FILE_TEST_EXISTS) && !g_file_test(disk, G_FILE_TEST_EXISTS) &&
        disk_copy_place(path, disk, &error))
        return;
    if (g_unlink(path) != 0)
        g_warning("%s can't be removed: %s", path, g_strerror(errno));
}

static void sweep_disks(const GuestStore *store)
{
    g_autoptr(GPtrArray) entries = entries_of(guest_store_disks(store));

    for (guint i = 0; i < entries->len; i++) {
        const char *entry = entries->pdata[i];
        g_autofree char *path = g_build_filename(guest_store_disks(store), entry, NULL);
        g_autofree char *name = NULL;

        if (!g_str_has_prefix(entry, COPY_PREFIX) || !g_str_has_suffix(entry, ".img"))
            continue;
        name = g_strndup(entry + strlen(COPY_PREFIX),
                         strlen(entry) - strlen(COPY_PREFIX) - strlen(".img"));
        sweep_disk(store, path, name);
    }
}

void snapshot_store_sweep(const GuestStore *store)
{
    g_autoptr(GPtrArray) guests = entries_of(guest_store_snapshots(store));

    for (guint i = 0; i < guests->len; i++) {
        g_autofree char *path =
            g_build_filename(guest_store_snapshots(store), guests->pdata[i], NULL);

        sweep_directories(path);
        (void)g_rmdir(path);
    }
    sweep_directories(guest_store_templates(store));
    sweep_disks(store);
}
