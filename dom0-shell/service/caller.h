/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who called a method, and work that is done with that person's rights to files and not with the
 * service's, which is root. Each piece of such work has a thread that lives for it alone: only that
 * thread's rights change, nobody has to get them back, and a file system that does not answer holds
 * up nothing else. */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

/* A user and the groups that it is in. Never changes; shared by reference. */
typedef struct Caller Caller;

/* The user UID with GROUPS, COUNT of them. To be released with caller_unref(). */
Caller *caller_new(uid_t uid, const gid_t *groups, guint count);
Caller *caller_ref(Caller *caller);
void caller_unref(Caller *caller);

/* Whether that is who the service runs as anyway (root): then there is no difference to be made. */
gboolean caller_is_service(const Caller *caller);

/* Makes the calling thread open files as CALLER, for the rest of its life: it must be one of those
 * below. FALSE and a sentence if that can't be; then nothing must be opened. */
gboolean caller_become(const Caller *caller, GError **error);

/* Work on a thread of its own, which has the service's rights until it calls caller_become(). */
typedef gboolean (*CallerWork)(const Caller *caller, gpointer data, GError **error);

/* The work is over, or was not begun: ERROR (borrowed) says why. CALLER (borrowed) is NULL if it
 * could not be told who that is. */
typedef void (*CallerDone)(Caller *caller, const GError *error, gpointer data);

/* Finds out who made the call INVOCATION, has WORK done with DATA, and calls DONE on the main
 * thread. If too much is being opened at once, WORK is not begun. */
void caller_run(GDBusMethodInvocation *invocation, CallerWork work, CallerDone done, gpointer data);

/* The same for CALLER, waited for: not on the main thread. */
gboolean caller_wait(const Caller *caller, CallerWork work, gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Caller, caller_unref)
