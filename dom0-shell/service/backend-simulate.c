/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An imagined machine, for developing the shell and testing the service where there is no
 * hypervisor: domains are records, time passes at a chosen pace.
 *
 * A guest's kernel command line can ask for a behaviour: vitrine.simulate=crash (crashes some time
 * after it was started), =deaf (does not hear a shutdown request), =stubborn (hears, and goes on),
 * =broken (can't be built), =poweroff (switches itself off), =instant (is off before it is known to
 * be on), =vanish (is destroyed by somebody else while it is built), =mute (has no text console),
 * =unsavable (can't be saved), =unrestorable (can't be restored), =restart (restarts, as an
 * installer at its end). */
#include "backend-simulate-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#define CPUS 4
/* Bytes of one that answered in the end. */
#define SIMULATE_SLOW_DISK (G_GUINT64_CONSTANT(8) << 20)

static gboolean simulate_host(Backend *backend, BackendHost *ret_host, GError **error)
{
    Simulation *simulation = (Simulation *)backend;

    g_strlcpy(ret_host->hypervisor, "simulated", sizeof ret_host->hypervisor);
    ret_host->cpus = CPUS;
    ret_host->total_memory = SIMULATE_MEMORY;
    ret_host->free_memory = simulate_free_memory(simulation);
    ret_host->kinds = simulation->kinds;
    return TRUE;
}

static GPtrArray *simulate_list(Backend *backend, GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)backend_domain_free);
    GHashTableIter iter;
    gpointer value;

    g_mutex_lock(&simulation->lock);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Domain *domain = value;
        BackendDomain *entry = g_new0(BackendDomain, 1);

        entry->domid = domain->domid;
        entry->name = g_strdup(domain->name);
        entry->ours = TRUE;
        entry->paused = domain->paused;
        entry->suspended = domain->suspended;
        entry->unheard = domain->unheard;
        entry->memory = domain->memory;
        entry->cpu_time = simulate_cpu_time(domain);
        g_ptr_array_add(list, entry);
    }
    g_mutex_unlock(&simulation->lock);
    return list;
}

static gboolean simulate_watch(Backend *backend, int domid, GError **error)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, error);

    simulate_keep_record((Simulation *)backend);
    if (domain && strcmp(domain->behaviour, "vanish") == 0)
        simulate_make_plan((Simulation *)backend, domain, TRUE, STOP_POWEROFF);
    return domain != NULL;
}

static gboolean simulate_pause(Backend *backend, int domid, GError **error)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, error);

    if (!domain)
        return FALSE;
    domain->cpu_time = simulate_cpu_time(domain);
    domain->running_since = 0;
    domain->paused = TRUE;
    simulate_cancel_plan(domain);
    return TRUE;
}

static gboolean simulate_unpause(Backend *backend, int domid, GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    Domain *domain = simulate_find(simulation, domid, error);

    if (!domain)
        return FALSE;
    domain->paused = FALSE;
    domain->running_since = g_get_monotonic_time();
    if (strcmp(domain->behaviour, "crash") == 0)
        simulate_make_plan(simulation, domain, FALSE, STOP_CRASH);
    else if (strcmp(domain->behaviour, "instant") == 0)
        backend_send_stopped(backend, domid, STOP_POWEROFF);
    else if (strcmp(domain->behaviour, "poweroff") == 0)
        simulate_make_plan(simulation, domain, FALSE, STOP_POWEROFF);
    else if (strcmp(domain->behaviour, "restart") == 0)
        simulate_make_plan(simulation, domain, FALSE, STOP_REBOOT);
    return TRUE;
}

static gboolean request(Backend *backend, int domid, StopReason reason, GError **error)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, error);

    if (!domain)
        return FALSE;
    /* One that has no ear for it, and one that hears and goes on. */
    domain->unheard = strcmp(domain->behaviour, "deaf") == 0;
    if (!domain->paused && !domain->suspended && !domain->unheard &&
        strcmp(domain->behaviour, "stubborn") != 0)
        simulate_make_plan((Simulation *)backend, domain, FALSE, reason);
    return TRUE;
}

static gboolean simulate_shutdown(Backend *backend, int domid, GError **error)
{
    return request(backend, domid, STOP_POWEROFF, error);
}

static gboolean simulate_reboot(Backend *backend, int domid, GError **error)
{
    return request(backend, domid, STOP_REBOOT, error);
}

static gboolean simulate_destroy(Backend *backend, int domid, GError **error)
{
    Simulation *simulation = (Simulation *)backend;

    if (simulate_take_out(simulation, domid))
        backend_send_gone(backend, domid);
    simulate_keep_record(simulation);
    return TRUE;
}

static gboolean simulate_set_memory(Backend *backend, int domid, guint64 bytes, GError **error)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, error);

    if (domain)
        domain->memory = bytes;
    return domain != NULL;
}

static gboolean simulate_set_weight(Backend *backend, int domid, guint weight, GError **error)
{
    return simulate_find((Simulation *)backend, domid, error) != NULL;
}

/* The image has to be there, as it has for QEMU. */
static gboolean simulate_change_iso(Backend *backend, int domid, const char *path, GError **error)
{
    if (!simulate_find((Simulation *)backend, domid, error))
        return FALSE;
    if (!path || g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "The CD can't be changed: no %s.",
                path);
    return FALSE;
}

/* A guest that is deaf to a shutdown lets go of no disk either. */
static gboolean simulate_attach_disk(Backend *backend, int domid, const char *path,
                                     const char *vdev, GError **error)
{
    return simulate_find((Simulation *)backend, domid, error) != NULL;
}

static gboolean simulate_detach_disk(Backend *backend, int domid, const char *vdev, GError **error)
{
    const Domain *domain = simulate_find((Simulation *)backend, domid, error);

    if (!domain || strcmp(domain->behaviour, "deaf") != 0)
        return domain != NULL;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                "The guest does not let go of its disk %s.", vdev);
    return FALSE;
}

/* A FIFO stands for a file on a file system that does not answer, until somebody opens it to write.
 */
static void simulate_look_at_disk(const char *path, DiskSize *ret_size)
{
    GStatBuf st;
    int fd;

    disk_look_stat(path, ret_size);
    if (g_stat(path, &st) != 0 || !S_ISFIFO(st.st_mode))
        return;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    ret_size->size = ret_size->used = SIMULATE_SLOW_DISK;
}

static void simulate_ask_model(Backend *backend, int domid, const char *command, GTask *task)
{
    GError *error = NULL;
    const Domain *domain = simulate_find((Simulation *)backend, domid, &error);

    if (!domain || !domain->qemu) {
        if (!error)
            g_set_error_literal(&error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "No device model");
        g_task_return_error(task, error);
        return;
    }
    simulate_qemu_ask(domain->qemu, command, task);
    simulate_keep_record((Simulation *)backend);
}

static void simulate_keep_settings(Backend *backend, int domid, const GuestFacts *facts)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, NULL);

    if (domain)
        domain->settings = *facts;
    simulate_keep_record((Simulation *)backend);
}

static gboolean simulate_kept_settings(Backend *backend, int domid, GuestFacts *ret_facts)
{
    const Domain *domain = simulate_find((Simulation *)backend, domid, NULL);

    if (domain)
        *ret_facts = domain->settings;
    return domain != NULL;
}

static int simulate_open_console(Backend *backend, int domid, const char *name, char **ret_history,
                                 GError **error)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, error);

    if (!domain)
        return -1;
    if (strcmp(domain->behaviour, "mute") == 0) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_CONSOLE,
                            "The guest has no text console.");
        return -1;
    }
    if (!domain->console)
        domain->console = simulate_console_new(worker_context(backend->worker), name, error);
    return domain->console ? simulate_console_open(domain->console, ret_history, error) : -1;
}

static char *simulate_console_log(Backend *backend, const char *name)
{
    return g_strdup_printf("%s, simulated\r\n", name);
}

static char *simulate_last_words(Backend *backend, const char *name)
{
    return g_strdup("Kernel panic - not syncing: simulated");
}

static void simulate_forget(Backend *backend, const char *name)
{
}

static void simulate_close(Backend *backend)
{
    Simulation *simulation = (Simulation *)backend;

    if (simulation->record)
        simulate_leave_alone(simulation);
    g_hash_table_unref(simulation->domains);
    g_free(simulation->nodes);
    g_free(simulation->record);
    g_mutex_clear(&simulation->lock);
    g_free(simulation);
}

static const BackendOps simulate_ops = {
    .host = simulate_host,
    .list = simulate_list,
    .read_config = simulate_read_config,
    .copy_disk = simulate_copy_disk,
    .create = simulate_create,
    .save = simulate_save,
    .resume = simulate_resume,
    .restore = simulate_restore,
    .watch = simulate_watch,
    .pause = simulate_pause,
    .unpause = simulate_unpause,
    .shutdown = simulate_shutdown,
    .reboot = simulate_reboot,
    .destroy = simulate_destroy,
    .set_memory = simulate_set_memory,
    .set_weight = simulate_set_weight,
    .change_iso = simulate_change_iso,
    .attach_disk = simulate_attach_disk,
    .detach_disk = simulate_detach_disk,
    .look_at_disk = simulate_look_at_disk,
    .ask_model = simulate_ask_model,
    .keep_settings = simulate_keep_settings,
    .kept_settings = simulate_kept_settings,
    .open_console = simulate_open_console,
    .console_log = simulate_console_log,
    .last_words = simulate_last_words,
    .forget = simulate_forget,
    .close = simulate_close,
};

Backend *backend_simulate_open(Worker *worker, Worker *builder, GMainContext *context,
                               const BackendEvents *events, guint kinds, guint pace_ms,
                               const char *nodes, const char *record)
{
    Simulation *simulation = g_new0(Simulation, 1);

    simulation->base.ops = &simulate_ops;
    simulation->base.worker = worker;
    simulation->base.builder = builder;
    g_mutex_init(&simulation->lock);
    simulation->base.context = context;
    simulation->base.events = *events;
    simulation->kinds = kinds;
    simulation->pace_ms = pace_ms;
    simulation->next_domid = 1;
    simulation->domains =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, simulate_domain_free);
    simulation->nodes = g_strdup(nodes);
    simulation->record = g_strdup(record);
    if (record)
        simulate_revive_all(simulation);
    return &simulation->base;
}
