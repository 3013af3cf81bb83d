/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's picture in memory that its display server shares with us: shown from there, and never
 * copied here. The server may be a hostile guest's. What it may do is change the pixels at any
 * time; it must not be able to take the memory away, which would be our end.
 */
#include "viewer/local-picture.h"

#include "viewer/session.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

typedef struct {
    void *memory;
    gsize size;
} Mapping;

static void unmap(gpointer data)
{
    Mapping *mapping = data;

    munmap(mapping->memory, mapping->size);
    g_free(mapping);
}

/* Whether @fd is plain memory, of @size bytes at least, that can't become less. */
static gboolean is_safe(int fd, gsize size)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;
    struct statfs fs;

    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat(fd, &st) == 0 && st.st_size >= 0 &&
           (gsize)st.st_size >= size && fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

static gboolean is_laid_out(guint32 width, guint32 stride)
{
    return stride % 4 == 0 && stride / 4 >= width && stride / 4 <= VITRINE_SESSION_MAX_SIDE;
}

/*
 * The picture of that size in the memory @fd, which stays the caller's: lines of @stride bytes, as
 * an RGB24 image to read from, and never to draw on. To be destroyed. NULL, and a sentence in
 * @ret_problem, if it can't be shown.
 */
cairo_surface_t *vitrine_local_picture_map(int fd, guint32 width, guint32 height, guint32 stride,
                                           const char **ret_problem)
{
    static const cairo_user_data_key_t key;
    gsize size = (gsize)stride * height;
    cairo_surface_t *surface;
    Mapping *mapping;
    void *memory;

    if (!vitrine_session_check_size(width, height, ret_problem))
        return NULL;
    if (!is_laid_out(width, stride) || !is_safe(fd, size)) {
        *ret_problem = _("The guest’s display is drawn in a way that can’t be shown.");
        return NULL;
    }
    memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        *ret_problem = _("There is not enough memory for the guest’s display.");
        return NULL;
    }
    mapping = g_new(Mapping, 1);
    *mapping = (Mapping){memory, size};
    surface = cairo_image_surface_create_for_data(memory, CAIRO_FORMAT_RGB24, (int)width,
                                                  (int)height, (int)stride);
    cairo_surface_set_user_data(surface, &key, mapping, unmap);
    return surface;
}
