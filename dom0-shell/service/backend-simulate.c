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
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "config-edit.h"
#include "disk-copy.h"
#include "error.h"
#include "simulate-console.h"
#include "simulate-qemu.h"
#include "simulate-record.h"

#define GIB          (G_GUINT64_CONSTANT(1) << 30)
#define TOTAL_MEMORY (16 * GIB)
#define DOM0_MEMORY  (4 * GIB)
#define CPUS         4
/* A simulated step is cut in so many slices, so that it can be cancelled and shows progress. */
#define SLICES 20
/* Of one CPU, while a guest runs. */
#define BUSY 0.25

typedef struct {
    int domid;
    char *name;
    char *behaviour;
    gboolean paused;
    gboolean suspended;
    gboolean unheard;
    char *text; /* its file's, when it was built */
    guint64 memory;
    GuestFacts settings;
    guint64 cpu_time;
    gint64 running_since;     /* monotonic, µs; 0 while paused */
    GSource *timer;           /* what it will do next by itself */
    GSocket *screen;          /* in QEMU's place: takes connections and says nothing; or NULL */
    GSocket *sound;           /* likewise */
    SimulateConsole *console; /* NULL until somebody looks at it */
    SimulateQemu *qemu;       /* the worker's thread's; NULL: no HVM guest */
    gboolean has_controller;  /* for USB devices */
} Domain;

typedef struct {
    Backend base;
    guint kinds;
    guint pace_ms;
    char *nodes;  /* of USB devices */
    char *record; /* a file in which HVM domains are kept, or NULL */
    int next_domid;
    GMutex lock;         /* of the table; a domain in it is the worker's thread's alone */
    GHashTable *domains; /* domid -> Domain */
} Simulation;

static void cancel_timer(Domain *domain)
{
    if (!domain->timer)
        return;
    g_source_destroy(domain->timer);
    g_clear_pointer(&domain->timer, g_source_unref);
}

static void domain_free(gpointer data)
{
    Domain *domain = data;

    cancel_timer(domain);
    g_clear_object(&domain->screen);
    g_clear_object(&domain->sound);
    simulate_console_free(domain->console);
    simulate_qemu_free(domain->qemu);
    g_free(domain->name);
    g_free(domain->behaviour);
    g_free(domain->text);
    g_free(domain);
}

static Domain *find(Simulation *simulation, int domid, GError **error)
{
    Domain *domain;

    g_mutex_lock(&simulation->lock);
    domain = g_hash_table_lookup(simulation->domains, GINT_TO_POINTER(domid));
    g_mutex_unlock(&simulation->lock);
    if (!domain)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                            "The guest is not running any more.");
    return domain;
}

/* Lets a step's time pass. False, with ERROR set, once cancelled. */
static gboolean pass_time(Simulation *simulation, BackendProgress progress, gpointer data,
                          GCancellable *cancellable, GError **error)
{
    for (guint i = 0; i < SLICES; i++) {
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        g_usleep(simulation->pace_ms * 1000 / SLICES);
        if (progress)
            progress((i + 1.0) / SLICES, data);
    }
    return TRUE;
}

static gboolean take_out(Simulation *simulation, int domid)
{
    gboolean was_there;

    g_mutex_lock(&simulation->lock);
    was_there = g_hash_table_remove(simulation->domains, GINT_TO_POINTER(domid));
    g_mutex_unlock(&simulation->lock);
    return was_there;
}

static guint64 used_memory(Simulation *simulation)
{
    GHashTableIter iter;
    gpointer value;
    guint64 used = DOM0_MEMORY;

    g_mutex_lock(&simulation->lock);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        used += ((Domain *)value)->memory;
    g_mutex_unlock(&simulation->lock);
    return used;
}

static gboolean simulate_host(Backend *backend, BackendHost *ret_host, GError **error)
{
    Simulation *simulation = (Simulation *)backend;

    g_strlcpy(ret_host->hypervisor, "simulated", sizeof ret_host->hypervisor);
    ret_host->cpus = CPUS;
    ret_host->total_memory = TOTAL_MEMORY;
    ret_host->free_memory = TOTAL_MEMORY - used_memory(simulation);
    ret_host->kinds = simulation->kinds;
    return TRUE;
}

static guint64 cpu_time_now(const Domain *domain)
{
    gint64 ran = domain->running_since ? g_get_monotonic_time() - domain->running_since : 0;

    return domain->cpu_time + (guint64)((double)ran * 1000 * BUSY);
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
        entry->cpu_time = cpu_time_now(domain);
        g_ptr_array_add(list, entry);
    }
    g_mutex_unlock(&simulation->lock);
    return list;
}

static char *read_text(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    char *text;

    if (g_file_get_contents(path, &text, NULL, &failure))
        return text;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                "The guest's file can't be read: %s.", failure->message);
    return NULL;
}

static void describe(const char *text, BackendConfig *ret_config)
{
    g_autofree char *on_reboot = guest_config_scan_string(text, "on_reboot");

    memset(ret_config, 0, sizeof *ret_config);
    guest_config_scan(text, &ret_config->facts);
    if (g_strcmp0(on_reboot, "destroy") != 0)
        ret_config->on[STOP_REBOOT] = STOP_ACTION_RESTART;
}

static gboolean simulate_read_config(Backend *backend, const char *path, BackendConfig *ret_config,
                                     GError **error)
{
    g_autofree char *text = read_text(path, error);

    if (text)
        describe(text, ret_config);
    return text != NULL;
}

/* A copy indeed, for those who look into it, after the time that a large one takes. */
static gboolean simulate_copy_disk(Backend *backend, const char *from, const char *to, guint64 size,
                                   BackendProgress progress, gpointer data,
                                   GCancellable *cancellable, GError **error)
{
    return pass_time((Simulation *)backend, progress, data, cancellable, error) &&
           disk_copy(from, to, size, NULL, NULL, cancellable, error);
}

static char *behaviour_of(const char *text)
{
    g_autofree char *cmdline = guest_config_scan_string(text, "cmdline");
    const char *found = cmdline ? strstr(cmdline, "vitrine.simulate=") : NULL;

    return found ? g_strndup(strchr(found, '=') + 1, strcspn(strchr(found, '=') + 1, " "))
                 : g_strdup("");
}

static gboolean check_memory(Simulation *simulation, guint64 wanted, GError **error)
{
    guint64 free_memory = TOTAL_MEMORY - used_memory(simulation);

    if (wanted <= free_memory)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                "Not enough memory: the simulated machine has %" G_GUINT64_FORMAT " MiB free.",
                free_memory >> 20);
    return FALSE;
}

typedef struct {
    Simulation *simulation;
    int domid;
    gboolean vanish; /* destroyed by somebody else; otherwise it stops */
    StopReason reason;
} Plan;

static gboolean carry_out(gpointer data)
{
    Plan *plan = data;
    Backend *backend = &plan->simulation->base;
    Domain *domain = find(plan->simulation, plan->domid, NULL);

    g_assert(domain);
    if (plan->vanish) {
        backend_send_gone(backend, plan->domid);
        take_out(plan->simulation, plan->domid);
        return G_SOURCE_REMOVE;
    }
    domain->cpu_time = cpu_time_now(domain);
    domain->running_since = 0;
    backend_send_stopped(backend, plan->domid, plan->reason);
    return G_SOURCE_REMOVE;
}

/* A domain has one plan at a time; it is dropped with the domain. */
static void make_plan(Simulation *simulation, Domain *domain, gboolean vanish, StopReason reason)
{
    Plan *plan = g_new0(Plan, 1);

    cancel_timer(domain);
    plan->simulation = simulation;
    plan->domid = domain->domid;
    plan->vanish = vanish;
    plan->reason = reason;
    domain->timer = g_timeout_source_new(vanish ? 0 : simulation->pace_ms * 2);
    g_source_set_callback(domain->timer, carry_out, plan, g_free);
    g_source_attach(domain->timer, worker_context(simulation->base.worker));
}

/* What a QEMU would listen at; NULL and ERROR if there can't be such a socket. */
static GSocket *listen_at(const char *path, GError **error)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

    g_unlink(path);
    if (!socket || !g_socket_bind(socket, address, TRUE, error) || !g_socket_listen(socket, error))
        return NULL;
    return g_steal_pointer(&socket);
}

static gboolean has_controller(const char *text)
{
    g_autofree char *version = config_edit_find(text, "usbversion");

    return version != NULL;
}

/* What there is of a device model of DOMAIN: the screen, if its file has one, and at SOUND, if that
 * is not NULL, the sound card. */
static gboolean start_device_model(Domain *domain, const char *text, const char *sound,
                                   GError **error)
{
    g_autofree char *listen = guest_config_scan_string(text, "vnclisten");

    if (listen && g_str_has_prefix(listen, "unix:")) {
        domain->screen = listen_at(listen + strlen("unix:"), error);
        if (!domain->screen)
            return FALSE;
    }
    if (sound)
        domain->sound = listen_at(sound, error);
    return !sound || domain->sound;
}

static void insert(Simulation *simulation, Domain *domain)
{
    g_mutex_lock(&simulation->lock);
    g_hash_table_insert(simulation->domains, GINT_TO_POINTER(domain->domid), domain);
    g_mutex_unlock(&simulation->lock);
}

/* Builds what TEXT, a guest's file, says; SOUND as in create. */
static gboolean build(Simulation *simulation, const char *text, const char *sound,
                      GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                      GError **error)
{
    Domain *domain;

    describe(text, ret_config);
    if (!check_memory(simulation, ret_config->facts.memory, error) ||
        !pass_time(simulation, NULL, NULL, cancellable, error))
        return FALSE;
    domain = g_new0(Domain, 1);
    if (ret_config->facts.kind == GUEST_HVM && !start_device_model(domain, text, sound, error)) {
        domain_free(domain);
        return FALSE;
    }
    domain->domid = simulation->next_domid++;
    domain->name = guest_config_scan_string(text, "name");
    domain->behaviour = behaviour_of(text);
    domain->text = g_strdup(text);
    domain->memory = ret_config->facts.memory;
    domain->settings = ret_config->facts;
    domain->paused = TRUE;
    if (ret_config->facts.kind == GUEST_HVM) {
        domain->has_controller = has_controller(text);
        domain->qemu = simulate_qemu_new(simulation->nodes, domain->has_controller,
                                         worker_context(simulation->base.worker));
    }
    *ret_domid = domain->domid;
    insert(simulation, domain);
    return TRUE;
}

static gboolean fail_by_wish(const char *text, const char *wish, const char *what, GError **error)
{
    g_autofree char *behaviour = behaviour_of(text);

    if (strcmp(behaviour, wish) != 0)
        return FALSE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                "The guest can't be %s: its template asks the simulation for a failure. Use "
                "another template.",
                what);
    return TRUE;
}

static gboolean simulate_create(Backend *backend, const char *path, const char *sound,
                                GCancellable *cancellable, BackendConfig *ret_config,
                                int *ret_domid, GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    g_autofree char *text = read_text(path, error);

    return text && !fail_by_wish(text, "broken", "built", error) &&
           build(simulation, text, sound, cancellable, ret_config, ret_domid, error);
}

/* What is saved of a domain here is the file that it was built of. */
static gboolean simulate_save(Backend *backend, int domid, const char *path,
                              BackendProgress progress, gpointer data, GCancellable *cancellable,
                              GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    Domain *domain = find(simulation, domid, error);

    if (!domain)
        return FALSE;
    if (domain->paused) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                            "The guest is paused, and can't say that it is ready to be saved.");
        return FALSE;
    }
    if (!g_file_set_contents(path, domain->text, -1, error))
        return FALSE;
    domain->suspended = TRUE;
    if (pass_time(simulation, progress, data, cancellable, error) &&
        !fail_by_wish(domain->text, "unsavable", "saved", error))
        return TRUE;
    g_unlink(path);
    return FALSE;
}

static gboolean simulate_resume(Backend *backend, int domid, GError **error)
{
    Domain *domain = find((Simulation *)backend, domid, error);

    if (domain)
        domain->suspended = FALSE;
    return domain != NULL;
}

static gboolean simulate_restore(Backend *backend, const char *path, GCancellable *cancellable,
                                 BackendConfig *ret_config, int *ret_domid, GError **error)
{
    g_autofree char *text = read_text(path, error);

    return text && !fail_by_wish(text, "unrestorable", "restored", error) &&
           build((Simulation *)backend, text, NULL, cancellable, ret_config, ret_domid, error);
}

/* ---- Domains that outlive the service ---- */

static SimulateRecord *record_of(const Domain *domain)
{
    SimulateRecord *record = simulate_record_new(domain->domid, domain->name);

    record->memory = domain->memory;
    record->has_controller = domain->has_controller;
    record->held = simulate_qemu_held(domain->qemu);
    return record;
}

static void keep_record(Simulation *simulation)
{
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)simulate_record_free);
    GHashTableIter iter;
    gpointer value;

    if (!simulation->record)
        return;
    g_mutex_lock(&simulation->lock);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((const Domain *)value)->qemu)
            g_ptr_array_add(records, record_of(value));
    }
    g_mutex_unlock(&simulation->lock);
    simulate_record_write(simulation->record, records);
}

static void revive(Simulation *simulation, const SimulateRecord *record)
{
    Domain *domain = g_new0(Domain, 1);

    domain->domid = record->domid;
    domain->name = g_strdup(record->name);
    domain->behaviour = g_strdup("");
    domain->text = g_strdup("");
    domain->memory = record->memory;
    domain->running_since = g_get_monotonic_time();
    domain->has_controller = record->has_controller;
    domain->qemu = simulate_qemu_new(simulation->nodes, record->has_controller,
                                     worker_context(simulation->base.worker));
    for (guint i = 0; record->held && record->held[i]; i++)
        simulate_qemu_hold(domain->qemu, record->held[i]);
    simulation->next_domid = MAX(simulation->next_domid, record->domid + 1);
    g_hash_table_insert(simulation->domains, GINT_TO_POINTER(domain->domid), domain);
}

/* They go on without this process. */
static void leave_alone(Simulation *simulation)
{
    GHashTableIter iter;
    gpointer value;

    keep_record(simulation);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Domain *domain = value;

        if (domain->qemu)
            simulate_qemu_leave(domain->qemu);
    }
}

static void revive_all(Simulation *simulation)
{
    g_autoptr(GPtrArray) records = simulate_record_read(simulation->record);

    for (guint i = 0; i < records->len; i++)
        revive(simulation, records->pdata[i]);
}

static gboolean simulate_watch(Backend *backend, int domid, GError **error)
{
    Domain *domain = find((Simulation *)backend, domid, error);

    keep_record((Simulation *)backend);
    if (domain && strcmp(domain->behaviour, "vanish") == 0)
        make_plan((Simulation *)backend, domain, TRUE, STOP_POWEROFF);
    return domain != NULL;
}

static gboolean simulate_pause(Backend *backend, int domid, GError **error)
{
    Domain *domain = find((Simulation *)backend, domid, error);

    if (!domain)
        return FALSE;
    domain->cpu_time = cpu_time_now(domain);
    domain->running_since = 0;
    domain->paused = TRUE;
    cancel_timer(domain);
    return TRUE;
}

static gboolean simulate_unpause(Backend *backend, int domid, GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    Domain *domain = find(simulation, domid, error);

    if (!domain)
        return FALSE;
    domain->paused = FALSE;
    domain->running_since = g_get_monotonic_time();
    if (strcmp(domain->behaviour, "crash") == 0)
        make_plan(simulation, domain, FALSE, STOP_CRASH);
    else if (strcmp(domain->behaviour, "instant") == 0)
        backend_send_stopped(backend, domid, STOP_POWEROFF);
    else if (strcmp(domain->behaviour, "poweroff") == 0)
        make_plan(simulation, domain, FALSE, STOP_POWEROFF);
    else if (strcmp(domain->behaviour, "restart") == 0)
        make_plan(simulation, domain, FALSE, STOP_REBOOT);
    return TRUE;
}

static gboolean request(Backend *backend, int domid, StopReason reason, GError **error)
{
    Domain *domain = find((Simulation *)backend, domid, error);

    if (!domain)
        return FALSE;
    /* One that has no ear for it, and one that hears and goes on. */
    domain->unheard = strcmp(domain->behaviour, "deaf") == 0;
    if (!domain->paused && !domain->suspended && !domain->unheard &&
        strcmp(domain->behaviour, "stubborn") != 0)
        make_plan((Simulation *)backend, domain, FALSE, reason);
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

    if (take_out(simulation, domid))
        backend_send_gone(backend, domid);
    keep_record(simulation);
    return TRUE;
}

static gboolean simulate_set_memory(Backend *backend, int domid, guint64 bytes, GError **error)
{
    Domain *domain = find((Simulation *)backend, domid, error);

    if (domain)
        domain->memory = bytes;
    return domain != NULL;
}

static gboolean simulate_set_weight(Backend *backend, int domid, guint weight, GError **error)
{
    return find((Simulation *)backend, domid, error) != NULL;
}

/* The image has to be there, as it has for QEMU. */
static gboolean simulate_change_iso(Backend *backend, int domid, const char *path, GError **error)
{
    if (!find((Simulation *)backend, domid, error))
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
    return find((Simulation *)backend, domid, error) != NULL;
}

static gboolean simulate_detach_disk(Backend *backend, int domid, const char *vdev, GError **error)
{
    const Domain *domain = find((Simulation *)backend, domid, error);

    if (!domain || strcmp(domain->behaviour, "deaf") != 0)
        return domain != NULL;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                "The guest does not let go of its disk %s.", vdev);
    return FALSE;
}

static void simulate_ask_model(Backend *backend, int domid, const char *command, GTask *task)
{
    GError *error = NULL;
    const Domain *domain = find((Simulation *)backend, domid, &error);

    if (!domain || !domain->qemu) {
        if (!error)
            g_set_error_literal(&error, SERVICE_ERROR, SERVICE_ERROR_FAILED, "No device model");
        g_task_return_error(task, error);
        return;
    }
    simulate_qemu_ask(domain->qemu, command, task);
    keep_record((Simulation *)backend);
}

static void simulate_keep_settings(Backend *backend, int domid, const GuestFacts *facts)
{
    Domain *domain = find((Simulation *)backend, domid, NULL);

    if (domain)
        domain->settings = *facts;
}

static gboolean simulate_kept_settings(Backend *backend, int domid, GuestFacts *ret_facts)
{
    const Domain *domain = find((Simulation *)backend, domid, NULL);

    if (domain)
        *ret_facts = domain->settings;
    return domain != NULL;
}

static int simulate_open_console(Backend *backend, int domid, const char *name, char **ret_history,
                                 GError **error)
{
    Domain *domain = find((Simulation *)backend, domid, error);

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
        leave_alone(simulation);
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
    simulation->domains = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, domain_free);
    simulation->nodes = g_strdup(nodes);
    simulation->record = g_strdup(record);
    if (record)
        revive_all(simulation);
    return &simulation->base;
}
