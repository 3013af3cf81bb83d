/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a job's steps, and runs back when one of them fails.
 *
 *   step 0 -> step 1 -> ... -> step n-1 -> succeeded
 *                |failure, cancel
 *                v
 *   undo 0 <- (undo of finished steps) -> failed, cancelled
 *
 * All bookkeeping is done on the main thread; `work` and `undo` see the worker's. */
#include "job.h"

#include <glib/gi18n.h>

struct _Job {
    GObject parent;

    const JobKind *kind;
    Worker *worker;
    Worker *builder; /* of slow steps */
    gpointer data;
    JobDone done;
    VitrineJob1 *skeleton;
    GCancellable *cancellable;
    GError *failure; /* why the job is going back; NULL while it goes forward */
    GError *pending; /* from job_fail(), until the present step is left */
    guint current;   /* the step at work, or while going back, one above the next to undo */
    gboolean running;
    gboolean waiting;    /* a `begin` step is under way */
    gint milli_progress; /* of the step; written by any thread */
    guint progress_source;
};

G_DEFINE_FINAL_TYPE(Job, job, G_TYPE_OBJECT)

static void run_step(Job *job);
static void run_back(Job *job);

static void job_finalize(GObject *object)
{
    Job *job = SERVICE_JOB(object);

    g_clear_handle_id(&job->progress_source, g_source_remove);
    g_clear_error(&job->failure);
    g_clear_error(&job->pending);
    g_clear_object(&job->cancellable);
    g_clear_object(&job->skeleton);
    G_OBJECT_CLASS(job_parent_class)->finalize(object);
}

static void job_class_init(JobClass *class)
{
    G_OBJECT_CLASS(class)->finalize = job_finalize;
}

static void job_init(Job *job)
{
    job->cancellable = g_cancellable_new();
    job->skeleton = vitrine_job1_skeleton_new();
}

Job *job_new(const JobKind *kind, const char *guest_name, Worker *worker, Worker *builder,
             gpointer data)
{
    Job *job = g_object_new(JOB_TYPE, NULL);

    g_assert(kind->n_stages > 0);
    job->kind = kind;
    job->worker = worker;
    job->builder = builder;
    job->data = data;
    vitrine_job1_set_kind(job->skeleton, kind->kind);
    vitrine_job1_set_guest_name(job->skeleton, guest_name);
    vitrine_job1_set_phase(job->skeleton, kind->stages[0].step->phase);
    vitrine_job1_set_state(job->skeleton, "running");
    vitrine_job1_set_error(job->skeleton, "");
    vitrine_job1_set_cancellable(job->skeleton, kind->cancellable);
    return job;
}

gpointer job_data(Job *job)
{
    return job->data;
}

VitrineJob1 *job_skeleton(Job *job)
{
    return job->skeleton;
}

static double progress_before(const Job *job, guint step)
{
    return step == 0 ? 0.0 : job->kind->stages[step - 1].until;
}

static gboolean show_progress(gpointer data)
{
    Job *job = data;
    double from = progress_before(job, job->current);
    double share = g_atomic_int_get(&job->milli_progress) / 1000.0;

    vitrine_job1_set_progress(job->skeleton,
                              from + (job->kind->stages[job->current].until - from) * share);
    return G_SOURCE_CONTINUE;
}

void job_step_progress(double fraction, gpointer data)
{
    Job *job = data;

    g_atomic_int_set(&job->milli_progress, (gint)(CLAMP(fraction, 0.0, 1.0) * 1000));
}

static void finish(Job *job)
{
    gboolean cancelled = g_error_matches(job->failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    const char *state = !job->failure ? "succeeded" : cancelled ? "cancelled" : "failed";
    const char *sentence = !job->failure ? ""
                           : cancelled   ? N_("It was cancelled.")
                                         : job->failure->message;

    job->running = FALSE;
    g_clear_handle_id(&job->progress_source, g_source_remove);
    /* The guest first: who hears that the job is over finds the guest as the job left it. */
    job->done(job, job->failure, job->data);
    if (!job->failure)
        vitrine_job1_set_progress(job->skeleton, 1.0);
    vitrine_job1_set_phase(job->skeleton, "");
    vitrine_job1_set_error(job->skeleton, sentence);
    vitrine_job1_set_cancellable(job->skeleton, FALSE);
    vitrine_job1_set_state(job->skeleton, state);
    /* Properties first, so that who hears Finished reads the final ones. */
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(job->skeleton));
    vitrine_job1_emit_finished(job->skeleton, !job->failure, sentence);
    g_object_unref(job);
}

static void undo_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const JobStep *step = data;

    step->undo(source);
    g_task_return_boolean(task, TRUE);
}

static void undone(GObject *source, GAsyncResult *result, gpointer data)
{
    run_back(SERVICE_JOB(source));
}

static void run_back(Job *job)
{
    while (job->current > 0) {
        const JobStep *step = job->kind->stages[--job->current].step;

        if (step->undo) {
            g_autoptr(GTask) task = g_task_new(job, NULL, undone, NULL);

            g_task_set_task_data(task, (gpointer)step, NULL);
            worker_run(job->worker, G_PRIORITY_DEFAULT, task, undo_thread);
            return;
        }
        if (step->undo_main)
            step->undo_main(job);
    }
    finish(job);
}

static void fail_now(Job *job, GError *error)
{
    g_autoptr(GError) own = error;

    g_clear_handle_id(&job->progress_source, g_source_remove);
    job->failure = job->pending ? g_steal_pointer(&job->pending) : g_steal_pointer(&own);
    vitrine_job1_set_cancellable(job->skeleton, FALSE);
    vitrine_job1_set_phase(job->skeleton, N_("Taking back what was done"));
    vitrine_job1_set_progress(job->skeleton, -1.0);
    run_back(job);
}

/* The present step is over: on to the next, or back. Takes ERROR over. */
static void step_over(Job *job, GError *error)
{
    gboolean final = job->kind->stages[job->current].step->final;

    if (!error && !final && (job->pending || g_cancellable_is_cancelled(job->cancellable))) {
        /* The step was done before the cancel was heard: it is undone with the others. */
        job->current++;
        g_cancellable_set_error_if_cancelled(job->cancellable, &error);
    }
    if (error) {
        fail_now(job, error);
        return;
    }
    vitrine_job1_set_progress(job->skeleton, job->kind->stages[job->current].until);
    job->current++;
    run_step(job);
}

static void work_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const JobStep *step = data;
    GError *error = NULL;

    if (step->work(source, cancellable, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void worked(GObject *source, GAsyncResult *result, gpointer data)
{
    Job *job = SERVICE_JOB(source);
    GError *error = NULL;

    g_task_propagate_boolean(G_TASK(result), &error);
    step_over(job, error);
}

static void run_step(Job *job)
{
    const JobStep *step;

    if (job->current == job->kind->n_stages) {
        finish(job);
        return;
    }
    step = job->kind->stages[job->current].step;
    g_atomic_int_set(&job->milli_progress, 0);
    vitrine_job1_set_phase(job->skeleton, step->phase);
    if (step->begin) {
        job->waiting = TRUE;
        step->begin(job);
    } else {
        g_autoptr(GTask) task = g_task_new(job, job->cancellable, worked, NULL);

        /* A step that was finished all the same must be known to have been, to be undone. */
        g_task_set_check_cancellable(task, FALSE);
        g_task_set_task_data(task, (gpointer)step, NULL);
        worker_run(step->slow ? job->builder : job->worker, G_PRIORITY_DEFAULT, task, work_thread);
    }
}

void job_start(Job *job, JobDone done)
{
    g_object_ref(job);
    job->running = TRUE;
    job->done = done;
    job->progress_source = g_timeout_add(200, show_progress, job);
    run_step(job);
}

void job_step_finish(Job *job, GError *error)
{
    g_assert(job->waiting);
    job->waiting = FALSE;
    step_over(job, error);
}

/* Leaves a waiting step at once; a step at work hears the cancellable. */
static void leave_step(Job *job)
{
    g_cancellable_cancel(job->cancellable);
    if (job->waiting) {
        GError *error = NULL;

        job->waiting = FALSE;
        job->kind->stages[job->current].step->abandon(job);
        g_cancellable_set_error_if_cancelled(job->cancellable, &error);
        fail_now(job, error);
    }
}

gboolean job_cancel(Job *job)
{
    if (!job->running || job->failure || !job->kind->cancellable)
        return FALSE;
    if (!g_cancellable_is_cancelled(job->cancellable))
        leave_step(job);
    return TRUE;
}

void job_fail(Job *job, const GError *error)
{
    if (!job->running || job->failure || job->pending)
        return;
    job->pending = g_error_copy(error);
    leave_step(job);
}
