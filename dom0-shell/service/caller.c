/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out who is at the other end of the bus, and works with that person's rights to files. */
#include "caller.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "error.h"

/* More at once are no persons at work, or a file system that answers nobody. */
#define THREADS_MAX 16
/* More groups than anybody is in. */
#define GROUPS_MAX 4096
/* The group of a user that is in none. */
#define NO_GROUP 65534

struct Caller {
    uid_t uid;
    gboolean knows_groups; /* else the user database is asked, by who becomes that user */
    guint n_groups;
    gid_t *groups;
};

/* A piece of work on its way: to the bus, to its thread, and back. */
typedef struct {
    Caller *caller;
    CallerWork work;
    CallerDone done;
    gpointer data;
    gboolean result; /* of what is waited for */
    GError *error;
} Errand;

static gint threads; /* that are at work for caller_run() */

Caller *caller_new(uid_t uid, const gid_t *groups, guint count)
{
    Caller *caller = g_atomic_rc_box_new0(Caller);

    caller->uid = uid;
    caller->knows_groups = TRUE;
    caller->groups = g_memdup2(groups, count * sizeof *groups);
    caller->n_groups = count;
    return caller;
}

Caller *caller_ref(Caller *caller)
{
    return g_atomic_rc_box_acquire(caller);
}

static void clear(gpointer data)
{
    g_free(((Caller *)data)->groups);
}

void caller_unref(Caller *caller)
{
    if (caller)
        g_atomic_rc_box_release_full(caller, clear);
}

gboolean caller_is_service(const Caller *caller)
{
    return caller->uid == geteuid();
}

/* ---- On a thread of the work's own ---- */

static gboolean fail(GError **error, const char *why)
{
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                N_("The files can't be opened with your rights: %s. The service has to run as root "
                   "for that."),
                why);
    return FALSE;
}

/* The groups of UID by the user database; NULL if it does not know that. */
static gid_t *look_up_groups(uid_t uid, guint *ret_count)
{
    g_autofree char *buffer = g_malloc(1 << 16);
    struct passwd entry, *found = NULL;
    int count = GROUPS_MAX;
    gid_t *groups;

    *ret_count = 0;
    if (getpwuid_r(uid, &entry, buffer, 1 << 16, &found) != 0 || !found)
        return NULL;
    groups = g_new(gid_t, GROUPS_MAX);
    if (getgrouplist(found->pw_name, found->pw_gid, groups, &count) >= 0)
        *ret_count = (guint)count;
    return groups;
}

/* By the system calls: the C library's functions would change all threads. The user comes last, as
 * that takes the rights of root over files away; what is asked for with an impossible number is
 * what there is now. */
static gboolean change(uid_t uid, const gid_t *groups, guint count, GError **error)
{
    gid_t group = count > 0 ? groups[0] : NO_GROUP;

    if (syscall(SYS_setgroups, (size_t)count, groups) != 0)
        return fail(error, g_strerror(errno));
    setfsgid(group);
    setfsuid(uid);
    if ((gid_t)setfsgid((gid_t)-1) != group || (uid_t)setfsuid((uid_t)-1) != uid)
        return fail(error, "the system does not let it");
    return TRUE;
}

gboolean caller_become(const Caller *caller, GError **error)
{
    g_autofree gid_t *looked_up = NULL;
    guint count;

    if (caller_is_service(caller))
        return TRUE;
    if (caller->knows_groups)
        return change(caller->uid, caller->groups, caller->n_groups, error);
    looked_up = look_up_groups(caller->uid, &count);
    return change(caller->uid, looked_up, count, error);
}

static gpointer waited_thread(gpointer data)
{
    Errand *errand = data;

    errand->result = errand->work(errand->caller, errand->data, &errand->error);
    return NULL;
}

gboolean caller_wait(const Caller *caller, CallerWork work, gpointer data, GError **error)
{
    Errand errand = {.caller = (Caller *)caller, .work = work, .data = data};
    GThread *thread = g_thread_try_new("person", waited_thread, &errand, error);

    if (!thread)
        return FALSE;
    g_thread_join(thread);
    if (errand.error)
        g_propagate_error(error, errand.error);
    return errand.result;
}

static gpointer own_thread(gpointer data)
{
    g_autoptr(GTask) task = data;
    Errand *errand = g_task_get_task_data(task);
    GError *error = NULL;
    gboolean done = errand->work(errand->caller, errand->data, &error);

    g_atomic_int_add(&threads, -1);
    if (done)
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
    return NULL;
}

/* ---- On the main thread ---- */

static void free_errand(gpointer data)
{
    Errand *errand = data;

    caller_unref(errand->caller);
    g_free(errand);
}

static void over(GObject *source, GAsyncResult *result, gpointer data)
{
    Errand *errand = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    g_task_propagate_boolean(G_TASK(result), &error);
    errand->done(errand->caller, error, errand->data);
}

/* What the bus has as an array of numbers; it does on Linux, since version 1.13. */
static void take_groups(Caller *caller, GVariant *numbers)
{
    gsize count;
    const guint32 *groups = g_variant_get_fixed_array(numbers, &count, sizeof *groups);

    caller->n_groups = (guint)MIN(count, GROUPS_MAX);
    caller->groups = g_new(gid_t, caller->n_groups);
    for (guint i = 0; i < caller->n_groups; i++)
        caller->groups[i] = groups[i];
    caller->knows_groups = TRUE;
}

/* Who that is by the CREDENTIALS that the bus has of a connection; NULL if they do not tell. */
static Caller *read_credentials(GVariant *credentials)
{
    g_autoptr(GVariant) dict = g_variant_get_child_value(credentials, 0);
    g_autoptr(GVariant) groups = NULL;
    Caller *caller;
    guint32 uid;

    if (!g_variant_lookup(dict, "UnixUserID", "u", &uid))
        return NULL;
    caller = caller_new(uid, NULL, 0);
    caller->knows_groups = FALSE;
    groups = g_variant_lookup_value(dict, "UnixGroupIDs", G_VARIANT_TYPE("au"));
    if (groups)
        take_groups(caller, groups);
    return caller;
}

static void refuse_more(GTask *task)
{
    g_task_return_new_error(
        task, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
        N_("Too many files are being opened at once. If they are on a file system "
           "that does not answer, see to that; then try again."));
}

static void begin(GTask *task)
{
    GError *error = NULL;
    GThread *thread;

    if (g_atomic_int_add(&threads, 1) >= THREADS_MAX) {
        g_atomic_int_add(&threads, -1);
        refuse_more(task);
        return;
    }
    thread = g_thread_try_new("person", own_thread, g_object_ref(task), &error);
    if (thread) {
        g_thread_unref(thread);
        return;
    }
    g_atomic_int_add(&threads, -1);
    g_object_unref(task);
    g_task_return_error(task, error);
}

static void told(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    Errand *errand = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) credentials =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

    errand->caller = credentials ? read_credentials(credentials) : NULL;
    if (errand->caller)
        begin(task);
    else
        g_task_return_new_error(task, SERVICE_ERROR, SERVICE_ERROR_NOT_AUTHORIZED,
                                N_("It can't be found out who you are, and so which files you may "
                                   "read: %s."),
                                error ? error->message : "the bus does not tell");
}

void caller_run(GDBusMethodInvocation *invocation, CallerWork work, CallerDone done, gpointer data)
{
    GTask *task = g_task_new(NULL, NULL, over, NULL);
    Errand *errand = g_new0(Errand, 1);

    errand->work = work;
    errand->done = done;
    errand->data = data;
    g_task_set_task_data(task, errand, free_errand);
    g_dbus_connection_call(g_dbus_method_invocation_get_connection(invocation),
                           "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                           "GetConnectionCredentials",
                           g_variant_new("(s)", g_dbus_method_invocation_get_sender(invocation)),
                           G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, told, task);
}
