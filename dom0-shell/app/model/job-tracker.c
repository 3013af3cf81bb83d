/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the service's jobs. A guest's "job" property is the running job that names it, whichever
 * of the two objects appears first. A job that was over before this program looked is old news; one
 * that appears later is reported even if it is over by then.
 */
#include "model/job-tracker.h"

struct _VitrineJobTracker {
    GObject parent_instance;

    GDBusObjectManager *manager;
    VitrineGuestList *guests;
    GHashTable *jobs; /* object path → VitrineJob, running ones */
};

enum {
    JOB_FINISHED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineJobTracker, vitrine_job_tracker, G_TYPE_OBJECT)

/* Gives the guest called @name the job that runs on it now, or none. */
static void assign_job(VitrineJobTracker *self, const char *name)
{
    VitrineGuest *guest = vitrine_guest_list_find(self->guests, name);

    if (guest)
        vitrine_guest_set_job(guest, vitrine_job_tracker_find(self, name));
}

static void forget_job(VitrineJobTracker *self, VitrineJob *job)
{
    g_signal_handlers_disconnect_by_data(job, self);
    g_hash_table_remove(self->jobs, vitrine_job_get_path(job));
    assign_job(self, vitrine_job_get_guest_name(job));
}

static void on_job_finished(VitrineJob *job, gpointer data)
{
    g_autoptr(VitrineJob) keep = g_object_ref(job);
    VitrineJobTracker *self = VITRINE_JOB_TRACKER(data);

    forget_job(self, job);
    g_signal_emit(self, signals[JOB_FINISHED], 0, job);
}

static void add_job(VitrineJobTracker *self, GDBusObject *object, gboolean is_news)
{
    g_autoptr(VitrineJob1) proxy = vitrine_object_get_job1(VITRINE_OBJECT(object));
    g_autoptr(VitrineJob) job = NULL;

    if (!proxy)
        return;
    job = vitrine_job_new(proxy);
    if (!vitrine_job_is_running(job)) {
        if (is_news)
            g_signal_emit(self, signals[JOB_FINISHED], 0, job);
        return;
    }
    g_signal_connect(job, "finished", G_CALLBACK(on_job_finished), self);
    g_hash_table_insert(self->jobs, g_strdup(vitrine_job_get_path(job)), g_object_ref(job));
    assign_job(self, vitrine_job_get_guest_name(job));
}

static void on_object_added(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
    add_job(VITRINE_JOB_TRACKER(data), object, TRUE);
}

static void on_object_removed(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
    VitrineJobTracker *self = VITRINE_JOB_TRACKER(data);
    g_autoptr(VitrineJob) job = NULL;

    job = g_hash_table_lookup(self->jobs, g_dbus_object_get_object_path(object));
    if (job)
        forget_job(self, g_object_ref(job));
}

static void on_guests_changed(GListModel *guests, guint position, guint removed, guint added,
                              gpointer data)
{
    VitrineJobTracker *self = VITRINE_JOB_TRACKER(data);

    for (guint i = position; i < position + added; i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);

        assign_job(self, vitrine_guest_get_name(guest));
    }
}

static void disconnect_jobs(VitrineJobTracker *self)
{
    GHashTableIter iter;
    gpointer job;

    g_hash_table_iter_init(&iter, self->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job))
        g_signal_handlers_disconnect_by_data(job, self);
    g_hash_table_remove_all(self->jobs);
}

static void vitrine_job_tracker_dispose(GObject *object)
{
    VitrineJobTracker *self = VITRINE_JOB_TRACKER(object);

    disconnect_jobs(self);
    if (self->manager)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    g_clear_object(&self->manager);
    if (self->guests)
        g_signal_handlers_disconnect_by_data(self->guests, self);
    g_clear_object(&self->guests);
    G_OBJECT_CLASS(vitrine_job_tracker_parent_class)->dispose(object);
}

static void vitrine_job_tracker_finalize(GObject *object)
{
    g_hash_table_unref(VITRINE_JOB_TRACKER(object)->jobs);
    G_OBJECT_CLASS(vitrine_job_tracker_parent_class)->finalize(object);
}

static void vitrine_job_tracker_class_init(VitrineJobTrackerClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_job_tracker_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_job_tracker_finalize;

    /* A job (VitrineJob) ended, well or not. */
    signals[JOB_FINISHED] =
        g_signal_new("job-finished", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, VITRINE_TYPE_JOB);
}

static void vitrine_job_tracker_init(VitrineJobTracker *self)
{
    self->jobs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
}

/* Sets the "job" of the guests in @guests, which is kept. */
VitrineJobTracker *vitrine_job_tracker_new(VitrineGuestList *guests)
{
    VitrineJobTracker *self = g_object_new(VITRINE_TYPE_JOB_TRACKER, NULL);

    self->guests = g_object_ref(guests);
    g_signal_connect(guests, "items-changed", G_CALLBACK(on_guests_changed), self);
    return self;
}

/* Follows the jobs of @manager from now on; NULL when the service is lost. */
void vitrine_job_tracker_set_manager(VitrineJobTracker *self, GDBusObjectManager *manager)
{
    g_return_if_fail(VITRINE_IS_JOB_TRACKER(self));

    if (self->manager)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    disconnect_jobs(self);
    g_set_object(&self->manager, manager);
    if (!manager)
        return;

    g_signal_connect(manager, "object-added", G_CALLBACK(on_object_added), self);
    g_signal_connect(manager, "object-removed", G_CALLBACK(on_object_removed), self);
    g_autolist(GDBusObject) objects = g_dbus_object_manager_get_objects(manager);
    for (GList *l = objects; l; l = l->next)
        add_job(self, l->data, FALSE);
}

/* The running job of the guest called @guest_name, not referenced, or NULL. */
VitrineJob *vitrine_job_tracker_find(VitrineJobTracker *self, const char *guest_name)
{
    GHashTableIter iter;
    gpointer job;

    g_return_val_if_fail(VITRINE_IS_JOB_TRACKER(self), NULL);

    g_hash_table_iter_init(&iter, self->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job)) {
        if (g_strcmp0(vitrine_job_get_guest_name(job), guest_name) == 0)
            return job;
    }
    return NULL;
}
