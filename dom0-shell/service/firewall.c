/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has nft put rules in force, one set after the other. */
#include "firewall.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"

/* What was asked for last, for a person to look at and for the service's next run to know of. */
#define FILE_NAME "firewall.nft"
/* nft works for milliseconds; on a busy emulated computer, for seconds. */
#define TIMEOUT_S     30
#define COMPLAINT_MAX 200

typedef struct {
    char *rules;
    FirewallDone done;
    gpointer data;
} Request;

struct Firewall {
    const char *program;
    char *path;
    char *in_force; /* NULL: not known */
    GQueue requests;
    GSubprocess *nft; /* at work on the first request */
    GCancellable *cancellable;
    guint timer;
};

static void begin(Firewall *firewall);

static void request_free(gpointer data)
{
    Request *request = data;

    g_free(request->rules);
    g_free(request);
}

Firewall *firewall_new(const char *program, const char *run_directory)
{
    Firewall *firewall = g_new0(Firewall, 1);
    GArray *none = g_array_new(FALSE, FALSE, sizeof(FirewallGuest));

    firewall->program = program;
    firewall->path = g_build_filename(run_directory, FILE_NAME, NULL);
    firewall->cancellable = g_cancellable_new();
    g_queue_init(&firewall->requests);
    /* Without that file no rules were made since the computer started. */
    if (!g_file_test(firewall->path, G_FILE_TEST_EXISTS))
        firewall->in_force = firewall_rules_write(none);
    g_array_unref(none);
    return firewall;
}

void firewall_free(Firewall *firewall)
{
    if (!firewall)
        return;
    g_cancellable_cancel(firewall->cancellable);
    g_clear_handle_id(&firewall->timer, g_source_remove);
    g_clear_object(&firewall->nft);
    g_queue_clear_full(&firewall->requests, request_free);
    g_clear_object(&firewall->cancellable);
    g_free(firewall->in_force);
    g_free(firewall->path);
    g_free(firewall);
}

/* The first request is answered. */
static void answer(Firewall *firewall, const GError *error)
{
    Request *request = g_queue_pop_head(&firewall->requests);

    if (error) {
        g_warning("%s", error->message);
    } else {
        g_free(firewall->in_force);
        firewall->in_force = g_strdup(request->rules);
    }
    if (request->done)
        request->done(error, request->data);
    request_free(request);
}

static GError *failure(const char *why)
{
    g_autofree char *valid = g_utf8_make_valid(why ? why : "", -1);
    g_autofree char *line = g_strndup(valid, strcspn(valid, "\r\n"));
    g_autoptr(GString) shown = g_string_new(NULL);
    guint length = 0;

    for (const char *p = line; *p && length < COMPLAINT_MAX; p = g_utf8_next_char(p), length++) {
        gunichar character = g_utf8_get_char(p);

        g_string_append_unichar(shown, g_unichar_isprint(character) ? character : '?');
    }
    return g_error_new(
        SERVICE_ERROR, SERVICE_ERROR_FAILED,
        N_("What the guest may reach in the network can't be limited as it is to be. nft "
           "says: %s."),
        shown->len > 0 ? shown->str : "nothing");
}

static void on_done(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;
    gboolean ran =
        g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, NULL, &said, &error);
    Firewall *firewall = data;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* The firewall is gone. */
    g_clear_handle_id(&firewall->timer, g_source_remove);
    g_clear_object(&firewall->nft);
    if (ran && g_subprocess_get_successful(G_SUBPROCESS(source))) {
        answer(firewall, NULL);
    } else {
        g_autoptr(GError) sentence = failure(said && *said ? said : error ? error->message : NULL);

        answer(firewall, sentence);
    }
    begin(firewall);
}

static gboolean on_timeout(gpointer data)
{
    Firewall *firewall = data;

    firewall->timer = 0;
    g_subprocess_force_exit(firewall->nft);
    return G_SOURCE_REMOVE;
}

/* The file first: a service that is killed in between knows that there may be rules. */
static gboolean write_file(Firewall *firewall, const char *rules, GError **error)
{
    return g_file_set_contents_full(firewall->path, rules, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                    error);
}

static gboolean spawn(Firewall *firewall, const char *rules, GError **error)
{
    firewall->nft =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                             G_SUBPROCESS_FLAGS_STDERR_PIPE,
                         error, firewall->program, "-f", "-", NULL);
    if (!firewall->nft)
        return FALSE;
    firewall->timer = g_timeout_add_seconds(TIMEOUT_S, on_timeout, firewall);
    g_subprocess_communicate_utf8_async(firewall->nft, rules, firewall->cancellable, on_done,
                                        firewall);
    return TRUE;
}

/* Takes up the first request; those that ask for what is in force need nothing. */
static void begin(Firewall *firewall)
{
    while (!firewall->nft && !g_queue_is_empty(&firewall->requests)) {
        const Request *request = g_queue_peek_head(&firewall->requests);
        g_autoptr(GError) error = NULL;

        if (g_strcmp0(request->rules, firewall->in_force) == 0) {
            answer(firewall, NULL);
        } else if (!write_file(firewall, request->rules, &error) ||
                   (*firewall->program && !spawn(firewall, request->rules, &error))) {
            g_autoptr(GError) sentence = failure(error->message);

            answer(firewall, sentence);
        } else if (!firewall->nft) {
            answer(firewall, NULL);
        }
    }
}

void firewall_apply(Firewall *firewall, const GArray *guests, FirewallDone done, gpointer data)
{
    Request *request = g_new0(Request, 1);

    request->rules = firewall_rules_write(guests);
    request->done = done;
    request->data = data;
    g_queue_push_tail(&firewall->requests, request);
    begin(firewall);
}
