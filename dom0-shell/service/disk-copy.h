/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole copies of disk images: blocks are shared where the file system can, and copied else. */
#pragma once

#include <gio/gio.h>

#include "backend.h"

/* Makes TO, which must not exist, a copy of the plain file FROM, and writes it to the disk. It is
 * SIZE bytes long, the rest a hole, or as long as FROM if that is longer. A link is refused. Where
 * blocks can't be shared, what is not a hole is copied, after a look whether there is room for it:
 * PROGRESS (may be NULL) is told of that, from this thread, and CANCELLABLE is heard. After a
 * failure there is no TO, and ERROR says what to do. */
gboolean disk_copy(const char *from, const char *to, guint64 size, BackendProgress progress,
                   gpointer data, GCancellable *cancellable, GError **error);

/* The same of a plain file that is open for reading, FROM; and that of a path, for it to be closed
 * by the caller: -1 and ERROR for a link, and for what is no plain file. */
gboolean disk_copy_from(int from, const char *to, guint64 size, BackendProgress progress,
                        gpointer data, GCancellable *cancellable, GError **error);
int disk_copy_open(const char *path, GError **error);

/* Writes the entries of DIRECTORY, as after a rename, to the disk. Best effort. */
void disk_copy_sync_directory(const char *directory);

/* Renames FROM to TO, which must not exist, and keeps it so after a power cut. FALSE and ERROR,
 * SERVICE_ERROR_NAME_TAKEN if there is a TO. */
gboolean disk_copy_place(const char *from, const char *to, GError **error);
