/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that jobs on guests are made of. */
#include "guest-steps.h"

#include <string.h>

#include "disk-new.h"
#include "error.h"
#include "guest-source.h"
#include "iso-image.h"
#include "qemu-socket.h"
#include "saved-store.h"
#include "screen-places.h"
#include "snapshot-store.h"
#include "template.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* A new guest's disk takes no room, but grows with the first start; a desktop writes this soon. */
#define DISK_ROOM_MIN (256 * MIB)

int guest_job_domid(Guest *guest)
{
    GuestOp *op = job_data(guest->job);

    return op_domid(op);
}

/* ---- Steps on the worker's thread ---- */

gboolean guest_check_room(GuestOp *op, guint64 memory, GError **error)
{
    BackendHost host;

    if (!op_backend(op)->ops->host(op_backend(op), &host, error))
        return FALSE;
    if (memory <= host.free_memory)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                "Not enough memory: the guest is to have %" G_GUINT64_FORMAT
                " MiB, and %" G_GUINT64_FORMAT " MiB are free. Give it less, or shut down "
                "another guest.",
                memory / MIB, host.free_memory / MIB);
    return FALSE;
}

/* A full disk shows up in a guest as a broken one, so it has to be told before. */
gboolean guest_check_disk_room(GuestOp *op, GError **error)
{
    guint64 room = guest_store_free_disk(op_store(op), DISK_ROOM_MIN);

    if (room >= DISK_ROOM_MIN)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                "The disk is full: %" G_GUINT64_FORMAT " MiB are free, and a new guest needs at "
                "least %" G_GUINT64_FORMAT " MiB. Delete a guest that is not needed any more.",
                room / MIB, DISK_ROOM_MIN / MIB);
    return FALSE;
}

static gboolean check_template(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autoptr(Template) template =
        template_load(guest_store_templates(op_store(op)), op->plan.template);

    return template_check(template, error) && guest_check_disk_room(op, error) &&
           (!op->plan.start || guest_check_room(op, op->plan.memory, error));
}

/* A disk that is to be filled has to fit, though it takes no room at first. */
static gboolean check_disk_fits(GuestOp *op, GError **error)
{
    guint64 room = guest_store_free_disk(op_store(op), op->plan.disk_size);

    if (op->plan.disk_size <= room)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                "The disk is to have %" G_GUINT64_FORMAT " MiB, and %" G_GUINT64_FORMAT
                " MiB are free. Choose a smaller one, or delete a guest that is not needed any "
                "more.",
                op->plan.disk_size / MIB, room / MIB);
    return FALSE;
}

static gboolean check_files(GuestOp *op, GError **error)
{
    const char *isos = guest_store_isos(op_store(op));
    const GuestPlan *plan = &op->plan;
    g_autofree char *iso = plan->iso ? iso_image_find(isos, plan->iso, error) : NULL;

    return (iso || !plan->iso) && (!plan->image || guest_source_check_image(plan->image, error)) &&
           (!plan->kernel || guest_source_check_kernel(plan->kernel, error)) &&
           (!plan->ramdisk || guest_source_check_file(plan->ramdisk, error));
}

static gboolean check_source(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return check_files(op, error) && guest_check_disk_room(op, error) &&
           check_disk_fits(op, error) &&
           (!op->plan.start || guest_check_room(op, op->plan.memory, error));
}

static gboolean copy_image(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return op_backend(op)->ops->copy_disk(op_backend(op), op->plan.image, op->disk_path, 0,
                                          job_step_progress, job, cancellable, error);
}

static gboolean make_disk(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return disk_new(op->disk_path, op->plan.disk_size, error);
}

static gboolean fill_disk(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autoptr(Template) template =
        template_load(guest_store_templates(op_store(op)), op->plan.template);

    return op_backend(op)->ops->copy_disk(op_backend(op), template->disk, op->disk_path,
                                          template->disk_size, job_step_progress, job, cancellable,
                                          error);
}

/* What can't be taken back is for the journal: the job tells its own failure. */
static void take_back(Job *job, gboolean (*remove_them)(GuestStore *, const char *, GError **))
{
    GuestOp *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!remove_them(op_store(op), op->name, &error))
        g_warning("%s: %s", op->name, error->message);
}

static void remove_disk(Job *job)
{
    take_back(job, guest_store_remove_disk);
}

void guest_undo_files(Job *job)
{
    GuestOp *op = job_data(job);

    qemu_sockets_remove(service_options(op->service)->run_directory, op->name);
    take_back(job, guest_store_remove_files);
    op_backend(op)->ops->forget(op_backend(op), op->name);
}

/* The template of a new guest, or NULL if it has none. */
static Template *plan_template(const GuestOp *op)
{
    const char *directory = guest_store_templates(op_store(op));

    return op->plan.template[0] != '\0' ? template_load(directory, op->plan.template) : NULL;
}

/* A kernel with an empty disk is there to fill that. */
static gboolean plan_installs(const GuestPlan *plan)
{
    return plan->template[0] == '\0' && plan->kernel && !plan->image;
}

static gboolean write_files(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    GuestStore *store = op_store(op);
    const ServiceOptions *options = service_options(op->service);
    g_autoptr(Template) template = plan_template(op);
    g_autofree char *screen = qemu_socket_path(QEMU_SCREEN, options->run_directory, op->name);
    GuestConfig config = {
        .name = op->name,
        .kind = op->plan.kind,
        .kernel = template ? template->kernel : op->plan.kernel,
        .ramdisk = template ? template->ramdisk : op->plan.ramdisk,
        .cmdline = template ? template->cmdline : op->plan.extra,
        .iso = op->plan.iso,
        .screen = screen,
        .disk = op->disk_path,
        .bridge = *options->bridge ? options->bridge : NULL,
        .memory = op->plan.memory,
        .vcpus = op->plan.vcpus,
        .installs = plan_installs(&op->plan),
    };
    GuestNotes notes = {
        .template = op->plan.template,
        .color = op->plan.color,
        .display = op->plan.kind == GUEST_HVM ? DEVICE_AS_IN_CFG : DEVICE_YES,
        .sound = DEVICE_YES,
        .start.installer = plan_installs(&op->plan) ? INSTALLER_BEGUN : INSTALLER_NONE,
    };
    g_autofree char *text = guest_config_write(&config, error);

    return text && guest_store_add(store, op->name, text, &notes, error);
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
static gboolean check_screen(GuestOp *op, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(ScreenPlaces) places = {0};
    GuestFacts facts;

    if (!g_file_get_contents(op->config_path, &text, NULL, NULL))
        return TRUE;
    guest_config_scan(text, &facts);
    if (facts.kind == GUEST_HVM)
        return screen_places_check_pc(text, error);
    if (!guest_store_shows(op->display_choice, &facts))
        return TRUE;
    return screen_places_read(text, &places, error) &&
           screen_places_check_tls(&places, SCREEN_TLS_DIRECTORY, error);
}

static gboolean build_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    const char *run_directory = service_options(op->service)->run_directory;
    g_autofree char *sound = qemu_socket_path(QEMU_SOUND, run_directory, op->name);
    int domid;

    guest_prepare_domain(op);
    if (!check_screen(op, error))
        return FALSE;
    if (!op_backend(op)->ops->create(op_backend(op), op->config_path,
                                     wants_emulated_sound(op) ? sound : NULL, cancellable,
                                     &op->config, &domid, error))
        return FALSE;
    op_set_domid(op, domid);
    return TRUE;
}

static gboolean watch_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return op_backend(op)->ops->watch(op_backend(op), op_domid(op), error);
}

static gboolean destroy_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    int domid = op_domid(op);

    if (domid == DOMID_NONE)
        return TRUE;
    /* First, so that its going is not taken for somebody else's doing. */
    op_set_domid(op, DOMID_NONE);
    if (op_backend(op)->ops->destroy(op_backend(op), domid, error))
        return TRUE;
    op_set_domid(op, domid);
    return FALSE;
}

void guest_undo_domain(Job *job)
{
    GuestOp *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!destroy_domain(job, NULL, &error))
        g_warning("%s: %s", op->name, error->message);
}

gboolean guest_unpause_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return op_backend(op)->ops->unpause(op_backend(op), op_domid(op), error);
}

typedef gboolean (*Request)(Backend *backend, int domid, GError **error);

static gboolean request(GuestOp *op, Request ask, GError **error)
{
    int domid = op_domid(op);

    return (!op->paused || op_backend(op)->ops->unpause(op_backend(op), domid, error)) &&
           ask(op_backend(op), domid, error);
}

static gboolean request_shutdown(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return request(op, op_backend(op)->ops->shutdown, error);
}

static gboolean request_reboot(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return request(op, op_backend(op)->ops->reboot, error);
}

/* So that it is offered next to start what was installed. */
static gboolean note_installed(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_auto(GuestNotes) notes = {0};
    GuestFilesChange change = {.start = &notes.start};
    g_autoptr(GError) failure = NULL;

    guest_store_read_notes(op_store(op), op->name, &notes);
    if (!op->ended_itself || notes.start.installer != INSTALLER_BEGUN)
        return TRUE;
    notes.start.installer = INSTALLER_ENDED;
    if (!guest_store_change(op_store(op), op->name, &change, NULL, NULL, &failure))
        g_warning("%s: %s", op->name, failure->message);
    return TRUE;
}

/* Why it crashed, while its console's log is still this one. */
static gboolean hear_last_words(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *words = NULL;

    if (op->crashed)
        words = op_backend(op)->ops->last_words(op_backend(op), op->name);
    if (words) {
        g_free(op->problem);
        op->problem = g_strdup_printf("The guest crashed. It said: %s", words);
    }
    return TRUE;
}

static gboolean delete_files(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    op_backend(op)->ops->forget(op_backend(op), op->name);
    qemu_sockets_remove(service_options(op->service)->run_directory, op->name);
    /* The disk and its snapshots first: a guest with a file and no disk can be deleted again, the
     * other way round the space would be lost unseen. */
    return saved_store_remove(op_store(op), op->name, error) &&
           snapshot_store_remove_all(op_store(op), op->name, error) &&
           guest_store_remove_disk(op_store(op), op->name, error) &&
           guest_store_remove_files(op_store(op), op->name, error);
}

/* ---- Steps on the main thread ---- */

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

    if (guest_store_sounds(op->sound_choice, &op->config.facts))
        guest_connect_sound(op->guest, op_domid(op), op->config.facts.kind);
    if (guest_store_shows(op->display_choice, &op->config.facts)) {
        guest_connect_display(op->guest, op_domid(op),
                              guest_store_monitors(&op->monitors, &op->config.facts),
                              display_ready);
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

static void take_helpers_off(Job *job)
{
    GuestOp *op = job_data(job);

    disconnect_helpers(job);
    if (g_strcmp0(op->final_state, "running") == 0)
        guest_set_state(op->guest, "starting");
    job_step_finish(job, NULL);
}

static void stop_waiting(Job *job)
{
    GuestOp *op = job_data(job);

    op->waiting = FALSE;
    g_clear_handle_id(&op->timer, g_source_remove);
    g_clear_handle_id(&op->answer_timer, g_source_remove);
}

static gboolean wait_timed_out(gpointer data)
{
    Job *job = data;
    GuestOp *op = job_data(job);
    guint seconds = service_options(op->service)->stop_timeout / 1000;

    op->timer = 0;
    stop_waiting(job);
    op->guest->ignored = !op->unanswered;
    if (op->guest->ignored)
        op->problem = g_strdup("The guest was asked to shut down, and goes on all the same. Its "
                               "console may say why; Force Off ends it.");
    job_step_finish(job, g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                                     "The guest has not shut down within %u seconds. It may still "
                                     "do so; Force Off ends it at once.",
                                     seconds));
    return G_SOURCE_REMOVE;
}

/* Has the machine looked at; guest_job_look() gets what there is to see. */
static gboolean look_for_answer(gpointer data)
{
    GuestOp *op = job_data(data);

    op->answer_timer = 0;
    service_refresh(op->service);
    return G_SOURCE_REMOVE;
}

void guest_job_look(Guest *guest, const BackendDomain *domain)
{
    GuestOp *op = job_data(guest->job);
    gint64 patience = (gint64)service_options(op->service)->answer_timeout * 1000;
    gboolean unanswered;

    if (!op->waiting || domain->domid != op_domid(op))
        return;
    unanswered = domain->unheard && g_get_monotonic_time() - op->asked_at >= patience;
    if (unanswered == op->unanswered)
        return;
    op->unanswered = unanswered;
    if (unanswered)
        guest_set_problem(guest, "The guest does not answer: it was asked to shut down, and its "
                                 "system has not taken that up. Its console may say why; Force Off "
                                 "ends it.");
    else
        guest_clear_problem(guest);
    guest_set_state(guest, unanswered ? GUEST_NOT_RESPONDING : "stopping");
}

static void wait_for_stop(Job *job)
{
    GuestOp *op = job_data(job);
    const ServiceOptions *options = service_options(op->service);

    op->until_gone = !op->guest->ours;
    if (op_domid(op) == DOMID_NONE || op->guest->stop_pending) {
        /* It was faster than the answer to the request. */
        op->guest->stop_pending = FALSE;
        job_step_finish(job, NULL);
        return;
    }
    op->waiting = TRUE;
    op->asked_at = g_get_monotonic_time();
    op->guest->ignored = FALSE;
    op->timer = g_timeout_add(options->stop_timeout, wait_timed_out, job);
    op->answer_timer = g_timeout_add(options->answer_timeout + 1, look_for_answer, job);
}

gboolean guest_job_stopped(Guest *guest, StopReason reason)
{
    GuestOp *op = job_data(guest->job);

    if (!op->waiting || op->until_gone)
        return op->until_gone;
    stop_waiting(guest->job);
    if (reason == STOP_CRASH || reason == STOP_WATCHDOG) {
        guest->stop_pending = TRUE;
        guest->stop_reason = reason;
        job_step_finish(guest->job,
                        g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                            "The guest crashed while it was shutting down."));
        return TRUE;
    }
    job_step_finish(guest->job, NULL);
    return TRUE;
}

gboolean guest_job_gone(Guest *guest)
{
    GuestOp *op = job_data(guest->job);
    g_autoptr(GError) error = NULL;

    op_set_domid(op, DOMID_NONE);
    if (op->waiting) {
        stop_waiting(guest->job);
        job_step_finish(guest->job, NULL);
        return TRUE;
    }
    error = g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                                "The guest was destroyed from outside while it was being worked "
                                "on. Start it again.");
    job_fail(guest->job, error);
    return TRUE;
}

void guest_job_stop_waiting(Guest *guest)
{
    GuestOp *op = job_data(guest->job);

    if (op->waiting)
        job_cancel(guest->job);
}

/* ---- The steps ---- */

const JobStep guest_step_check_template = {
    .phase = "Checking the template",
    .work = check_template,
};
const JobStep guest_step_fill_disk = {
    .phase = "Copying the template's disk",
    .work = fill_disk,
    .slow = TRUE,
    .undo = remove_disk,
};
const JobStep guest_step_check_source = {
    .phase = "Checking what it is made of",
    .work = check_source,
};
const JobStep guest_step_copy_image = {
    .phase = "Copying the disk image",
    .work = copy_image,
    .slow = TRUE,
    .undo = remove_disk,
};
const JobStep guest_step_make_disk = {
    .phase = "Making an empty disk",
    .work = make_disk,
    .undo = remove_disk,
};
const JobStep guest_step_write_files = {
    .phase = "Writing the guest's file",
    .work = write_files,
    .undo = guest_undo_files,
};
const JobStep guest_step_check_room = {
    .phase = "Checking that there is room",
    .work = check_start,
};
const JobStep guest_step_build = {
    .phase = "Building the guest",
    .work = build_domain,
    .slow = TRUE,
    .undo = guest_undo_domain,
};
const JobStep guest_step_watch = {
    .phase = "Building the guest",
    .work = watch_domain,
};
const JobStep guest_step_connect_display = {
    .phase = "Connecting its display",
    .begin = connect_helpers,
    .abandon = disconnect_helpers,
    .undo_main = disconnect_helpers,
};
const JobStep guest_step_unpause = {
    .phase = "Starting it",
    .work = guest_unpause_domain,
};
const JobStep guest_step_ask_to_shut_down = {
    .phase = "Asking the guest to shut down",
    .work = request_shutdown,
};
const JobStep guest_step_ask_to_reboot = {
    .phase = "Asking the guest to restart",
    .work = request_reboot,
};
const JobStep guest_step_wait_for_stop = {
    .phase = "Waiting for the guest to shut down",
    .begin = wait_for_stop,
    .abandon = stop_waiting,
};
const JobStep guest_step_last_words = {
    .phase = "Reading its console",
    .work = hear_last_words,
};
const JobStep guest_step_note_installed = {
    .phase = "Clearing up",
    .work = note_installed,
};
const JobStep guest_step_display_off = {
    .phase = "Closing its display",
    .begin = take_helpers_off,
};
const JobStep guest_step_destroy = {
    .phase = "Clearing up",
    .work = destroy_domain,
};
const JobStep guest_step_delete_files = {
    .phase = "Removing its files",
    .work = delete_files,
};
