/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads attributes and directories of the kernel's tree of devices. */
#include "usb-sysfs.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ATTRIBUTE_MAX 255
/* More names than this no directory of a device has. */
#define NAMES_MAX 4096

/* Digits at P, and what is behind them; NULL if there is none. */
static const char *skip_number(const char *p)
{
    gsize digits = strspn(p, "0123456789");

    return digits > 0 ? p + digits : NULL;
}

gboolean usb_key_check(const char *key)
{
    const char *p = skip_number(key);

    if (strlen(key) > USB_KEY_MAX || !p || *p != '-')
        return FALSE;
    do {
        p = skip_number(p + 1);
    } while (p && *p == '.');
    return p && *p == '\0';
}

char *usb_sysfs_device(const char *sysfs, const char *key)
{
    return g_build_filename(sysfs, "bus", "usb", "devices", key, NULL);
}

char *usb_sysfs_read(const char *directory, const char *file)
{
    g_autofree char *path = g_build_filename(directory, file, NULL);
    char text[ATTRIBUTE_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length;

    if (fd < 0)
        return NULL;
    length = read(fd, text, ATTRIBUTE_MAX);
    close(fd);
    if (length < 0)
        return NULL;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return g_strdup(text);
}

gboolean usb_sysfs_number(const char *directory, const char *file, guint base, guint64 maximum,
                          guint64 *ret_number)
{
    g_autofree char *text = usb_sysfs_read(directory, file);

    return text && g_ascii_string_to_unsigned(g_strstrip(text), base, 0, maximum, ret_number, NULL);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *usb_sysfs_names(const char *directory, const char *prefix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name;

    while (dir && names->len < NAMES_MAX && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_prefix(name, prefix))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

GPtrArray *usb_sysfs_interfaces(const char *sysfs, const char *key)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *device = usb_sysfs_device(sysfs, key);
    g_autofree char *prefix = g_strconcat(key, ":", NULL);
    g_autoptr(GPtrArray) names = usb_sysfs_names(device, prefix);

    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(paths, g_build_filename(device, names->pdata[i], NULL));
    return paths;
}
