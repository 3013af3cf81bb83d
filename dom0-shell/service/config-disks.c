/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and changes the list of a guest's disks. A disk is a string of parameters with commas in
 * between: NAME=VALUE, words that stand for one, and up to four values whose place tells what they
 * are. `target=` comes last and takes the rest of its string, commas and all. */
#include "config-disks.h"

#include <string.h>

#include "config-edit.h"
#include "error.h"

#define TARGET "target="

/* What old files have in front of a path, for a raw image or a device. */
static const char *const prefixes[] = {"phy:", "file:", "raw:", "aio:", "tap:aio:", "tap2:aio:"};

static void disk_free(gpointer data)
{
    ConfigDisk *disk = data;

    g_free(disk->target);
    g_free(disk->format);
    g_free(disk->vdev);
    g_free(disk->others);
    g_free(disk);
}

static void set(char **slot, const char *text)
{
    g_free(*slot);
    *slot = g_strdup(text);
}

/* A prefix tells the format too. */
static void set_target(ConfigDisk *disk, const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(text, prefixes[i])) {
            set(&disk->target, text + strlen(prefixes[i]));
            set(&disk->format, "raw");
            return;
        }
    }
    set(&disk->target, text);
}

/* FALSE if the guest may not write, TRUE if it may; else WORD is none of these. */
static gboolean read_access(const char *word, gboolean *ret_readonly)
{
    static const char *const reading[] = {"r", "ro", NULL}, *const writing[] = {"w", "rw", NULL};

    *ret_readonly = g_strv_contains(reading, word);
    return *ret_readonly || g_strv_contains(writing, word);
}

/* An old way to say what kind of disk it is. */
static void set_vdev(ConfigDisk *disk, const char *text)
{
    gsize length = strcspn(text, ":");

    g_free(disk->vdev);
    disk->vdev = g_strndup(text, length);
    disk->is_cdrom = disk->is_cdrom || strcmp(text + length, ":cdrom") == 0;
}

static void keep(ConfigDisk *disk, const char *parameter)
{
    char *longer = g_strconcat(disk->others, ",", parameter, NULL);

    g_free(disk->others);
    disk->others = longer;
}

/* Words that stand for a setting, beside "cdrom". */
static const char *const words[] = {"discard", "no-discard", "direct-io-safe", "colo",
                                    "no-colo", "trusted",    "untrusted",      NULL};

/* NAME=VALUE, or a word that means one; TRUE if PARAMETER is that. */
static gboolean take_named(ConfigDisk *disk, const char *parameter)
{
    const char *value = strchr(parameter, '=');

    if (g_str_has_prefix(parameter, "format="))
        set(&disk->format, value + 1);
    else if (g_str_has_prefix(parameter, "vdev="))
        set_vdev(disk, value + 1);
    else if (g_str_has_prefix(parameter, "access="))
        return read_access(value + 1, &disk->is_readonly);
    else if (strcmp(parameter, "cdrom") == 0 || strcmp(parameter, "devtype=cdrom") == 0)
        disk->is_cdrom = TRUE;
    else if (g_str_has_prefix(parameter, "backend="))
        disk->is_foreign = TRUE;
    else if (value || g_strv_contains(words, parameter))
        keep(disk, parameter);
    else
        return FALSE;
    return TRUE;
}

/* The values that are told by their place: each is the first that is not known yet. */
static gboolean take_placed(ConfigDisk *disk, const char *parameter)
{
    if (!disk->target)
        set_target(disk, parameter);
    else if (!disk->format)
        set(&disk->format, *parameter != '\0' ? parameter : "raw");
    else if (!disk->vdev)
        set_vdev(disk, parameter);
    else
        return read_access(parameter, &disk->is_readonly);
    return TRUE;
}

static gboolean parse(ConfigDisk *disk, const char *line)
{
    for (const char *at = line; at;) {
        const char *begin = at + strspn(at, " \t");
        g_autofree char *parameter = g_strndup(begin, strcspn(begin, ","));

        if (g_str_has_prefix(begin, TARGET)) {
            set(&disk->target, begin + strlen(TARGET));
            return TRUE;
        }
        if (!take_named(disk, parameter) && !take_placed(disk, parameter))
            return FALSE;
        at = strchr(begin, ',');
        at = at ? at + 1 : NULL;
    }
    return TRUE;
}

static ConfigDisk *read_disk(const char *value, gsize begin, gsize end, GError **error)
{
    g_autofree char *line = g_strndup(value + begin + 1, end - begin - 2);
    ConfigDisk *disk = g_new0(ConfigDisk, 1);

    disk->others = g_strdup("");
    disk->begin = begin;
    disk->end = end;
    if (parse(disk, line) && disk->vdev) {
        disk->target = disk->target ? disk->target : g_strdup("");
        disk->format = disk->format ? disk->format : g_strdup("raw");
        return disk;
    }
    disk_free(disk);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The disk “%s” in the guest's file can't be understood. Correct it first."),
                line);
    return NULL;
}

GPtrArray *config_disks_read(const char *text, GError **error)
{
    g_autoptr(GPtrArray) disks = g_ptr_array_new_with_free_func(disk_free);
    g_autofree char *value = config_edit_find(text, "disk");

    /* Every string in it ends: config_edit_find() has read it. */
    for (gsize at = 0; value && value[at]; at++) {
        ConfigDisk *disk;
        gsize end;

        if (value[at] == '#') {
            at += strcspn(value + at, "\n") - 1;
            continue;
        }
        if (value[at] != '"' && value[at] != '\'')
            continue;
        end = (gsize)(strchr(value + at + 1, value[at]) - value) + 1;
        disk = read_disk(value, at, end, error);
        if (!disk)
            return NULL;
        g_ptr_array_add(disks, disk);
        at = end - 1;
    }
    return g_steal_pointer(&disks);
}

char *config_disk_line(const ConfigDisk *disk, GError **error)
{
    if (!strpbrk(disk->target, "\"'\\\n"))
        return g_strdup_printf("\"format=%s,vdev=%s,access=%s%s%s,%s%s\"", disk->format, disk->vdev,
                               disk->is_readonly ? "ro" : "rw",
                               disk->is_cdrom ? ",devtype=cdrom" : "", disk->others, TARGET,
                               disk->target);
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
        N_("The path “%s” has a quote or a backslash in it, which a guest's file can't hold. "
           "Rename the file."),
        disk->target);
    return NULL;
}

/* Takes the string out with the comma that parts it from the others. */
static char *without(const char *value, const ConfigDisk *disk)
{
    gsize begin = disk->begin, end = disk->end;
    gsize next = end + strspn(value + end, " \t\n");

    if (value[next] == ',') {
        end = next + 1 + strspn(value + next + 1, " \t\n");
    } else {
        while (begin > 0 && strchr(" \t\n", value[begin - 1]))
            begin--;
        if (begin > 0 && value[begin - 1] == ',')
            begin--;
        else
            begin = disk->begin;
    }
    return g_strdup_printf("%.*s%s", (int)begin, value, value + end);
}

/* Behind the last disk; the list may end with a comma, or be empty. */
static char *with(const char *value, const char *line)
{
    gsize end = strlen(value);

    while (end > 0 && value[end - 1] != ']')
        end--;
    if (end == 0)
        return g_strdup_printf("[ %s ]", line);
    end--;
    while (end > 0 && strchr(" \t\n", value[end - 1]))
        end--;
    return g_strdup_printf("%.*s%s%s ]", (int)end, value,
                           strchr("[,", value[end - 1]) ? " " : ",\n         ", line);
}

char *config_disks_edit(const char *text, const ConfigDisk *disk, const char *line)
{
    g_autofree char *found = config_edit_find(text, "disk");
    const char *value = found ? found : "[ ]";

    if (!disk)
        return with(value, line);
    if (!line)
        return without(value, disk);
    return g_strdup_printf("%.*s%s%s", (int)disk->begin, value, line, value + disk->end);
}
