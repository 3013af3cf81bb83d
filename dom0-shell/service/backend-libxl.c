/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real machine, through libxl: how it is opened and closed, and the life of its domains once
 * they are built. */
#include "backend-libxl-private.h"

#include <errno.h>

#include "display-nodes.h"
#include "error.h"

Machine *machine_of(Backend *backend)
{
    Machine *machine = (Machine *)backend;

    g_assert(worker_is_current(backend->worker));
    libxl_log_begin(machine->log);
    return machine;
}

Machine *machine_of_builder(Backend *backend)
{
    Machine *machine = (Machine *)backend;

    g_assert(worker_is_current(backend->builder));
    libxl_log_begin(machine->build_log);
    return machine;
}

static void on_change(gpointer data)
{
    backend_send_changed(&((Machine *)data)->base);
}

/* ---- Life ---- */

static gboolean machine_pause(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_pause(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest can't be paused"), error);
}

static gboolean machine_unpause(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_unpause(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest can't be started"), error);
}

static gboolean machine_shutdown(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_shutdown(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest can't be asked to shut down"), error);
}

static gboolean machine_reboot(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_reboot(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest can't be asked to restart"), error);
}

static gboolean machine_destroy(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_destroy(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 || status == ERROR_DOMAIN_NOTFOUND ||
           libxl_log_fail(machine->log, status, N_("The guest can't be cleared away"), error);
}

static void machine_ask_model(Backend *backend, int domid, const char *command, GTask *task)
{
    libxl_monitor_ask(machine_of(backend)->monitor, domid, command, task);
}

/* ---- The machine itself ---- */

static void machine_close(Backend *backend)
{
    Machine *machine = (Machine *)backend;

    g_hash_table_unref(machine->watched);
    domain_watch_free(machine->domains);
    if (machine->store)
        xs_close(machine->store);
    if (machine->build_ctx)
        libxl_ctx_free(machine->build_ctx);
    /* What a device model never answered stays, until this process ends. */
    if (machine->ctx && !(machine->monitor && libxl_monitor_is_waiting(machine->monitor)))
        libxl_ctx_free(machine->ctx);
    libxl_monitor_free(machine->monitor);
    libxl_sources_free(machine->sources);
    libxl_log_free(machine->build_log);
    libxl_log_free(machine->log);
    g_free(machine);
}

static const BackendOps machine_ops = {
    .host = machine_host,
    .list = machine_list,
    .read_config = machine_read_config,
    .copy_disk = machine_copy_disk,
    .create = machine_create,
    .save = machine_save,
    .resume = machine_resume,
    .restore = machine_restore,
    .watch = machine_watch,
    .pause = machine_pause,
    .unpause = machine_unpause,
    .shutdown = machine_shutdown,
    .reboot = machine_reboot,
    .destroy = machine_destroy,
    .set_memory = machine_set_memory,
    .set_weight = machine_set_weight,
    .change_iso = machine_change_iso,
    .attach_disk = machine_attach_disk,
    .detach_disk = machine_detach_disk,
    .look_at_disk = disk_look_stat,
    .ask_model = machine_ask_model,
    .keep_settings = machine_keep_settings,
    .kept_settings = machine_kept_settings,
    .open_console = machine_open_console,
    .console_log = machine_console_log,
    .last_words = machine_last_words,
    .forget = machine_forget,
    .close = machine_close,
};

/* A context that leaves this process's other children alone; NULL and ERROR if there is no
 * hypervisor to talk to. */
static libxl_ctx *open_context(LibxlLog *log, GError **error)
{
    libxl_ctx *ctx = NULL;
    int status = libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, libxl_log_logger(log));

    if (status == 0)
        return ctx;
    libxl_log_fail(log, status,
                   "The hypervisor can't be reached. The service runs in the first domain of "
                   "Vitrine or Xen only, as root, with xenstored running",
                   error);
    return NULL;
}

Backend *backend_libxl_open(Worker *worker, Worker *builder, GMainContext *context,
                            const BackendEvents *events, GError **error)
{
    Machine *machine = g_new0(Machine, 1);

    machine->base.ops = &machine_ops;
    machine->base.worker = worker;
    machine->base.builder = builder;
    machine->base.context = context;
    machine->base.events = *events;
    machine->watched = g_hash_table_new(g_direct_hash, g_direct_equal);
    machine->log = libxl_log_new();
    machine->build_log = libxl_log_new();
    machine->ctx = open_context(machine->log, error);
    machine->build_ctx = machine->ctx ? open_context(machine->build_log, error) : NULL;
    machine->store = xs_open(0);
    if (machine->store)
        machine->domains = domain_watch_new(worker_context(worker), on_change, machine);
    if (machine->build_ctx && !machine->domains)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "xenstored can't be reached: %s.",
                    g_strerror(errno));
    if (!machine->build_ctx || !machine->domains) {
        machine_close(&machine->base);
        return NULL;
    }
    machine->sources = libxl_sources_new(machine->ctx, worker_context(worker));
    machine->monitor = libxl_monitor_new(machine->ctx);
    machine_register_events(machine);
    /* What was left by domains that went while no service was there to see it. */
    display_nodes_sweep(machine->store, machine->ctx);
    return &machine->base;
}
