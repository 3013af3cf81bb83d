/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program that makes something, hears how far it is, and stops it with all that it runs. */
#include "maker.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

#define PROGRESS "progress "
#define SENTENCE "vitrine: "

/* What outlives a program that was stopped hears it again so often, at this pace, and after that is
 * not waited for. */
#define REMINDERS   10
#define REMINDER_MS 500

struct Maker {
    const MakerEvents *events;
    gpointer data;
    GSubprocess *process;
    GDataInputStream *words;
    GCancellable *deaf;
    pid_t group;
    guint reminder;
    guint reminders;
    char *sentence; /* the last; NULL if there was none */
    gboolean stopped;
    gboolean heard_all;
    gboolean ended;
};

static void free_maker(Maker *maker)
{
    g_object_unref(maker->process);
    g_object_unref(maker->words);
    g_object_unref(maker->deaf);
    if (maker->reminder)
        g_source_remove(maker->reminder);
    g_free(maker->sentence);
    g_free(maker);
}

static GError *outcome(const Maker *maker)
{
    if (maker->stopped)
        return g_error_new_literal(G_IO_ERROR, G_IO_ERROR_CANCELLED, N_("It was cancelled."));
    if (g_subprocess_get_successful(maker->process))
        return NULL;
    return g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                               maker->sentence
                                   ? maker->sentence
                                   : N_("The program that makes it ended without saying "
                                        "why. The service's log has what it said."));
}

/* Its words may come after its end, and the other way round. */
static void end_if_over(Maker *maker)
{
    g_autoptr(GError) error = NULL;

    if (!maker->heard_all || !maker->ended)
        return;
    error = outcome(maker);
    maker->events->over(error, maker->data);
    free_maker(maker);
}

static void hear_progress(Maker *maker, const char *line)
{
    char *phase;
    double fraction = g_ascii_strtod(line, &phase);

    if (*phase == ' ' && g_utf8_validate(phase, -1, NULL) && !maker->stopped)
        maker->events->progress(CLAMP(fraction, 0.0, 1.0), phase + 1, maker->data);
}

static void hear(Maker *maker, const char *line)
{
    if (g_str_has_prefix(line, PROGRESS)) {
        hear_progress(maker, line + strlen(PROGRESS));
    } else if (g_str_has_prefix(line, SENTENCE)) {
        g_free(maker->sentence);
        maker->sentence = g_utf8_make_valid(line + strlen(SENTENCE), -1);
    } else {
        g_message("%s", line);
    }
}

static void read_line(Maker *maker);

static void line_read(GObject *source, GAsyncResult *result, gpointer data)
{
    Maker *maker = data;
    g_autofree char *line =
        g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);

    if (!line) {
        maker->heard_all = TRUE;
        end_if_over(maker);
        return;
    }
    hear(maker, line);
    read_line(maker);
}

static void read_line(Maker *maker)
{
    g_data_input_stream_read_line_async(maker->words, G_PRIORITY_DEFAULT, maker->deaf, line_read,
                                        maker);
}

/* A process that is just being made when a signal comes to its group may lose it: the handler that
 * it has from its parent takes it, and is gone with the next program. So those that are left with
 * the words are told again. Their group's number is theirs as long as one of them is in it. */
static gboolean remind(gpointer data)
{
    Maker *maker = data;

    if (maker->reminders++ == REMINDERS) {
        maker->reminder = 0;
        g_cancellable_cancel(maker->deaf);
        return G_SOURCE_REMOVE;
    }
    if (maker->group > 0)
        kill(-maker->group, SIGTERM);
    return G_SOURCE_CONTINUE;
}

static void remind_the_rest(Maker *maker)
{
    if (maker->stopped && maker->ended && !maker->heard_all && !maker->reminder)
        maker->reminder = g_timeout_add(REMINDER_MS, remind, maker);
}

static void process_ended(GObject *source, GAsyncResult *result, gpointer data)
{
    Maker *maker = data;

    g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
    maker->ended = TRUE;
    remind_the_rest(maker);
    end_if_over(maker);
}

/* In the child: what it starts is ended with it. */
static void begin_group(gpointer data)
{
    setsid();
}

Maker *maker_start(const char *const *argv, const MakerEvents *events, gpointer data,
                   GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    GSubprocess *process;
    const char *id;
    Maker *maker;

    g_subprocess_launcher_set_child_setup(launcher, begin_group, NULL, NULL);
    process = g_subprocess_launcher_spawnv(launcher, argv, error);
    if (!process)
        return NULL;
    maker = g_new0(Maker, 1);
    maker->events = events;
    maker->data = data;
    maker->process = process;
    maker->deaf = g_cancellable_new();
    id = g_subprocess_get_identifier(process); /* NULL if it is over already */
    maker->group = id ? (pid_t)g_ascii_strtoll(id, NULL, 10) : 0;
    maker->words = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));
    read_line(maker);
    g_subprocess_wait_async(process, NULL, process_ended, maker);
    return maker;
}

void maker_stop(Maker *maker)
{
    maker->stopped = TRUE;
    /* Its number is its own until `ended`: GLib has not waited for it before. */
    if (!maker->ended && maker->group > 0)
        kill(-maker->group, SIGTERM);
    remind_the_rest(maker);
}
