/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule for guests' names, and a sentence for each way to break it. */
#include "model/guest-name.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean is_name_character(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

/*
 * Judges @name by its letters alone: [A-Za-z0-9][A-Za-z0-9._-]*, at most VITRINE_GUEST_NAME_MAX
 * long. The name becomes a file name and a xenstore value, hence so strict. Whether it is taken
 * is for the caller to say.
 */
VitrineGuestNameVerdict vitrine_guest_name_check(const char *name)
{
    g_return_val_if_fail(name != NULL, VITRINE_GUEST_NAME_EMPTY);

    if (!*name)
        return VITRINE_GUEST_NAME_EMPTY;
    for (const char *c = name; *c; c++) {
        if (!is_name_character(*c))
            return VITRINE_GUEST_NAME_BAD_CHARACTER;
    }
    if (!g_ascii_isalnum(*name))
        return VITRINE_GUEST_NAME_BAD_START;
    if (strlen(name) > VITRINE_GUEST_NAME_MAX)
        return VITRINE_GUEST_NAME_TOO_LONG;
    return VITRINE_GUEST_NAME_GOOD;
}

static char *explain_character(const char *name)
{
    const char *c = name;

    while (*c && is_name_character(*c))
        c++;
    if (g_ascii_isspace(*c))
        return g_strdup(_("A name can’t hold a space: use letters, digits, “.”, “_” and “-”."));

    /* gtk hands out valid UTF-8, so the culprit can be shown whole. */
    g_autofree char *culprit = g_utf8_substring(c, 0, 1);
    return g_strdup_printf(
        _("A name can’t hold “%s”: use letters A to Z, digits, “.”, “_” and “-”."), culprit);
}

/* The sentence to show below the field, to be freed; NULL for a good name. @name is valid UTF-8. */
char *vitrine_guest_name_explain(VitrineGuestNameVerdict verdict, const char *name)
{
    switch (verdict) {
    case VITRINE_GUEST_NAME_GOOD:
        return NULL;
    case VITRINE_GUEST_NAME_EMPTY:
        return g_strdup(_("Give the guest a name."));
    case VITRINE_GUEST_NAME_TOO_LONG:
        return g_strdup_printf(_("The name is too long: %d characters are the most."),
                               VITRINE_GUEST_NAME_MAX);
    case VITRINE_GUEST_NAME_BAD_START:
        return g_strdup(_("A name starts with a letter or a digit."));
    case VITRINE_GUEST_NAME_BAD_CHARACTER:
        return explain_character(name);
    case VITRINE_GUEST_NAME_TAKEN:
        return g_strdup_printf(_("There is a guest called “%s” already: choose another name."),
                               name);
    }
    g_return_val_if_reached(NULL);
}
