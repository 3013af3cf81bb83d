/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command lines of all back ends have in common. */
#ifndef BACKEND_COMMAND_LINE_H
#define BACKEND_COMMAND_LINE_H

#include <stdbool.h>

#include <glib.h>

/*
 * Reads options, and nothing but options. False and *@ret_problem, a sentence to be freed with
 * g_free(), if there is anything else; so are the checks below. --help prints @summary and exits.
 */
bool command_line_parse(int argc, char **argv, const char *summary, const GOptionEntry *entries,
                        char **ret_problem);

bool command_line_check_range(const char *option, int value, int min, int max, char **ret_problem);

/* A guest's number: dom0 has no back end here. */
bool command_line_check_domid(int domid, char **ret_problem);

/* What is shown to a person must not be able to play tricks on a terminal or a title bar. */
bool command_line_check_name(const char *option, const char *name, char **ret_problem);

#endif
