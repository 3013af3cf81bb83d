/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads guests' files on an imagined machine, builds and saves what they say. */
#include "backend-simulate-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "config-edit.h"
#include "disk-copy.h"
#include "error.h"

/* A simulated step is cut in so many slices, so that it can be cancelled and shows progress. */
#define SLICES 20

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

gboolean simulate_read_config(Backend *backend, const char *path, BackendConfig *ret_config,
                              GError **error)
{
    g_autofree char *text = read_text(path, error);

    if (text)
        describe(text, ret_config);
    return text != NULL;
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

/* A copy indeed, for those who look into it, after the time that a large one takes. */
gboolean simulate_copy_disk(Backend *backend, int from, const char *to, guint64 size,
                            BackendProgress progress, gpointer data, GCancellable *cancellable,
                            GError **error)
{
    return pass_time((Simulation *)backend, progress, data, cancellable, error) &&
           disk_copy_from(from, to, size, NULL, NULL, cancellable, error);
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
    guint64 free_memory = simulate_free_memory(simulation);

    if (wanted <= free_memory)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                "Not enough memory: the simulated machine has %" G_GUINT64_FORMAT " MiB free.",
                free_memory >> 20);
    return FALSE;
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

/* What there is of a device model of DOMAIN: the screen, if its file has one, and SPICE. */
static gboolean start_device_model(Domain *domain, const char *text, const QemuSpice *spice,
                                   GError **error)
{
    g_autofree char *listen = guest_config_scan_string(text, "vnclisten");

    if (listen && g_str_has_prefix(listen, "unix:")) {
        domain->screen = listen_at(listen + strlen("unix:"), error);
        if (!domain->screen)
            return FALSE;
    }
    if (spice->use == QEMU_SPICE_UNUSED)
        return TRUE;
    domain->spice = listen_at(spice->path, error);
    return domain->spice != NULL;
}

/* Builds what TEXT, a guest's file, says; SPICE as in create. */
static gboolean build(Simulation *simulation, const char *text, const QemuSpice *spice,
                      GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                      GError **error)
{
    Domain *domain;

    describe(text, ret_config);
    if (!check_memory(simulation, ret_config->facts.memory, error) ||
        !pass_time(simulation, NULL, NULL, cancellable, error))
        return FALSE;
    domain = g_new0(Domain, 1);
    if (ret_config->facts.kind == GUEST_HVM && !start_device_model(domain, text, spice, error)) {
        simulate_domain_free(domain);
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
    simulate_insert(simulation, domain);
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

gboolean simulate_create(Backend *backend, const char *path, const QemuSpice *spice,
                         GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                         GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    g_autofree char *text = read_text(path, error);

    return text && !fail_by_wish(text, "broken", "built", error) &&
           build(simulation, text, spice, cancellable, ret_config, ret_domid, error);
}

/* What is saved of a domain here is the file that it was built of. */
gboolean simulate_save(Backend *backend, int domid, const char *path, BackendProgress progress,
                       gpointer data, GCancellable *cancellable, GError **error)
{
    Simulation *simulation = (Simulation *)backend;
    Domain *domain = simulate_find(simulation, domid, error);

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

gboolean simulate_resume(Backend *backend, int domid, GError **error)
{
    Domain *domain = simulate_find((Simulation *)backend, domid, error);

    if (domain)
        domain->suspended = FALSE;
    return domain != NULL;
}

gboolean simulate_restore(Backend *backend, const char *path, GCancellable *cancellable,
                          BackendConfig *ret_config, int *ret_domid, GError **error)
{
    g_autofree char *text = read_text(path, error);

    return text && !fail_by_wish(text, "unrestorable", "restored", error) &&
           build((Simulation *)backend, text, NULL, cancellable, ret_config, ret_domid, error);
}
