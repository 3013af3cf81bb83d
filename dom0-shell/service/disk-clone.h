/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of disk images that share their blocks. */
#pragma once

#include <glib.h>

/* Makes TO, which must not exist, a copy of the file FROM that shares all its blocks (a reflink)
 * and is SIZE bytes long, the rest a hole. Both must be on one file system that can do that.
 * After a failure there is no TO, and ERROR says what to do. */
gboolean disk_clone(const char *from, const char *to, guint64 size, GError **error);
