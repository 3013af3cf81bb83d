/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a guest: KEY=VALUE in both directions. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"

#define MONITORS_MAX  4
#define USUAL_MONITOR "1280x800"

/* --- the kinds of values: from a word, and back --- */

static GVariant *parse_size(const char *text)
{
    guint64 bytes;

    return text_parse_size(text, &bytes) ? g_variant_new_uint64(bytes) : NULL;
}

/* 0 is the service's word for "as the memory". */
static GVariant *parse_maximum(const char *text)
{
    return strcmp(text, "memory") == 0 ? g_variant_new_uint64(0) : parse_size(text);
}

static GVariant *parse_number(const char *text)
{
    guint64 number;

    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL)
               ? g_variant_new_uint32((guint32)number)
               : NULL;
}

/* 0 is the service's word for the usual one. */
static GVariant *parse_weight(const char *text)
{
    return strcmp(text, "default") == 0 ? g_variant_new_uint32(0) : parse_number(text);
}

static GVariant *parse_flag(const char *text)
{
    static const char *const yes[] = {"yes", "on", "true", NULL};
    static const char *const no[] = {"no", "off", "false", NULL};

    if (!g_strv_contains(yes, text) && !g_strv_contains(no, text))
        return NULL;
    return g_variant_new_boolean(g_strv_contains(yes, text));
}

static GVariant *parse_word(const char *text)
{
    return g_utf8_validate(text, -1, NULL) ? g_variant_new_string(text) : NULL;
}

/* Words between commas. */
static GVariant *parse_list(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    g_auto(GStrv) whole = NULL;

    if (!g_utf8_validate(text, -1, NULL))
        return NULL;
    for (char **word = words; *word; word++) {
        if (*g_strstrip(*word) != '\0')
            g_strv_builder_add(list, *word);
    }
    whole = g_strv_builder_end(list);
    return g_variant_new_strv((const char *const *)whole, -1);
}

/* A number of monitors of the usual size, or the size of each. */
static GVariant *parse_monitors(const char *text)
{
    const char *words[MONITORS_MAX];
    guint64 count;

    if (strcmp(text, "none") == 0)
        return g_variant_new_strv(NULL, 0);
    if (!g_ascii_string_to_unsigned(text, 10, 1, MONITORS_MAX, &count, NULL))
        return strchr(text, 'x') ? parse_list(text) : NULL;
    for (guint i = 0; i < count; i++)
        words[i] = USUAL_MONITOR;
    return g_variant_new_strv(words, (gssize)count);
}

static char *show_list(GDBusProxy *guest, const char *property)
{
    g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(guest, property);
    g_autofree const char **words = NULL;
    g_autofree char *text = NULL;

    if (!value || !g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY))
        return g_strdup("");
    words = g_variant_get_strv(value, NULL);
    text = g_strjoinv(",", (char **)words);
    return text_clean(text);
}

static char *show_monitors(GDBusProxy *guest, const char *property)
{
    g_autofree char *list = show_list(guest, property);

    return *list ? g_steal_pointer(&list) : g_strdup("none");
}

static char *show_size(GDBusProxy *guest, const char *property)
{
    return text_plain_size(client_number(guest, property));
}

static char *show_number(GDBusProxy *guest, const char *property)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, client_number(guest, property));
}

static char *show_weight(GDBusProxy *guest, const char *property)
{
    return client_number(guest, property) ? show_number(guest, property) : g_strdup("default");
}

static char *show_flag(GDBusProxy *guest, const char *property)
{
    return g_strdup(client_number(guest, property) ? "yes" : "no");
}

static char *show_word(GDBusProxy *guest, const char *property)
{
    g_autofree char *word = NULL;

    return text_clean(client_string(guest, property, &word));
}

static const struct {
    const char *key;
    const char *property;
    GVariant *(*parse)(const char *text); /* NULL if the text is no such value */
    char *(*show)(GDBusProxy *guest, const char *property);
    const char *expected; /* for a person: "Say ..." */
} settings[] = {
    {"memory", "Memory", parse_size, show_size, N_("512M, 2G, or a number of MiB")},
    {"maximum-memory", "MaximumMemory", parse_maximum, show_size,
     N_("512M, 2G, a number of MiB, or “memory” for as much as the memory")},
    {"vcpus", "Vcpus", parse_number, show_number, N_("a number")},
    {"weight", "Weight", parse_weight, show_weight, N_("a number from 1 to 65535, or “default”")},
    {"network", "Network", parse_word, show_word, N_("nat, bridged or none")},
    {"network-access", "NetworkAccess", parse_word, show_word, N_("all, none or hosts")},
    {"network-hosts", "NetworkHosts", parse_list, show_list,
     N_("addresses or networks, with commas between: 192.0.2.7,192.0.2.0/24:443")},
    {"color", "Color", parse_word, show_word, "#rrggbb"},
    {"group", "Group", parse_word, show_word, N_("a name of 40 letters at most, or nothing")},
    {"autostart", "Autostart", parse_flag, show_flag, N_("yes or no")},
    {"sound", "Sound", parse_flag, show_flag, N_("yes or no")},
    {"start-from", "StartFrom", parse_word, show_word, N_("disk, cd or kernel")},
    {"monitors", "Monitors", parse_monitors, show_monitors,
     N_("how many (1 to 4), the size of each with commas between, as 1280x800,1024x768, or "
        "“none”")},
};

/* --- set --- */

static void complain_of_key(const char *key)
{
    g_autoptr(GString) keys = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(settings); i++)
        g_string_append_printf(keys, "%s%s", i ? ", " : "", settings[i].key);
    client_complain(_("There is no setting “%s”. There are: %s."), key, keys->str);
}

/* Adds the setting KEY with the value TEXT; FALSE after a complaint. */
static gboolean add_setting(GVariantDict *options, const char *key, const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
        GVariant *value;

        if (strcmp(settings[i].key, key) != 0)
            continue;
        value = settings[i].parse(text);
        if (value)
            g_variant_dict_insert_value(options, key, value);
        else
            client_complain(_("“%s” is no value for %s. Say %s."), text, key,
                            _(settings[i].expected));
        return value != NULL;
    }
    complain_of_key(key);
    return FALSE;
}

static gboolean add_assignment(GVariantDict *options, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    g_autofree char *key = equals ? g_strndup(assignment, (gsize)(equals - assignment)) : NULL;

    if (!equals) {
        client_complain(_("“%s” has no “=”: settings are written like memory=512M."), assignment);
        return FALSE;
    }
    if (g_variant_dict_contains(options, key)) {
        client_complain(_("The setting “%s” is there twice."), key);
        return FALSE;
    }
    return add_setting(options, key, equals + 1);
}

/* What the words say, as the service wants it; NULL after a complaint. */
static GVariant *parse_assignments(char **words)
{
    g_autoptr(GVariantDict) options = g_variant_dict_new(NULL);

    for (char **word = words; *word; word++) {
        if (!add_assignment(options, *word))
            return NULL;
    }
    return g_variant_ref_sink(g_variant_dict_end(options));
}

/* The news that came with the answer are waiting to be taken in. */
static void hint_at_restart(Client *client, GDBusProxy *guest)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    if (client_number(guest, "NeedsRestart") && !client->quiet)
        fprintf(stderr, "%s\n", _("This takes effect when the guest restarts."));
}

int command_set(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    g_autoptr(GVariant) values = parse_assignments(arguments + 1);
    g_autoptr(GDBusProxy) guest = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!values)
        return CTL_EXIT_USAGE;
    guest = client_guest(client, arguments[0]);
    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "Configure", g_variant_new("(@a{sv})", values), &error);
    if (!answer)
        return client_complain_of(error);
    hint_at_restart(client, guest);
    return CTL_EXIT_OK;
}

/* --- show --- */

static void show_json(GDBusProxy *guest)
{
    static const char *const more[] = {"Name", "NeedsRestart"};
    g_autoptr(GString) json = g_string_new("{");

    for (guint i = 0; i < G_N_ELEMENTS(more) + G_N_ELEMENTS(settings); i++) {
        const char *property =
            i < G_N_ELEMENTS(more) ? more[i] : settings[i - G_N_ELEMENTS(more)].property;
        g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(guest, property);

        if (value)
            text_append_member(json, property, value);
    }
    printf("%s}\n", json->str);
}

int command_show(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    if (client->json) {
        show_json(guest);
        return CTL_EXIT_OK;
    }
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_autofree char *value = settings[i].show(guest, settings[i].property);

        printf("%s=%s\n", settings[i].key, value);
    }
    if (client_number(guest, "NeedsRestart"))
        printf("# %s\n", _("Some of this takes effect when the guest restarts."));
    return CTL_EXIT_OK;
}
