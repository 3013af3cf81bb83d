/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clones a file by asking the file system to share its blocks. */
#include "disk-clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "error.h"

static void set_error(GError **error, int failure, const char *to)
{
    switch (failure) {
    case EEXIST:
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                    "There is a disk %s already. Use another name, or remove that file.", to);
        break;
    case ENOSPC:
    case EDQUOT:
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                            "The disk is full: delete a guest that is not needed any more, then "
                            "try again.");
        break;
    case EOPNOTSUPP:
    case ENOTTY:
    case EXDEV:
    case EINVAL:
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                    "The template's disk can't be cloned to %s: that needs templates and disks on "
                    "one file system that can share blocks between files (btrfs, or XFS with "
                    "reflink).",
                    to);
        break;
    default:
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    "The template's disk can't be cloned to %s: %s.", to, g_strerror(failure));
    }
}

/* 0, or the errno of what failed. */
static int clone_into(int source, int target, guint64 size)
{
    if (ioctl(target, FICLONE, source) != 0)
        return errno;
    if (ftruncate(target, (off_t)size) != 0 || fsync(target) != 0)
        return errno;
    return 0;
}

gboolean disk_clone(const char *from, const char *to, guint64 size, GError **error)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target;
    int failure;

    if (source < 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN,
                    "The template's disk %s can't be read: %s.", from, g_strerror(errno));
        return FALSE;
    }
    target = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target < 0) {
        set_error(error, errno, to);
        close(source);
        return FALSE;
    }
    failure = clone_into(source, target, size);
    if (close(target) != 0 && failure == 0)
        failure = errno;
    close(source);
    if (failure == 0)
        return TRUE;
    unlink(to);
    set_error(error, failure, to);
    return FALSE;
}
