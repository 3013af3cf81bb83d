/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the language of xl.cfg(5) just far enough to know where each setting begins and ends:
 *
 *   file    = { setting | ";" | newline | comment }
 *   setting = key ( "=" | "+=" ) value, up to a newline, ";" or comment
 *   value   = "string" | 'string' | number | "[" [ value { "," value } [ "," ] ] "]"
 *
 * Strings end on their line, at the first quote; inside of brackets newlines and comments are
 * blanks. Whatever else a file holds, xl would refuse it, and so does this. A quote behind a
 * backslash, which does not end xl's string, is refused too: what follows could hide in it. */
#include "config-edit.h"

#include <string.h>

#include "error.h"

#define NESTING_MAX 8

/* Where a setting's parts are in the text. */
typedef struct {
    gsize begin; /* of its key */
    gsize key_end;
    gsize operator;
    gsize value;
    gsize end; /* behind the value */
} Setting;

typedef struct {
    const char *text;
    gsize length;
    gsize at;
} Reader;

/* The character to be read next; NUL, which no file may hold, at the end. */
static char peek(const Reader *reader)
{
    return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

static void skip_blanks(Reader *reader)
{
    while (peek(reader) == ' ' || peek(reader) == '\t')
        reader->at++;
}

static void skip_comment(Reader *reader)
{
    while (reader->at < reader->length && peek(reader) != '\n')
        reader->at++;
}

/* Skips blanks, newlines, comments and, between settings, semicolons. */
static void skip_space(Reader *reader, gboolean semicolons)
{
    for (;;) {
        char c = peek(reader);

        if (c == '#')
            skip_comment(reader);
        else if (c == ' ' || c == '\t' || c == '\n' || (semicolons && c == ';'))
            reader->at++;
        else
            return;
    }
}

static gboolean read_string(Reader *reader)
{
    char quote = peek(reader);

    reader->at++;
    while (peek(reader) != quote) {
        if (reader->at >= reader->length || peek(reader) == '\n')
            return FALSE;
        reader->at++;
    }
    if (reader->text[reader->at - 1] == '\\')
        return FALSE;
    reader->at++;
    return TRUE;
}

static gboolean read_number(Reader *reader)
{
    if (!g_ascii_isdigit(peek(reader)))
        return FALSE;
    while (peek(reader) != '\0' && strchr("0123456789abcdefx", peek(reader)))
        reader->at++;
    return TRUE;
}

static gboolean read_atom(Reader *reader)
{
    return peek(reader) == '"' || peek(reader) == '\'' ? read_string(reader) : read_number(reader);
}

static gboolean read_value(Reader *reader, guint nesting);

static gboolean read_list(Reader *reader, guint nesting)
{
    if (nesting >= NESTING_MAX)
        return FALSE;
    reader->at++;
    skip_space(reader, FALSE);
    while (peek(reader) != ']') {
        if (!read_value(reader, nesting + 1))
            return FALSE;
        skip_space(reader, FALSE);
        if (peek(reader) == ']')
            break;
        if (peek(reader) != ',')
            return FALSE;
        reader->at++;
        skip_space(reader, FALSE);
    }
    reader->at++;
    return TRUE;
}

static gboolean read_value(Reader *reader, guint nesting)
{
    return peek(reader) == '[' ? read_list(reader, nesting) : read_atom(reader);
}

static gboolean read_key(Reader *reader)
{
    if (!g_ascii_islower(peek(reader)))
        return FALSE;
    while (g_ascii_islower(peek(reader)) || g_ascii_isdigit(peek(reader)) || peek(reader) == '_' ||
           peek(reader) == '.')
        reader->at++;
    return TRUE;
}

static gboolean read_operator(Reader *reader)
{
    if (peek(reader) == '+')
        reader->at++;
    if (peek(reader) != '=')
        return FALSE;
    reader->at++;
    return TRUE;
}

/* A setting ends where something else may begin. */
static gboolean at_end_of_setting(Reader *reader)
{
    skip_blanks(reader);
    return reader->at >= reader->length || strchr("\n;#", peek(reader)) != NULL;
}

static gboolean read_setting(Reader *reader, Setting *ret_setting)
{
    ret_setting->begin = reader->at;
    if (!read_key(reader))
        return FALSE;
    ret_setting->key_end = reader->at;
    skip_blanks(reader);
    ret_setting->operator= reader->at;
    if (!read_operator(reader))
        return FALSE;
    skip_blanks(reader);
    ret_setting->value = reader->at;
    if (!read_value(reader, 0))
        return FALSE;
    ret_setting->end = reader->at;
    return at_end_of_setting(reader);
}

static guint line_of(const Reader *reader)
{
    guint line = 1;

    for (gsize i = 0; i < reader->at && i < reader->length; i++)
        line += reader->text[i] == '\n';
    return line;
}

/* All settings of the text, of type Setting; NULL and ERROR if it can't be read. */
static GArray *read_settings(const char *text, gsize length, GError **error)
{
    g_autoptr(GArray) settings = g_array_new(FALSE, FALSE, sizeof(Setting));
    Reader reader = {text, length, 0};

    if (memchr(text, '\0', length)) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                            N_("The guest's file is no text: there is a zero byte in it. Write it "
                               "anew."));
        return NULL;
    }
    for (;;) {
        Setting setting;

        skip_space(&reader, TRUE);
        if (reader.at >= length)
            break;
        if (!read_setting(&reader, &setting)) {
            g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                        N_("Line %u of the guest's file can't be understood, so that nothing is "
                           "changed in it. Correct it first."),
                        line_of(&reader));
            return NULL;
        }
        g_array_append_val(settings, setting);
    }
    return g_steal_pointer(&settings);
}

static gboolean has_key(const char *text, const Setting *setting, const char *key)
{
    gsize length = setting->key_end - setting->begin;

    return strlen(key) == length && memcmp(text + setting->begin, key, length) == 0;
}

static gboolean is_newline_or_end(const char *text, gsize length, gsize at)
{
    return at >= length || text[at] == '\n';
}

/* Takes in the whole line if the setting is alone on it; not a comment, which may say why. */
static void widen_to_line(const char *text, gsize length, gsize *begin, gsize *end)
{
    gsize first = *begin;
    gsize last = *end;

    while (first > 0 && (text[first - 1] == ' ' || text[first - 1] == '\t'))
        first--;
    while (last < length && (text[last] == ' ' || text[last] == '\t'))
        last++;
    if ((first > 0 && text[first - 1] != '\n') || !is_newline_or_end(text, length, last))
        return;
    *begin = first;
    *end = MIN(last + 1, length);
}

/* A stretch of the text that gives way to another. */
typedef struct {
    gsize begin;
    gsize end;
    const char *prefix;
    const char *value;
} Patch;

static void remove_setting(GArray *patches, const char *text, gsize length, const Setting *setting)
{
    Patch patch = {setting->begin, setting->end, "", ""};

    widen_to_line(text, length, &patch.begin, &patch.end);
    g_array_append_val(patches, patch);
}

/* `+=` becomes `=`: the value is all there is to be. */
static void replace_value(GArray *patches, const char *text, const Setting *setting,
                          const char *value)
{
    Patch patch = {setting->value, setting->end, "", value};

    if (text[setting->operator] == '+') {
        patch.begin = setting->operator;
        patch.prefix = "= ";
    }
    g_array_append_val(patches, patch);
}

static int compare_patches(gconstpointer a, gconstpointer b)
{
    gsize first = ((const Patch *)a)->begin;
    gsize second = ((const Patch *)b)->begin;

    return (first > second) - (first < second);
}

static void append_setting(GString *added, const ConfigChange *change)
{
    g_string_append_printf(added, "%s = %s\n", change->key, change->value);
}

/* Adds the patches for CHANGE, or what is to come at the end of the file. */
static void plan(const char *text, gsize length, const GArray *settings, const ConfigChange *change,
                 GArray *patches, GString *added)
{
    const Setting *last = NULL;

    for (guint i = 0; i < settings->len; i++) {
        const Setting *setting = &g_array_index(settings, Setting, i);

        if (!has_key(text, setting, change->key))
            continue;
        last = setting;
        if (!change->value)
            remove_setting(patches, text, length, setting);
    }
    if (last && change->value)
        replace_value(patches, text, last, change->value);
    else if (change->value)
        append_setting(added, change);
}

static char *apply(const char *text, gsize length, GArray *patches, const GString *added)
{
    GString *result = g_string_sized_new(length + added->len);
    gsize at = 0;

    g_array_sort(patches, compare_patches);
    for (guint i = 0; i < patches->len; i++) {
        const Patch *patch = &g_array_index(patches, Patch, i);

        g_string_append_len(result, text + at, (gssize)(patch->begin - at));
        g_string_append(result, patch->prefix);
        g_string_append(result, patch->value);
        at = patch->end;
    }
    g_string_append_len(result, text + at, (gssize)(length - at));
    if (added->len > 0 && result->len > 0 && result->str[result->len - 1] != '\n')
        g_string_append_c(result, '\n');
    g_string_append_len(result, added->str, (gssize)added->len);
    return g_string_free(result, FALSE);
}

char *config_edit(const char *text, gsize length, const ConfigChange *changes, guint n_changes,
                  GError **error)
{
    g_autoptr(GArray) settings = read_settings(text, length, error);
    g_autoptr(GArray) patches = g_array_new(FALSE, FALSE, sizeof(Patch));
    g_autoptr(GString) added = g_string_new(NULL);

    if (!settings)
        return NULL;
    for (guint i = 0; i < n_changes; i++)
        plan(text, length, settings, &changes[i], patches, added);
    return apply(text, length, patches, added);
}

char *config_edit_find(const char *text, const char *key)
{
    g_autoptr(GArray) settings = read_settings(text, strlen(text), NULL);

    for (guint i = settings ? settings->len : 0; i > 0; i--) {
        const Setting *setting = &g_array_index(settings, Setting, i - 1);

        if (has_key(text, setting, key))
            return g_strndup(text + setting->value, setting->end - setting->value);
    }
    return NULL;
}

static void setting_free(gpointer data)
{
    ConfigSetting *setting = data;

    g_free(setting->key);
    g_free(setting->value);
    g_free(setting);
}

GPtrArray *config_edit_list(const char *text, gsize length, GError **error)
{
    g_autoptr(GArray) settings = read_settings(text, length, error);
    GPtrArray *list;

    if (!settings)
        return NULL;
    list = g_ptr_array_new_with_free_func(setting_free);
    for (guint i = 0; i < settings->len; i++) {
        const Setting *setting = &g_array_index(settings, Setting, i);
        ConfigSetting *copy = g_new0(ConfigSetting, 1);

        copy->key = g_strndup(text + setting->begin, setting->key_end - setting->begin);
        copy->value = g_strndup(text + setting->value, setting->end - setting->value);
        g_ptr_array_add(list, copy);
    }
    return list;
}

GPtrArray *config_edit_words(const char *value)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    Reader reader = {value, strlen(value), 0};

    while (reader.at < reader.length) {
        gsize begin = reader.at;
        gsize quote = peek(&reader) == '"' || peek(&reader) == '\'';

        if (peek(&reader) == '#')
            skip_comment(&reader);
        else if (read_atom(&reader))
            g_ptr_array_add(words, g_strndup(value + begin + quote, reader.at - begin - 2 * quote));
        else
            reader.at++;
    }
    return words;
}

void config_changes_add(ConfigChanges *changes, const char *key, char *value)
{
    g_assert(changes->count < CONFIG_CHANGES_MAX);
    changes->changes[changes->count++] = (ConfigChange){key, value};
}

void config_changes_clear(ConfigChanges *changes)
{
    for (guint i = 0; i < changes->count; i++)
        g_free((char *)changes->changes[i].value);
    changes->count = 0;
}
