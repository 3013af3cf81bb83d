/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound of a guest: who may hear the microphone, who is muted. */
#include <string.h>

#include "commands.h"

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
    client_complain("“%s” is none of %s.", word, expected);
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
    const char *told = choose(microphone_choices, arguments[1], "on, once and off");

    return told ? call(client, arguments[0], method, g_variant_new("(s)", told)) : CTL_EXIT_USAGE;
}

int command_mute(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    static const Choice choices[] = {{"on", "on"}, {"off", "off"}, {NULL, NULL}};
    const char *told = choose(choices, arguments[1], "on and off");

    if (!told)
        return CTL_EXIT_USAGE;
    return call(client, arguments[0], method, g_variant_new("(b)", strcmp(told, "on") == 0));
}
