/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound of a guest: who may hear the microphone, who is how loud. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"

#define VOLUME_MAX 100

/* Words for a choice, and what the service is told. */
typedef struct {
    const char *word;
    const char *told;
} Choice;

static const Choice microphone_choices[] = {
    {"on", "running"}, {"running", "running"}, {"once", "once"}, {"off", "off"}, {NULL, NULL}};

/* NULL after a complaint if WORD is none of CHOICES, which EXPECTED tells a person. */
static const char *choose(const Choice *choices, const char *word, const char *expected)
{
    for (; choices->word; choices++) {
        if (strcmp(choices->word, word) == 0)
            return choices->told;
    }
    client_complain(_("“%s” is none of %s."), word, expected);
    return NULL;
}

/* PARAMETERS (floating) are taken over. */
static int call(Client *client, const char *name, const char *method, GVariant *parameters)
{
    g_autoptr(GVariant) own = g_variant_ref_sink(parameters);
    g_autoptr(GDBusProxy) guest = client_guest(client, name);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, method, own, &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}

int command_microphone(Client *client, const char *method, char **arguments,
                       const CreateOptions *options)
{
    const char *told = choose(microphone_choices, arguments[1], _("on, once and off"));

    return told ? call(client, arguments[0], method, g_variant_new("(s)", told)) : CTL_EXIT_USAGE;
}

int command_mute(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    static const Choice choices[] = {{"on", "on"}, {"off", "off"}, {NULL, NULL}};
    const char *told = choose(choices, arguments[1], _("on and off"));

    if (!told)
        return CTL_EXIT_USAGE;
    return call(client, arguments[0], method, g_variant_new("(b)", strcmp(told, "on") == 0));
}

static void print_volume(GDBusProxy *guest, gboolean json)
{
    static const char *const properties[] = {"Volume", "Muted"};
    g_autoptr(GString) text = g_string_new("{");

    if (!json) {
        printf("%" G_GUINT64_FORMAT "%%%s\n", client_number(guest, "Volume"),
               client_number(guest, "Muted") ? ", muted" : "");
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(properties); i++) {
        g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(guest, properties[i]);

        if (value)
            text_append_member(text, properties[i], value);
    }
    printf("%s}\n", text->str);
}

static int show_volume(Client *client, const char *name)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, name);

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    print_volume(guest, client->json);
    return CTL_EXIT_OK;
}

/* "30" or "30%". */
static gboolean parse_percent(const char *text, guint *ret_percent)
{
    g_autofree char *digits =
        g_str_has_suffix(text, "%") ? g_strndup(text, strlen(text) - 1) : g_strdup(text);
    guint64 percent;

    if (!g_ascii_string_to_unsigned(digits, 10, 0, VOLUME_MAX, &percent, NULL))
        return FALSE;
    *ret_percent = (guint)percent;
    return TRUE;
}

int command_volume(Client *client, const char *method, char **arguments,
                   const CreateOptions *options)
{
    guint percent;

    if (!arguments[1])
        return show_volume(client, arguments[0]);
    if (!parse_percent(arguments[1], &percent)) {
        client_complain(_("“%s” is no volume: it is between 0 and 100 percent."), arguments[1]);
        return CTL_EXIT_USAGE;
    }
    return call(client, arguments[0], method, g_variant_new("(u)", percent));
}
