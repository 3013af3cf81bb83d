/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives a file new contents in one step: whoever opens it finds the old ones or the new ones, and
 * its mode and owner stay. */
#pragma once

#include <glib.h>

/* Reads PATH, which has to be a plain file with no other name and of a reasonable size: a link
 * would be cut by the replacing. NULL and a sentence otherwise; G_FILE_ERROR_NOENT if there is
 * none. The caller owns the text, which ends with a NUL that LENGTH does not count. */
char *file_replace_read(const char *path, gsize *ret_length, GError **error);

/* Writes TEXT to a new file of PATH's name, in a directory of its own beside it; a PATH that is
 * there gives it mode and owner. Returns the new file's path, for one of the two below. */
char *file_replace_prepare(const char *path, const char *text, GError **error);

/* Puts the PREPARED file in PATH's place. */
gboolean file_replace_commit(const char *prepared, const char *path, GError **error);

/* Removes what is left of the PREPARED file, committed or not, and frees the string; NULL is
 * nothing. */
void file_replace_end(char *prepared);
