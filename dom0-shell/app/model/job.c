/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One running operation of the service: follows its proxy and says once how it ended. */
#include "model/job.h"

#include <glib/gi18n.h>

#include "sentence.h"

struct _VitrineJob {
    GObject parent_instance;

    VitrineJob1 *proxy;
    char *error; /* what the Finished signal said */
    gboolean finished;
    gboolean cancel_asked;
};

enum {
    CHANGED,
    FINISHED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineJob, vitrine_job, G_TYPE_OBJECT)

static void vitrine_job_finish(VitrineJob *self, const char *error)
{
    if (self->finished)
        return;
    self->finished = TRUE;
    g_free(self->error);
    self->error = sentence_localise(error ? error : "");
    g_signal_emit(self, signals[FINISHED], 0);
}

static void on_finished(VitrineJob1 *proxy, gboolean success, const char *error, gpointer data)
{
    vitrine_job_finish(VITRINE_JOB(data), success ? "" : error);
}

/* The signal can be missed (the job may end before its proxy is there); its properties tell too. */
static void on_properties_changed(GDBusProxy *proxy, GVariant *changed,
                                  const char *const *invalidated, gpointer data)
{
    VitrineJob *self = VITRINE_JOB(data);

    g_signal_emit(self, signals[CHANGED], 0);
    if (!vitrine_job_is_running(self))
        vitrine_job_finish(self, vitrine_job1_get_error(self->proxy));
}

static void vitrine_job_dispose(GObject *object)
{
    VitrineJob *self = VITRINE_JOB(object);

    if (self->proxy)
        g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_clear_object(&self->proxy);
    g_clear_pointer(&self->error, g_free);
    G_OBJECT_CLASS(vitrine_job_parent_class)->dispose(object);
}

static void vitrine_job_class_init(VitrineJobClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_job_dispose;

    /* Phase, progress or whether it can be cancelled changed. */
    signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
    /* Once, when it ended, well or not: see vitrine_job_get_error(). */
    signals[FINISHED] = g_signal_new("finished", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_job_init(VitrineJob *self)
{
}

/* Wraps @proxy, which is kept. */
VitrineJob *vitrine_job_new(VitrineJob1 *proxy)
{
    VitrineJob *self = g_object_new(VITRINE_TYPE_JOB, NULL);

    self->proxy = g_object_ref(proxy);
    g_signal_connect(proxy, "finished", G_CALLBACK(on_finished), self);
    g_signal_connect(proxy, "g-properties-changed", G_CALLBACK(on_properties_changed), self);
    return self;
}

/* The object path that Create, Start and the others answered with. */
const char *vitrine_job_get_path(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), NULL);
    return g_dbus_proxy_get_object_path(G_DBUS_PROXY(self->proxy));
}

/* "create", "start", … */
const char *vitrine_job_get_kind(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), NULL);
    return vitrine_job1_get_kind(self->proxy);
}

/* The name of the guest that it works on. */
const char *vitrine_job_get_guest_name(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), NULL);
    return vitrine_job1_get_guest_name(self->proxy);
}

/* What it does now, for a person; may be empty. The service says it in English, always the same
 * words, which are in our catalogue. */
const char *vitrine_job_get_phase(VitrineJob *self)
{
    const char *phase;

    g_return_val_if_fail(VITRINE_IS_JOB(self), NULL);
    phase = vitrine_job1_get_phase(self->proxy);
    return phase && *phase ? _(phase) : phase;
}

/* 0.0 to 1.0, or below zero when it can't be told. */
double vitrine_job_get_progress(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), -1);
    return MIN(vitrine_job1_get_progress(self->proxy), 1.0);
}

/* Whether vitrine_job_cancel() would be heard now. */
gboolean vitrine_job_get_cancellable(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), FALSE);
    return vitrine_job_is_running(self) && vitrine_job1_get_cancellable(self->proxy);
}

/* FALSE once it has succeeded, failed or been cancelled. */
gboolean vitrine_job_is_running(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), FALSE);
    return !self->finished && g_strcmp0(vitrine_job1_get_state(self->proxy), "running") == 0;
}

/* The sentence of a failed job; NULL while it runs, after success, and after Cancel. */
const char *vitrine_job_get_error(VitrineJob *self)
{
    const char *error;

    g_return_val_if_fail(VITRINE_IS_JOB(self), NULL);

    if (vitrine_job_is_running(self) || vitrine_job_was_cancelled(self))
        return NULL;
    error = self->error ? self->error
                        : sentence_localise_for(G_OBJECT(self), "error",
                                                vitrine_job1_get_error(self->proxy));
    return error && *error ? error : NULL;
}

/* Whether it has ended, or ends, because somebody wanted it to. */
gboolean vitrine_job_was_cancelled(VitrineJob *self)
{
    g_return_val_if_fail(VITRINE_IS_JOB(self), FALSE);
    return self->cancel_asked || g_strcmp0(vitrine_job1_get_state(self->proxy), "cancelled") == 0;
}

/* Asks the service to stop it and undo what it did. How that went shows in its properties. */
void vitrine_job_cancel(VitrineJob *self)
{
    g_return_if_fail(VITRINE_IS_JOB(self));

    self->cancel_asked = TRUE;
    vitrine_job1_call_cancel(self->proxy, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, -1,
                             NULL, NULL, NULL);
}
