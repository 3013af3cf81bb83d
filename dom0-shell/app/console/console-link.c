/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the console of one guest open: asks the service for it while the guest has a domain, and
 * again, ever less often, after it was refused or hung up. Who may not is asked for a password
 * once, and not again and again.
 */
#include "console/console-link.h"

#include <glib/gi18n.h>
#include <unistd.h>

#define FIRST_DELAY_MS 250
#define LAST_DELAY_MS  8000

struct _VitrineConsoleLink {
    GObject parent_instance;

    VitrineGuest *guest;
    VitrineConsoleStream *stream;
    GCancellable *opening;
    guint retry;
    guint delay_ms;
    gboolean is_denied;   /* until the guest starts again */
    gboolean has_history; /* what was said before is known, or can't be */
};

enum {
    OPENED,
    RECEIVED,
    NOTICE,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineConsoleLink, vitrine_console_link, G_TYPE_OBJECT)

static void update(VitrineConsoleLink *self);

static void drop_stream(VitrineConsoleLink *self)
{
    if (!self->stream)
        return;
    g_signal_handlers_disconnect_by_data(self->stream, self);
    vitrine_console_stream_close(self->stream);
    g_clear_object(&self->stream);
}

static gboolean on_retry(gpointer data)
{
    VitrineConsoleLink *self = VITRINE_CONSOLE_LINK(data);

    self->retry = 0;
    update(self);
    return G_SOURCE_REMOVE;
}

static void retry_later(VitrineConsoleLink *self)
{
    if (!self->retry)
        self->retry = g_timeout_add(self->delay_ms, on_retry, self);
    self->delay_ms = MIN(self->delay_ms * 2, LAST_DELAY_MS);
}

/* What that means, the guest's state says, which may come a moment later. */
static void on_closed(VitrineConsoleStream *stream, gpointer data)
{
    VitrineConsoleLink *self = VITRINE_CONSOLE_LINK(data);

    drop_stream(self);
    retry_later(self);
}

static void on_received(VitrineConsoleStream *stream, const char *bytes, guint length,
                        gpointer data)
{
    VitrineConsoleLink *self = VITRINE_CONSOLE_LINK(data);

    self->delay_ms = FIRST_DELAY_MS;
    g_signal_emit(self, signals[RECEIVED], 0, bytes, length);
}

static void take_stream(VitrineConsoleLink *self, int fd, const char *history)
{
    self->stream = vitrine_console_stream_new(fd);
    self->has_history = TRUE;
    g_signal_connect(self->stream, "received", G_CALLBACK(on_received), self);
    g_signal_connect(self->stream, "closed", G_CALLBACK(on_closed), self);
    g_signal_emit(self, signals[OPENED], 0, history);
}

static void on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineConsoleLink) self = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *history = NULL;
    int fd = vitrine_guest_open_console_finish(VITRINE_GUEST(source), result, &history, &error);

    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        if (fd >= 0)
            close(fd);
        return;
    }
    g_clear_object(&self->opening);
    if (fd >= 0) {
        take_stream(self, fd, history);
        return;
    }
    self->is_denied = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
    g_signal_emit(self, signals[NOTICE], 0, error->message);
    if (!self->is_denied)
        retry_later(self);
}

static void stop(VitrineConsoleLink *self)
{
    g_clear_handle_id(&self->retry, g_source_remove);
    g_cancellable_cancel(self->opening);
    g_clear_object(&self->opening);
    drop_stream(self);
}

/* Without it there is a note, and no question: it is not what the person asked for. */
static void on_log_read(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineConsoleLink) self = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        vitrine_guest_read_console_log_finish(VITRINE_GUEST(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object(&self->opening);
    self->has_history = TRUE;
    if (text)
        g_signal_emit(self, signals[OPENED], 0, text);
    update(self);
}

/* A guest that does not run: what it said in its last run is there to read. */
static void show_last_run(VitrineConsoleLink *self)
{
    stop(self);
    if (self->has_history) {
        g_signal_emit(self, signals[NOTICE], 0, _("The guest is not running."));
        return;
    }
    self->opening = g_cancellable_new();
    vitrine_guest_read_console_log_async(self->guest, TRUE, self->opening, on_log_read,
                                         g_object_ref(self));
}

/* Brings what we have in line with what the guest has. */
static void update(VitrineConsoleLink *self)
{
    if (!vitrine_guest_has_domain(self->guest)) {
        show_last_run(self);
        return;
    }
    if (self->stream || self->opening || self->retry || self->is_denied)
        return;
    self->opening = g_cancellable_new();
    vitrine_guest_open_console_async(self->guest, self->opening, on_opened, g_object_ref(self));
}

/* A stream that is still there has last words, perhaps, and ends by itself. */
static void on_state(VitrineConsoleLink *self)
{
    if (!vitrine_guest_has_domain(self->guest)) {
        self->is_denied = FALSE;
        self->delay_ms = FIRST_DELAY_MS;
    }
    if (!self->stream)
        update(self);
}

static void vitrine_console_link_dispose(GObject *object)
{
    vitrine_console_link_close(VITRINE_CONSOLE_LINK(object));
    G_OBJECT_CLASS(vitrine_console_link_parent_class)->dispose(object);
}

static void vitrine_console_link_finalize(GObject *object)
{
    g_clear_object(&VITRINE_CONSOLE_LINK(object)->guest);
    G_OBJECT_CLASS(vitrine_console_link_parent_class)->finalize(object);
}

static void vitrine_console_link_class_init(VitrineConsoleLinkClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_console_link_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_console_link_finalize;

    /* The console is open, or the guest does not run; what was said on it before. */
    signals[OPENED] = g_signal_new("opened", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    /* As the stream's. */
    signals[RECEIVED] = g_signal_new("received", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_UINT);
    /* It is not open, for a reason that a sentence tells. */
    signals[NOTICE] = g_signal_new("notice", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void vitrine_console_link_init(VitrineConsoleLink *self)
{
    self->delay_ms = FIRST_DELAY_MS;
}

/* A link to the console of @guest, which is kept; nothing happens before it is started. */
VitrineConsoleLink *vitrine_console_link_new(VitrineGuest *guest)
{
    VitrineConsoleLink *self = g_object_new(VITRINE_TYPE_CONSOLE_LINK, NULL);

    self->guest = g_object_ref(guest);
    return self;
}

/* The stream, not referenced, or NULL while the console is not open. */
VitrineConsoleStream *vitrine_console_link_get_stream(VitrineConsoleLink *self)
{
    g_return_val_if_fail(VITRINE_IS_CONSOLE_LINK(self), NULL);
    return self->stream;
}

/* Opens the console now if that can be, and from now on whenever the guest starts. */
void vitrine_console_link_start(VitrineConsoleLink *self)
{
    g_return_if_fail(VITRINE_IS_CONSOLE_LINK(self));

    if (!g_signal_handler_find(self->guest, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, self))
        g_signal_connect_swapped(self->guest, "notify::state", G_CALLBACK(on_state), self);
    self->is_denied = FALSE;
    update(self);
}

/* Gives the console up for good; no more signals. */
void vitrine_console_link_close(VitrineConsoleLink *self)
{
    g_return_if_fail(VITRINE_IS_CONSOLE_LINK(self));

    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    stop(self);
}
