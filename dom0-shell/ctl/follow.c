/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows one job of the service to its end: progress on standard error, Ctrl-C cancels it. */
#include "follow.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "sentence.h"

/* The service tells of a job's object before or just after it answers with its path. */
#define APPEAR_US (10 * G_USEC_PER_SEC)

typedef struct {
    Client *client;
    GDBusProxy *job;
    gboolean line;       /* one line that is written over: a terminal */
    char *shown;         /* the last line of progress */
    guint interrupts;    /* Ctrl-C */
    gboolean left_alone; /* a second Ctrl-C: let it run */
} Follow;

static gboolean wake_up(gpointer data)
{
    return G_SOURCE_CONTINUE;
}

static char *progress_line(GDBusProxy *job)
{
    g_autofree char *phase = NULL, *clean = NULL;
    double progress = client_real(job, "Progress");

    clean = text_clean(client_phase(job, &phase));
    if (progress < 0)
        return g_strdup(clean);
    return g_strdup_printf("%3.0f %% %s", progress * 100, clean);
}

static void show_progress(Follow *follow)
{
    g_autofree char *line = NULL;

    if (follow->client->quiet)
        return;
    line = progress_line(follow->job);
    if (g_strcmp0(line, follow->shown) == 0)
        return;
    fprintf(stderr, follow->line ? "\r\033[K%s" : "%s\n", line);
    g_free(follow->shown);
    follow->shown = g_steal_pointer(&line);
}

static void end_progress(Follow *follow)
{
    if (follow->line && follow->shown)
        fputs("\r\033[K", stderr);
    g_clear_pointer(&follow->shown, g_free);
}

/* Ctrl-C. What can't be cancelled is waited for, until somebody insists. */
static gboolean on_interrupt(gpointer data)
{
    Follow *follow = data;
    g_autoptr(GVariant) answer = NULL;

    if (follow->interrupts++ > 0) {
        follow->left_alone = TRUE;
        return G_SOURCE_CONTINUE;
    }
    end_progress(follow);
    if (!follow->job || !client_number(follow->job, "Cancellable")) {
        client_complain(_("This can't be cancelled now. Ctrl-C again leaves it to itself."));
        return G_SOURCE_CONTINUE;
    }
    client_complain(_("Cancelling."));
    /* What comes of it is told by the job's end. */
    answer = client_call(follow->job, "Cancel", NULL, NULL);
    return G_SOURCE_CONTINUE;
}

static GDBusProxy *find_job(Client *client, const char *path)
{
    return G_DBUS_PROXY(g_dbus_object_manager_get_interface(client->objects, path, CTL_JOB_IFACE));
}

static gboolean is_running(GDBusProxy *job)
{
    g_autofree char *state = NULL;

    return strcmp(client_string(job, "State", &state), "running") == 0;
}

/* The service has gone: what was known of the job will not change any more. */
static gboolean is_lost(Follow *follow)
{
    g_autofree char *owner = g_dbus_object_manager_client_get_name_owner(
        G_DBUS_OBJECT_MANAGER_CLIENT(follow->client->objects));

    return owner == NULL;
}

static void wait_for_end(Follow *follow, const char *path)
{
    gint64 deadline = g_get_monotonic_time() + APPEAR_US;

    while (!follow->job && !follow->left_alone && !is_lost(follow) &&
           g_get_monotonic_time() < deadline) {
        g_main_context_iteration(NULL, TRUE);
        follow->job = find_job(follow->client, path);
    }
    while (follow->job && is_running(follow->job) && !follow->left_alone && !is_lost(follow)) {
        show_progress(follow);
        g_main_context_iteration(NULL, TRUE);
    }
    end_progress(follow);
}

static int tell_end(Follow *follow)
{
    g_autofree char *state = NULL, *sentence = NULL, *translated = NULL, *clean = NULL;

    if (follow->left_alone) {
        client_complain(_("It goes on by itself; see “vitrinectl watch”."));
        return CTL_EXIT_CANCELLED;
    }
    if (!follow->job || is_running(follow->job)) {
        client_complain(_("The service has gone away in the middle of it."));
        return CTL_EXIT_NO_SERVICE;
    }
    client_string(follow->job, "State", &state);
    if (strcmp(state, "succeeded") == 0)
        return CTL_EXIT_OK;
    if (strcmp(state, "cancelled") == 0) {
        client_complain(_("Cancelled."));
        return CTL_EXIT_CANCELLED;
    }
    translated = sentence_localise(client_string(follow->job, "Error", &sentence));
    clean = text_clean(translated);
    client_complain("%s", clean);
    return CTL_EXIT_FAILED;
}

int follow_job(Client *client, const char *path)
{
    Follow follow = {.client = client, .line = isatty(STDERR_FILENO)};
    guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, &follow);
    guint timer = g_timeout_add(200, wake_up, NULL);
    int status;

    wait_for_end(&follow, path);
    status = tell_end(&follow);
    g_source_remove(timer);
    g_source_remove(interrupt);
    g_clear_object(&follow.job);
    return status;
}
