/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The looks at the machine that keep the objects on the bus true: when they are taken, and what
 * comes of them. */
#include "service-private.h"

#include <string.h>

#include "guest.h"

/* How often numbers are brought up to date while somebody looks. */
#define REFRESH_INTERVAL_S 2
/* The disk fills up whether somebody looks or not. */
#define ROOM_INTERVAL_S 2

static const BackendDomain *find_domain(const Snapshot *snapshot, const char *name)
{
    for (guint i = 0; i < snapshot->domains->len; i++) {
        const BackendDomain *domain = snapshot->domains->pdata[i];

        if (g_strcmp0(domain->name, name) == 0)
            return domain;
    }
    return NULL;
}

static void compare_files(Service *service, const Snapshot *snapshot)
{
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const InventoryGuest *file = snapshot->guests->pdata[i];
        Guest *guest = service_find_guest(service, file->name);

        if (guest && guest_job(guest))
            continue;
        if (guest) {
            guest_update_file(guest, file);
        } else {
            guest = service_add_guest(service, file->name);
            guest_update_file(guest, file);
            guest_export(guest);
        }
        vitrine_guest1_set_disk_used(guest_skeleton(guest), file->disk_used);
    }
}

static gboolean has_file(const Snapshot *snapshot, const char *name)
{
    for (guint i = 0; i < snapshot->guests->len; i++) {
        if (strcmp(((const InventoryGuest *)snapshot->guests->pdata[i])->name, name) == 0)
            return TRUE;
    }
    return FALSE;
}

static void compare_domains(Service *service, const Snapshot *snapshot)
{
    g_autoptr(GPtrArray) leaving = g_ptr_array_new();
    GHashTableIter iter;
    gpointer guest;

    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest)) {
        const char *name = guest_name(guest);
        const BackendDomain *domain = find_domain(snapshot, name);

        if (!domain && !guest_job(guest) && !has_file(snapshot, name))
            g_ptr_array_add(leaving, guest);
        else
            guest_update_domain(guest, domain, snapshot->taken_at);
    }
    for (guint i = 0; i < leaving->len; i++)
        service_remove_guest(service, leaving->pdata[i]);
}

static void mind_room(Service *service, guint64 free_disk, guint64 total_disk)
{
    GHashTableIter iter;
    gpointer guest;

    service->room = disk_room_tell(free_disk, total_disk, service->room);
    manager_show_room(service->manager, free_disk, service->room);
    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest))
        guest_mind_room(guest, service->room);
}

static gboolean look_for_room(gpointer data)
{
    Service *service = data;
    guint64 free_disk, total_disk;

    guest_store_measure(service->store, &free_disk, &total_disk);
    mind_room(service, free_disk, total_disk);
    return G_SOURCE_CONTINUE;
}

static void compare(Service *service, const Snapshot *snapshot)
{
    manager_update(service->manager, snapshot);
    compare_files(service, snapshot);
    compare_domains(service, snapshot);
    mind_room(service, snapshot->free_disk, snapshot->total_disk);
}

static void take_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    Snapshot *snapshot = inventory_take(data, &error);

    if (snapshot)
        g_task_return_pointer(task, snapshot, (GDestroyNotify)snapshot_free);
    else
        g_task_return_error(task, error);
}

static void taken(GObject *source, GAsyncResult *result, gpointer data)
{
    Service *service = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Snapshot) snapshot = g_task_propagate_pointer(G_TASK(result), &error);

    service->refreshing = FALSE;
    if (snapshot && service->worker)
        compare(service, snapshot);
    else if (error)
        g_warning("The machine can't be looked at: %s", error->message);
    if (service->again) {
        service->again = FALSE;
        service_refresh(service);
    }
}

void service_refresh(Service *service)
{
    g_autoptr(GTask) task = NULL;

    if (!service->worker)
        return; /* The service is being freed. */
    if (service->refreshing) {
        service->again = TRUE;
        return;
    }
    service->refreshing = TRUE;
    task = g_task_new(NULL, NULL, taken, service);
    g_task_set_task_data(task, service->inventory, NULL);
    /* Below jobs: a person's request goes before a number on the screen. */
    worker_run(service->worker, G_PRIORITY_LOW, task, take_thread);
}

gboolean service_look_first(Service *service, GError **error)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, NULL, NULL);
    g_autoptr(Snapshot) snapshot = NULL;

    g_task_set_task_data(task, service->inventory, NULL);
    worker_run(service->worker, G_PRIORITY_DEFAULT, task, take_thread);
    while (!g_task_get_completed(task))
        g_main_context_iteration(NULL, TRUE);
    snapshot = g_task_propagate_pointer(task, error);
    if (snapshot)
        compare(service, snapshot);
    return snapshot != NULL;
}

static gboolean refresh_again(gpointer data)
{
    service_refresh(data);
    return G_SOURCE_CONTINUE;
}

static void clients_changed(gboolean any, gpointer data)
{
    Service *service = data;

    g_clear_handle_id(&service->refresh_timer, g_source_remove);
    if (any) {
        service->refresh_timer = g_timeout_add_seconds(REFRESH_INTERVAL_S, refresh_again, service);
        service_refresh(service);
    }
}

static void watch_directory(Service *service)
{
    g_autoptr(GFile) directory = g_file_new_for_path(guest_store_guests(service->store));

    service->monitor = g_file_monitor_directory(directory, G_FILE_MONITOR_NONE, NULL, NULL);
    if (service->monitor)
        g_signal_connect_swapped(service->monitor, "changed", G_CALLBACK(service_refresh), service);
}

void service_start_looking(Service *service, GDBusConnection *connection)
{
    watch_directory(service);
    service->clients = client_watch_new(connection, clients_changed, service);
    service->room_timer = g_timeout_add_seconds(ROOM_INTERVAL_S, look_for_room, service);
}

void service_stop_looking(Service *service)
{
    g_clear_pointer(&service->clients, client_watch_free);
    g_clear_handle_id(&service->refresh_timer, g_source_remove);
    g_clear_handle_id(&service->room_timer, g_source_remove);
    if (service->monitor)
        g_signal_handlers_disconnect_by_data(service->monitor, service);
    g_clear_object(&service->monitor);
}
