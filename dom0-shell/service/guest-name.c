/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks and suggests guest names. */
#include "guest-name.h"

#include <string.h>

#include "error.h"

/* xl and libxl know dom0 by this name. */
#define DOM0_NAME "Domain-0"

static gboolean is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

gboolean guest_name_check(const char *name, GError **error)
{
    if (name[0] == '\0') {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_NAME,
                            N_("The guest needs a name."));
        return FALSE;
    }
    if (strlen(name) > GUEST_NAME_MAX) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_NAME,
                    N_("The name is too long: use at most %d characters."), GUEST_NAME_MAX);
        return FALSE;
    }
    if (!g_ascii_isalnum(name[0])) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_NAME,
                            N_("A name begins with a letter (a to z, A to Z) or a digit."));
        return FALSE;
    }
    for (const char *p = name; *p; p++) {
        if (!is_name_char(*p)) {
            g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_NAME,
                                N_("A name can have letters (a to z, A to Z), digits, “.”, “_” and "
                                   "“-” in it, and nothing else."));
            return FALSE;
        }
    }
    if (strcmp(name, DOM0_NAME) == 0) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                            "“" DOM0_NAME "” is the name of this computer's own system: use "
                            "another one.");
        return FALSE;
    }
    return TRUE;
}

/* BASE with what a name can't have in it replaced, short enough for a number behind it. */
static char *clean_base(const char *base)
{
    g_autoptr(GString) clean = g_string_new(NULL);

    for (const char *p = base; *p && clean->len < GUEST_NAME_MAX - 8; p++) {
        if (is_name_char(*p))
            g_string_append_c(clean, *p);
        else if (clean->len > 0 && clean->str[clean->len - 1] != '-')
            g_string_append_c(clean, '-');
    }
    while (clean->len > 0 && !g_ascii_isalnum(clean->str[0]))
        g_string_erase(clean, 0, 1);
    if (clean->len == 0)
        g_string_assign(clean, "guest");
    return g_strdup(clean->str);
}

char *guest_name_suggest(const char *base, GuestNameTaken taken, gpointer data)
{
    g_autofree char *clean = clean_base(base);

    if (!taken(clean, data))
        return g_steal_pointer(&clean);
    for (guint i = 2;; i++) {
        g_autofree char *name = g_strdup_printf("%s-%u", clean, i);

        if (!taken(name, data))
            return g_steal_pointer(&name);
    }
}
