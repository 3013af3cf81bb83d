/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is at one moment: the machine, templates, guests' files and domains. Taken on the
 * worker's thread, compared on the main one. */
#pragma once

#include "backend.h"
#include "guest-store.h"

typedef struct Inventory Inventory;

typedef struct {
    char *name;
    char *problem; /* why the file can't be used, or NULL */
    BackendConfig config;
    GuestNotes notes;
    gboolean saved;    /* its memory is in a file */
    guint64 disk_used; /* bytes, by all that is kept of it */
} InventoryGuest;

typedef struct {
    BackendHost host;
    guint64 free_disk;
    guint64 total_disk;
    GVariant *templates; /* aa{sv} */
    GPtrArray *guests;   /* InventoryGuest */
    GPtrArray *domains;  /* BackendDomain */
    gint64 taken_at;     /* monotonic, µs */
} Snapshot;

/* Both are borrowed and must outlive the inventory. */
Inventory *inventory_new(Backend *backend, GuestStore *store);
void inventory_free(Inventory *inventory);

/* Looks at everything; files that have not changed are not read again. On the worker's thread.
 * NULL and ERROR if the machine does not answer. */
Snapshot *inventory_take(Inventory *inventory, GError **error);
void snapshot_free(Snapshot *snapshot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_free)
