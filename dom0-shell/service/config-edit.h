/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes single settings of an xl.cfg file and leaves every other byte as a person wrote it. */
#pragma once

#include <glib.h>

/* What a setting is to become: VALUE as the language writes it (`512`, `"text"`, `[ ]`), or NULL
 * to take the setting out. Strings are borrowed. */
typedef struct {
    const char *key;
    const char *value;
} ConfigChange;

/* A copy of the TEXT of LENGTH bytes with CHANGES, of different keys, made in it: the last setting
 * of a key, which is the one that xl takes, gets the value; a key that is not there is added at
 * the end. NULL, and a sentence that names the line, for a text that xl could not read or that
 * could be read in two ways. The caller owns the copy. */
char *config_edit(const char *text, gsize length, const ConfigChange *changes, guint n_changes,
                  GError **error);

/* The value of KEY in TEXT, as written (with quotes and brackets), or NULL if it is not there or
 * TEXT can't be read. The caller owns it. */
char *config_edit_find(const char *text, const char *key);

/* A setting as it is written, with its quotes and brackets. Both strings are owned by it. */
typedef struct {
    char *key;
    char *value;
} ConfigSetting;

/* All settings of TEXT, ConfigSetting, in the order of the file: one that is there twice, or is
 * added to by `+=`, more than once. NULL, and a sentence that names the line, for a text that can't
 * be read. The caller owns the array, and the array what is in it. */
GPtrArray *config_edit_list(const char *text, gsize length, GError **error);

/* The strings, without their quotes, and numbers that are in VALUE, which is written as a setting's
 * is. The caller owns the array, and the array the strings. */
GPtrArray *config_edit_words(const char *value);

/* More settings than anything changes at once. */
#define CONFIG_CHANGES_MAX 8

/* Changes that are being put together; begins empty, all zeros. The values are owned. */
typedef struct {
    ConfigChange changes[CONFIG_CHANGES_MAX];
    guint count;
} ConfigChanges;

/* Takes VALUE over; KEY is borrowed. */
void config_changes_add(ConfigChanges *changes, const char *key, char *value);
void config_changes_clear(ConfigChanges *changes);
