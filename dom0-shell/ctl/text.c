/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people and programs read: sizes, words that are safe on a terminal, JSON. */
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MIB (G_GUINT64_CONSTANT(1) << 20)
#define GIB (G_GUINT64_CONSTANT(1) << 30)

/* More than any machine has, and far from overflow. */
#define SIZE_MAX_UNITS (G_GUINT64_CONSTANT(1) << 24)

gboolean text_parse_size(const char *text, guint64 *bytes)
{
    gsize length = strlen(text);
    char last = length ? text[length - 1] : '\0';
    guint64 unit = last == 'G' ? GIB : MIB;
    g_autofree char *digits = g_strndup(text, last == 'G' || last == 'M' ? length - 1 : length);
    guint64 number;

    if (!g_ascii_string_to_unsigned(digits, 10, 1, SIZE_MAX_UNITS, &number, NULL))
        return FALSE;
    *bytes = number * unit;
    return TRUE;
}

char *text_plain_size(guint64 bytes)
{
    if (bytes >= GIB && bytes % GIB == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT "G", bytes / GIB);
    return g_strdup_printf("%" G_GUINT64_FORMAT "M", bytes / MIB);
}

char *text_size(guint64 bytes)
{
    if (bytes >= GIB && bytes % GIB == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT " GiB", bytes / GIB);
    if (bytes >= GIB)
        return g_strdup_printf("%.1f GiB", (double)bytes / (double)GIB);
    return g_strdup_printf("%" G_GUINT64_FORMAT " MiB", bytes / MIB);
}

char *text_clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *clean = g_string_new(NULL);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        g_string_append_unichar(clean, g_unichar_isprint(c) ? c : ' ');
    }
    return g_string_free(clean, FALSE);
}

/* --- JSON --- */

static void append_string(GString *json, const char *text)
{
    g_string_append_c(json, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            g_string_append_printf(json, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            g_string_append_printf(json, "\\u%04x", c);
        else
            g_string_append_c(json, (char)c);
    }
    g_string_append_c(json, '"');
}

/* "MemoryUsed" and "disk-size" alike. */
static void append_name(GString *json, const char *name)
{
    g_autoptr(GString) snake = g_string_new(NULL);

    for (const char *p = name; *p; p++) {
        if (g_ascii_isupper(*p) && p != name)
            g_string_append_c(snake, '_');
        g_string_append_c(snake, *p == '-' ? '_' : g_ascii_tolower(*p));
    }
    append_string(json, snake->str);
}

void text_append_member(GString *json, const char *name, GVariant *value)
{
    if (json->len > 0 && json->str[json->len - 1] != '{')
        g_string_append(json, ", ");
    append_name(json, name);
    g_string_append(json, ": ");
    text_append_json(json, value);
}

static void append_dictionary(GString *json, GVariant *value)
{
    GVariantIter iter;
    const char *name;
    GVariant *member;

    g_string_append_c(json, '{');
    g_variant_iter_init(&iter, value);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &member))
        text_append_member(json, name, member);
    g_string_append_c(json, '}');
}

static void append_array(GString *json, GVariant *value)
{
    g_string_append_c(json, '[');
    for (gsize i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

        if (i > 0)
            g_string_append(json, ", ");
        text_append_json(json, child);
    }
    g_string_append_c(json, ']');
}

static void append_real(GString *json, double number)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(json, isfinite(number) ? g_ascii_formatd(buffer, sizeof(buffer), "%.6g", number)
                                           : "null");
}

void text_append_json(GString *json, GVariant *value)
{
    g_autofree char *number = NULL;

    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) ||
        g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH)) {
        append_string(json, g_variant_get_string(value, NULL));
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARDICT)) {
        append_dictionary(json, value);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_ARRAY)) {
        append_array(json, value);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_DOUBLE)) {
        append_real(json, g_variant_get_double(value));
    } else {
        /* Integers and booleans are written as JSON has them. */
        number = g_variant_print(value, FALSE);
        g_string_append(json, number);
    }
}

char *text_json_of(GDBusProxy *proxy)
{
    g_auto(GStrv) names = g_dbus_proxy_get_cached_property_names(proxy);
    GString *json = g_string_new("{");

    for (guint i = 0; names && names[i]; i++) {
        g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, names[i]);

        if (value)
            text_append_member(json, names[i], value);
    }
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

void text_print_list(GPtrArray *proxies)
{
    putchar('[');
    for (guint i = 0; i < proxies->len; i++) {
        g_autofree char *json = text_json_of(proxies->pdata[i]);

        printf("%s%s", i ? ",\n " : "", json);
    }
    puts("]");
}
