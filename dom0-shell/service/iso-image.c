/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds images of CDs and DVDs, and tells them from other files. */
#include "iso-image.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "guest-config.h"

#define SUFFIX ".iso"
/* Both ISO 9660 (ECMA-119) and UDF's volume recognition (ECMA-167) begin with the sector 16: a byte
 * of type, then five letters. */
#define MARK_AT     (16 * 2048 + 1)
#define MARK_LENGTH 5

static gboolean refuse(GError **error, const char *path, const char *what)
{
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                N_("The file %s can't be used as a CD: %s. Choose an ISO image."), path, what);
    return FALSE;
}

/* FD's file may be anything: a pipe was opened without waiting for a writer. */
static gboolean check_content(int fd, const char *path, GError **error)
{
    char mark[MARK_LENGTH];
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return refuse(error, path, "it is no file");
    if (pread(fd, mark, sizeof mark, MARK_AT) != sizeof mark ||
        (memcmp(mark, "CD001", sizeof mark) != 0 && memcmp(mark, "BEA01", sizeof mark) != 0))
        return refuse(error, path, "there is no file system of a CD or DVD in it");
    return TRUE;
}

static gboolean check_file(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    gboolean good;

    if (fd < 0)
        return refuse(error, path, g_strerror(errno));
    good = check_content(fd, path, error);
    close(fd);
    return good;
}

/* What a guest's file can hold and a client be told. */
static gboolean check_path(const char *path, GError **error)
{
    if (strlen(path) >= ISO_PATH_MAX)
        return refuse(error, "with the long path", "its path is too long");
    if (strpbrk(path, ",\"\\'\n\r\t") || !g_utf8_validate(path, -1, NULL))
        return refuse(error, "of that name",
                      "its path has a comma, a quote or a backslash in it, which a guest's file "
                      "can't hold");
    return TRUE;
}

gboolean iso_image_check(int fd, const char *path, GError **error)
{
    return check_path(path, error) && check_content(fd, path, error);
}

gboolean iso_image_is_own(const char *directory, const char *text)
{
    g_autofree char *parent = g_path_get_dirname(text);

    return text[0] != '/' || strcmp(parent, directory) == 0;
}

char *iso_image_find(const char *directory, const char *text, GError **error)
{
    g_autofree char *path = NULL;

    if (text[0] != '/' && (text[0] == '\0' || text[0] == '.' || strchr(text, '/'))) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                    N_("An ISO image is told by its whole path, or by the name of a file in %s."),
                    directory);
        return NULL;
    }
    path = text[0] == '/' ? g_strdup(text) : g_build_filename(directory, text, NULL);
    return check_path(path, error) && check_file(path, error) ? g_steal_pointer(&path) : NULL;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *list_names(const char *directory)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *lower = g_ascii_strdown(name, -1);

        if (g_str_has_suffix(lower, SUFFIX))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static GVariant *describe(const char *path, const char *name, guint64 size)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new(NULL);

    g_variant_dict_insert(dict, "path", "s", path);
    g_variant_dict_insert(dict, "name", "s", name);
    g_variant_dict_insert(dict, "size", "t", size);
    return g_variant_dict_end(dict);
}

GVariant *iso_image_list(const char *directory)
{
    g_autoptr(GPtrArray) names = list_names(directory);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = iso_image_find(directory, names->pdata[i], NULL);
        GStatBuf st;

        if (path && g_stat(path, &st) == 0)
            g_variant_builder_add_value(&builder,
                                        describe(path, names->pdata[i], (guint64)st.st_size));
    }
    return g_variant_builder_end(&builder);
}
