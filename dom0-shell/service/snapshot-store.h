/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots of guests' disks: below snapshots/NAME/ a directory each, which has `disk.img` and
 * `snapshot.ini` (group [snapshot]: label, taken). It is put together under a name that begins with
 * a dot and renamed when it is whole, so that there is never half a one. */
#pragma once

#include <gio/gio.h>

#include "guest-store.h"

/* What is still being put together, in any of the store's directories. */
#define COPY_PREFIX ".making-"

/* The snapshots of the guest NAME as aa{sv}, oldest first: id, label (s), taken (t, seconds since
 * 1970), size (t, bytes). Floating. */
GVariant *snapshot_store_list(const GuestStore *store, const char *name);

/* Path of the disk of the snapshot ID, or NULL and a sentence if there is none. Owned by the
 * caller. ID may be anything. */
char *snapshot_store_find(const GuestStore *store, const char *name, const char *id,
                          GError **error);

/* An id for a snapshot that is taken now, not in use yet. Owned by the caller. */
char *snapshot_store_new_id(const GuestStore *store, const char *name);

/* Makes the directory that the snapshot ID is put together in; where its disk is to go, owned by
 * the caller. NULL and ERROR if it can't be. */
char *snapshot_store_begin(const GuestStore *store, const char *name, const char *id,
                           GError **error);
/* Writes the description and makes the snapshot ID, whose disk is there, one of NAME's. */
gboolean snapshot_store_commit(const GuestStore *store, const char *name, const char *id,
                               const char *label, GError **error);
/* Removes what snapshot_store_begin() made. */
void snapshot_store_abandon(const GuestStore *store, const char *name, const char *id);

/* Remove one of NAME's snapshots; all of them. None is no error for the latter. */
gboolean snapshot_store_remove(const GuestStore *store, const char *name, const char *id,
                               GError **error);
gboolean snapshot_store_remove_all(const GuestStore *store, const char *name, GError **error);

/* Removes what a service that was killed left half made of copies, and ends what wanted nothing
 * but a last rename. Before anything else is done with the STORE. */
void snapshot_store_sweep(const GuestStore *store);

/* Removes a directory of plain files. One that is not there is no error. */
gboolean snapshot_store_remove_directory(const char *path, GError **error);
