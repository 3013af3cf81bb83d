/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies disk images whole, by sharing blocks if that can be. */
#include "disk-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "error.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* Small enough that a cancel is heard at once. */
#define CHUNK (1 << 20)
/* Left free beside a full copy: a full disk breaks every guest that runs. */
#define SPARE (64 * MIB)
/* What st_blocks counts in, whatever the file system's own blocks are. */
#define STAT_BLOCK 512

typedef struct {
    int source;
    int target;
    guint64 size;        /* of the source */
    guint64 target_size; /* at least as much */
    guint64 whole;       /* bytes that are no holes, roughly */
    guint64 done;
    BackendProgress progress;
    gpointer data;
    GCancellable *cancellable;
} Copy;

static gboolean fail(const char *path, int failure, GError **error)
{
    if (failure == ENOSPC || failure == EDQUOT)
        g_set_error_literal(
            error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
            N_("The disk is full: delete a guest or a snapshot that is not needed any "
               "more, then try again."));
    else
        g_set_error(error, SERVICE_ERROR,
                    failure == EEXIST ? SERVICE_ERROR_NAME_TAKEN : SERVICE_ERROR_FAILED,
                    N_("The copy %s can't be made: %s."), path, g_strerror(failure));
    return FALSE;
}

static gboolean check_room(const Copy *copy, const char *to, GError **error)
{
    struct statvfs vfs;
    guint64 room;

    if (fstatvfs(copy->target, &vfs) != 0)
        return fail(to, errno, error);
    room = (guint64)vfs.f_bavail * vfs.f_frsize;
    if (copy->whole + SPARE <= room)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                N_("The copy needs %" PRIu64 " MiB, as disks can't share blocks here, and "
                   "%" PRIu64 " MiB are free. Delete a guest or a snapshot that is not "
                   "needed any more."),
                (copy->whole + SPARE) / MIB, room / MIB);
    return FALSE;
}

/* 0, or the errno of what failed; COUNT bytes at AT. */
static int copy_chunk(Copy *copy, char *buffer, off_t at, size_t count)
{
    ssize_t got = pread(copy->source, buffer, count, at);

    if (got <= 0)
        return got < 0 ? errno : EIO; /* it got shorter: somebody else writes to it */
    for (ssize_t put = 0; put < got;) {
        ssize_t written = pwrite(copy->target, buffer + put, (size_t)(got - put), at + (off_t)put);

        if (written < 0)
            return errno;
        put += written;
    }
    copy->done += (guint64)got;
    if (copy->progress && copy->whole > 0)
        copy->progress(MIN(1.0, (double)copy->done / (double)copy->whole), copy->data);
    return (size_t)got == count ? 0 : EIO;
}

/* 0, ECANCELED, or the errno of what failed. */
static int copy_range(Copy *copy, char *buffer, off_t begin, off_t end)
{
    while (begin < end) {
        size_t count = (size_t)MIN(end - begin, (off_t)CHUNK);
        int failure = g_cancellable_is_cancelled(copy->cancellable)
                          ? ECANCELED
                          : copy_chunk(copy, buffer, begin, count);

        if (failure != 0)
            return failure;
        begin += (off_t)count;
    }
    return 0;
}

/* Everything but the holes. 0, ECANCELED, or the errno of what failed. */
static int copy_data(Copy *copy)
{
    g_autofree char *buffer = g_malloc(CHUNK);
    off_t size = (off_t)copy->size;
    off_t at = 0;

    while (at < size) {
        off_t begin = lseek(copy->source, at, SEEK_DATA);
        off_t end = begin < 0 ? -1 : lseek(copy->source, begin, SEEK_HOLE);
        int failure;

        if (begin < 0 && errno == ENXIO)
            return 0; /* the rest is a hole */
        if (end < 0)
            return errno;
        failure = copy_range(copy, buffer, begin, MIN(end, size));
        if (failure != 0)
            return failure;
        at = end;
    }
    return 0;
}

static gboolean can_not_share(int failure)
{
    return failure == EOPNOTSUPP || failure == ENOTTY || failure == EXDEV || failure == EINVAL;
}

static gboolean fill(Copy *copy, const char *to, GError **error)
{
    int failure = ioctl(copy->target, FICLONE, copy->source) == 0 ? 0 : errno;

    if (can_not_share(failure)) {
        if (!check_room(copy, to, error))
            return FALSE;
        failure = copy_data(copy);
    }
    if (failure == 0 && ftruncate(copy->target, (off_t)copy->target_size) != 0)
        failure = errno;
    if (failure == ECANCELED)
        return !g_cancellable_set_error_if_cancelled(copy->cancellable, error);
    if (failure == 0 && fsync(copy->target) != 0)
        failure = errno;
    return failure == 0 || fail(to, failure, error);
}

int disk_copy_open(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ELOOP)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                    N_("%s is a symbolic link, which is not followed: put the file itself there."),
                    path);
    else if (fd < 0)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    N_("The file %s can't be read: %s."), path, g_strerror(errno));
    else if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    else
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                    N_("The disk %s is no plain file, so that it can't be copied from here."),
                    path);
    if (fd >= 0)
        close(fd);
    return -1;
}

gboolean disk_copy_from(int from, const char *to, guint64 size, BackendProgress progress,
                        gpointer data, GCancellable *cancellable, GError **error)
{
    struct stat st;
    Copy copy = {.source = from, .progress = progress, .data = data, .cancellable = cancellable};
    gboolean done;

    if (fstat(from, &st) != 0)
        return fail(to, errno, error);
    copy.size = (guint64)st.st_size;
    copy.whole = MIN((guint64)st.st_blocks * STAT_BLOCK, copy.size);
    copy.target_size = MAX(copy.size, size);
    copy.target = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy.target < 0)
        return fail(to, errno, error);
    done = fill(&copy, to, error);
    if (close(copy.target) != 0 && done)
        done = fail(to, errno, error);
    if (!done)
        unlink(to);
    return done;
}

gboolean disk_copy(const char *from, const char *to, guint64 size, BackendProgress progress,
                   gpointer data, GCancellable *cancellable, GError **error)
{
    int source = disk_copy_open(from, error);
    gboolean done =
        source >= 0 && disk_copy_from(source, to, size, progress, data, cancellable, error);

    if (source >= 0)
        close(source);
    return done;
}

void disk_copy_sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

gboolean disk_copy_place(const char *from, const char *to, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(to);

    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0)
        return fail(to, errno, error);
    disk_copy_sync_directory(parent);
    return TRUE;
}
