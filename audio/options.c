/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of vitrine-audio and vitrine-audio-spice. */
#include "options.h"

#include <string.h>
#include <sys/un.h>

#include <glib.h>

#include "backend/command-line.h"
#include "control.h"

typedef struct {
    int domid;
    char *socket, *name, *icon, *microphone;
} Given;

static void given_clear(Given *given)
{
    g_free(given->socket);
    g_free(given->name);
    g_free(given->icon);
    g_free(given->microphone);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Given, given_clear)

static bool check_guest(const Given *given, enum options_guest guest, char **ret_problem)
{
    struct sockaddr_un address;

    if (guest == OPTIONS_DOMID)
        return command_line_check_domid(given->domid, ret_problem);
    if (given->socket && g_path_is_absolute(given->socket) &&
        strlen(given->socket) < sizeof address.sun_path)
        return true;
    *ret_problem =
        g_strdup_printf("--socket must be given: an absolute path of less than %zu bytes.",
                        sizeof address.sun_path);
    return false;
}

static bool check(const Given *given, enum options_guest guest, bool *ret_granted,
                  char **ret_problem)
{
    if (!check_guest(given, guest, ret_problem) ||
        !command_line_check_name("--name", given->name, ret_problem) ||
        !command_line_check_name("--icon", given->icon, ret_problem))
        return false;
    if (control_parse_switch(given->microphone, ret_granted))
        return true;
    *ret_problem = g_strdup("--microphone must be on or off.");
    return false;
}

bool options_parse(int argc, char **argv, enum options_guest guest, struct options *ret_options,
                   char **ret_problem)
{
    g_auto(Given) given = {.domid = -1};
    bool granted = false;
    const GOptionEntry of_guest[] = {
        [OPTIONS_DOMID] = {"domid", 0, 0, G_OPTION_ARG_INT, &given.domid,
                           "The guest's domain number", "N"},
        [OPTIONS_SOCKET] = {"socket", 0, 0, G_OPTION_ARG_FILENAME, &given.socket,
                            "Where the guest's SPICE server listens", "PATH"},
    };
    const GOptionEntry entries[] = {
        of_guest[guest],
        {"name", 0, 0, G_OPTION_ARG_STRING, &given.name, "What the desktop's mixer shows", "NAME"},
        {"icon", 0, 0, G_OPTION_ARG_STRING, &given.icon, "The name of an icon (computer)", "ICON"},
        {"microphone", 0, 0, G_OPTION_ARG_STRING, &given.microphone,
         "Whether the guest may listen: off (default) or on", "SWITCH"},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_line_parse(argc, argv, "- plays a guest's sound", entries, ret_problem))
        return false;
    if (!given.icon)
        given.icon = g_strdup("computer");
    if (!given.microphone)
        given.microphone = g_strdup("off");
    if (!check(&given, guest, &granted, ret_problem))
        return false;
    *ret_options = (struct options){
        .domid = (unsigned)given.domid,
        .socket = g_steal_pointer(&given.socket),
        .name = g_steal_pointer(&given.name),
        .icon = g_steal_pointer(&given.icon),
        .microphone = granted,
    };
    return true;
}

void options_clear(struct options *options)
{
    g_clear_pointer(&options->socket, g_free);
    g_clear_pointer(&options->name, g_free);
    g_clear_pointer(&options->icon, g_free);
}
