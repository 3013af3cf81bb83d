/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs on the bus: while they are at work, and for a while when they are over. */
#include "service-private.h"

#include "bus-methods.h"
#include "error.h"

/* How long a job that is over stays on the bus, for who comes late to read how it ended. */
#define JOB_LINGER_S 60

static void cancel_job(VitrineJob1 *skeleton, GDBusMethodInvocation *invocation)
{
    Job *job = g_object_get_data(G_OBJECT(skeleton), "job");

    if (job && job_cancel(job))
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR,
                                                      SERVICE_ERROR_WRONG_STATE,
                                                      N_("This can't be cancelled any more."));
}

static const BusMethod job_methods[] = {
    {"Cancel", BUS_MANAGERS, G_CALLBACK(cancel_job)},
};

/* A job that is over goes while polkit asks for a password. */
static const BusTarget job_keeping = {g_object_ref, g_object_unref, NULL};

void service_add_job(Service *service, Job *job)
{
    g_autofree char *path = g_strdup_printf(SERVICE_PATH "/jobs/%u", service->next_job++);
    g_autoptr(VitrineObjectSkeleton) object = vitrine_object_skeleton_new(path);

    vitrine_object_skeleton_set_job1(object, job_skeleton(job));
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(job_skeleton(job)), job_methods,
                        G_N_ELEMENTS(job_methods), &job_keeping, job_skeleton(job),
                        service->authority);
    g_object_set_data(G_OBJECT(job_skeleton(job)), "job", job);
    g_dbus_object_manager_server_export(service->objects, G_DBUS_OBJECT_SKELETON(object));
    service->live_jobs++;
}

typedef struct {
    Service *service;
    char *path;
} Linger;

static gboolean forget_job(gpointer data)
{
    Linger *linger = data;

    g_dbus_object_manager_server_unexport(linger->service->objects, linger->path);
    g_hash_table_remove(linger->service->lingering,
                        GUINT_TO_POINTER(g_source_get_id(g_main_current_source())));
    return G_SOURCE_REMOVE;
}

static void linger_free(gpointer data)
{
    Linger *linger = data;

    g_free(linger->path);
    g_free(linger);
}

void service_job_over(Service *service, Job *job)
{
    GDBusInterfaceSkeleton *skeleton = G_DBUS_INTERFACE_SKELETON(job_skeleton(job));
    Linger *linger = g_new0(Linger, 1);
    guint id;

    g_object_set_data(G_OBJECT(skeleton), "job", NULL);
    linger->service = service;
    linger->path = g_strdup(g_dbus_interface_skeleton_get_object_path(skeleton));
    id = g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, JOB_LINGER_S, forget_job, linger,
                                    linger_free);
    g_hash_table_add(service->lingering, GUINT_TO_POINTER(id));
    service->live_jobs--;
    if (service->quit && service->live_jobs == 0)
        g_idle_add(g_steal_pointer(&service->quit), service->quit_data);
}

void service_forget_jobs(Service *service)
{
    GHashTableIter iter;
    gpointer source;

    g_hash_table_iter_init(&iter, service->lingering);
    while (g_hash_table_iter_next(&iter, &source, NULL))
        g_source_remove(GPOINTER_TO_UINT(source));
}
