/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the file of a guest's copy from the guest's. */
#include "guest-clone.h"

#include <string.h>

#include "config-edit.h"
#include "error.h"
#include "guest-config.h"

#define TARGET "target="

static gboolean refuse(const char *sentence, GError **error)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED, sentence);
    return FALSE;
}

/* Whether the string of LENGTH bytes at ENTRY is a disk on the file DISK, by `target=`, which is
 * the last word of an entry. */
static gboolean is_on(const char *entry, gsize length, const char *disk)
{
    g_autofree char *text = g_strndup(entry, length);
    g_autofree char *end = g_strconcat(TARGET, disk, NULL);

    return g_str_has_suffix(text, end) && strstr(text, TARGET) == text + length - strlen(end);
}

static gboolean is_drive(const char *entry, gsize length)
{
    return g_strstr_len(entry, (gssize)length, "devtype=cdrom") != NULL;
}

/* VALUE was read by config_edit_find(), so that every string in it ends. */
static gboolean has_only(const char *value, const char *disk)
{
    guint found = 0;

    for (const char *p = value; *p; p++) {
        const char *end;

        if (*p == '#')
            return FALSE; /* a comment may hold anything: a person's file, and theirs to copy */
        if (*p != '"' && *p != '\'')
            continue;
        end = strchr(p + 1, *p);
        if (is_on(p + 1, (gsize)(end - p - 1), disk))
            found++;
        else if (!is_drive(p + 1, (gsize)(end - p - 1)))
            return FALSE;
        p = end;
    }
    return found == 1;
}

gboolean guest_clone_check(const char *text, const char *disk, GError **error)
{
    g_autofree char *value = config_edit_find(text, "disk");

    return (value && has_only(value, disk)) ||
           refuse(
               N_("The guest has other disks than the one that was made for it, so that they can't "
                  "be copied from here. Copy them by hand."),
               error);
}

/* The value of `disk` with another path in it; that it is there once was checked. */
static char *other_disk(const char *value, const GuestCloneFile *file)
{
    g_autofree char *old = g_strconcat(TARGET, file->old_disk, NULL);
    const char *at = strstr(value, old);
    g_autofree char *head = g_strndup(value, (gsize)(at - value));

    return g_strconcat(head, TARGET, file->disk, at + strlen(old), NULL);
}

/* The value of `vif` with a fresh address; NULL if there is no network. FALSE if it can't be told.
 */
static gboolean other_network(const char *text, char **ret_value, GError **error)
{
    GuestFacts facts;

    guest_config_scan(text, &facts);
    *ret_value = NULL;
    if (facts.nics == 0)
        return TRUE;
    if (facts.nics > 1 || facts.bridge[0] == '\0')
        return refuse(N_("The guest's network was set up by hand, and two guests can't have one "
                         "address: make the copy's file by hand."),
                      error);
    *ret_value = guest_config_network(facts.bridge, "");
    return TRUE;
}

char *guest_clone_write(const char *text, gsize length, const GuestCloneFile *file, GError **error)
{
    g_autofree char *name = g_strdup_printf("\"%s\"", file->name);
    g_autofree char *random = g_uuid_string_random();
    g_autofree char *uuid = g_strdup_printf("\"%s\"", random);
    g_autofree char *screen = g_strdup_printf("\"unix:%s\"", file->screen);
    g_autofree char *old_screen = config_edit_find(text, "vnclisten");
    g_autofree char *value = config_edit_find(text, "disk");
    g_autofree char *disk = NULL;
    g_autofree char *network = NULL;
    ConfigChange changes[5] = {{"name", name}, {"uuid", uuid}};
    guint count = 2;

    if (!guest_clone_check(text, file->old_disk, error) || !other_network(text, &network, error))
        return NULL;
    disk = other_disk(value, file);
    changes[count++] = (ConfigChange){"disk", disk};
    if (network)
        changes[count++] = (ConfigChange){"vif", network};
    if (old_screen)
        changes[count++] = (ConfigChange){"vnclisten", screen};
    return config_edit(text, length, changes, count, error);
}
