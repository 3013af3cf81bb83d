/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes a guest's settings: in its files first, then in its domain as far as that can be. */
#include <string.h>

#include "error.h"
#include "file-replace.h"
#include "guest-private.h"
#include "guest-settings.h"
#include "guest-start.h"
#include "network-bridge.h"

/* One call, on its way to the worker's thread and back. */
typedef struct {
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    Service *service;                  /* borrowed */
    char *name;
    char *config_path;
    GuestSettings settings;
    BackendConfig config;    /* what the file says; the new one in the end */
    gboolean config_changed; /* NAME.cfg was written */
    GuestNotes notes;        /* likewise */
    GuestStartNotes start;   /* that NAME.ini is to get */
    int domid;               /* of the guest as it runs, or DOMID_NONE */
    gboolean settings_known; /* of that domain: they are `domain` */
    GuestFacts domain;
} Configuring;

static void configuring_free(gpointer data)
{
    Configuring *call = data;

    guest_settings_clear(&call->settings);
    guest_notes_clear(&call->notes);
    guest_start_notes_clear(&call->start);
    g_free(call->config_path);
    g_free(call->name);
    g_free(call);
}

static gboolean touches_config(const GuestSettings *settings)
{
    return settings->given.memory || settings->given.maximum_memory || settings->given.vcpus ||
           settings->given.weight || settings->given.network || settings->given.start;
}

/* What a saved guest has in its memory expects its devices to stay what they were. */
static gboolean fits_saved(const GuestSettings *settings)
{
    return !touches_config(settings) && !settings->given.sound && !settings->given.monitors;
}

/* ---- On the worker's thread ---- */

static gboolean read_config(const char *path, gpointer data, GError **error)
{
    Configuring *call = data;
    Backend *backend = service_backend(call->service);

    return backend->ops->read_config(backend, path, &call->config, error);
}

/* TEXT with what the guest is to start from. */
static char *edit_start(Configuring *call, const char *text, GError **error)
{
    g_auto(GuestNotes) notes = {0};

    guest_store_read_notes(service_store(call->service), call->name, &notes);
    return guest_start_edit(call->settings.start, service_options(call->service)->grub_directory,
                            &call->config.facts, &notes.start, text, strlen(text), &call->start,
                            error);
}

/* TEXT with all other settings. */
static char *edit_settings(Configuring *call, const char *text, gsize length, GError **error)
{
    const ServiceOptions *options = service_options(call->service);
    g_autofree char *problem = network_bridge_problem(options->interfaces, options->lan_bridge);
    const GuestBridges bridges = {options->bridge, options->lan_bridge, problem};

    return guest_settings_edit(&call->settings, &call->config.facts, &bridges, text, length, error);
}

/* NAME.cfg with the new settings; NULL and ERROR if it can't have them. */
static char *edit_config(Configuring *call, GError **error)
{
    gsize length;
    g_autofree char *old = file_replace_read(call->config_path, &length, error);
    g_autofree char *text = NULL;

    if (!old || !read_config(call->config_path, call, error))
        return NULL;
    text = edit_settings(call, old, length, error);
    return text && call->settings.given.start ? edit_start(call, text, error)
                                              : g_steal_pointer(&text);
}

static gboolean change_files(Configuring *call, GError **error)
{
    const GuestSettings *settings = &call->settings;
    g_autofree char *text = NULL;
    GuestFilesChange change = {
        .notes = {
            .color = settings->given.color ? settings->color : NULL,
            .group = settings->given.group ? settings->group : NULL,
            .autostart = settings->given.autostart ? &settings->autostart : NULL,
            .sound = settings->given.sound ? &settings->sound : NULL,
            .monitors = settings->given.monitors ? settings->monitors : NULL,
            .access = settings->given.network_access ? &settings->access.kind : NULL,
            .hosts =
                settings->given.network_hosts ? (const char *const *)settings->access.hosts : NULL,
        }};

    if (touches_config(settings)) {
        text = edit_config(call, error);
        if (!text)
            return FALSE;
        change.config = text;
        change.notes.start = settings->given.start ? &call->start : NULL;
        call->config_changed = TRUE;
    }
    return guest_store_change(service_store(call->service), call->name, &change, read_config, call,
                              error);
}

/* More than there is would leave the guest and the machine waiting for each other. */
static gboolean has_room(Configuring *call)
{
    Backend *backend = service_backend(call->service);
    guint64 memory = call->config.facts.memory;
    BackendHost host;

    return memory <= call->domain.memory || (backend->ops->host(backend, &host, NULL) &&
                                             memory - call->domain.memory <= host.free_memory);
}

static void apply_memory(Configuring *call)
{
    Backend *backend = service_backend(call->service);
    guint64 memory = call->config.facts.memory;
    g_autoptr(GError) error = NULL;

    if (memory == call->domain.memory || memory > call->domain.maximum_memory || !has_room(call))
        return;
    if (backend->ops->set_memory(backend, call->domid, memory, &error))
        call->domain.memory = memory;
    else
        g_warning("%s: %s", call->name, error->message);
}

static void apply_weight(Configuring *call)
{
    Backend *backend = service_backend(call->service);
    guint weight = call->config.facts.weight;
    g_autoptr(GError) error = NULL;

    if (weight == call->domain.weight)
        return;
    if (backend->ops->set_weight(backend, call->domid, weight, &error))
        call->domain.weight = weight;
    else
        g_warning("%s: %s", call->name, error->message);
}

/* What does not work out now is in the file, and a reason to restart the guest. */
static void apply(Configuring *call)
{
    Backend *backend = service_backend(call->service);

    if (call->domid == DOMID_NONE || !call->settings_known)
        return;
    /* Another call may have changed them since this one came. */
    backend->ops->kept_settings(backend, call->domid, &call->domain);
    if (call->settings.given.memory)
        apply_memory(call);
    if (call->settings.given.weight)
        apply_weight(call);
    backend->ops->keep_settings(backend, call->domid, &call->domain);
}

static void configure_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Configuring *call = data;
    GError *error = NULL;

    if (!change_files(call, &error)) {
        g_task_return_error(task, error);
        return;
    }
    if (call->config_changed)
        apply(call);
    guest_store_read_notes(service_store(call->service), call->name, &call->notes);
    g_task_return_boolean(task, TRUE);
}

/* ---- On the main thread ---- */

/* So that who called finds the new settings at once, and not after the next look. */
static void show(Guest *guest, const Configuring *call)
{
    InventoryGuest file = {
        .name = call->name,
        .problem = call->config_changed ? NULL : guest->file_problem,
        .config = call->config_changed ? call->config : guest->config,
        .notes = call->notes,
        .saved = guest->saved,
    };
    g_autofree char *problem = g_strdup(file.problem); /* the update frees the guest's own */

    file.problem = problem;
    if (call->settings_known && guest->domid == call->domid)
        guest_set_settings(guest, &call->domain);
    if (!guest->job)
        guest_update_file(guest, &file);
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(guest->skeleton));
    service_refresh(guest->service);
}

static void limited(const GError *error, gpointer data)
{
    GDBusMethodInvocation *invocation = data;

    if (error)
        g_dbus_method_invocation_return_gerror(invocation, error);
    else
        g_dbus_method_invocation_return_value(invocation, NULL);
}

static void configured(GObject *source, GAsyncResult *result, gpointer data)
{
    Configuring *call = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_dbus_method_invocation_return_gerror(call->invocation, error);
        return;
    }
    show(SERVICE_GUEST(source), call);
    if (call->settings.given.network_access || call->settings.given.network_hosts)
        guest_limit_network(SERVICE_GUEST(source), limited, call->invocation);
    else
        g_dbus_method_invocation_return_value(call->invocation, NULL);
}

static Configuring *configuring_new(Guest *guest, GDBusMethodInvocation *invocation,
                                    GuestSettings *settings)
{
    Configuring *call = g_new0(Configuring, 1);

    call->invocation = invocation;
    call->service = guest->service;
    call->name = g_strdup(guest->name);
    call->config_path = guest_store_config_path(service_store(guest->service), guest->name);
    call->settings = *settings;
    call->domid = guest->domid;
    call->settings_known = guest->settings_known;
    call->domain = guest->settings;
    return call;
}

/* What could not be kept to is not promised. */
static gboolean check_access(Guest *guest, const GuestSettings *settings, GError **error)
{
    NetworkAccess wanted = {.kind = guest->access.kind};

    if (!settings->given.network_access && !settings->given.network_hosts)
        return TRUE;
    if (settings->given.network_access)
        wanted.kind = settings->access.kind;
    return guest_check_network(&wanted, &guest->config.facts, error);
}

/* An emulated graphics card is QEMU's, and has one. */
static gboolean check_monitors(Guest *guest, const GuestSettings *settings, GError **error)
{
    if (guest->config.facts.kind != GUEST_HVM || *settings->monitors == '\0')
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
        N_("A guest of the kind “hvm” has one monitor, of its emulated graphics card: "
           "no others can be added."));
    return FALSE;
}

void guest_configure(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GVariant) options = NULL;
    g_autoptr(GTask) task = NULL;
    g_autoptr(GError) error = NULL;
    GuestSettings settings;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(@a{sv})", &options);
    if (!guest_check_idle(guest, &error) ||
        !guest_settings_parse(options, service_total_memory(guest->service), &settings, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    if (!fits_saved(&settings) && !guest_check_not_saved(guest, &error)) {
        guest_settings_clear(&settings);
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    if (!check_access(guest, &settings, &error) || !check_monitors(guest, &settings, &error)) {
        guest_settings_clear(&settings);
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    task = g_task_new(guest, NULL, configured, NULL);
    g_task_set_task_data(task, configuring_new(guest, invocation, &settings), configuring_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, configure_thread);
}
