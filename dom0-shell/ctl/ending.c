/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of guests when the computer is switched off. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"

/* Within this most systems are off that are going to be. */
#define SECONDS_DEFAULT 90
#define SECONDS_MAX     3600

/* What the service says became of a guest, for a person. */
static const struct {
    const char *how;
    const char *sentence; /* with the guest's name in it */
} ends[] = {
    {"shut-down", N_("The guest %s was shut down.")},
    {"saved", N_("The guest %s was saved.")},
    {"forced-off", N_("The guest %s did not shut down in time, and was forced off.")},
    {"running", N_("The guest %s could not be ended.")},
};

int command_switched_off(Client *client, const char *method, char **arguments,
                         const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *way = NULL;

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    if (!arguments[0]) {
        puts(client_string(manager, "WhenSwitchedOff", &way));
        return CTL_EXIT_OK;
    }
    if (!g_utf8_validate(arguments[0], -1, NULL)) {
        client_complain(_("“switched-off” is “shut-down” or “save”."));
        return CTL_EXIT_USAGE;
    }
    answer = client_call(manager, method, g_variant_new("(s)", arguments[0]), &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}

static void print_end(const char *name, const char *how)
{
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (strcmp(ends[i].how, how) == 0) {
            printf(_(ends[i].sentence), name);
            putchar('\n');
            return;
        }
    }
    printf("%s: %s\n", name, how);
}

static void print_ended(GVariant *ended)
{
    for (gsize i = 0; i < g_variant_n_children(ended); i++) {
        g_autoptr(GVariant) guest = g_variant_get_child_value(ended, i);
        const char *name = "", *how = "";
        g_autofree char *clean = NULL;

        g_variant_lookup(guest, "name", "&s", &name);
        g_variant_lookup(guest, "how", "&s", &how);
        clean = text_clean(name);
        print_end(clean, how);
    }
}

static int end_guests(Client *client, const char *method, guint seconds)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GVariant) answer = NULL, ended = NULL;
    g_autoptr(GError) error = NULL;

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    answer = client_call(manager, method, g_variant_new("(u)", seconds), &error);
    if (!answer)
        return client_complain_of(error);
    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE("(aa{sv})")))
        return client_complain_version();
    ended = g_variant_get_child_value(answer, 0);
    if (client->json) {
        text_append_json(json, ended);
        puts(json->str);
    } else {
        print_ended(ended);
    }
    return CTL_EXIT_OK;
}

int command_end_guests(Client *client, const char *method, char **arguments,
                       const CreateOptions *options)
{
    guint64 seconds = SECONDS_DEFAULT;

    if (arguments[0] &&
        !g_ascii_string_to_unsigned(arguments[0], 10, 0, SECONDS_MAX, &seconds, NULL)) {
        client_complain(_("“%s” is no number of seconds from 0 to %d."), arguments[0], SECONDS_MAX);
        return CTL_EXIT_USAGE;
    }
    return end_guests(client, method, (guint)seconds);
}
