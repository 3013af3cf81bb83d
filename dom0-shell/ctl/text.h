/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people and programs read: sizes, words that are safe on a terminal, JSON. */
#pragma once

#include <gio/gio.h>

/* "512M", "2G" or a number of MiB, in bytes; FALSE if it is anything else, or nothing. */
gboolean text_parse_size(const char *text, guint64 *bytes);

/* The shortest of the above that stands for BYTES, whole MiB of them; to be freed. */
char *text_plain_size(guint64 bytes);

/* "512 MiB", "1.5 GiB"; to be freed. */
char *text_size(guint64 bytes);

/* TEXT with nothing in it that a terminal would obey; to be freed. */
char *text_clean(const char *text);

/* Appends VALUE as JSON: strings, numbers, booleans, arrays, and dictionaries of strings. The keys
 * of dictionaries, and names below, are written in snake_case. Numbers that JSON does not have are
 * null. */
void text_append_json(GString *json, GVariant *value);

/* Appends "name" and, as above, VALUE, after a comma unless it is the first. */
void text_append_member(GString *json, const char *name, GVariant *value);

/* An object of all cached properties of PROXY; to be freed. */
char *text_json_of(GDBusProxy *proxy);

/* Prints an array of those of all PROXIES (GDBusProxy). */
void text_print_list(GPtrArray *proxies);
