/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an empty disk as a file full of holes. */
#include "disk-new.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "error.h"

static gboolean fail(GError **error, const char *path, int failure)
{
    g_set_error(error, SERVICE_ERROR,
                failure == EEXIST   ? SERVICE_ERROR_NAME_TAKEN
                : failure == ENOSPC ? SERVICE_ERROR_NO_DISK_SPACE
                                    : SERVICE_ERROR_FAILED,
                N_("The disk %s can't be made: %s."), path, g_strerror(failure));
    return FALSE;
}

gboolean disk_new(const char *path, guint64 size, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failure = 0;

    if (fd < 0)
        return fail(error, path, errno);
    if (ftruncate(fd, (off_t)size) != 0 || fsync(fd) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    if (failure == 0)
        return TRUE;
    unlink(path);
    return fail(error, path, failure);
}
