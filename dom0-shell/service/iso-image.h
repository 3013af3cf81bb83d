/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images of CDs and DVDs: which there are, and whether a file is one. */
#pragma once

#include <glib.h>

/* The path of the image that TEXT names: an absolute path, or the name of a file in DIRECTORY. The
 * file has to be a regular one with a CD's or DVD's file system in it, and its path has to fit in a
 * guest's file. NULL and a sentence otherwise; the caller owns the path. */
char *iso_image_find(const char *directory, const char *text, GError **error);

/* Whether TEXT names, as above, what lies in DIRECTORY, and not a file of a person's. */
gboolean iso_image_is_own(const char *directory, const char *text);

/* Whether FD, open on the file PATH, is such an image, and its path fits. FALSE and a sentence if
 * not. */
gboolean iso_image_check(int fd, const char *path, GError **error);

/* What lies in DIRECTORY, by name, as an aa{sv} (floating): path, name, size. */
GVariant *iso_image_list(const char *directory);
