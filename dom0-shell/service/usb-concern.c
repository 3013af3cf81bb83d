/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what dom0 does with a USB device: types at it, or has its disks in use. */
#include "usb-concern.h"

#include <glib/gi18n.h>
#include <string.h>

#include "usb-block.h"
#include "usb-device.h"
#include "usb-input.h"
#include "usb-sysfs.h"

#define PLACE_MAX_CHARS 120

/* What of UsbInput would be lost, and what to say. */
static const char *const last_inputs[] = {
    [USB_INPUT_KEYBOARD] =
        N_("This is the last keyboard here: while a guest has it, nothing can be "
           "typed on this computer but in that guest."),
    [USB_INPUT_POINTER] =
        N_("This is the last mouse or touchpad here: while a guest has it, nothing "
           "can be clicked on this computer but in that guest."),
    [USB_INPUT_KEYBOARD | USB_INPUT_POINTER] = N_(
        "This is the last keyboard and the last mouse here: while a guest has it, nothing can be "
        "typed or clicked on this computer but in that guest."),
};

/* A disk or a partition of one. */
typedef struct {
    const char *path;   /* its directory */
    const char *node;   /* /dev/sdb1 */
    const char *number; /* 8:17, or NULL */
} Volume;

/* ---- Tables of the kernel ---- */

/* Undoes the kernel's octal writing of blanks and the like (proc(5)), in place. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to = (char)(((from[1] - '0') << 6) | ((from[2] - '0') << 3) | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* The line's mount point, if it is a mount of VOLUME. By its number or, as some file systems have
 * numbers of their own, by its name, which stands in the second field behind a lone dash. */
static char *mounted_at(char **fields, const Volume *volume)
{
    guint count = g_strv_length(fields);

    if (count < 5)
        return NULL;
    if (g_strcmp0(fields[2], volume->number) == 0)
        return fields[4];
    for (guint i = 6; i + 2 < count; i++) {
        if (strcmp(fields[i], "-") != 0)
            continue;
        unescape(fields[i + 2]);
        return strcmp(fields[i + 2], volume->node) == 0 ? fields[4] : NULL;
    }
    return NULL;
}

static char *find_mount(const char *table, const Volume *volume)
{
    g_auto(GStrv) lines = g_strsplit(table, "\n", 0);

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, " ", 0);
        char *place = mounted_at(fields, volume);

        if (place) {
            unescape(place);
            return usb_text_clean(place, PLACE_MAX_CHARS);
        }
    }
    return NULL;
}

static gboolean is_swap(const char *table, const Volume *volume)
{
    g_auto(GStrv) lines = g_strsplit(table, "\n", 0);

    for (char **line = lines; *line; line++) {
        (*line)[strcspn(*line, " \t")] = '\0';
        unescape(*line);
        if (strcmp(*line, volume->node) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Who is built on VOLUME, as a mapped device by its name; to be freed, NULL if nobody. */
static char *find_holder(const Volume *volume)
{
    g_autofree char *holders = g_build_filename(volume->path, "holders", NULL);
    g_autoptr(GPtrArray) names = usb_sysfs_names(holders, "");
    g_autofree char *holder = NULL;
    g_autofree char *mapped = NULL;

    if (names->len == 0)
        return NULL;
    holder = g_build_filename(holders, names->pdata[0], NULL);
    mapped = usb_sysfs_read(holder, "dm/name");
    return usb_text_clean(mapped ? mapped : names->pdata[0], PLACE_MAX_CHARS);
}

/* ---- Disks ---- */

static char *use_of(const UsbSources *sources, const Volume *volume)
{
    g_autofree char *mounts = NULL;
    g_autofree char *swaps = NULL;
    g_autofree char *place = NULL;
    g_autofree char *holder = find_holder(volume);

    if (!g_file_get_contents(sources->mountinfo, &mounts, NULL, NULL))
        return g_strdup(N_("It can't be told whether this computer is using the disk: the list of "
                           "mounted file systems can't be read."));
    place = find_mount(mounts, volume);
    if (place)
        return g_strdup_printf(N_("This computer is using the disk, as %s. Unmount it first."),
                               place);
    if (holder)
        return g_strdup_printf(
            N_("This computer is using the disk: “%s” is on it. Close that first."), holder);
    /* A kernel without swap has no such file. */
    if (g_file_get_contents(sources->swaps, &swaps, NULL, NULL) && is_swap(swaps, volume))
        return g_strdup(
            N_("This computer is using the disk as swap space. Switch that off first."));
    return NULL;
}

static char *use_of_path(const UsbSources *sources, const char *path)
{
    g_autofree char *number = usb_sysfs_read(path, "dev");
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *node = g_strconcat("/dev/", name, NULL);
    Volume volume = {.path = path, .node = node, .number = number};

    return use_of(sources, &volume);
}

/* Of the whole disk, or of one of its partitions, whose names begin with the disk's. */
static char *use_of_disk(const UsbSources *sources, const char *disk)
{
    g_autofree char *name = g_path_get_basename(disk);
    g_autoptr(GPtrArray) partitions = usb_sysfs_names(disk, name);
    char *use = use_of_path(sources, disk);

    for (guint i = 0; i < partitions->len && !use; i++) {
        g_autofree char *path = g_build_filename(disk, partitions->pdata[i], NULL);

        use = use_of_path(sources, path);
    }
    return use;
}

static char *use_of_disks(const UsbSources *sources, const char *key)
{
    g_autoptr(GPtrArray) disks = usb_block_disks(sources->sysfs, key);
    char *use = NULL;

    for (guint i = 0; i < disks->len && !use; i++)
        use = use_of_disk(sources, disks->pdata[i]);
    return use;
}

UsbConcernKind usb_concern_find(const UsbSources *sources, const char *key, const char *const *away,
                                char **ret_sentence)
{
    guint others;
    guint lost;

    *ret_sentence = use_of_disks(sources, key);
    if (*ret_sentence)
        return USB_CONCERN_REFUSED;
    lost = usb_input_find(sources->sysfs, key, away, &others) & ~others;
    if (!lost)
        return USB_CONCERN_NONE;
    *ret_sentence = g_strdup(last_inputs[lost]);
    return USB_CONCERN_ASK;
}
