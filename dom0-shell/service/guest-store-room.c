/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much room there is for the guests' disks, and how much of it each guest takes. */
#include "guest-store-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "saved-store.h"

#define STAT_BLOCK 512
#define MIB        (G_GUINT64_CONSTANT(1) << 20)

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

guint64 guest_store_used(const GuestStore *store, const char *name)
{
    g_autofree char *prefix = guest_store_more_disks_prefix(name);
    g_autofree char *disk = guest_store_disk_path(store, name);
    g_autofree char *saved = saved_store_path(store, name);
    g_autofree char *snapshots = g_build_filename(store->snapshots, name, NULL);
    g_autofree char *files = g_build_filename(store->files, name, NULL);
    g_autoptr(GDir) dir = g_dir_open(store->disks, 0, NULL);
    guint64 bytes = used_by(disk) + used_by(saved) + used_by(snapshots) + used_by(files);
    const char *file;

    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(store->disks, file, NULL);

        if (g_str_has_prefix(file, prefix))
            bytes += used_by(path);
    }
    return bytes;
}
