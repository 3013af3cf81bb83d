/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps remembered choices in a key file. What a person has written besides stays in it. */
#include "usb-rules.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "file-replace.h"
#include "guest-name.h"

#define BROKEN_SUFFIX ".broken"

static const char *const groups[USB_SCOPES] = {"device", "port", "kind"};

/* A place in the file where a device's rule may be, the narrowest first. */
typedef struct {
    UsbScope scope;
    char *key; /* NULL: the device has no such place */
} Place;

#define PLACES 4

struct UsbRules {
    char *path;
    GKeyFile *file;
    gboolean broken; /* what is at `path` could not be read */
    gint64 changed;  /* which state of the file was read: st_ctim in ns, */
    guint64 inode;   /* and its inode; 0: none */
    char *found;     /* the last answer */
};

UsbRules *usb_rules_new(const char *path)
{
    UsbRules *rules = g_new0(UsbRules, 1);

    rules->path = g_strdup(path);
    rules->file = g_key_file_new();
    return rules;
}

void usb_rules_free(UsbRules *rules)
{
    if (!rules)
        return;
    g_key_file_unref(rules->file);
    g_free(rules->found);
    g_free(rules->path);
    g_free(rules);
}

gboolean usb_scope_parse(const char *name, UsbScope *ret_scope)
{
    for (guint i = 0; i < USB_SCOPES; i++) {
        if (strcmp(name, groups[i]) != 0)
            continue;
        *ret_scope = (UsbScope)i;
        return TRUE;
    }
    return FALSE;
}

/* ---- The file ---- */

static void ignore(UsbRules *rules, const char *why)
{
    g_warning("The choices of USB devices in %s are not heeded: %s", rules->path, why);
    rules->broken = TRUE;
}

/* Says once which entries can't be followed. They stay in the file. */
static void complain(UsbRules *rules, const char *group)
{
    g_auto(GStrv) keys = g_key_file_get_keys(rules->file, group, NULL, NULL);

    for (char **key = keys; key && *key; key++) {
        g_autofree char *choice = g_key_file_get_string(rules->file, group, *key, NULL);
        g_autoptr(GError) error = NULL;

        if (!choice || !guest_name_check(choice, &error))
            g_warning("%s: the choice for “%s” is not heeded: %s", rules->path, *key,
                      error ? error->message : "It is no text.");
    }
}

static void load(UsbRules *rules)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize length;

    g_key_file_unref(rules->file);
    rules->file = g_key_file_new();
    rules->broken = FALSE;
    text = file_replace_read(rules->path, &length, &error);
    if (text)
        g_key_file_load_from_data(rules->file, text, length, G_KEY_FILE_KEEP_COMMENTS, &error);
    if (error && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        ignore(rules, error->message);
        g_key_file_unref(rules->file);
        rules->file = g_key_file_new();
    }
    for (guint i = 0; i < USB_SCOPES; i++)
        complain(rules, groups[i]);
}

/* A person may have edited it. */
static void refresh(UsbRules *rules)
{
    GStatBuf st = {0};
    gint64 changed;

    if (g_lstat(rules->path, &st) != 0)
        st.st_ino = 0;
    changed = (gint64)st.st_ctim.tv_sec * G_GINT64_CONSTANT(1000000000) + st.st_ctim.tv_nsec;
    if (st.st_ino == rules->inode && changed == rules->changed)
        return;
    rules->inode = st.st_ino;
    rules->changed = changed;
    load(rules);
}

/* Nothing that somebody has written is written over unread. */
static gboolean put_aside(UsbRules *rules, GError **error)
{
    g_autofree char *aside = g_strconcat(rules->path, BROKEN_SUFFIX, NULL);

    for (guint i = 2; g_file_test(aside, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK); i++) {
        g_free(aside);
        aside = g_strdup_printf("%s" BROKEN_SUFFIX "-%u", rules->path, i);
    }
    if (g_rename(rules->path, aside) == 0) {
        g_message("%s can't be read, and is now %s.", rules->path, aside);
        return TRUE;
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                N_("The choice can't be kept: %s can't be read, nor moved aside: %s."), rules->path,
                g_strerror(errno));
    return FALSE;
}

static gboolean save(UsbRules *rules, GError **error)
{
    g_autofree char *text = g_key_file_to_data(rules->file, NULL, NULL);
    char *prepared;
    gboolean saved;

    if (rules->broken && !put_aside(rules, error))
        return FALSE;
    prepared = file_replace_prepare(rules->path, text, error);
    saved = prepared && file_replace_commit(prepared, rules->path, error);
    file_replace_end(prepared);
    /* After a failure the file is the truth, not what was meant. */
    rules->inode = 0;
    rules->changed = -1;
    refresh(rules);
    return saved;
}

/* ---- Rules ---- */

/* A serial number may hold what a key can't: it is written as in an URI. */
static void find_places(const UsbDevice *device, Place places[PLACES])
{
    g_autofree char *serial = g_uri_escape_string(device->serial, NULL, FALSE);

    places[0].scope = USB_SCOPE_DEVICE;
    places[0].key =
        *serial ? g_strdup_printf("%04x:%04x:%s", device->vendor, device->product, serial) : NULL;
    places[1].scope = USB_SCOPE_DEVICE;
    places[1].key = g_strdup_printf("%04x:%04x", device->vendor, device->product);
    places[2].scope = USB_SCOPE_PORT;
    places[2].key = g_strdup(device->key);
    places[3].scope = USB_SCOPE_KIND;
    places[3].key = g_strdup(usb_kind_name(usb_kind_main(device->kinds)));
}

static void clear_places(Place places[PLACES])
{
    for (guint i = 0; i < PLACES; i++)
        g_free(places[i].key);
}

/* The choice at PLACE, to be freed; NULL if there is none that could be followed. */
static char *choice_at(UsbRules *rules, const Place *place)
{
    g_autofree char *choice =
        place->key ? g_key_file_get_string(rules->file, groups[place->scope], place->key, NULL)
                   : NULL;

    return choice && guest_name_check(choice, NULL) ? g_steal_pointer(&choice) : NULL;
}

/* The index of the place that counts; PLACES if none does. */
static guint find_rule(UsbRules *rules, const Place places[PLACES], char **ret_choice)
{
    for (guint i = 0; i < PLACES; i++) {
        *ret_choice = choice_at(rules, &places[i]);
        if (*ret_choice)
            return i;
    }
    return PLACES;
}

const char *usb_rules_find(UsbRules *rules, const UsbDevice *device)
{
    Place places[PLACES];

    refresh(rules);
    g_clear_pointer(&rules->found, g_free);
    find_places(device, places);
    find_rule(rules, places, &rules->found);
    clear_places(places);
    return rules->found ? rules->found : "";
}

/* Where a rule of SCOPE is written. */
static guint place_for(const Place places[PLACES], UsbScope scope)
{
    for (guint i = 0; i < PLACES; i++) {
        if (places[i].scope == scope && places[i].key)
            return i;
    }
    g_assert_not_reached();
}

gboolean usb_rules_remember(UsbRules *rules, const UsbDevice *device, UsbScope scope,
                            const char *choice, GError **error)
{
    Place places[PLACES];
    guint place;
    gboolean saved;

    refresh(rules);
    find_places(device, places);
    place = place_for(places, scope);
    for (guint i = 0; i < place; i++) {
        if (places[i].key)
            g_key_file_remove_key(rules->file, groups[places[i].scope], places[i].key, NULL);
    }
    g_key_file_set_string(rules->file, groups[scope], places[place].key, choice);
    saved = save(rules, error);
    clear_places(places);
    return saved;
}

gboolean usb_rules_forget(UsbRules *rules, const UsbDevice *device, GError **error)
{
    g_autofree char *choice = NULL;
    Place places[PLACES];
    gboolean saved = TRUE;
    guint place;

    refresh(rules);
    find_places(device, places);
    place = find_rule(rules, places, &choice);
    if (place < PLACES) {
        g_key_file_remove_key(rules->file, groups[places[place].scope], places[place].key, NULL);
        saved = save(rules, error);
    }
    clear_places(places);
    return saved;
}

/* TRUE if there was a choice of GUEST in GROUP. */
static gboolean forget_in(GKeyFile *file, const char *group, const char *guest)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
    gboolean any = FALSE;

    for (char **key = keys; key && *key; key++) {
        g_autofree char *choice = g_key_file_get_string(file, group, *key, NULL);

        if (g_strcmp0(choice, guest) == 0)
            any |= g_key_file_remove_key(file, group, *key, NULL);
    }
    return any;
}

gboolean usb_rules_forget_guest(UsbRules *rules, const char *guest, GError **error)
{
    gboolean any = FALSE;

    if (strcmp(guest, USB_NEVER) == 0)
        return TRUE;
    refresh(rules);
    for (guint i = 0; i < USB_SCOPES; i++)
        any |= forget_in(rules->file, groups[i], guest);
    return !any || save(rules, error);
}
