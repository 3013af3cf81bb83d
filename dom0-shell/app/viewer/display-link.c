/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a connection to the display of one guest: asks the service for one when the guest has a
 * display, and again, ever less often, after it was refused or broke while the guest still has one.
 */
#include "viewer/display-link.h"

#include "viewer/vnc-session.h"

#include <unistd.h>

#define FIRST_DELAY_MS 250
#define LAST_DELAY_MS  8000

struct _VitrineDisplayLink {
    GObject parent_instance;

    VitrineGuest *guest;
    VitrineSession *session;
    GCancellable *opening;
    guint retry;
    guint delay_ms;
    char *problem;
};

enum {
    CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineDisplayLink, vitrine_display_link, G_TYPE_OBJECT)

static void update(VitrineDisplayLink *self);

static void set_session(VitrineDisplayLink *self, VitrineSession *session, const char *problem)
{
    g_autofree char *old_problem = self->problem;

    if (self->session) {
        g_signal_handlers_disconnect_by_data(self->session, self);
        vitrine_session_close(self->session);
    }
    g_set_object(&self->session, session);
    self->problem = g_strdup(problem);
    g_signal_emit(self, signals[CHANGED], 0);
}

static gboolean on_retry(gpointer data)
{
    VitrineDisplayLink *self = VITRINE_DISPLAY_LINK(data);

    self->retry = 0;
    update(self);
    return G_SOURCE_REMOVE;
}

static void lose(VitrineDisplayLink *self, const char *problem)
{
    set_session(self, NULL, problem);
    if (!vitrine_guest_get_has_display(self->guest) || self->retry)
        return;
    self->retry = g_timeout_add(self->delay_ms, on_retry, self);
    self->delay_ms = MIN(self->delay_ms * 2, LAST_DELAY_MS);
}

static void on_closed(VitrineSession *session, const char *problem, gpointer data)
{
    lose(VITRINE_DISPLAY_LINK(data), problem);
}

/* The server has spoken: whatever comes next is a new trouble, not the old one again. */
static void on_resized(VitrineSession *session, gpointer data)
{
    VITRINE_DISPLAY_LINK(data)->delay_ms = FIRST_DELAY_MS;
}

static void on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineDisplayLink) self = data;
    g_autoptr(VitrineSession) session = NULL;
    g_autoptr(GError) error = NULL;
    int fd = vitrine_guest_open_display_finish(VITRINE_GUEST(source), result, &error);

    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        if (fd >= 0)
            close(fd);
        return;
    }
    g_clear_object(&self->opening);
    if (fd < 0) {
        lose(self, error->message);
        return;
    }
    session = vitrine_vnc_session_new(fd);
    g_signal_connect(session, "closed", G_CALLBACK(on_closed), self);
    g_signal_connect(session, "resized", G_CALLBACK(on_resized), self);
    set_session(self, session, NULL);
}

/* Brings what we have in line with what the guest has. */
static void update(VitrineDisplayLink *self)
{
    if (!vitrine_guest_get_has_display(self->guest)) {
        g_clear_handle_id(&self->retry, g_source_remove);
        g_cancellable_cancel(self->opening);
        g_clear_object(&self->opening);
        self->delay_ms = FIRST_DELAY_MS;
        if (self->session)
            set_session(self, NULL, NULL);
        return;
    }
    if (self->session || self->opening || self->retry)
        return;
    self->opening = g_cancellable_new();
    vitrine_guest_open_display_async(self->guest, TRUE, self->opening, on_opened,
                                     g_object_ref(self));
}

static void vitrine_display_link_dispose(GObject *object)
{
    vitrine_display_link_close(VITRINE_DISPLAY_LINK(object));
    G_OBJECT_CLASS(vitrine_display_link_parent_class)->dispose(object);
}

static void vitrine_display_link_finalize(GObject *object)
{
    VitrineDisplayLink *self = VITRINE_DISPLAY_LINK(object);

    g_clear_object(&self->guest);
    g_free(self->problem);
    G_OBJECT_CLASS(vitrine_display_link_parent_class)->finalize(object);
}

static void vitrine_display_link_class_init(VitrineDisplayLinkClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_display_link_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_display_link_finalize;

    /* There is another session, or none any more. */
    signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_display_link_init(VitrineDisplayLink *self)
{
    self->delay_ms = FIRST_DELAY_MS;
}

/* Starts to follow @guest, which is kept. */
VitrineDisplayLink *vitrine_display_link_new(VitrineGuest *guest)
{
    VitrineDisplayLink *self = g_object_new(VITRINE_TYPE_DISPLAY_LINK, NULL);

    self->guest = g_object_ref(guest);
    g_signal_connect_swapped(guest, "notify::has-display", G_CALLBACK(update), self);
    update(self);
    return self;
}

/* Gives the connection up for good; no more "changed". */
void vitrine_display_link_close(VitrineDisplayLink *self)
{
    g_return_if_fail(VITRINE_IS_DISPLAY_LINK(self));

    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_clear_handle_id(&self->retry, g_source_remove);
    g_cancellable_cancel(self->opening);
    g_clear_object(&self->opening);
    if (self->session) {
        g_signal_handlers_disconnect_by_data(self->session, self);
        vitrine_session_close(self->session);
        g_clear_object(&self->session);
    }
}

/* The session, not referenced, or NULL while there is none. */
VitrineSession *vitrine_display_link_get_session(VitrineDisplayLink *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY_LINK(self), NULL);
    return self->session;
}

/* Why there is no session although the guest has a display; NULL if it is only being opened. */
const char *vitrine_display_link_get_problem(VitrineDisplayLink *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY_LINK(self), NULL);
    return self->problem;
}
