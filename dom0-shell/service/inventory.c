/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes snapshots of the machine and the guests' directory. */
#include "inventory.h"

#include <glib/gstdio.h>

#include "saved-store.h"
#include "template.h"

/* What was read from a guest's file, and which state of the file that was. */
typedef struct {
    gint64 changed; /* st_ctim, ns: also moves when a file is put in place of another */
    guint64 inode;
    char *problem;
    BackendConfig config;
} Known;

struct Inventory {
    Backend *backend;
    GuestStore *store;
    GHashTable *known; /* name -> Known */
};

static void known_free(gpointer data)
{
    Known *known = data;

    g_free(known->problem);
    g_free(known);
}

Inventory *inventory_new(Backend *backend, GuestStore *store)
{
    Inventory *inventory = g_new0(Inventory, 1);

    inventory->backend = backend;
    inventory->store = store;
    inventory->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, known_free);
    return inventory;
}

void inventory_free(Inventory *inventory)
{
    if (!inventory)
        return;
    g_hash_table_unref(inventory->known);
    g_free(inventory);
}

static void inventory_guest_free(gpointer data)
{
    InventoryGuest *guest = data;

    g_free(guest->name);
    g_free(guest->problem);
    guest_notes_clear(&guest->notes);
    g_free(guest);
}

void snapshot_free(Snapshot *snapshot)
{
    if (!snapshot)
        return;
    g_clear_pointer(&snapshot->templates, g_variant_unref);
    g_clear_pointer(&snapshot->guests, g_ptr_array_unref);
    g_clear_pointer(&snapshot->domains, g_ptr_array_unref);
    g_free(snapshot);
}

static gint64 change_time(const GStatBuf *st)
{
    return (gint64)st->st_ctim.tv_sec * G_GINT64_CONSTANT(1000000000) + st->st_ctim.tv_nsec;
}

static const Known *read_guest(Inventory *inventory, const char *name, const char *path,
                               const GStatBuf *st)
{
    Known *known = g_hash_table_lookup(inventory->known, name);
    g_autoptr(GError) error = NULL;

    if (known && known->changed == change_time(st) && known->inode == st->st_ino)
        return known;
    known = g_new0(Known, 1);
    known->changed = change_time(st);
    known->inode = st->st_ino;
    if (!inventory->backend->ops->read_config(inventory->backend, path, &known->config, &error))
        known->problem = g_strdup(error->message);
    g_hash_table_insert(inventory->known, g_strdup(name), known);
    return known;
}

static GPtrArray *take_guests(Inventory *inventory)
{
    GPtrArray *guests = g_ptr_array_new_with_free_func(inventory_guest_free);
    g_autoptr(GPtrArray) names = guest_store_list(inventory->store);

    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *path = guest_store_config_path(inventory->store, name);
        const Known *known;
        InventoryGuest *guest;
        GStatBuf st;

        /* Reading a pipe would not end. */
        if (g_stat(path, &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        known = read_guest(inventory, name, path, &st);
        guest = g_new0(InventoryGuest, 1);
        guest->name = g_strdup(name);
        guest->problem = g_strdup(known->problem);
        guest->config = known->config;
        guest_store_read_notes(inventory->store, name, &guest->notes);
        guest->saved = saved_store_has(inventory->store, name);
        guest->disk_used = guest_store_used(inventory->store, name);
        g_ptr_array_add(guests, guest);
    }
    return guests;
}

static GVariant *take_templates(Inventory *inventory)
{
    g_autoptr(GPtrArray) templates = template_list(guest_store_templates(inventory->store));
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < templates->len; i++)
        g_variant_builder_add_value(&builder, template_to_variant(templates->pdata[i]));
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

Snapshot *inventory_take(Inventory *inventory, GError **error)
{
    g_autoptr(Snapshot) snapshot = g_new0(Snapshot, 1);

    g_assert(worker_is_current(inventory->backend->worker));
    if (!inventory->backend->ops->host(inventory->backend, &snapshot->host, error))
        return NULL;
    snapshot->domains = inventory->backend->ops->list(inventory->backend, error);
    if (!snapshot->domains)
        return NULL;
    snapshot->taken_at = g_get_monotonic_time();
    snapshot->guests = take_guests(inventory);
    snapshot->templates = take_templates(inventory);
    guest_store_measure(inventory->store, &snapshot->free_disk, &snapshot->total_disk);
    return g_steal_pointer(&snapshot);
}
