/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saves a guest's memory to a file, ends its domain, and makes a domain of the file again. */
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "error.h"
#include "guest-steps.h"
#include "saved-store.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* Of a state file, beside the memory: page tables' types, vCPUs, devices. */
#define STATE_ROOM (32 * MIB)

/* ---- Saving ---- */

/* Bytes that the guest's domain has now; 0 and ERROR if there is none any more. */
static guint64 memory_of(const GuestOp *op, GError **error)
{
    g_autoptr(GPtrArray) domains = op_backend(op)->ops->list(op_backend(op), error);

    for (guint i = 0; domains && i < domains->len; i++) {
        const BackendDomain *domain = domains->pdata[i];

        if (domain->domid == op->domid)
            return domain->memory;
    }
    if (domains)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                            N_("The guest is not running any more."));
    return 0;
}

static gboolean check_save(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    guint64 memory = memory_of(op, error);
    guint64 wanted = memory + STATE_ROOM;
    guint64 room = guest_store_free_disk(op_store(op), wanted);

    if (memory == 0 || room >= wanted)
        return memory != 0;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                N_("There is no room to save the guest: %" PRIu64 " MiB are needed, and %" PRIu64
                   " MiB are free. Delete a guest that is "
                   "not needed any more, or shut this one down."),
                wanted / MIB, room / MIB);
    return FALSE;
}

static void check_devices(Job *job)
{
    GuestOp *op = job_data(job);
    GError *error = NULL;

    usb_prepare_saving(service_usb(op->service), op->name, &error);
    job_step_finish(job, error);
}

/* One that is paused could not say that it is ready. */
static gboolean wake(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return !op->paused || op_backend(op)->ops->unpause(op_backend(op), op_domid(op), error);
}

/* Whatever went wrong afterwards: the guest goes on. */
static void let_go_on(Job *job)
{
    GuestOp *op = job_data(job);
    int domid = op_domid(op);
    g_autoptr(GError) error = NULL;

    if (domid != DOMID_NONE && !op_backend(op)->ops->resume(op_backend(op), domid, &error))
        op->problem = g_strdup(error->message);
}

static gboolean write_state(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *path = saved_store_making_path(op_store(op), op->name);

    return op_backend(op)->ops->save(op_backend(op), op_domid(op), path, job_step_progress, job,
                                     cancellable, error);
}

static void remove_making(Job *job)
{
    GuestOp *op = job_data(job);

    saved_store_remove_making(op_store(op), op->name);
}

static gboolean commit_state(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return saved_store_commit(op_store(op), op->name, error);
}

static void remove_state(Job *job)
{
    GuestOp *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!saved_store_remove(op_store(op), op->name, &error))
        g_warning("%s", error->message);
}

static gboolean destroy_saved(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    if (!guest_step_destroy.work(job, cancellable, error))
        return FALSE;
    saved_store_seal(op_store(op), op->name);
    return TRUE;
}

static void disconnect(Job *job)
{
    guest_disconnect(((GuestOp *)job_data(job))->guest);
    job_step_finish(job, NULL);
}

/* ---- Going on ---- */

static gboolean check_restore(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return saved_store_check_disk(op_store(op), op->name, error) &&
           guest_step_check_room.work(job, cancellable, error);
}

static gboolean restore_domain(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *path = saved_store_path(op_store(op), op->name);
    int domid;

    guest_prepare_domain(op);
    if (!op_backend(op)->ops->restore(op_backend(op), path, cancellable, &op->config, &domid,
                                      error))
        return FALSE;
    op_set_domid(op, domid);
    return TRUE;
}

/* The guest runs: its memory and its disk have gone on from what was saved. */
static gboolean drop_state(Job *job, GCancellable *cancellable, GError **error)
{
    remove_state(job);
    return TRUE;
}

static gboolean discard_state(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return saved_store_remove(op_store(op), op->name, error);
}

/* ---- The tables ---- */

static const JobStep step_check_devices = {
    .phase = N_("Checking its devices"),
    .begin = check_devices,
};
static const JobStep step_wake = {
    .phase = N_("Letting it go on"),
    .work = wake,
};
static const JobStep step_check_save = {
    .phase = N_("Checking that there is room"),
    .work = check_save,
    .undo = let_go_on,
};
static const JobStep step_write_state = {
    .phase = N_("Saving the guest's memory"),
    .work = write_state,
    .slow = TRUE,
    .undo = remove_making,
};
/* From here on there is no way back: the display is closed, and what was saved is whole. */
static const JobStep step_commit_state = {
    .phase = N_("Keeping what was saved"),
    .work = commit_state,
    .final = TRUE,
    .undo = remove_state,
};
static const JobStep step_disconnect = {
    .phase = N_("Closing its display"),
    .begin = disconnect,
    .final = TRUE,
};
static const JobStep step_destroy_saved = {
    .phase = N_("Clearing up"),
    .work = destroy_saved,
    .final = TRUE,
};
static const JobStep step_check_restore = {
    .phase = N_("Checking that there is room"),
    .work = check_restore,
};
static const JobStep step_restore = {
    .phase = N_("Restoring the guest's memory"),
    .work = restore_domain,
    .slow = TRUE,
    .undo = guest_undo_domain,
};
static const JobStep step_unpause = {
    .phase = N_("Letting it go on"),
    .work = guest_unpause_domain,
    .final = TRUE,
};
static const JobStep step_drop_state = {
    .phase = N_("Letting it go on"),
    .work = drop_state,
    .final = TRUE,
};
static const JobStep step_discard_state = {
    .phase = N_("Discarding what was saved"),
    .work = discard_state,
};

static const JobStage save_stages[] = {
    {&step_check_devices, 0.01}, {&step_wake, 0.01},         {&step_check_save, 0.02},
    {&step_write_state, 0.95},   {&step_commit_state, 0.96}, {&step_disconnect, 0.97},
    {&step_destroy_saved, 1.0},
};
/* What a killed service had saved, and not ended yet. */
static const JobStage finish_stages[] = {
    {&step_disconnect, 0.1},
    {&step_destroy_saved, 1.0},
};
static const JobStage restore_stages[] = {
    {&step_check_restore, 0.05},
    {&step_restore, 0.8},
    {&guest_step_watch, 0.8},
    {&guest_step_limit_network, 0.82},
    {&guest_step_connect_display, 0.95},
    {&step_unpause, 0.99},
    {&step_drop_state, 1.0},
};
static const JobStage discard_stages[] = {
    {&step_discard_state, 1.0},
};

static const JobKind save_kind = {"save", save_stages, G_N_ELEMENTS(save_stages), TRUE};
static const JobKind finish_kind = {"save", finish_stages, G_N_ELEMENTS(finish_stages), FALSE};
static const JobKind restore_kind = {"start", restore_stages, G_N_ELEMENTS(restore_stages), TRUE};
static const JobKind discard_kind = {"discard", discard_stages, G_N_ELEMENTS(discard_stages),
                                     FALSE};

void guest_save(Guest *guest)
{
    guest_run(guest_op_new(guest, "saved"), &save_kind, "saving");
}

void guest_finish_save(Guest *guest)
{
    guest_run(guest_op_new(guest, "saved"), &finish_kind, "saving");
}

void guest_restore(Guest *guest)
{
    GuestOp *op = guest_op_new(guest, "running");

    op->restores = TRUE;
    guest_set_problem(guest, "");
    guest_run(op, &restore_kind, "starting");
}

void guest_discard_saved(Guest *guest)
{
    guest_set_problem(guest, "");
    guest_run(guest_op_new(guest, "stopped"), &discard_kind, "saved");
}

gboolean guest_check_not_saved(Guest *guest, GError **error)
{
    if (!guest->saved || guest->domid != DOMID_NONE)
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                        N_("The guest is saved, and this would not fit what it has in its memory. "
                           "Start it first, or discard what was saved."));
    return FALSE;
}

/* Somebody started it past the service, from its file alone. */
void guest_drop_stale_save(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!saved_store_remove(service_store(guest->service), guest->name, &error))
        g_warning("%s", error->message);
    guest->saved = saved_store_has(service_store(guest->service), guest->name);
    guest_set_problem(guest,
                      N_("The guest was started anew while its memory was saved. What was saved "
                         "does not fit its disk any more, and was removed."));
}
