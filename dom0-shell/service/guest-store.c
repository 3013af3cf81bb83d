/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists, reads, writes and removes the files that guests are. */
#include "guest-store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/statvfs.h>
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
#define STAT_BLOCK    512
#define MIB           (G_GUINT64_CONSTANT(1) << 20)
#define GROUP         "guest"

struct GuestStore {
    char *guests;
    char *disks;
    char *templates;
    char *isos;
    char *snapshots;
    char *saved;
    char *settings;
    char *room; /* see guest_store_make_up_room(), or NULL */
};

static gboolean make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0755) == 0)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "The directory %s can't be made: %s.",
                path, g_strerror(errno));
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
    store->settings = g_build_filename(state_directory, "service.ini", NULL);
    if (!make_directory(store->guests, error) || !make_directory(store->disks, error) ||
        !make_directory(store->templates, error) || !make_directory(store->isos, error) ||
        !make_directory(store->snapshots, error) || !make_directory(store->saved, error))
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

/* Without such a file, or with nonsense in it, there is no lack of room. */
static guint64 made_up_room(const char *path)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return G_MAXINT64;
    return g_ascii_strtoull(text, NULL, 10) * MIB;
}

void guest_store_make_up_room(GuestStore *store, const char *path)
{
    g_free(store->room);
    store->room = g_strdup(path);
}

void guest_store_measure(const GuestStore *store, guint64 *ret_free, guint64 *ret_total)
{
    struct statvfs vfs = {0};

    *ret_free = *ret_total = 0;
    if (statvfs(store->disks, &vfs) != 0)
        return;
    *ret_free = (guint64)vfs.f_bavail * vfs.f_frsize;
    *ret_total = (guint64)vfs.f_blocks * vfs.f_frsize;
    if (store->room)
        *ret_free = MIN(*ret_free, made_up_room(store->room));
}

static guint64 free_bytes(const GuestStore *store)
{
    guint64 free_now, total;

    guest_store_measure(store, &free_now, &total);
    return free_now;
}

/* Of a file, or of all files below a directory. */
static guint64 used_by(const char *path)
{
    g_autoptr(GDir) dir = NULL;
    const char *file;
    guint64 bytes;
    GStatBuf st;

    if (g_lstat(path, &st) != 0)
        return 0;
    bytes = (guint64)st.st_blocks * STAT_BLOCK;
    if (!S_ISDIR(st.st_mode))
        return bytes;
    dir = g_dir_open(path, 0, NULL);
    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, file, NULL);

        bytes += used_by(child);
    }
    return bytes;
}

/* btrfs gives the blocks of deleted files back with its next commit, up to half a minute later. */
static void commit_deletions(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)syncfs(fd);
    close(fd);
}

guint64 guest_store_free_disk(const GuestStore *store, guint64 wanted)
{
    guint64 room = free_bytes(store);

    if (room >= wanted)
        return room;
    commit_deletions(store->disks);
    return free_bytes(store);
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
static char *more_disks_prefix(const char *name)
{
    return g_strconcat(name, "@", NULL);
}

char *guest_store_more_disk_path(const GuestStore *store, const char *name, const char *vdev,
                                 GError **error)
{
    g_autofree char *prefix = more_disks_prefix(name);
    g_autofree char *file = g_strconcat(prefix, vdev, NULL);

    if (*vdev != '\0' && strlen(vdev) < VDEV_MAX &&
        strspn(vdev, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(vdev))
        return file_path(store->disks, file, DISK_SUFFIX);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                "“%s” is no name of a disk: there are xvda, xvdb and so on, hda to hdd, and sda.",
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
                    "The file %s can't be made: %s.", path, g_strerror(errno));
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
                "The file %s can't be written: %s.", path, g_strerror(failure));
    return FALSE;
}

static void set_choice(GKeyFile *file, const char *key, DeviceChoice choice)
{
    if (choice != DEVICE_AS_IN_CFG)
        g_key_file_set_boolean(file, GROUP, key, choice == DEVICE_YES);
}

static void set_access(GKeyFile *file, NetworkAccessKind kind)
{
    g_key_file_set_string(file, GROUP, "network-access", network_access_name(kind));
}

static void set_hosts(GKeyFile *file, const char *const *hosts)
{
    g_key_file_set_string_list(file, GROUP, "network-hosts", hosts, g_strv_length((char **)hosts));
}

static const char *const installers[] = {
    [INSTALLER_BEGUN] = "begun",
    [INSTALLER_ENDED] = "ended",
};

static void set_text(GKeyFile *file, const char *key, const char *text)
{
    if (text)
        g_key_file_set_string(file, GROUP, key, text);
    else
        g_key_file_remove_key(file, GROUP, key, NULL);
}

static void set_start(GKeyFile *file, const GuestStartNotes *notes)
{
    set_text(file, "start-kernel", notes->kernel);
    set_text(file, "start-ramdisk", notes->ramdisk);
    set_text(file, "start-cmdline", notes->cmdline);
    set_text(file, "installer", installers[notes->installer]);
}

static void set_loudness(GKeyFile *file, const GuestLoudness *loudness)
{
    g_key_file_set_integer(file, GROUP, "volume", (int)loudness->percent);
    g_key_file_set_boolean(file, GROUP, "muted", loudness->muted);
}

/* A list as a key file has one, which may be empty. */
static void set_monitors(GKeyFile *file, const char *list)
{
    g_auto(GStrv) words = monitor_list_words(list);

    g_key_file_set_string_list(file, GROUP, "monitors", (const char *const *)words,
                               g_strv_length(words));
}

/* What is no list of monitors is not looked at. */
static void get_monitors(GKeyFile *file, MonitorChoice *ret_choice)
{
    g_auto(GStrv) words = g_key_file_get_string_list(file, GROUP, "monitors", NULL, NULL);

    ret_choice->said =
        words && monitor_list_take((const char *const *)words, ret_choice->list, NULL);
}

static char *notes_to_text(const GuestNotes *notes)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_string(file, GROUP, "template", notes->template);
    g_key_file_set_string(file, GROUP, "color", notes->color);
    if (notes->group && *notes->group != '\0')
        g_key_file_set_string(file, GROUP, "group", notes->group);
    set_choice(file, "display", notes->display);
    set_choice(file, "sound", notes->sound);
    if (notes->monitors.said)
        set_monitors(file, notes->monitors.list);
    if (notes->loudness.said)
        set_loudness(file, &notes->loudness);
    if (notes->access.kind != NETWORK_ACCESS_ALL)
        set_access(file, notes->access.kind);
    if (notes->access.hosts)
        set_hosts(file, (const char *const *)notes->access.hosts);
    set_start(file, &notes->start);
    return g_key_file_to_data(file, NULL, NULL);
}

gboolean guest_store_add(GuestStore *store, const char *name, const char *config,
                         const GuestNotes *notes, GError **error)
{
    g_autofree char *config_path = guest_store_config_path(store, name);
    g_autofree char *notes_path = guest_store_notes_path(store, name);
    g_autofree char *notes_text = notes_to_text(notes);

    if (!write_new(config_path, config, error))
        return FALSE;
    /* A stale NAME.ini without its guest is not worth keeping. */
    unlink(notes_path);
    if (write_new(notes_path, notes_text, error))
        return TRUE;
    unlink(config_path);
    return FALSE;
}

/* NAME.ini as it is; empty if there is none. NULL and ERROR if it can't be kept as it is. */
static GKeyFile *read_notes_whole(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) failure = NULL;
    gsize length;
    g_autofree char *text = file_replace_read(path, &length, &failure);

    if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer(&file);
    if (!text) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (length == 0 ||
        g_key_file_load_from_data(
            file, text, length, G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, &failure))
        return g_steal_pointer(&file);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                "The file %s can't be understood, so that nothing is changed in it: %s.", path,
                failure->message);
    return NULL;
}

/* NAME.ini with the change in it, written beside it; NULL and ERROR if it can't be. */
static char *prepare_notes(const char *path, const GuestFilesChange *change, GError **error)
{
    g_autoptr(GKeyFile) file = read_notes_whole(path, error);
    g_autofree char *text = NULL;

    if (!file)
        return NULL;
    if (change->color)
        g_key_file_set_string(file, GROUP, "color", change->color);
    if (change->group)
        g_key_file_set_string(file, GROUP, "group", change->group);
    if (change->autostart)
        g_key_file_set_boolean(file, GROUP, "autostart", *change->autostart);
    if (change->sound)
        g_key_file_set_boolean(file, GROUP, "sound", *change->sound);
    if (change->monitors)
        set_monitors(file, change->monitors);
    if (change->loudness)
        set_loudness(file, change->loudness);
    if (change->access)
        set_access(file, *change->access);
    if (change->hosts)
        set_hosts(file, change->hosts);
    if (change->start)
        set_start(file, change->start);
    text = g_key_file_to_data(file, NULL, NULL);
    return file_replace_prepare(path, text, error);
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
    gboolean has_notes = change->color || change->group || change->autostart || change->sound ||
                         change->monitors || change->loudness || change->access || change->hosts ||
                         change->start;
    char *notes = has_notes ? prepare_notes(notes_path, change, error) : NULL;
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

static char *get_note(GKeyFile *file, const char *key)
{
    char *text = g_key_file_get_string(file, GROUP, key, NULL);

    return text ? text : g_strdup("");
}

/* Anything but true and false is no choice. */
static DeviceChoice get_choice(GKeyFile *file, const char *key)
{
    g_autoptr(GError) error = NULL;
    gboolean wanted = g_key_file_get_boolean(file, GROUP, key, &error);

    if (error)
        return DEVICE_AS_IN_CFG;
    return wanted ? DEVICE_YES : DEVICE_NO;
}

/* What is no volume is not looked at. */
static GuestLoudness get_loudness(GKeyFile *file)
{
    GuestLoudness loudness = {.percent = GUEST_LOUDNESS_MAX};
    g_autoptr(GError) no_volume = NULL;
    g_autoptr(GError) no_mute = NULL;
    int percent = g_key_file_get_integer(file, GROUP, "volume", &no_volume);

    loudness.muted = g_key_file_get_boolean(file, GROUP, "muted", &no_mute);
    if (!no_volume && percent >= 0 && percent <= GUEST_LOUDNESS_MAX) {
        loudness.percent = (guint)percent;
        loudness.said = TRUE;
    }
    loudness.said |= !no_mute;
    return loudness;
}

/* A word that is not understood lets nothing through: it was meant to limit. */
static NetworkAccessKind get_access(GKeyFile *file)
{
    g_autofree char *word = g_key_file_get_string(file, GROUP, "network-access", NULL);
    NetworkAccessKind kind = NETWORK_ACCESS_ALL;

    if (word && !network_access_parse(word, &kind))
        return NETWORK_ACCESS_NONE;
    return kind;
}

/* Without those that are none: a person may have written them. */
static char **get_hosts(GKeyFile *file)
{
    g_auto(GStrv) words = g_key_file_get_string_list(file, GROUP, "network-hosts", NULL, NULL);
    g_autoptr(GStrvBuilder) hosts = g_strv_builder_new();
    guint count = 0;

    for (char **word = words; word && *word && count < NETWORK_HOSTS_MAX; word++) {
        g_autofree char *text = NULL;
        NetworkHost host;

        if (!network_host_parse(*word, &host, NULL))
            continue;
        text = network_host_to_string(&host);
        g_strv_builder_add(hosts, text);
        count++;
    }
    return count > 0 ? g_strv_builder_end(hosts) : NULL;
}

static void get_start(GKeyFile *file, GuestStartNotes *ret_notes)
{
    g_autofree char *installer = g_key_file_get_string(file, GROUP, "installer", NULL);

    ret_notes->kernel = g_key_file_get_string(file, GROUP, "start-kernel", NULL);
    ret_notes->ramdisk = g_key_file_get_string(file, GROUP, "start-ramdisk", NULL);
    ret_notes->cmdline = g_key_file_get_string(file, GROUP, "start-cmdline", NULL);
    ret_notes->installer = INSTALLER_NONE;
    for (guint i = INSTALLER_BEGUN; i < G_N_ELEMENTS(installers); i++) {
        if (g_strcmp0(installer, installers[i]) == 0)
            ret_notes->installer = (InstallerState)i;
    }
}

void guest_store_read_notes(const GuestStore *store, const char *name, GuestNotes *ret_notes)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = guest_store_notes_path(store, name);

    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    ret_notes->template = get_note(file, "template");
    ret_notes->color = get_note(file, "color");
    ret_notes->group = get_note(file, "group");
    ret_notes->display = get_choice(file, "display");
    ret_notes->sound = get_choice(file, "sound");
    get_monitors(file, &ret_notes->monitors);
    ret_notes->loudness = get_loudness(file);
    ret_notes->access.kind = get_access(file);
    ret_notes->access.hosts = get_hosts(file);
    ret_notes->autostart = g_key_file_get_boolean(file, GROUP, "autostart", NULL);
    get_start(file, &ret_notes->start);
}

void guest_notes_clear(GuestNotes *notes)
{
    g_clear_pointer(&notes->template, g_free);
    g_clear_pointer(&notes->color, g_free);
    g_clear_pointer(&notes->group, g_free);
    network_access_clear(&notes->access);
    guest_start_notes_clear(&notes->start);
}

void guest_start_notes_clear(GuestStartNotes *notes)
{
    g_clear_pointer(&notes->kernel, g_free);
    g_clear_pointer(&notes->ramdisk, g_free);
    g_clear_pointer(&notes->cmdline, g_free);
}

void guest_start_notes_copy(const GuestStartNotes *notes, GuestStartNotes *ret_notes)
{
    ret_notes->kernel = g_strdup(notes->kernel);
    ret_notes->ramdisk = g_strdup(notes->ramdisk);
    ret_notes->cmdline = g_strdup(notes->cmdline);
    ret_notes->installer = notes->installer;
}

gboolean guest_store_shows(DeviceChoice choice, const GuestFacts *facts)
{
    return facts->kind != GUEST_HVM &&
           (choice == DEVICE_YES || (choice == DEVICE_AS_IN_CFG && facts->has_vfb));
}

const char *guest_store_monitors(const MonitorChoice *choice, const GuestFacts *facts)
{
    if (facts->kind == GUEST_HVM)
        return "";
    return choice->said ? choice->list : facts->monitors;
}

gboolean guest_store_sounds(DeviceChoice choice, const GuestFacts *facts)
{
    return choice == DEVICE_YES || (choice == DEVICE_AS_IN_CFG && facts->has_vsnd);
}

static gboolean remove_file(const char *path, GError **error)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "The file %s can't be removed: %s.",
                path, g_strerror(errno));
    return FALSE;
}

gboolean guest_store_remove_files(GuestStore *store, const char *name, GError **error)
{
    g_autofree char *config_path = guest_store_config_path(store, name);
    g_autofree char *notes_path = guest_store_notes_path(store, name);

    return remove_file(config_path, error) && remove_file(notes_path, error);
}

guint64 guest_store_used(const GuestStore *store, const char *name)
{
    g_autofree char *prefix = more_disks_prefix(name);
    g_autofree char *disk = guest_store_disk_path(store, name);
    g_autofree char *saved = saved_store_path(store, name);
    g_autofree char *snapshots = g_build_filename(store->snapshots, name, NULL);
    g_autoptr(GDir) dir = g_dir_open(store->disks, 0, NULL);
    guint64 bytes = used_by(disk) + used_by(saved) + used_by(snapshots);
    const char *file;

    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(store->disks, file, NULL);

        if (g_str_has_prefix(file, prefix))
            bytes += used_by(path);
    }
    return bytes;
}

static gboolean remove_more_disks(GuestStore *store, const char *name, GError **error)
{
    g_autofree char *prefix = more_disks_prefix(name);
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
