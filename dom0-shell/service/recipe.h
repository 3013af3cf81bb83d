/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What templates are made of: the recipes that are installed, and what a person wants of one.
 *
 * A recipe is a directory below DIRECTORY/templates with `packages` (Debian packages, words and
 * comments), `template.ini` and what else DIRECTORY/make-template needs of it. */
#pragma once

#include <gio/gio.h>

/* A template as it is to be made. */
typedef struct {
    char *recipe;   /* a directory of that name */
    char *packages; /* words, beside the recipe's; may be empty, as all below but the user */
    char *user;     /* who works in the guest */
    char *locale;   /* "de_DE.UTF-8" */
    char *keyboard; /* "de", "us,gr" */
    char *title;
    char *description;
} RecipeChoice;

/* All recipes of DIRECTORY as the aa{sv} of Manager1.ListRecipes (floating), by id; empty if there
 * is no such directory. SETTINGS is /etc but in tests: of there come the locale and the keyboard
 * that this computer has. */
GVariant *recipe_list(const char *directory, const char *settings);

/* Reads OPTIONS (a{sv}), for the recipe ID of DIRECTORY; what is not said is as recipe_list() has
 * it. FALSE and a sentence if anything can't be; after a success, release with
 * recipe_choice_clear(). */
gboolean recipe_choose(const char *directory, const char *settings, const char *id,
                       GVariant *options, RecipeChoice *ret_choice, GError **error);

void recipe_choice_clear(RecipeChoice *choice);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RecipeChoice, recipe_choice_clear)
