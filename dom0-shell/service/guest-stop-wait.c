/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step that waits for a guest to stop, and what befalls the domain of a job meanwhile. */
#include "error.h"

#include <glib/gi18n.h>
#include "guest-steps.h"

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
        op->problem = g_strdup(N_("The guest was asked to shut down, and goes on all the same. Its "
                                  "console may say why; Force Off ends it."));
    job_step_finish(job,
                    g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                                N_("The guest has not shut down within %u seconds. It may still "
                                   "do so; Force Off ends it at once."),
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
        guest_set_problem(guest,
                          N_("The guest does not answer: it was asked to shut down, and its "
                             "system has not taken that up. Its console may say why; Force Off "
                             "ends it."));
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
                                            N_("The guest crashed while it was shutting down.")));
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
                                N_("The guest was destroyed from outside while it was being worked "
                                   "on. Start it again."));
    job_fail(guest->job, error);
    return TRUE;
}

void guest_job_stop_waiting(Guest *guest)
{
    GuestOp *op = job_data(guest->job);

    if (op->waiting)
        job_cancel(guest->job);
}

const JobStep guest_step_wait_for_stop = {
    .phase = N_("Waiting for the guest to shut down"),
    .begin = wait_for_stop,
    .abandon = stop_waiting,
};
