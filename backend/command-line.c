/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command lines of all back ends have in common. */
#include "backend/command-line.h"

/* Domain 0 has no back end here, and numbers from 0x7FF0 on mean something else. */
#define DOMID_MAX 0x7fef

bool command_line_parse(int argc, char **argv, const char *summary, const GOptionEntry *entries,
                        char **ret_problem)
{
    g_autoptr(GOptionContext) context = g_option_context_new(summary);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        *ret_problem = g_strdup_printf("%s. See --help.", error->message);
        return false;
    }
    if (argc > 1) {
        *ret_problem = g_strdup_printf("\"%s\" is no option. See --help.", argv[1]);
        return false;
    }
    return true;
}

bool command_line_check_range(const char *option, int value, int min, int max, char **ret_problem)
{
    if (value >= min && value <= max)
        return true;
    *ret_problem = g_strdup_printf("%s must be a number from %d to %d.", option, min, max);
    return false;
}

bool command_line_check_domid(int domid, char **ret_problem)
{
    return command_line_check_range("--domid", domid, 1, DOMID_MAX, ret_problem);
}

static bool is_printable(const char *text)
{
    if (!*text || !g_utf8_validate(text, -1, NULL))
        return false;
    for (; *text; text = g_utf8_next_char(text))
        if (!g_unichar_isprint(g_utf8_get_char(text)))
            return false;
    return true;
}

bool command_line_check_name(const char *option, const char *name, char **ret_problem)
{
    if (name && is_printable(name))
        return true;
    *ret_problem = g_strdup_printf("%s must be given, as printable text.", option);
    return false;
}
