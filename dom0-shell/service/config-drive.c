/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the line of a CD drive among a guest's disks, and changes what is in the drive. */
#include "config-drive.h"

#include <string.h>

#include "config-edit.h"
#include "error.h"

#define TARGET "target="

/* Where a line's `target` is in the value of `disk`: it takes the rest of its string. */
typedef struct {
    gsize begin;
    gsize end;
} Target;

/* TARGET is looked for from the string's begin: as xl reads it, commas behind it are the path's. */
static const char *find_target(const char *line)
{
    const char *at = line;

    while (at) {
        at += strspn(at, " \t");
        if (g_str_has_prefix(at, TARGET))
            return at + strlen(TARGET);
        at = strchr(at, ',');
        if (at)
            at++;
    }
    return NULL;
}

/* Whether LINE, up to HEAD bytes of it, says that it is a CD drive. */
static gboolean is_drive(const char *line, gsize head)
{
    g_autofree char *text = g_strndup(line, head);
    g_auto(GStrv) words = g_strsplit(text, ",", -1);

    for (char **word = words; *word; word++) {
        g_strstrip(*word);
        if (strcmp(*word, "devtype=cdrom") == 0 || strcmp(*word, "cdrom") == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean examine(const char *value, gsize begin, gsize end, Target *ret_target)
{
    g_autofree char *line = g_strndup(value + begin, end - begin);
    const char *target = find_target(line);

    if (!target || !is_drive(line, (gsize)(target - line)))
        return FALSE;
    ret_target->begin = begin + (gsize)(target - line);
    ret_target->end = end;
    return TRUE;
}

/* VALUE was read by config_edit_find(), so that every string in it ends. */
static gboolean find(const char *value, Target *ret_target)
{
    for (gsize at = 0; value[at]; at++) {
        gsize end;

        if (value[at] == '#') {
            at += strcspn(value + at, "\n");
            if (value[at] == '\0')
                break;
            continue;
        }
        if (value[at] != '"' && value[at] != '\'')
            continue;
        end = at + 1 + (gsize)(strchr(value + at + 1, value[at]) - (value + at + 1));
        if (examine(value, at + 1, end, ret_target))
            return TRUE;
        at = end;
    }
    return FALSE;
}

char *config_drive_line(const char *path)
{
    return g_strdup_printf("format=raw,vdev=hdc,access=ro,devtype=cdrom," TARGET "%s", path);
}

char *config_drive_find(const char *text)
{
    g_autofree char *value = config_edit_find(text, "disk");
    Target target;

    if (!value || !find(value, &target))
        return NULL;
    return g_strndup(value + target.begin, target.end - target.begin);
}

char *config_drive_set(const char *text, const char *path, GError **error)
{
    g_autofree char *value = config_edit_find(text, "disk");
    GString *result;
    Target target;

    if (!value || !find(value, &target)) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                    N_("The guest has no CD drive. One is added to “disk” in its file by “%s”, for "
                       "the time that it is started "
                       "next."),
                    "vdev=hdc,access=ro,devtype=cdrom," TARGET);
        return NULL;
    }
    result = g_string_new_len(value, (gssize)target.begin);
    g_string_append(result, path);
    g_string_append(result, value + target.end);
    return g_string_free(result, FALSE);
}
