/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real machine, through libxl. There are two contexts, each called by one thread only: the
 * worker's, which also gets the events, and the builder's, which can be at work for long. */
#include "backend.h"

#include <errno.h>
#include <libxl.h>
#include <libxl_utils.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl_event.h>

#include "console-log.h"
#include "console-terminal.h"
#include "disk-copy.h"
#include "display-nodes.h"
#include "domain-watch.h"
#include "error.h"
#include "guest-settings.h"
#include "libxl-config.h"
#include "libxl-log.h"
#include "libxl-monitor.h"
#include "libxl-save.h"
#include "libxl-source.h"

#define DOM0              0
#define PAGE_BYTES        G_GUINT64_CONSTANT(4096)
#define KIB               G_GUINT64_CONSTANT(1024)
#define CONSOLE_DIRECTORY "/var/log/xen/console"
/* Kept by libxl with a domain until it is destroyed: tells our domains from xl's. */
#define USERDATA_ID "vitrine"
#define USERDATA    "service"
/* Kept likewise: a line of guest_settings_to_text(). */
#define SETTINGS_ID "vitrine-settings"
#define DISK_SCRIPT "block-vitrine" /* as in the files of the service's guests */
/* The weight of both of the hypervisor's schedulers where nobody chose another. */
#define WEIGHT_DEFAULT 256

typedef struct {
    Backend base;
    libxl_ctx *ctx;
    LibxlLog *log;
    LibxlSources *sources;
    LibxlMonitor *monitor;
    GHashTable *watched; /* domid -> libxl_evgen_domain_death */
    struct xs_handle *store;
    DomainWatch *domains;
    libxl_ctx *build_ctx;
    LibxlLog *build_log;
} Machine;

static Machine *machine_of(Backend *backend)
{
    Machine *machine = (Machine *)backend;

    g_assert(worker_is_current(backend->worker));
    libxl_log_begin(machine->log);
    return machine;
}

/* ---- Events ---- */

static StopReason stop_reason(libxl_shutdown_reason reason)
{
    switch (reason) {
    case LIBXL_SHUTDOWN_REASON_REBOOT:
    case LIBXL_SHUTDOWN_REASON_SOFT_RESET:
        return STOP_REBOOT;
    case LIBXL_SHUTDOWN_REASON_CRASH:
        return STOP_CRASH;
    case LIBXL_SHUTDOWN_REASON_WATCHDOG:
        return STOP_WATCHDOG;
    default:
        return STOP_POWEROFF;
    }
}

static void unwatch(Machine *machine, int domid)
{
    libxl_evgen_domain_death *death = g_hash_table_lookup(machine->watched, GINT_TO_POINTER(domid));

    if (!death)
        return;
    g_hash_table_remove(machine->watched, GINT_TO_POINTER(domid));
    libxl_evdisable_domain_death(machine->ctx, death);
}

static void on_event(void *user, libxl_event *event)
{
    Machine *machine = user;
    int domid = (int)event->domid;

    if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN &&
        event->u.domain_shutdown.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND) {
        /* It is being saved, by us or by xl, which goes on with it. */
    } else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN) {
        backend_send_stopped(&machine->base, domid,
                             stop_reason(event->u.domain_shutdown.shutdown_reason));
    } else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH) {
        unwatch(machine, domid);
        display_nodes_remove(machine->store, domid);
        backend_send_gone(&machine->base, domid);
    }
    libxl_event_free(machine->ctx, event);
}

static void on_change(gpointer data)
{
    backend_send_changed(&((Machine *)data)->base);
}

/* Events may be lost from here on: a fresh start finds out what is. libxl may not be called. */
static void on_disaster(void *user, libxl_event_type type, const char *message, int error_number)
{
    g_critical("libxl can't go on: %s: %s", message, g_strerror(error_number));
    kill(getpid(), SIGTERM);
}

static const libxl_event_hooks event_hooks = {
    .event_occurs_mask = LIBXL_EVENTMASK_ALL,
    .event_occurs = on_event,
    .disaster = on_disaster,
};

/* GLib watches its children through pidfds, without SIGCHLD. */
static const libxl_childproc_hooks child_hooks = {
    .chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
};

static gboolean machine_watch(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_evgen_domain_death *death;
    int status;

    /* libxl tells one shutdown a watch, and a suspend counts as one. */
    unwatch(machine, domid);
    status = libxl_evenable_domain_death(machine->ctx, (uint32_t)domid, 0, &death);
    if (status != 0)
        return libxl_log_fail(machine->log, status, "The guest can't be watched", error);
    g_hash_table_insert(machine->watched, GINT_TO_POINTER(domid), death);
    return TRUE;
}

/* ---- Facts ---- */

/* A PVH guest's memory is the CPU's to translate: shadow page tables are for HVM guests only. */
static guint kinds_of(const libxl_physinfo *info)
{
    return (info->cap_pv ? GUEST_KIND_BIT(GUEST_PV) : 0) |
           (info->cap_hvm ? GUEST_KIND_BIT(GUEST_HVM) : 0) |
           (info->cap_hvm && info->cap_hap ? GUEST_KIND_BIT(GUEST_PVH) : 0);
}

static gboolean machine_host(Backend *backend, BackendHost *ret_host, GError **error)
{
    Machine *machine = machine_of(backend);
    const libxl_version_info *version = libxl_get_version_info(machine->ctx);
    libxl_physinfo info;
    uint64_t free_kib = 0;
    int status;

    libxl_physinfo_init(&info);
    status = libxl_get_physinfo(machine->ctx, &info);
    if (status == 0)
        status = libxl_get_free_memory(machine->ctx, &free_kib);
    if (status != 0 || !version) {
        libxl_physinfo_dispose(&info);
        return libxl_log_fail(machine->log, status, "The hypervisor does not answer", error);
    }
    g_snprintf(ret_host->hypervisor, sizeof ret_host->hypervisor, "%d.%d%s",
               version->xen_version_major, version->xen_version_minor, version->xen_version_extra);
    ret_host->cpus = info.nr_cpus;
    ret_host->total_memory = info.total_pages * PAGE_BYTES;
    ret_host->free_memory = free_kib * KIB;
    ret_host->kinds = kinds_of(&info);
    libxl_physinfo_dispose(&info);
    return TRUE;
}

static gboolean is_ours(Machine *machine, int domid)
{
    uint8_t *data = NULL;
    int length = 0;
    gboolean ours;

    if (libxl_userdata_retrieve(machine->ctx, (uint32_t)domid, USERDATA_ID, &data, &length) != 0)
        return FALSE;
    ours = length == strlen(USERDATA) && memcmp(data, USERDATA, strlen(USERDATA)) == 0;
    free(data);
    return ours;
}

/* The guest's kernel takes a request out of the store when it has read it. */
static gboolean is_unheard(Machine *machine, int domid)
{
    g_autofree char *path = g_strdup_printf("/local/domain/%d/control/shutdown", domid);
    unsigned int length = 0;
    char *word = xs_read(machine->store, XBT_NULL, path, &length);
    gboolean unheard = word && length > 0;

    free(word);
    return unheard;
}

static BackendDomain *describe(Machine *machine, const libxl_dominfo *info)
{
    BackendDomain *domain = g_new0(BackendDomain, 1);
    char *name = libxl_domid_to_name(machine->ctx, info->domid);

    domain->domid = (int)info->domid;
    domain->name = g_strdup(name ? name : "");
    domain->ours = is_ours(machine, domain->domid);
    domain->paused = info->paused;
    domain->suspended = info->shutdown && info->shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND;
    domain->unheard = is_unheard(machine, domain->domid);
    domain->memory = info->current_memkb * KIB;
    domain->cpu_time = info->cpu_time;
    free(name);
    return domain;
}

static GPtrArray *machine_list(Backend *backend, GError **error)
{
    Machine *machine = machine_of(backend);
    GPtrArray *list;
    int count;
    libxl_dominfo *infos = libxl_list_domain(machine->ctx, &count);

    if (!infos) {
        libxl_log_fail(machine->log, ERROR_FAIL, "The guests can't be listed", error);
        return NULL;
    }
    list = g_ptr_array_new_with_free_func((GDestroyNotify)backend_domain_free);
    for (int i = 0; i < count; i++) {
        /* What is dying has no name any more, and waits only for its last page to come back. */
        if (infos[i].domid != DOM0 && !infos[i].dying)
            g_ptr_array_add(list, describe(machine, &infos[i]));
    }
    libxl_dominfo_list_free(infos, count);
    return list;
}

static gboolean machine_read_config(Backend *backend, const char *path, BackendConfig *ret_config,
                                    GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_domain_config config;

    if (!libxl_config_load(machine->ctx, path, &config, error))
        return FALSE;
    libxl_config_describe(&config, ret_config);
    libxl_domain_config_dispose(&config);
    return TRUE;
}

/* An HVM guest's first console is its serial port, if its file gives it one. Its PV console, on
 * which Linux can be told to speak, it has all the same. */
static char *find_terminal(Machine *machine, int domid)
{
    char *path = NULL;

    if (libxl_primary_console_get_tty(machine->ctx, (uint32_t)domid, &path) != 0)
        path = NULL;
    if (!path &&
        libxl_console_get_tty(machine->ctx, (uint32_t)domid, 0, LIBXL_CONSOLE_TYPE_PV, &path) != 0)
        path = NULL;
    return path;
}

static int machine_open_console(Backend *backend, int domid, const char *name, char **ret_history,
                                GError **error)
{
    Machine *machine = machine_of(backend);
    char *path = find_terminal(machine, domid); /* libxl's own allocation */
    int fd;

    if (!path || !*path) {
        free(path);
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_CONSOLE,
                            "The guest has no text console, or not yet. Try again in a moment.");
        return -1;
    }
    fd = console_terminal_open(path, error);
    free(path);
    if (fd >= 0)
        *ret_history = console_terminal_history(fd, CONSOLE_DIRECTORY, name);
    return fd;
}

static char *machine_console_log(Backend *backend, const char *name)
{
    return console_log_text(CONSOLE_DIRECTORY, name);
}

static char *machine_last_words(Backend *backend, const char *name)
{
    return console_log_last_words(CONSOLE_DIRECTORY, name);
}

static void machine_forget(Backend *backend, const char *name)
{
    console_log_remove(CONSOLE_DIRECTORY, name);
}

/* ---- Life ---- */

static gboolean machine_copy_disk(Backend *backend, const char *from, const char *to, guint64 size,
                                  BackendProgress progress, gpointer data,
                                  GCancellable *cancellable, GError **error)
{
    return disk_copy(from, to, size, progress, data, cancellable, error);
}

static gboolean check_name(Machine *machine, const char *name, GError **error)
{
    uint32_t domid;

    if (libxl_name_to_domid(machine->build_ctx, name, &domid) != 0) {
        /* That it was not found is in the log as an error. */
        libxl_log_begin(machine->build_log);
        return TRUE;
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                "A domain “%s” is running already, as number %u: shut it down first.", name, domid);
    return FALSE;
}

static gboolean mark(Machine *machine, uint32_t domid, GError **error)
{
    int status = libxl_userdata_store(machine->build_ctx, domid, USERDATA_ID,
                                      (const uint8_t *)USERDATA, strlen(USERDATA));

    return status == 0 ||
           libxl_log_fail(machine->build_log, status, "The guest can't be marked as ours", error);
}

/* That they can't be kept is for the journal: the guest is whole. */
static void keep(libxl_ctx *ctx, int domid, const GuestFacts *facts)
{
    g_autofree char *text = guest_settings_to_text(facts);

    if (libxl_userdata_store(ctx, (uint32_t)domid, SETTINGS_ID, (const uint8_t *)text,
                             (int)strlen(text)) != 0)
        g_warning("The settings of domain %d can't be kept.", domid);
}

static gboolean build(Machine *machine, libxl_domain_config *config, int *ret_domid, GError **error)
{
    uint32_t domid = INVALID_DOMID;
    int status;

    console_log_set_aside(CONSOLE_DIRECTORY, config->c_info.name);
    status = libxl_domain_create_new(machine->build_ctx, config, &domid, NULL, NULL);
    if (status != 0)
        return libxl_log_fail(machine->build_log, status, "The guest can't be built", error);
    if (mark(machine, domid, error)) {
        *ret_domid = (int)domid;
        return TRUE;
    }
    libxl_domain_destroy(machine->build_ctx, domid, NULL);
    return FALSE;
}

static gboolean machine_create(Backend *backend, const char *path, const char *sound,
                               GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                               GError **error)
{
    Machine *machine = (Machine *)backend;
    libxl_domain_config config;
    gboolean built;

    g_assert(worker_is_current(backend->builder));
    libxl_log_begin(machine->build_log);
    if (!libxl_config_load(machine->build_ctx, path, &config, error))
        return FALSE;
    libxl_config_describe(&config, ret_config);
    libxl_config_take_sound(&config);
    if (config.c_info.type != LIBXL_DOMAIN_TYPE_HVM)
        libxl_config_take_display(machine->build_ctx, &config);
    else if (sound)
        libxl_config_add_sound(&config, sound);
    built = libxl_config_check_files(&config, error) &&
            check_name(machine, config.c_info.name, error) &&
            !g_cancellable_set_error_if_cancelled(cancellable, error) &&
            build(machine, &config, ret_domid, error);
    libxl_domain_config_dispose(&config);
    if (built)
        keep(machine->build_ctx, *ret_domid, &ret_config->facts);
    return built;
}

/* ---- Saving and restoring ---- */

static gboolean machine_save(Backend *backend, int domid, const char *path,
                             BackendProgress progress, gpointer data, GCancellable *cancellable,
                             GError **error)
{
    Machine *machine = (Machine *)backend;
    libxl_dominfo info;
    int status;

    g_assert(worker_is_current(backend->builder));
    libxl_log_begin(machine->build_log);
    libxl_dominfo_init(&info);
    status = libxl_domain_info(machine->build_ctx, &info, (uint32_t)domid);
    if (status != 0)
        libxl_log_fail(machine->build_log, status, "The guest can't be saved", error);
    else if (!libxl_save_domain(machine->build_ctx, machine->build_log, (uint32_t)domid, path,
                                info.current_memkb * KIB, progress, data, cancellable, error))
        status = ERROR_FAIL;
    libxl_dominfo_dispose(&info);
    return status == 0;
}

/* Only a domain that has come to a stand can be told to go on. */
static gboolean machine_resume(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_dominfo info;
    int status;

    libxl_dominfo_init(&info);
    status = libxl_domain_info(machine->ctx, &info, (uint32_t)domid);
    if (status == 0 && info.shutdown && info.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND)
        status = libxl_domain_resume(machine->ctx, (uint32_t)domid, 1, NULL);
    libxl_dominfo_dispose(&info);
    if (status != 0)
        return libxl_log_fail(machine->log, status, "The guest can't go on", error);
    return machine_watch(backend, domid, error);
}

static gboolean restore(Machine *machine, libxl_domain_config *config, int fd,
                        GCancellable *cancellable, int *ret_domid, GError **error)
{
    uint32_t domid;

    console_log_set_aside(CONSOLE_DIRECTORY, config->c_info.name);
    if (!libxl_save_restore(machine->build_ctx, machine->build_log, config, fd, cancellable, &domid,
                            error))
        return FALSE;
    if (mark(machine, domid, error)) {
        *ret_domid = (int)domid;
        return TRUE;
    }
    libxl_domain_destroy(machine->build_ctx, domid, NULL);
    return FALSE;
}

static gboolean machine_restore(Backend *backend, const char *path, GCancellable *cancellable,
                                BackendConfig *ret_config, int *ret_domid, GError **error)
{
    Machine *machine = (Machine *)backend;
    libxl_domain_config config;
    gboolean restored;
    int fd;

    g_assert(worker_is_current(backend->builder));
    libxl_log_begin(machine->build_log);
    fd = libxl_save_open(machine->build_ctx, path, &config, error);
    if (fd < 0)
        return FALSE;
    libxl_config_describe(&config, ret_config);
    libxl_config_take_sound(&config);
    if (config.c_info.type != LIBXL_DOMAIN_TYPE_HVM)
        libxl_config_take_display(machine->build_ctx, &config);
    restored = libxl_config_check_files(&config, error) &&
               check_name(machine, config.c_info.name, error) &&
               restore(machine, &config, fd, cancellable, ret_domid, error);
    close(fd);
    libxl_domain_config_dispose(&config);
    if (restored)
        keep(machine->build_ctx, *ret_domid, &ret_config->facts);
    return restored;
}

/* ---- Life, once it is built ---- */

static gboolean machine_pause(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_pause(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 || libxl_log_fail(machine->log, status, "The guest can't be paused", error);
}

static gboolean machine_unpause(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_unpause(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 || libxl_log_fail(machine->log, status, "The guest can't be started", error);
}

static gboolean machine_shutdown(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_shutdown(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 ||
           libxl_log_fail(machine->log, status, "The guest can't be asked to shut down", error);
}

static gboolean machine_reboot(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_reboot(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 ||
           libxl_log_fail(machine->log, status, "The guest can't be asked to restart", error);
}

static gboolean machine_destroy(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    int status = libxl_domain_destroy(machine->ctx, (uint32_t)domid, NULL);

    return status == 0 || status == ERROR_DOMAIN_NOTFOUND ||
           libxl_log_fail(machine->log, status, "The guest can't be cleared away", error);
}

/* ---- Settings of a running guest ---- */

static gboolean machine_set_memory(Backend *backend, int domid, guint64 bytes, GError **error)
{
    Machine *machine = machine_of(backend);
    /* Enforced: a guest that does not shrink can at least not grow back. */
    int status =
        libxl_set_memory_target(machine->ctx, (uint32_t)domid, (int64_t)(bytes / KIB), 0, 1);

    return status == 0 ||
           libxl_log_fail(machine->log, status, "The guest's memory can't be changed", error);
}

/* What is not set here stays: libxl's own defaults say so. */
static gboolean machine_set_weight(Backend *backend, int domid, guint weight, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_domain_sched_params params;
    int status;

    libxl_domain_sched_params_init(&params);
    params.weight = (int)(weight ? weight : WEIGHT_DEFAULT);
    status = libxl_domain_sched_params_set(machine->ctx, (uint32_t)domid, &params);
    libxl_domain_sched_params_dispose(&params);
    return status == 0 ||
           libxl_log_fail(machine->log, status, "The guest's weight can't be changed", error);
}

/* The name of the guest's first CD drive, to be freed with free(); NULL if it was built without. */
static char *find_drive(Machine *machine, int domid)
{
    int count = 0;
    libxl_device_disk *disks = libxl_device_disk_list(machine->ctx, (uint32_t)domid, &count);
    char *drive = NULL;

    for (int i = 0; i < count && !drive; i++) {
        if (disks[i].is_cdrom)
            drive = strdup(disks[i].vdev);
    }
    if (disks)
        libxl_device_disk_list_free(disks, count);
    return drive;
}

static gboolean machine_change_iso(Backend *backend, int domid, const char *path, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_device_disk disk;
    int status;

    libxl_device_disk_init(&disk);
    disk.vdev = find_drive(machine, domid);
    if (!disk.vdev) {
        libxl_device_disk_dispose(&disk);
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                            "The guest runs without a CD drive. Shut it down first.");
        return FALSE;
    }
    /* libxl's own allocations, hence strdup(). */
    disk.pdev_path = strdup(path ? path : "");
    disk.format = path ? LIBXL_DISK_FORMAT_RAW : LIBXL_DISK_FORMAT_EMPTY;
    disk.is_cdrom = 1;
    disk.removable = 1;
    status = libxl_cdrom_insert(machine->ctx, (uint32_t)domid, &disk, NULL);
    libxl_device_disk_dispose(&disk);
    return status == 0 || libxl_log_fail(machine->log, status, "The CD can't be changed", error);
}

static gboolean machine_attach_disk(Backend *backend, int domid, const char *path, const char *vdev,
                                    GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_device_disk disk;
    int status;

    /* libxl's own allocations, hence strdup(). */
    libxl_device_disk_init(&disk);
    disk.pdev_path = strdup(path);
    disk.vdev = strdup(vdev);
    disk.script = strdup(DISK_SCRIPT);
    disk.backend = LIBXL_DISK_BACKEND_PHY;
    disk.format = LIBXL_DISK_FORMAT_RAW;
    disk.readwrite = 1;
    status = libxl_device_disk_add(machine->ctx, (uint32_t)domid, &disk, NULL);
    libxl_device_disk_dispose(&disk);
    return status == 0 ||
           libxl_log_fail(machine->log, status, "The guest can't have the disk", error);
}

static gboolean machine_detach_disk(Backend *backend, int domid, const char *vdev, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_device_disk disk;
    int status;

    libxl_device_disk_init(&disk);
    status = libxl_vdev_to_device_disk(machine->ctx, (uint32_t)domid, vdev, &disk);
    /* A guest that was started before it had the disk in its file has none to give back. */
    if (status != 0) {
        libxl_device_disk_dispose(&disk);
        return TRUE;
    }
    /* The other call for it takes the disk away by force after ten seconds. */
    status = libxl_device_disk_safe_remove(machine->ctx, (uint32_t)domid, &disk, NULL);
    libxl_device_disk_dispose(&disk);
    return status == 0 ||
           libxl_log_fail(machine->log, status,
                          "The guest does not let go of the disk: unmount it in there first",
                          error);
}

static void machine_keep_settings(Backend *backend, int domid, const GuestFacts *facts)
{
    keep(machine_of(backend)->ctx, domid, facts);
}

static gboolean machine_kept_settings(Backend *backend, int domid, GuestFacts *ret_facts)
{
    Machine *machine = machine_of(backend);
    g_autofree char *text = NULL;
    uint8_t *data = NULL;
    int length = 0;

    if (libxl_userdata_retrieve(machine->ctx, (uint32_t)domid, SETTINGS_ID, &data, &length) != 0)
        return FALSE;
    text = length > 0 ? g_strndup((const char *)data, (gsize)length) : g_strdup("");
    free(data);
    return guest_settings_from_text(text, ret_facts);
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
    libxl_childproc_setmode(machine->ctx, &child_hooks, NULL);
    libxl_childproc_setmode(machine->build_ctx, &child_hooks, NULL);
    libxl_event_register_callbacks(machine->ctx, &event_hooks, machine);
    /* What was left by domains that went while no service was there to see it. */
    display_nodes_sweep(machine->store, machine->ctx);
    return &machine->base;
}
