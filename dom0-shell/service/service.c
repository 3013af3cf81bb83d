/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds the service together: what it is made of, its guests by name, and their events. */
#include "service-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "error.h"
#include "guest.h"
#include "switch-off.h"

/* In the run directory, which is empty after the computer was started: this was done since. */
#define AUTOSTART_MARK "autostarted"

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
        FirewallGuest entry = {.domid = guest_domid(guest), .port = *guest_port(guest)};

        network_access_copy(guest_network_access(guest), &entry.access);
        g_array_append_val(guests, entry);
    }
    firewall_apply(service->firewall, guests, done, data);
}

/* ---- From its beginning to its end ---- */

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
    if (!service_look_first(service, error))
        return NULL;
    usb_guests_are_known(service->usb);
    service->looked = TRUE;
    service_limit_networks(service, NULL, NULL);
    service_start_looking(service, connection);
    g_dbus_object_manager_server_set_connection(service->objects, connection);
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
    gpointer guest;

    if (!service)
        return;
    service_stop_looking(service);
    service_forget_jobs(service);
    g_hash_table_iter_init(&iter, service->guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest))
        guest_release(guest);
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
