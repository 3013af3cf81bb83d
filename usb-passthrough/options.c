/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-usb. */
#include "options.h"

#include <glib.h>

#include "backend/command-line.h"

bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem)
{
    g_autofree char *name = NULL;
    int domid = -1;
    const GOptionEntry entries[] = {
        {"domid", 0, 0, G_OPTION_ARG_INT, &domid, "The guest's domain number", "N"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, "The guest's name, for the log", "NAME"},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_line_parse(argc, argv, "- gives USB devices to a guest", entries, ret_problem) ||
        !command_line_check_domid(domid, ret_problem) ||
        !command_line_check_name("--name", name, ret_problem))
        return false;
    *ret_options = (struct options){.domid = (unsigned)domid, .name = g_steal_pointer(&name)};
    return true;
}

void options_clear(struct options *options)
{
    g_clear_pointer(&options->name, g_free);
}
