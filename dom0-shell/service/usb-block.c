/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds disks below the interfaces of a USB device. */
#include "usb-block.h"

#include <string.h>

#include "usb-sysfs.h"

/* interface / host / target / unit / block */
#define DEPTH_MAX 6
#define SECTOR    512 /* whatever the disk's own sectors are */
/* More than any disk has, and far from overflow. */
#define SECTORS_MAX (G_GUINT64_CONSTANT(1) << 48)
#define DISKS_MAX   64

/* A link leads out of the device. */
static gboolean is_directory(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

static void walk(const char *directory, guint depth, GPtrArray *disks)
{
    g_autoptr(GPtrArray) names = usb_sysfs_names(directory, "");
    g_autofree char *base = g_path_get_basename(directory);
    gboolean is_block = strcmp(base, "block") == 0;

    for (guint i = 0; i < names->len && disks->len < DISKS_MAX; i++) {
        g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);

        if (!is_directory(path))
            continue;
        if (is_block)
            g_ptr_array_add(disks, g_steal_pointer(&path));
        else if (depth < DEPTH_MAX)
            walk(path, depth + 1, disks);
    }
}

GPtrArray *usb_block_disks(const char *sysfs, const char *key)
{
    GPtrArray *disks = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) interfaces = usb_sysfs_interfaces(sysfs, key);

    for (guint i = 0; i < interfaces->len; i++) {
        if (is_directory(interfaces->pdata[i]))
            walk(interfaces->pdata[i], 1, disks);
    }
    return disks;
}

guint64 usb_block_size(GPtrArray *disks)
{
    guint64 sectors;
    guint64 sum = 0;

    for (guint i = 0; i < disks->len; i++) {
        if (usb_sysfs_number(disks->pdata[i], "size", 10, SECTORS_MAX, &sectors))
            sum += sectors * SECTOR;
    }
    return sum;
}
