/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of what a guest said on its console, fit for a label: a guest says anything. */
#include "model/console-tail.h"

/* More than that of a line is rarely what one looks for, and never fits. */
#define MAX_CHARACTERS 160

/* The line without what can't be seen, cut; empty if nothing is left. */
static char *clean(const char *line)
{
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    GString *text = g_string_new(NULL);

    for (const char *c = valid; *c && g_utf8_strlen(text->str, -1) < MAX_CHARACTERS;
         c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);

        if (character == '\t')
            g_string_append_c(text, ' ');
        else if (g_unichar_isprint(character))
            g_string_append_unichar(text, character);
    }
    return g_strchomp(g_string_free(text, FALSE));
}

/* The last @n_lines of @text that have something in them, with line ends between; to be freed. */
char *vitrine_console_tail(const char *text, guint n_lines)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) tail = g_ptr_array_new_with_free_func(g_free);

    for (guint i = g_strv_length(lines); i > 0 && tail->len < n_lines; i--) {
        g_autofree char *line = clean(lines[i - 1]);

        if (*line)
            g_ptr_array_insert(tail, 0, g_steal_pointer(&line));
    }
    g_ptr_array_add(tail, NULL);
    return g_strjoinv("\n", (char **)tail->pdata);
}
