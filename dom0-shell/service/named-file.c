/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens files with the rights of who named them. */
#include "named-file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "error.h"
#include "path-trust.h"

#define NO_FILE N_("there is no such file, or it can't be read.")

static gboolean refuse(GError **error, const char *path, const char *why)
{
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, N_("“%s” can't be used: %s"),
                path, why);
    return FALSE;
}

static gboolean refuse_failure(GError **error, const char *path, int failure, gboolean writes)
{
    g_autofree char *why = NULL;

    if (failure == ENOENT || failure == ENOTDIR)
        return refuse(error, path, NO_FILE);
    if (failure == EACCES || failure == EPERM)
        return refuse(error, path,
                      writes
                          ? N_("you may not read it and write to it. Ask whose it is, or the "
                               "administrator, to let you.")
                          : N_("you may not read it. Choose a file of yours, or ask whose it is to "
                               "let you."));
    if (failure == ELOOP)
        return refuse(error, path, N_("it is a link. Name the file that it leads to."));
    why = g_strconcat(g_strerror(failure), ".", NULL);
    return refuse(error, path, why);
}

/* Never by the links of /proc, which lead to whatever the service has open, and past the
 * directories that hide it. A pipe is not waited for. */
static int open_path(int directory, const char *path, guint64 flags)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

/* What /proc shows is the service's own. */
static gboolean is_process_file(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) != 0 || fs.f_type == PROC_SUPER_MAGIC;
}

static gboolean check_plain(int fd, const char *path, GError **error)
{
    struct stat st;

    return (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !is_process_file(fd)) ||
           refuse(error, path, N_("it is not a file."));
}

/* As the thread is now, which access() would not ask. */
static gboolean may_write_to(int directory)
{
    return syscall(SYS_faccessat2, directory, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

/* Opens a file that goes: by its directory, so that it can be removed from that and no other. */
static gboolean open_going(NamedFile *file, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(file->path);
    g_autofree char *name = g_path_get_basename(file->path);

    file->directory = open_path(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY);
    if (file->directory < 0)
        return refuse_failure(error, file->path, errno, FALSE);
    if (!may_write_to(file->directory))
        return refuse(error, file->path,
                      N_("you may not take it away from its directory. Have it copied."));
    file->fd = open_path(file->directory, name, O_RDONLY | O_NOFOLLOW);
    return file->fd >= 0 || refuse_failure(error, file->path, errno, FALSE);
}

static gboolean open_staying(NamedFile *file, GError **error)
{
    file->fd = open_path(AT_FDCWD, file->path, O_RDONLY);
    return file->fd >= 0 || refuse_failure(error, file->path, errno, FALSE);
}

NamedFile *named_file_open(const Caller *caller, const char *path, gboolean goes, GError **error)
{
    g_autoptr(NamedFile) file = g_new0(NamedFile, 1);

    file->path = g_strdup(path);
    file->fd = file->directory = -1;
    if (!g_path_is_absolute(path)) {
        refuse(error, path, N_("name it by its whole path."));
        return NULL;
    }
    if (!(goes ? open_going(file, error) : open_staying(file, error)) ||
        !check_plain(file->fd, path, error))
        return NULL;
    file->stays = caller_is_service(caller) || path_trust_is_fixed(path);
    return g_steal_pointer(&file);
}

void named_file_free(NamedFile *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    if (file->directory >= 0)
        close(file->directory);
    g_free(file->path);
    g_free(file);
}

gboolean named_file_remove(const NamedFile *file, GError **error)
{
    g_autofree char *name = g_path_get_basename(file->path);
    struct stat here, there;

    if (fstat(file->fd, &here) != 0 ||
        fstatat(file->directory, name, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
        here.st_dev != there.st_dev || here.st_ino != there.st_ino)
        return refuse(error, file->path, N_("it is another file by now."));
    return unlinkat(file->directory, name, 0) == 0 ||
           refuse_failure(error, file->path, errno, FALSE);
}

static gboolean check_disk(int fd, const char *path, const char *advice, GError **error)
{
    g_autofree char *why = NULL;
    struct stat st;

    if (fstat(fd, &st) != 0 || is_process_file(fd) ||
        (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)))
        return refuse(error, path, N_("it is neither a file nor a disk."));
    if (path_trust_is_fixed(path))
        return TRUE;
    why = g_strdup_printf(
        N_("it can't stay where it is, as others than root can put something else in "
           "its place. %s"),
        advice);
    return refuse(error, path, why);
}

gboolean named_file_check_kept(const Caller *caller, const char *path, gboolean writes,
                               const char *advice, GError **error)
{
    gboolean good;
    int fd;

    if (caller_is_service(caller))
        return TRUE;
    if (!g_path_is_absolute(path))
        return refuse(error, path, "name it by its whole path.");
    fd = open_path(AT_FDCWD, path, writes ? O_RDWR : O_RDONLY);
    if (fd < 0)
        return refuse_failure(error, path, errno, writes);
    good = check_disk(fd, path, advice, error);
    close(fd);
    return good;
}
