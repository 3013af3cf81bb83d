/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Supervises one process that serves a guest. */
#include "helper-private.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"

/* A dom0 under emulation needs a while to load a program. */
#define READY_TIMEOUT_S  60
#define RESTART_DELAY_MS 500
#define RESTARTS_MAX     5
#define END_TIMEOUT_US   (G_USEC_PER_SEC / 2)
/* For one that ends by itself, and has things to put back before. */
#define LEAVE_TIMEOUT_US (3 * G_USEC_PER_SEC)
/* A helper that has lived so long has earned a fresh count. */
#define SETTLED_US (60 * G_USEC_PER_SEC)

G_DEFINE_FINAL_TYPE(Helper, helper, G_TYPE_OBJECT)

static void launch(Helper *helper);

static void helper_finalize(GObject *object)
{
    Helper *helper = SERVICE_HELPER(object);

    helper_stop(helper);
    g_free(helper->name);
    g_strfreev(helper->argv);
    g_strfreev(helper->environment);
    g_strfreev(helper->files);
    if (helper->input)
        explicit_bzero(helper->input, strlen(helper->input));
    g_free(helper->input);
    G_OBJECT_CLASS(helper_parent_class)->finalize(object);
}

static void helper_class_init(HelperClass *class)
{
    G_OBJECT_CLASS(class)->finalize = helper_finalize;
}

static void helper_init(Helper *helper)
{
    helper->channel = -1;
}

Helper *helper_new(const HelperKind *kind, const char *name, const char *const *argv,
                   const char *const *environment, const char *const *files)
{
    Helper *helper = g_object_new(HELPER_TYPE, NULL);

    helper->kind = kind;
    helper->name = g_strdup(name);
    helper->argv = g_strdupv((char **)argv);
    helper->environment = g_strdupv((char **)environment);
    helper->files = g_strdupv((char **)files);
    return helper;
}

static void remove_files(Helper *helper)
{
    for (char **path = helper->files; path && *path; path++)
        unlink(*path);
}

static void set_available(Helper *helper, gboolean available)
{
    if (helper->available == available)
        return;
    helper->available = available;
    if (helper->changed)
        helper->changed(available, NULL, helper->data);
}

/* Waits until a process that has been told to end is gone, and leaves it to GLib to reap. One that
 * isn't let go is not waited for any longer than TIMEOUT, in µs. */
static void await_end(GSubprocess *process, gint64 timeout)
{
    gint64 end = g_get_monotonic_time() + timeout;
    const char *identifier;
    siginfo_t info;

    while ((identifier = g_subprocess_get_identifier(process)) != NULL) {
        memset(&info, 0, sizeof info);
        if (waitid(P_PID, (id_t)g_ascii_strtoull(identifier, NULL, 10), &info,
                   WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid != 0 || g_get_monotonic_time() > end)
            return;
        g_usleep(1000);
    }
}

/* Forgets the present process; kills it if it still lives. */
static void drop_process(Helper *helper)
{
    helper_close_channel(helper);
    g_clear_handle_id(&helper->timer, g_source_remove);
    if (helper->cancellable)
        g_cancellable_cancel(helper->cancellable);
    g_clear_object(&helper->cancellable);
    /* Not a request: it would remove its socket, perhaps the next one's, whenever it got to it. It
     * holds nothing that outlives it, and its nodes are cleared away with its domain. Killed in the
     * middle of making its socket, it still makes it. */
    if (helper->process) {
        g_subprocess_force_exit(helper->process);
        await_end(helper->process, END_TIMEOUT_US);
    }
    g_clear_object(&helper->process);
    remove_files(helper);
}

/* Tells the starter, once. */
static void report(Helper *helper, const GError *error)
{
    HelperReady ready = helper->ready;

    helper->ready = NULL;
    if (ready)
        ready(error, helper->data);
}

static gboolean restart(gpointer data)
{
    Helper *helper = data;

    helper->timer = 0;
    launch(helper);
    return G_SOURCE_REMOVE;
}

/* The process ended or never became ready. ERROR is taken over. */
static void failed(Helper *helper, GError *error)
{
    g_autoptr(GError) own = error;

    g_object_ref(helper);
    drop_process(helper);
    set_available(helper, FALSE);
    if (helper->ready) {
        /* Who waits for it takes the guest down again: no second try. */
        helper->changed = NULL;
        report(helper, own);
    }
    if (g_get_monotonic_time() - helper->started > SETTLED_US)
        helper->restarts = 0;
    if (helper->changed && ++helper->restarts <= RESTARTS_MAX) {
        g_message("%s: %s Starting it again.", helper->name, own->message);
        helper->timer = g_timeout_add(RESTART_DELAY_MS << helper->restarts, restart, helper);
    } else if (helper->changed) {
        g_warning("%s: %s It keeps failing and is given up.", helper->name, own->message);
        helper->changed(FALSE, helper->kind->problem, helper->data);
    }
    g_object_unref(helper);
}

static gboolean ready_timed_out(gpointer data)
{
    Helper *helper = data;

    helper->timer = 0;
    failed(helper, g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                               N_("The guest's %s was not ready after %d seconds."),
                               helper->kind->what, READY_TIMEOUT_S));
    return G_SOURCE_REMOVE;
}

static void exited(GObject *source, GAsyncResult *result, gpointer data)
{
    GSubprocess *process = G_SUBPROCESS(source);
    g_autoptr(GError) cancelled = NULL;
    Helper *helper = data;

    g_subprocess_wait_finish(process, result, &cancelled);
    if (cancelled)
        return;
    if (g_subprocess_get_if_exited(process))
        failed(helper, g_error_new(SERVICE_ERROR, helper->kind->error,
                                   N_("The guest's %s ended with status %d."), helper->kind->what,
                                   g_subprocess_get_exit_status(process)));
    else
        failed(helper, g_error_new(SERVICE_ERROR, helper->kind->error,
                                   N_("The guest's %s was killed by signal %d."),
                                   helper->kind->what, g_subprocess_get_term_sig(process)));
}

static void became_ready(Helper *helper)
{
    g_clear_handle_id(&helper->timer, g_source_remove);
    set_available(helper, TRUE);
    report(helper, NULL);
}

void helper_heard(Helper *helper, const char *text)
{
    if (!helper->available && strcmp(text, "ready") == 0)
        became_ready(helper);
    else if (helper->available && helper->message)
        helper->message(text, helper->data);
}

/* In the child: a helper must not outlive the service, for the next run starts one of its own. */
static void set_up_child(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *spawn(Helper *helper, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(helper_pipes(helper));
    int end;

    if (!helper_open_end(helper, &end, error))
        return NULL;
    if (end >= 0)
        g_subprocess_launcher_take_stdin_fd(launcher, end);
    g_subprocess_launcher_set_child_setup(launcher, set_up_child, NULL, NULL);
    for (char **entry = helper->environment; entry && *entry; entry++) {
        g_auto(GStrv) parts = g_strsplit(*entry, "=", 2);

        g_subprocess_launcher_setenv(launcher, parts[0], parts[1], TRUE);
    }
    return g_subprocess_launcher_spawnv(launcher, (const char *const *)helper->argv, error);
}

static void launch(Helper *helper)
{
    GError *error = NULL;

    remove_files(helper);
    helper->started = g_get_monotonic_time();
    helper->process = spawn(helper, &error);
    if (!helper->process) {
        failed(helper, error);
        return;
    }
    helper->cancellable = g_cancellable_new();
    helper->timer = g_timeout_add_seconds(READY_TIMEOUT_S, ready_timed_out, helper);
    g_subprocess_wait_async(helper->process, helper->cancellable, exited, helper);
    helper_listen(helper);
}

void helper_start(Helper *helper, HelperReady ready, HelperChanged changed, gpointer data)
{
    helper->ready = ready;
    helper->changed = changed;
    helper->data = data;
    launch(helper);
}

void helper_stop(Helper *helper)
{
    helper->ready = NULL;
    helper->changed = NULL;
    helper->available = FALSE;
    drop_process(helper);
}

void helper_end(Helper *helper)
{
    helper->ready = NULL;
    helper->changed = NULL;
    helper_close_channel(helper);
    if (helper_has_channel(helper) && helper->process)
        await_end(helper->process, LEAVE_TIMEOUT_US);
    helper_stop(helper);
}

gboolean helper_is_available(Helper *helper)
{
    return helper->available;
}
