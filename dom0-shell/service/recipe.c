/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists recipes, and checks what a person wants of one: all of it becomes words of a command that
 * root runs, and of files in the guest. */
#include "recipe.h"

#include <string.h>

#include "error.h"
#include "guest-name.h"
#include "guest-private.h"
#include "guest-settings.h"

#define NO_LOCALE    "C.UTF-8"
#define NO_KEYBOARD  "us"
#define USER         "user"
#define PACKAGES_MAX 4096 /* bytes of all names */

void recipe_choice_clear(RecipeChoice *choice)
{
    g_free(choice->recipe);
    g_free(choice->packages);
    g_free(choice->user);
    g_free(choice->locale);
    g_free(choice->keyboard);
    g_free(choice->title);
    g_free(choice->description);
    memset(choice, 0, sizeof *choice);
}

/* ---- What this computer has ---- */

/* KEY of a file of KEY=VALUE lines, as shells read them; NULL if it is not there. */
static char *read_setting(const char *directory, const char *name, const char *key)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        gsize length = strlen(key);
        char *value;

        if (strncmp(lines[i], key, length) != 0 || lines[i][length] != '=')
            continue;
        value = g_shell_unquote(lines[i] + length + 1, NULL);
        return value ? g_strstrip(value) : NULL;
    }
    return NULL;
}

/* How something may look, and the sentence if it does not. */
typedef struct {
    const char *pattern;
    const char *sentence;
} Shape;

static const Shape user_shape = {
    "^[a-z][a-z0-9_-]{0,30}$",
    N_("A user's name begins with a small letter and has small letters, digits, “-” and “_”, 31 of "
       "them at most.")};
static const Shape locale_shape = {
    "^(C|[a-z]{2,3}_[A-Z]{2})\\.UTF-8$",
    N_("A locale is named by language, country and UTF-8, as “de_DE.UTF-8”; “C.UTF-8” is none.")};
static const Shape keyboard_shape = {
    "^[a-z]{2,10}(,[a-z]{2,10}){0,3}$",
    N_("A keyboard's layout is named as X does it, as “us” or “de”, up to four with commas.")};
static const Shape packages_shape = {
    "^([a-z0-9][a-z0-9+.-]+( |$))*$",
    N_("Debian packages are named by their names, with spaces between: small letters, digits, “+”, "
       "“-” and “.”.")};

static gboolean has_shape(const char *text, const Shape *shape, GError **error)
{
    /* Its $ is not to match before a last line's end. */
    if (g_regex_match_simple(shape->pattern, text, G_REGEX_DOLLAR_ENDONLY, 0))
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, shape->sentence);
    return FALSE;
}

/* What the files of this computer say, if a guest can have it. */
static char *own(const char *settings, const char *const *files, const char *key,
                 const Shape *shape, const char *otherwise)
{
    for (guint i = 0; files[i]; i++) {
        g_autofree char *value = read_setting(settings, files[i], key);

        if (value && has_shape(value, shape, NULL))
            return g_steal_pointer(&value);
    }
    return g_strdup(otherwise);
}

static char *own_locale(const char *settings)
{
    static const char *const files[] = {"default/locale", "locale.conf", NULL};

    return own(settings, files, "LANG", &locale_shape, NO_LOCALE);
}

static char *own_keyboard(const char *settings)
{
    static const char *const files[] = {"default/keyboard", "vconsole.conf", NULL};

    return own(settings, files, "XKBLAYOUT", &keyboard_shape, NO_KEYBOARD);
}

/* ---- The list ---- */

static char *recipe_file(const char *directory, const char *id, const char *name)
{
    return g_build_filename(directory, "templates", id, name, NULL);
}

static char *own_word(GKeyFile *file, const char *key, const char *otherwise)
{
    char *text = g_key_file_get_locale_string(file, "template", key, NULL, NULL);

    return text ? text : g_strdup(otherwise);
}

/* The words of the recipe's list of packages, without its comments. */
static char **read_packages(const char *directory, const char *id)
{
    g_autofree char *path = recipe_file(directory, id, "packages");
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return g_strv_builder_end(builder);
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) words = NULL;

        lines[i][strcspn(lines[i], "#")] = '\0';
        words = g_strsplit_set(lines[i], " \t", -1);
        for (guint j = 0; words[j]; j++) {
            if (words[j][0] != '\0')
                g_strv_builder_add(builder, words[j]);
        }
    }
    return g_strv_builder_end(builder);
}

static void add_recipe(GVariantBuilder *list, const char *directory, const char *id,
                       const char *locale, const char *keyboard)
{
    g_autofree char *ini = recipe_file(directory, id, "template.ini");
    g_auto(GStrv) packages = read_packages(directory, id);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *title = NULL;
    g_autofree char *description = NULL;

    if (!g_key_file_load_from_file(file, ini, G_KEY_FILE_NONE, NULL))
        return;
    title = own_word(file, "title", id);
    description = own_word(file, "description", "");
    g_variant_builder_open(list, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(list, "{sv}", "id", g_variant_new_string(id));
    g_variant_builder_add(list, "{sv}", "title", g_variant_new_string(title));
    g_variant_builder_add(list, "{sv}", "description", g_variant_new_string(description));
    g_variant_builder_add(list, "{sv}", "packages",
                          g_variant_new_strv((const char *const *)packages, -1));
    g_variant_builder_add(list, "{sv}", "user", g_variant_new_string(USER));
    g_variant_builder_add(list, "{sv}", "locale", g_variant_new_string(locale));
    g_variant_builder_add(list, "{sv}", "keyboard", g_variant_new_string(keyboard));
    g_variant_builder_close(list);
}

static int compare_ids(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *recipe_ids(const char *directory)
{
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_build_filename(directory, "templates", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *entry;

    while (dir && (entry = g_dir_read_name(dir)))
        if (guest_name_check(entry, NULL))
            g_ptr_array_add(ids, g_strdup(entry));
    g_ptr_array_sort(ids, compare_ids);
    return ids;
}

GVariant *recipe_list(const char *directory, const char *settings)
{
    g_autoptr(GPtrArray) ids = recipe_ids(directory);
    g_autofree char *locale = own_locale(settings);
    g_autofree char *keyboard = own_keyboard(settings);
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < ids->len; i++)
        add_recipe(&list, directory, ids->pdata[i], locale, keyboard);
    return g_variant_builder_end(&list);
}

/* ---- A choice ---- */

static gboolean take(char **field, const char *text, const Shape *shape, GError **error)
{
    if (!has_shape(text, shape, error))
        return FALSE;
    g_free(*field);
    *field = g_strdup(text);
    return TRUE;
}

static gboolean take_label(char **field, GVariant *value, GError **error)
{
    const char *text = g_variant_get_string(value, NULL);

    if (!guest_copy_check_label(text, error))
        return FALSE;
    g_free(*field);
    *field = g_strdup(text);
    return TRUE;
}

static gboolean take_packages(GVariant *value, guint64 total, gpointer target, GError **error)
{
    g_autofree const char **words = g_variant_get_strv(value, NULL);
    g_autofree char *text = g_strjoinv(" ", (char **)words);

    if (strlen(text) <= PACKAGES_MAX)
        return take(&((RecipeChoice *)target)->packages, text, &packages_shape, error);
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
        N_("These are too many packages: install some of them in a guest, and make a "
           "template of that."));
    return FALSE;
}

static gboolean take_user(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take(&((RecipeChoice *)target)->user, g_variant_get_string(value, NULL), &user_shape,
                error);
}

static gboolean take_locale(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take(&((RecipeChoice *)target)->locale, g_variant_get_string(value, NULL), &locale_shape,
                error);
}

static gboolean take_keyboard(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take(&((RecipeChoice *)target)->keyboard, g_variant_get_string(value, NULL),
                &keyboard_shape, error);
}

static gboolean take_title(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take_label(&((RecipeChoice *)target)->title, value, error);
}

static gboolean take_description(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take_label(&((RecipeChoice *)target)->description, value, error);
}

static const SettingOption choice_options[] = {
    {"packages", "as", take_packages}, {"user", "s", take_user},
    {"locale", "s", take_locale},      {"keyboard", "s", take_keyboard},
    {"title", "s", take_title},        {"description", "s", take_description},
};

gboolean recipe_choose(const char *directory, const char *settings, const char *id,
                       GVariant *options, RecipeChoice *ret_choice, GError **error)
{
    g_auto(RecipeChoice) choice = {0};
    g_autofree char *ini = recipe_file(directory, id, "template.ini");

    if (!guest_name_check(id, NULL) || !g_file_test(ini, G_FILE_TEST_EXISTS)) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNKNOWN_TEMPLATE,
                    N_("There is no recipe “%s”."), id);
        return FALSE;
    }
    choice.recipe = g_strdup(id);
    choice.packages = g_strdup("");
    choice.user = g_strdup(USER);
    choice.locale = own_locale(settings);
    choice.keyboard = own_keyboard(settings);
    choice.title = g_strdup("");
    choice.description = g_strdup("");
    if (!settings_take(choice_options, G_N_ELEMENTS(choice_options), options, 0, &choice, error))
        return FALSE;
    *ret_choice = choice;
    memset(&choice, 0, sizeof choice);
    return TRUE;
}
