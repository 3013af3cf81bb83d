/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates of recipes: which recipes there are, and making one. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"

static void print_heading(void)
{
    printf("%-24s %-16s %-10s  %s\n", "RECIPE", "LOCALE", "KEYBOARD", "TITLE");
}

static void print_row(GVariant *recipe)
{
    const char *id = "", *title = "", *locale = "", *keyboard = "";
    g_autofree char *clean = NULL;

    g_variant_lookup(recipe, "id", "&s", &id);
    g_variant_lookup(recipe, "title", "&s", &title);
    g_variant_lookup(recipe, "locale", "&s", &locale);
    g_variant_lookup(recipe, "keyboard", "&s", &keyboard);
    clean = text_clean(title);
    printf("%-24s %-16s %-10s  %s\n", id, locale, keyboard, clean);
}

int command_recipes(Client *client, const char *method, char **arguments,
                    const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GError) error = NULL;

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    return command_rows(client, client_call(manager, "ListRecipes", NULL, &error), error,
                        print_heading, print_row);
}

static GVariant *words_of(const char *value)
{
    g_auto(GStrv) parts = g_strsplit_set(value, ", \t", -1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) list = NULL;

    for (guint i = 0; parts[i]; i++) {
        if (parts[i][0] != '\0')
            g_strv_builder_add(words, parts[i]);
    }
    list = g_strv_builder_end(words);
    return g_variant_new_strv((const char *const *)list, -1);
}

static gboolean is_key(const char *key)
{
    static const char *const keys[] = {"packages", "user",        "locale", "keyboard",
                                       "title",    "description", NULL};

    return g_strv_contains(keys, key);
}

/* FALSE after a complaint. */
static gboolean take_wish(GVariantDict *wishes, const char *word)
{
    const char *equals = strchr(word, '=');
    g_autofree char *key = equals ? g_strndup(word, (gsize)(equals - word)) : NULL;

    if (!key || !is_key(key)) {
        client_complain(_("“%s” is no wish of a template. There are packages=, user=, locale=, "
                          "keyboard=, title= and description=."),
                        word);
        return FALSE;
    }
    if (!g_utf8_validate(equals + 1, -1, NULL)) {
        client_complain(_("What is said of “%s” is no text."), key);
        return FALSE;
    }
    if (strcmp(key, "packages") == 0)
        g_variant_dict_insert_value(wishes, key, words_of(equals + 1));
    else
        g_variant_dict_insert(wishes, key, "s", equals + 1);
    return TRUE;
}

int command_build_template(Client *client, const char *method, char **arguments,
                           const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_auto(GVariantDict) wishes = G_VARIANT_DICT_INIT(NULL);
    g_autoptr(GError) error = NULL;
    GVariant *answer;

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    for (char **word = arguments + 2; *word; word++) {
        if (!take_wish(&wishes, *word))
            return CTL_EXIT_USAGE;
    }
    answer = client_call(
        manager, "BuildTemplate",
        g_variant_new("(ss@a{sv})", arguments[0], arguments[1], g_variant_dict_end(&wishes)),
        &error);
    return command_follow(client, answer, error);
}
