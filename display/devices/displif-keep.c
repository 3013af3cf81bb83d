/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process must know that goes on with a guest's graphics card where one before it has ended.
 */
#include "devices/displif-keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

/* Another one for each change of the structure that its size does not tell. */
#define KEEP_MAGIC 0x56444b31

void displif_keep_clear(struct displif_keep *keep)
{
    *keep = (struct displif_keep){.magic = KEEP_MAGIC, .size = sizeof(*keep), .domid = keep->domid};
}

static struct displif_keep *map(int fd)
{
    void *memory = mmap(NULL, sizeof(struct displif_keep), PROT_READ | PROT_WRITE,
                        fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static int open_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0 && ftruncate(fd, sizeof(struct displif_keep)) < 0) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static bool is_ours(const struct displif_keep *keep, uint32_t domid)
{
    return keep->magic == KEEP_MAGIC && keep->size == sizeof(*keep) && keep->domid == domid;
}

struct displif_keep *displif_keep_open(const char *path, uint32_t domid, char **ret_problem)
{
    int fd = path ? open_file(path) : -1;
    struct displif_keep *keep = path && fd < 0 ? NULL : map(fd);

    if (!keep)
        *ret_problem =
            g_strdup_printf("%s can't be made or read: %s.",
                            path ? path : "Memory for the graphics card", g_strerror(errno));
    if (fd >= 0)
        close(fd);
    if (keep && !is_ours(keep, domid)) {
        keep->domid = domid;
        displif_keep_clear(keep);
    }
    return keep;
}

void displif_keep_close(struct displif_keep *keep)
{
    if (keep)
        munmap(keep, sizeof(*keep));
}
