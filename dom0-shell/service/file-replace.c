/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces files whole, by way of a directory beside them: so a reader that goes by the name, as
 * xl does, can be asked about the new file before it is in place. */
#include "file-replace.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

/* More than this is no guest's file. */
#define SIZE_MAX_BYTES (1 << 20)

static gboolean fail(const char *path, const char *what, int failure, GError **error)
{
    g_set_error(error, SERVICE_ERROR,
                failure == ENOSPC ? SERVICE_ERROR_NO_DISK_SPACE : SERVICE_ERROR_FAILED,
                N_("The file %s can't be %s: %s."), path, what, g_strerror(failure));
    return FALSE;
}

static gboolean check_kind(const char *path, const struct stat *st, GError **error)
{
    const char *why = NULL;

    if (S_ISLNK(st->st_mode) || st->st_nlink > 1)
        why = N_("is a link to another one: change that one by hand");
    else if (!S_ISREG(st->st_mode))
        why = N_("is no plain file: put one in its place");
    else if (st->st_size > SIZE_MAX_BYTES)
        why = N_("is too long to be a guest's: write it anew");
    if (why)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG, N_("The file %s %s."), path,
                    why);
    return why == NULL;
}

char *file_replace_read(const char *path, gsize *ret_length, GError **error)
{
    g_autoptr(GError) failure = NULL;
    struct stat st;
    char *text;

    if (lstat(path, &st) != 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
                    N_("The file %s can't be read: %s."), path, g_strerror(errno));
        return NULL;
    }
    if (!check_kind(path, &st, error))
        return NULL;
    if (g_file_get_contents(path, &text, ret_length, &failure))
        return text;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, N_("The file can't be read: %s."),
                failure->message);
    return NULL;
}

/* Until the file is whole, nobody but its owner to be gets to see it. */
static int write_whole(const char *prepared, const char *text, const struct stat *like)
{
    gsize length = strlen(text);
    int fd = open(prepared, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t written;
    int failure;

    if (fd < 0)
        return errno;
    written = write(fd, text, length);
    failure = written == (ssize_t)length ? 0 : written < 0 ? errno : ENOSPC;
    /* The owner first: changing it may take bits off the mode. */
    if (failure == 0 && (fchown(fd, like->st_uid, like->st_gid) != 0 ||
                         fchmod(fd, like->st_mode & 07777) != 0 || fsync(fd) != 0))
        failure = errno;
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    return failure;
}

char *file_replace_prepare(const char *path, const char *text, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *directory = g_build_filename(parent, ".new-XXXXXX", NULL);
    struct stat like = {.st_mode = 0644, .st_uid = geteuid(), .st_gid = getegid()};
    char *prepared;
    int failure;

    if ((lstat(path, &like) != 0 && errno != ENOENT) || !g_mkdtemp_full(directory, 0700)) {
        fail(path, N_("replaced"), errno, error);
        return NULL;
    }
    prepared = g_build_filename(directory, name, NULL);
    failure = write_whole(prepared, text, &like);
    if (failure == 0)
        return prepared;
    fail(path, N_("written"), failure, error);
    file_replace_end(prepared);
    return NULL;
}

gboolean file_replace_commit(const char *prepared, const char *path, GError **error)
{
    return rename(prepared, path) == 0 || fail(path, N_("replaced"), errno, error);
}

void file_replace_end(char *prepared)
{
    g_autofree char *directory = NULL;

    if (!prepared)
        return;
    directory = g_path_get_dirname(prepared);
    unlink(prepared);
    rmdir(directory);
    g_free(prepared);
}
