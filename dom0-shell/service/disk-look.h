/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large the files of disks are. One may be on a file system that does not answer (an NFS server
 * that is gone), and then whoever looks stands still: each look has a thread of its own, and nobody
 * waits for it longer than asked. */
#pragma once

#include <glib.h>

typedef struct {
    gboolean known; /* else the look has not come back, or was not begun */
    guint64 size;   /* bytes; 0 of what is no regular file */
    guint64 used;   /* bytes that it takes up; likewise */
} DiskSize;

/* A look at the file PATH, which fills in all but `known`. Runs on any thread, and may never
 * return: it must need nothing that somebody may free. */
typedef void (*DiskLook)(const char *path, DiskSize *ret_size);

/* SIZES, borrowed, has one for each path, in their order. */
typedef void (*DiskLookDone)(const DiskSize *sizes, gpointer data);

/* The usual one: what the system says. */
void disk_look_stat(const char *path, DiskSize *ret_size);

/* Looks at the files PATHS (NULL-terminated) by LOOK and calls DONE, once, on the main thread: when
 * all looks are back, or after PATIENCE milliseconds, and perhaps before this returns. A file whose
 * last look is late still is not known, without another look at it. Main thread only. */
void disk_look(const char *const *paths, DiskLook look, guint patience, DiskLookDone done,
               gpointer data);
