/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CD drive in the `disk` setting of an xl.cfg file. */
#pragma once

#include <glib.h>

/* The line of a CD drive with the image PATH in it, "" for an empty one, as
 * xl-disk-configuration(5) has it. The caller owns it. */
char *config_drive_line(const char *path);

/* The path of the image in the first drive of TEXT, a whole file: "" if it is empty, NULL if there
 * is no drive that names its image by `target=`. The caller owns it. */
char *config_drive_find(const char *text);

/* The value of `disk` in TEXT with PATH ("": nothing) in the first drive and all else as it was;
 * NULL, and a sentence, if there is no drive. The caller owns it. */
char *config_drive_set(const char *text, const char *path, GError **error);
