/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New, empty disks. */
#pragma once

#include <glib.h>

/* Makes the file PATH, which must not exist: SIZE bytes of nothing, which take no room until they
 * are written to. FALSE, with nothing left and a sentence, if it can't be. */
gboolean disk_new(const char *path, guint64 size, GError **error);
