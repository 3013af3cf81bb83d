/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-audio. */
#include "options.h"

#include <glib.h>

#include "backend/command-line.h"
#include "control.h"

static bool check(int domid, const char *name, const char *icon, const char *microphone,
                  bool *ret_granted, char **ret_problem)
{
    if (!command_line_check_domid(domid, ret_problem) ||
        !command_line_check_name("--name", name, ret_problem) ||
        !command_line_check_name("--icon", icon, ret_problem))
        return false;
    if (control_parse_switch(microphone, ret_granted))
        return true;
    *ret_problem = g_strdup("--microphone must be on or off.");
    return false;
}

bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem)
{
    g_autofree char *name = NULL, *icon = NULL, *microphone = NULL;
    int domid = -1;
    bool granted = false;
    const GOptionEntry entries[] = {
        {"domid", 0, 0, G_OPTION_ARG_INT, &domid, "The guest's domain number", "N"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, "What the desktop's mixer shows", "NAME"},
        {"icon", 0, 0, G_OPTION_ARG_STRING, &icon, "The name of an icon (computer)", "ICON"},
        {"microphone", 0, 0, G_OPTION_ARG_STRING, &microphone,
         "Whether the guest may listen: off (default) or on", "SWITCH"},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_line_parse(argc, argv, "- plays a guest's sound", entries, ret_problem))
        return false;
    if (!icon)
        icon = g_strdup("computer");
    if (!check(domid, name, icon, microphone ? microphone : "off", &granted, ret_problem))
        return false;
    *ret_options = (struct options){
        .domid = (unsigned)domid,
        .name = g_steal_pointer(&name),
        .icon = g_steal_pointer(&icon),
        .microphone = granted,
    };
    return true;
}

void options_clear(struct options *options)
{
    g_clear_pointer(&options->name, g_free);
    g_clear_pointer(&options->icon, g_free);
}
