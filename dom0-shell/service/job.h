/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A long operation on a guest as an object on the bus: steps in order, progress, cancelling, and
 * the way back when a step fails. */
#pragma once

#include <gio/gio.h>

#include "vitrine-dbus.h"
#include "worker.h"

#define JOB_TYPE (job_get_type())
G_DECLARE_FINAL_TYPE(Job, job, SERVICE, JOB, GObject)

/* One step. Either `work` (blocking, on the worker's thread) or `begin` (on the main thread, ends
 * by job_step_finish()) is set. A step that fails has cleaned up after itself; the ones before
 * it are then undone, last first. */
typedef struct {
    const char *phase; /* for a person: "Copying the template's disk" */
    gboolean (*work)(Job *job, GCancellable *cancellable, GError **error);
    gboolean final; /* once it is done, the job is: a cancel comes too late */
    gboolean slow;  /* `work` is done on the builder's thread, where it holds up nothing else */
    void (*begin)(Job *job);
    /* For `begin`: stops what it began; the step counts as failed. Main thread. */
    void (*abandon)(Job *job);
    /* Takes a finished step back; may be NULL. On the worker's thread (`undo`) or the main one. */
    void (*undo)(Job *job);
    void (*undo_main)(Job *job);
} JobStep;

/* A step's place in a job. */
typedef struct {
    const JobStep *step;
    double until; /* the job's progress when the step is done */
} JobStage;

typedef struct {
    const char *kind; /* as in Job1.Kind */
    const JobStage *stages;
    guint n_stages;
    gboolean cancellable;
} JobKind;

/* Called once, on the main thread, when the job and any undoing are over. ERROR is NULL after a
 * success, G_IO_ERROR_CANCELLED after a cancel. */
typedef void (*JobDone)(Job *job, const GError *error, gpointer data);

/* A job of KIND (static) that nothing has been done for yet. DATA is the steps' own. */
Job *job_new(const JobKind *kind, const char *guest_name, Worker *worker, Worker *builder,
             gpointer data);

/* Runs the job; DONE is called with job_data(). The job keeps itself alive until then. */
void job_start(Job *job, JobDone done);

/* Asks the job to stop and undo. FALSE if this kind of job can't be cancelled or is over. */
gboolean job_cancel(Job *job);

/* Makes the job fail with ERROR (a copy is kept) as soon as its present step can be left. */
void job_fail(Job *job, const GError *error);

/* Ends a `begin` step; with ERROR (taken over) as a failure. */
void job_step_finish(Job *job, GError *error);

/* Progress within the present step, 0.0 to 1.0; from any thread. */
void job_step_progress(double fraction, gpointer job);

gpointer job_data(Job *job);
VitrineJob1 *job_skeleton(Job *job);
