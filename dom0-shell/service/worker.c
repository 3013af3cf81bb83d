/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs GTasks on one thread, in the order of their priorities. */
#include "worker.h"

struct Worker {
    GMainContext *context; /* its source queue is the priority queue */
    GMainLoop *loop;
    GThread *thread;
};

typedef struct {
    GTask *task;
    GTaskThreadFunc func;
} Call;

static gpointer thread_main(gpointer data)
{
    Worker *worker = data;

    g_main_context_push_thread_default(worker->context);
    g_main_loop_run(worker->loop);
    g_main_context_pop_thread_default(worker->context);
    return NULL;
}

Worker *worker_new(const char *name)
{
    Worker *worker = g_new0(Worker, 1);

    worker->context = g_main_context_new();
    worker->loop = g_main_loop_new(worker->context, FALSE);
    worker->thread = g_thread_new(name, thread_main, worker);
    return worker;
}

static gboolean quit(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

static void attach(Worker *worker, int priority, GSourceFunc func, gpointer data,
                   GDestroyNotify destroy)
{
    GSource *source = g_idle_source_new();

    g_source_set_priority(source, priority);
    g_source_set_callback(source, func, data, destroy);
    g_source_attach(source, worker->context);
    g_source_unref(source);
}

void worker_free(Worker *worker)
{
    if (!worker)
        return;
    g_assert(!worker_is_current(worker));
    /* The lowest priority there is: everything queued goes first. */
    attach(worker, G_MAXINT, quit, worker->loop, NULL);
    g_thread_join(worker->thread);
    g_main_loop_unref(worker->loop);
    g_main_context_unref(worker->context);
    g_free(worker);
}

GMainContext *worker_context(Worker *worker)
{
    return worker->context;
}

gboolean worker_is_current(Worker *worker)
{
    return g_thread_self() == worker->thread;
}

static gboolean run_call(gpointer data)
{
    Call *call = data;

    call->func(call->task, g_task_get_source_object(call->task), g_task_get_task_data(call->task),
               g_task_get_cancellable(call->task));
    return G_SOURCE_REMOVE;
}

static void free_call(gpointer data)
{
    Call *call = data;

    g_object_unref(call->task);
    g_free(call);
}

void worker_run(Worker *worker, int priority, GTask *task, GTaskThreadFunc func)
{
    Call *call = g_new0(Call, 1);

    call->task = g_object_ref(task);
    call->func = func;
    attach(worker, priority, run_call, call, free_call);
}
