/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds the service together: objects on the bus, guests by name, and the looks at the machine
 * that keep them true. */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bus-methods.h"
#include "client-watch.h"
#include "error.h"
#include "guest.h"
#include "inventory.h"
#include "manager.h"
#include "switch-off.h"

/* How often numbers are brought up to date while somebody looks. */
#define REFRESH_INTERVAL_S 2
/* The disk fills up whether somebody looks or not. */
#define ROOM_INTERVAL_S 2
/* How long a job that is over stays on the bus, for who comes late to read how it ended. */
#define JOB_LINGER_S 60
/* In the run directory, which is empty after the computer was started: this was done since. */
#define AUTOSTART_MARK "autostarted"

struct Service {
    ServiceOptions options;
    GDBusObjectManagerServer *objects;
    Worker *builder;
    Worker *worker; /* NULL while the service is being freed */
    Backend *backend;
    GuestStore *store;
    Authority *authority;
    Inventory *inventory;
    Manager *manager;
    Usb *usb;
    Firewall *firewall;
    gboolean looked; /* at the machine, once */
    ClientWatch *clients;
    GFileMonitor *monitor; /* of the guests' directory; may be NULL */
    GHashTable *guests;    /* name -> Guest */
    GHashTable *lingering; /* timeout sources of jobs that are over */
    guint next_job;
    guint refresh_timer;
    gboolean refreshing; /* a look is under way */
    guint room_timer;
    DiskRoom room;
    gboolean again; /* and another is wanted after it */
    guint live_jobs;
    GSourceFunc quit;
    gpointer quit_data;
};

const ServiceOptions *service_options(Service *service)
{
    return &service->options;
}

Worker *service_worker(Service *service)
{
    return service->worker;
}

Worker *service_builder(Service *service)
{
    return service->builder;
}

Backend *service_backend(Service *service)
{
    return service->backend;
}

GuestStore *service_store(Service *service)
{
    return service->store;
}

Authority *service_authority(Service *service)
{
    return service->authority;
}

GDBusObjectManagerServer *service_objects(Service *service)
{
    return service->objects;
}

Usb *service_usb(Service *service)
{
    return service->usb;
}

guint64 service_total_memory(Service *service)
{
    return manager_total_memory(service->manager);
}

Guest *service_find_guest(Service *service, const char *name)
{
    return g_hash_table_lookup(service->guests, name);
}

GPtrArray *service_guests(Service *service)
{
    GPtrArray *guests = g_ptr_array_new_with_free_func(g_object_unref);
    GHashTableIter iter;
    gpointer guest;

    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest))
        g_ptr_array_add(guests, g_object_ref(guest));
    return guests;
}

Guest *service_add_guest(Service *service, const char *name)
{
    Guest *guest = guest_new(service, name);

    g_hash_table_insert(service->guests, g_strdup(name), guest);
    return guest;
}

void service_remove_guest(Service *service, Guest *guest)
{
    guest_withdraw(guest);
    g_hash_table_remove(service->guests, guest_name(guest));
}

static Guest *find_by_domid(Service *service, int domid)
{
    GHashTableIter iter;
    gpointer guest;

    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest)) {
        if (guest_domid(guest) == domid)
            return guest;
    }
    return NULL;
}

void service_domain_stopped(Service *service, int domid, StopReason reason)
{
    Guest *guest = find_by_domid(service, domid);

    if (guest)
        guest_stopped(guest, reason);
}

void service_domain_gone(Service *service, int domid)
{
    Guest *guest = find_by_domid(service, domid);

    if (guest)
        guest_gone(guest);
}

/* ---- Networks ---- */

static void clear_firewall_guest(gpointer data)
{
    network_access_clear(&((FirewallGuest *)data)->access);
}

void service_limit_networks(Service *service, FirewallDone done, gpointer data)
{
    g_autoptr(GArray) guests = g_array_new(FALSE, TRUE, sizeof(FirewallGuest));
    GHashTableIter iter;
    gpointer guest;

    /* Not before all that run are known: the rules of the others would go for a moment. */
    if (!service->looked)
        return;
    g_array_set_clear_func(guests, clear_firewall_guest);
    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest)) {
        FirewallGuest entry = {.domid = guest_domid(guest)};

        network_access_copy(guest_network_access(guest), &entry.access);
        g_array_append_val(guests, entry);
    }
    firewall_apply(service->firewall, guests, done, data);
}

/* ---- Jobs ---- */

static void cancel_job(VitrineJob1 *skeleton, GDBusMethodInvocation *invocation)
{
    Job *job = g_object_get_data(G_OBJECT(skeleton), "job");

    if (job && job_cancel(job))
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR,
                                                      SERVICE_ERROR_WRONG_STATE,
                                                      "This can't be cancelled any more.");
}

static const BusMethod job_methods[] = {
    {"Cancel", BUS_MANAGERS, G_CALLBACK(cancel_job)},
};

/* A job that is over goes while polkit asks for a password. */
static const BusTarget job_keeping = {g_object_ref, g_object_unref, NULL};

void service_add_job(Service *service, Job *job)
{
    g_autofree char *path = g_strdup_printf(SERVICE_PATH "/jobs/%u", service->next_job++);
    g_autoptr(VitrineObjectSkeleton) object = vitrine_object_skeleton_new(path);

    vitrine_object_skeleton_set_job1(object, job_skeleton(job));
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(job_skeleton(job)), job_methods,
                        G_N_ELEMENTS(job_methods), &job_keeping, job_skeleton(job),
                        service->authority);
    g_object_set_data(G_OBJECT(job_skeleton(job)), "job", job);
    g_dbus_object_manager_server_export(service->objects, G_DBUS_OBJECT_SKELETON(object));
    service->live_jobs++;
}

typedef struct {
    Service *service;
    char *path;
} Linger;

static gboolean forget_job(gpointer data)
{
    Linger *linger = data;

    g_dbus_object_manager_server_unexport(linger->service->objects, linger->path);
    g_hash_table_remove(linger->service->lingering,
                        GUINT_TO_POINTER(g_source_get_id(g_main_current_source())));
    return G_SOURCE_REMOVE;
}

static void linger_free(gpointer data)
{
    Linger *linger = data;

    g_free(linger->path);
    g_free(linger);
}

void service_job_over(Service *service, Job *job)
{
    GDBusInterfaceSkeleton *skeleton = G_DBUS_INTERFACE_SKELETON(job_skeleton(job));
    Linger *linger = g_new0(Linger, 1);
    guint id;

    g_object_set_data(G_OBJECT(skeleton), "job", NULL);
    linger->service = service;
    linger->path = g_strdup(g_dbus_interface_skeleton_get_object_path(skeleton));
    id = g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, JOB_LINGER_S, forget_job, linger,
                                    linger_free);
    g_hash_table_add(service->lingering, GUINT_TO_POINTER(id));
    service->live_jobs--;
    if (service->quit && service->live_jobs == 0)
        g_idle_add(g_steal_pointer(&service->quit), service->quit_data);
}

/* ---- Looks at the machine ---- */

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

/* One look, waited for. */
static gboolean look_first(Service *service, GError **error)
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

/* True the first time since the computer was started. */
static gboolean leave_mark(Service *service)
{
    g_autofree char *path = g_build_filename(service->options.run_directory, AUTOSTART_MARK, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno != EEXIST)
        g_warning("No guest is started with the computer: %s: %s", path, g_strerror(errno));
    if (fd < 0)
        return FALSE;
    close(fd);
    return TRUE;
}

/* Starts the guests that are to start with the computer, or were saved when it was switched off,
 * one after the other. A later run of the service leaves those alone that were shut down meanwhile.
 */
static void start_guests(Service *service)
{
    g_auto(GStrv) noted = NULL;
    GHashTableIter iter;
    gpointer guest;

    if (!leave_mark(service))
        return;
    noted = switch_off_take_noted(service->store);
    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest)) {
        guest_autostart(guest);
        if (g_strv_contains((const char *const *)noted, guest_name(guest)))
            guest_go_on(guest);
    }
}

Service *service_new(GDBusConnection *connection, const ServiceOptions *options, Worker *worker,
                     Worker *builder, Backend *backend, GuestStore *store, Authority *authority,
                     GError **error)
{
    g_autoptr(Service) service = g_new0(Service, 1);

    service->options = *options;
    service->worker = worker;
    service->builder = builder;
    service->backend = backend;
    service->store = store;
    service->authority = authority;
    service->guests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    service->lingering = g_hash_table_new(g_direct_hash, g_direct_equal);
    service->objects = g_dbus_object_manager_server_new(SERVICE_PATH);
    service->inventory = inventory_new(backend, store);
    service->manager = manager_new(service);
    service->usb = usb_new(service);
    service->firewall = firewall_new(options->nft_program, options->run_directory);
    if (!look_first(service, error))
        return NULL;
    usb_guests_are_known(service->usb);
    service->looked = TRUE;
    service_limit_networks(service, NULL, NULL);
    watch_directory(service);
    service->clients = client_watch_new(connection, clients_changed, service);
    g_dbus_object_manager_server_set_connection(service->objects, connection);
    service->room_timer = g_timeout_add_seconds(ROOM_INTERVAL_S, look_for_room, service);
    start_guests(service);
    return g_steal_pointer(&service);
}

void service_quit(Service *service, GSourceFunc done, gpointer data)
{
    GHashTableIter iter;
    gpointer guest;
    g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(g_object_unref);

    service->quit = done;
    service->quit_data = data;
    manager_quit(service->manager);
    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest)) {
        if (guest_job(guest))
            g_ptr_array_add(jobs, g_object_ref(guest_job(guest)));
    }
    for (guint i = 0; i < jobs->len; i++)
        job_cancel(jobs->pdata[i]);
    if (service->quit && service->live_jobs == 0)
        g_idle_add(g_steal_pointer(&service->quit), data);
}

static void close_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Backend *backend = data;

    backend->ops->close(backend);
    g_task_return_boolean(task, TRUE);
}

/* What lives on the worker's thread is freed there, then the thread ends. */
static void close_backend(Service *service)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, NULL, NULL);

    g_clear_pointer(&service->builder, worker_free);
    g_task_set_task_data(task, service->backend, NULL);
    worker_run(service->worker, G_PRIORITY_LOW, task, close_thread);
    g_clear_pointer(&service->worker, worker_free);
}

void service_free(Service *service)
{
    GHashTableIter iter;
    gpointer value;

    if (!service)
        return;
    g_clear_pointer(&service->clients, client_watch_free);
    g_clear_handle_id(&service->refresh_timer, g_source_remove);
    g_clear_handle_id(&service->room_timer, g_source_remove);
    if (service->monitor)
        g_signal_handlers_disconnect_by_data(service->monitor, service);
    g_clear_object(&service->monitor);
    g_hash_table_iter_init(&iter, service->lingering);
    while (g_hash_table_iter_next(&iter, &value, NULL))
        g_source_remove(GPOINTER_TO_UINT(value));
    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        guest_release(value);
    g_dbus_object_manager_server_set_connection(service->objects, NULL);
    usb_stop(service->usb);
    close_backend(service);
    /* Answers of the worker that are still queued are for a service that is no more. */
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_hash_table_unref(service->guests);
    g_clear_pointer(&service->usb, usb_free);
    g_clear_pointer(&service->firewall, firewall_free);
    g_hash_table_unref(service->lingering);
    g_clear_pointer(&service->manager, manager_free);
    g_clear_object(&service->objects);
    g_clear_pointer(&service->inventory, inventory_free);
    g_clear_pointer(&service->store, guest_store_free);
    g_clear_pointer(&service->authority, authority_free);
    g_free(service);
}
