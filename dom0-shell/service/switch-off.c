/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps in a key file what becomes of guests when the computer is switched off. */
#include "switch-off.h"

#include <string.h>

#include "file-replace.h"

#define GROUP "switched-off"
#define WAY   "guests"
#define GO_ON "go-on"

static const char *const names[] = {
    [SWITCH_OFF_SHUT_DOWN] = "shut-down",
    [SWITCH_OFF_SAVE] = "save",
};

const char *switch_off_name(SwitchOffWay way)
{
    return names[way];
}

gboolean switch_off_parse(const char *name, SwitchOffWay *ret_way)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret_way = (SwitchOffWay)i;
        return TRUE;
    }
    return FALSE;
}

/* What is in the file; empty if there is none. NULL and ERROR if it can't be read, so that nobody
 * writes over it. */
static GKeyFile *load(const GuestStore *store, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;
    gsize length;

    text = file_replace_read(guest_store_settings(store), &length, &failure);
    if (text)
        g_key_file_load_from_data(file, text, length, G_KEY_FILE_KEEP_COMMENTS, &failure);
    if (!failure || g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer(&file);
    g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                               "%s: ", guest_store_settings(store));
    return NULL;
}

static gboolean save(const GuestStore *store, GKeyFile *file, GError **error)
{
    const char *path = guest_store_settings(store);
    g_autofree char *text = g_key_file_to_data(file, NULL, NULL);
    char *prepared = file_replace_prepare(path, text, error);
    gboolean saved = prepared && file_replace_commit(prepared, path, error);

    file_replace_end(prepared);
    return saved;
}

SwitchOffWay switch_off_read(const GuestStore *store)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GKeyFile) file = load(store, &error);
    g_autofree char *name = file ? g_key_file_get_string(file, GROUP, WAY, NULL) : NULL;
    SwitchOffWay way = SWITCH_OFF_SHUT_DOWN;

    if (error)
        g_warning("%s", error->message);
    if (name && !switch_off_parse(name, &way))
        g_warning("%s: “%s” is neither “shut-down” nor “save”.", guest_store_settings(store), name);
    return way;
}

gboolean switch_off_write(const GuestStore *store, SwitchOffWay way, GError **error)
{
    g_autoptr(GKeyFile) file = load(store, error);

    if (!file)
        return FALSE;
    g_key_file_set_string(file, GROUP, WAY, switch_off_name(way));
    return save(store, file, error);
}

gboolean switch_off_note(const GuestStore *store, const char *const *guests, GError **error)
{
    g_autoptr(GKeyFile) file = load(store, error);

    if (!file)
        return FALSE;
    if (!guests[0] && !g_key_file_has_key(file, GROUP, GO_ON, NULL))
        return TRUE;
    if (guests[0])
        g_key_file_set_string_list(file, GROUP, GO_ON, guests, g_strv_length((char **)guests));
    else
        g_key_file_remove_key(file, GROUP, GO_ON, NULL);
    return save(store, file, error);
}

char **switch_off_take_noted(const GuestStore *store)
{
    static const char *const none[] = {NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GKeyFile) file = load(store, &error);
    char **guests = file ? g_key_file_get_string_list(file, GROUP, GO_ON, NULL, NULL) : NULL;

    if (error || (guests && !switch_off_note(store, none, &error)))
        g_warning("%s", error->message);
    return guests ? guests : g_new0(char *, 1);
}
