/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One named thread on which everything that can block runs, one call after the other. */
#pragma once

#include <gio/gio.h>

typedef struct Worker Worker;

/* Starts a thread NAME with a main context of its own. */
Worker *worker_new(const char *name);

/* Lets queued calls finish, ends the thread, frees WORKER. Not from the thread itself. */
void worker_free(Worker *worker);

/* The context of the thread; sources attached to it are dispatched there, between calls. */
GMainContext *worker_context(Worker *worker);

/* Queues FUNC for TASK, which must return a result on TASK; its callback runs in the context
 * TASK was made in. A lower PRIORITY value (G_PRIORITY_*) runs first. Takes a reference. */
void worker_run(Worker *worker, int priority, GTask *task, GTaskThreadFunc func);

/* True if the caller runs on WORKER's thread: for g_assert(). */
gboolean worker_is_current(Worker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worker, worker_free)
