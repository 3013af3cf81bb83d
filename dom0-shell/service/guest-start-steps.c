/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that build a guest's domain, connect what serves it, and let it go. */
#include "error.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include "guest-devices.h"
#include "guest-steps.h"
#include "qemu-socket.h"
#include "screen-places.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

/* ---- On the worker's thread, or the builder's ---- */

gboolean guest_check_room(GuestOp *op, guint64 memory, GError **error)
{
    BackendHost host;

    if (!op_backend(op)->ops->host(op_backend(op), &host, error))
        return FALSE;
    if (memory <= host.free_memory)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                N_("Not enough memory: the guest is to have %" PRIu64 " MiB, and %" PRIu64
                   " MiB are free. Give it less, or shut down "
                   "another guest."),
                memory / MIB, host.free_memory / MIB);
    return FALSE;
}

static gboolean check_start(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return guest_check_room(op, op->config.facts.memory, error);
}

/* Whether it gets a sound card of a device model, if it has one. */
static gboolean wants_emulated_sound(const GuestOp *op)
{
    return *service_options(op->service)->sound_program != '\0' && op->sound_choice == DEVICE_YES;
}

void guest_prepare_domain(GuestOp *op)
{
    g_auto(GuestNotes) notes = {0};

    /* Like the file itself, it may have been edited since it was last looked at. */
    guest_store_read_notes(op_store(op), op->name, &notes);
    op->display_choice = notes.display;
    op->sound_choice = notes.sound;
    op->monitors = notes.monitors;
    network_access_copy(&notes.access, &op->access);
    /* What the last QEMU left would be taken for what this one has. */
    qemu_sockets_remove(service_options(op->service)->run_directory, op->name);
}

/* Whether its file asks for a screen in the network that can't be had. That it can't be read at all
 * is told by who reads all of it. */
static gboolean read_screen(GuestOp *op, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(ScreenPlaces) places = {0};
    GuestFacts facts;

    if (!g_file_get_contents(op->config_path, &text, NULL, NULL))
        return TRUE;
    guest_config_scan(text, &facts);
    if (facts.kind == GUEST_HVM)
        return screen_places_read_pc(text, &op->screen_by_spice, error);
    if (!guest_devices_have_display(op->display_choice, &facts))
        return TRUE;
    return screen_places_read(text, &places, error) &&
           screen_places_check_tls(&places, SCREEN_TLS_DIRECTORY, error);
}

/* The sound goes first: there is VNC for the screen, too. */
static QemuSpiceUse choose_spice(const GuestOp *op)
{
    if (wants_emulated_sound(op))
        return QEMU_SPICE_SOUND;
    return op->screen_by_spice ? QEMU_SPICE_SCREEN : QEMU_SPICE_UNUSED;
}

static gboolean create_domain(GuestOp *op, GCancellable *cancellable, int *ret_domid,
                              GError **error)
{
    const QemuSpiceUse use = choose_spice(op);
    g_autofree char *path =
        qemu_socket_path(use == QEMU_SPICE_SOUND ? QEMU_SOUND : QEMU_SCREEN_BY_SPICE,
                         service_options(op->service)->run_directory, op->name);
    const QemuSpice spice = {use, path};

    return op_backend(op)->ops->create(op_backend(op), op->config_path, &spice, cancellable,
                                       &op->config, ret_domid, error);
}

static gboolean build_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    int domid;

    guest_prepare_domain(op);
    if (!read_screen(op, error) || !create_domain(op, cancellable, &domid, error))
        return FALSE;
    op_set_domid(op, domid);
    return TRUE;
}

static gboolean watch_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return op_backend(op)->ops->watch(op_backend(op), op_domid(op), error);
}

gboolean guest_unpause_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return op_backend(op)->ops->unpause(op_backend(op), op_domid(op), error);
}

/* ---- On the main thread ---- */

static void sound_settled(const GError *error, gpointer data)
{
    Guest *guest = data;

    job_step_finish(guest->job, NULL);
}

static void display_ready(const GError *error, gpointer data)
{
    Guest *guest = data;

    if (error)
        job_step_finish(guest->job, g_error_copy(error));
    else
        guest_await_sound(guest, sound_settled);
}

/* All devices have to be there before the guest goes on: Linux that wakes up restored gives those
 * up whose nodes it does not find then. */
static void connect_helpers(Job *job)
{
    GuestOp *op = job_data(job);

    if (guest_devices_have_sound(op->sound_choice, &op->config.facts))
        guest_connect_sound(op->guest, op_domid(op), op->config.facts.kind);
    if (guest_devices_have_display(op->display_choice, &op->config.facts)) {
        const DisplayDevices devices = {
            .monitors = guest_devices_find_monitors(&op->monitors, &op->config.facts),
            .touch = op->config.facts.touch,
            .restored = op->restores,
        };

        guest_connect_display(op->guest, op_domid(op), &devices, display_ready);
        return;
    }
    if (op->config.facts.kind == GUEST_HVM)
        guest_connect_qemu(op->guest);
    guest_await_sound(op->guest, sound_settled);
}

static void disconnect_helpers(Job *job)
{
    guest_disconnect(((GuestOp *)job_data(job))->guest);
}

/* ---- The steps ---- */

const JobStep guest_step_check_room = {
    .phase = N_("Checking that there is room"),
    .work = check_start,
};
const JobStep guest_step_build = {
    .phase = N_("Building the guest"),
    .work = build_domain,
    .slow = TRUE,
    .undo = guest_undo_domain,
};
const JobStep guest_step_watch = {
    .phase = N_("Building the guest"),
    .work = watch_domain,
};
const JobStep guest_step_connect_display = {
    .phase = N_("Connecting its display"),
    .begin = connect_helpers,
    .abandon = disconnect_helpers,
    .undo_main = disconnect_helpers,
};
const JobStep guest_step_unpause = {
    .phase = N_("Starting it"),
    .work = guest_unpause_domain,
};
