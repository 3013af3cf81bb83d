/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that ask a guest to stop, and that clear its domain away. How it is waited for is in
 * guest-stop-wait.c. */
#include "guest-steps.h"

#include <glib/gi18n.h>

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
    GuestFilesChange change = {.notes.start = &notes.start};
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
        op->problem = g_strdup_printf(N_("The guest crashed. It said: “%s”"), words);
    }
    return TRUE;
}

static void take_helpers_off(Job *job)
{
    GuestOp *op = job_data(job);

    guest_disconnect(op->guest);
    if (g_strcmp0(op->final_state, "running") == 0)
        guest_set_state(op->guest, "starting");
    job_step_finish(job, NULL);
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

const JobStep guest_step_ask_to_shut_down = {
    .phase = N_("Asking the guest to shut down"),
    .work = request_shutdown,
};
const JobStep guest_step_ask_to_reboot = {
    .phase = N_("Asking the guest to restart"),
    .work = request_reboot,
};
const JobStep guest_step_last_words = {
    .phase = N_("Reading its console"),
    .work = hear_last_words,
};
const JobStep guest_step_note_installed = {
    .phase = N_("Clearing up"),
    .work = note_installed,
};
const JobStep guest_step_display_off = {
    .phase = N_("Closing its display"),
    .begin = take_helpers_off,
};
const JobStep guest_step_destroy = {
    .phase = N_("Clearing up"),
    .work = destroy_domain,
};
