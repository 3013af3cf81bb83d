/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks a path a name at a time, as the kernel does, and looks at each directory on the way. */
#include "path-trust.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many as the kernel follows in one path. */
#define LINKS_MAX 40

typedef struct {
    GQueue names; /* still to be walked, owned */
    int at;       /* the directory reached, or -1 */
    guint links;
} Walk;

/* Names that are to be walked before what is left. */
static void put_in_front(Walk *walk, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);

    for (guint i = g_strv_length(names); i > 0; i--)
        g_queue_push_head(&walk->names, g_strdup(names[i - 1]));
}

static gboolean is_roots(int directory)
{
    struct stat st;

    return fstat(directory, &st) == 0 && st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Goes on from DIRECTORY, which it takes over. */
static gboolean enter(Walk *walk, int directory)
{
    if (walk->at >= 0)
        close(walk->at);
    walk->at = directory;
    return directory >= 0 && is_roots(directory);
}

static gboolean enter_root(Walk *walk)
{
    return enter(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Takes the LINK over. */
static gboolean follow(Walk *walk, int link)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof target - 1);

    close(link);
    if (length <= 0 || ++walk->links > LINKS_MAX)
        return FALSE;
    target[length] = '\0';
    put_in_front(walk, target);
    return target[0] != '/' || enter_root(walk);
}

/* One name; RET_ARRIVED if what it names is no directory. FALSE if the way is not to be trusted. */
static gboolean step(Walk *walk, const char *name, gboolean *ret_arrived)
{
    struct stat st;
    int fd;

    if (*name == '\0' || strcmp(name, ".") == 0)
        return TRUE;
    fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return FALSE;
    if (fstat(fd, &st) != 0) {
        close(fd);
        return FALSE;
    }
    if (S_ISLNK(st.st_mode))
        return follow(walk, fd);
    if (S_ISDIR(st.st_mode))
        return enter(walk, fd);
    close(fd);
    *ret_arrived = TRUE;
    return TRUE;
}

gboolean path_trust_is_fixed(const char *path)
{
    Walk walk = {.names = G_QUEUE_INIT, .at = -1};
    gboolean arrived = FALSE;
    gboolean good = *path == '/' && enter_root(&walk);

    put_in_front(&walk, path);
    while (good && !arrived && !g_queue_is_empty(&walk.names)) {
        g_autofree char *name = g_queue_pop_head(&walk.names);

        good = step(&walk, name, &arrived);
    }
    good = good && arrived && g_queue_is_empty(&walk.names);
    g_queue_clear_full(&walk.names, g_free);
    if (walk.at >= 0)
        close(walk.at);
    return good;
}
