/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a connection to the display of one guest: asks the service for one when the guest has a
 * display, and again, ever less often, after it was refused or broke while the guest still has one.
 * It is one for all who show the guest.
 *
 * What the guest's screen is best seen by may not be to be had, or not work. Then it is what is
 * next best, at last VNC, and nobody is told. So it is with what ends twice within a minute: of
 * SPICE, which has one viewer at a time, the newest, somebody else is to keep it then.
 */
#include "viewer/display-link.h"

#include "viewer/local-session.h"
#include "viewer/spice-session.h"
#include "viewer/vnc-session.h"

#include <unistd.h>

#define FIRST_DELAY_MS 250
#define LAST_DELAY_MS  8000
/* How long all but VNC may take for the first picture. */
#define PATIENCE_MS 5000
/* Microseconds between two losses that are none of each other's. */
#define APART_US (60 * G_TIME_SPAN_SECOND)

struct _VitrineDisplayLink {
    GObject parent_instance;

    VitrineGuest *guest;
    guint n_users;
    VitrineSession *session;
    VitrineScreenProtocol protocol; /* that is spoken, or being tried */
    guint without;                  /* the set of those that did not work */
    gint64 lost_at;                 /* when the last good session that was not by VNC ended */
    GCancellable *opening;
    guint patience;
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

/* Ends the session, if there is one, and nobody is told yet. */
static void drop_session(VitrineDisplayLink *self)
{
    g_clear_handle_id(&self->patience, g_source_remove);
    if (!self->session)
        return;
    g_signal_handlers_disconnect_by_data(self->session, self);
    vitrine_session_close(self->session);
    g_clear_object(&self->session);
}

static void set_session(VitrineDisplayLink *self, VitrineSession *session, const char *problem)
{
    g_autofree char *old_problem = self->problem;

    drop_session(self);
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

/* Goes on by what is next best, at once and without a word. */
static void fall_back(VitrineDisplayLink *self)
{
    self->without |= 1u << self->protocol;
    set_session(self, NULL, NULL);
    update(self);
}

/* Whether a session that ends now should be followed by another one by the same protocol. */
static gboolean may_try_again(VitrineDisplayLink *self)
{
    gint64 now = g_get_monotonic_time();
    gboolean is_first = !self->lost_at || now - self->lost_at > APART_US;

    if (!vitrine_session_get_surface(self->session))
        return FALSE;
    self->lost_at = now;
    return is_first;
}

static void on_closed(VitrineSession *session, const char *problem, gpointer data)
{
    VitrineDisplayLink *self = VITRINE_DISPLAY_LINK(data);

    if (self->protocol != VITRINE_SCREEN_VNC && !may_try_again(self)) {
        fall_back(self);
        return;
    }
    /* The next server may have more to give. */
    self->without = 0;
    lose(self, problem);
}

static gboolean on_patience(gpointer data)
{
    VitrineDisplayLink *self = VITRINE_DISPLAY_LINK(data);

    self->patience = 0;
    fall_back(self);
    return G_SOURCE_REMOVE;
}

/* The server has spoken: whatever comes next is a new trouble, not the old one again. */
static void on_resized(VitrineSession *session, gpointer data)
{
    VitrineDisplayLink *self = VITRINE_DISPLAY_LINK(data);

    self->delay_ms = FIRST_DELAY_MS;
    g_clear_handle_id(&self->patience, g_source_remove);
}

static void on_refused(VitrineDisplayLink *self, const GError *error)
{
    gboolean is_denied = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);

    if (self->protocol != VITRINE_SCREEN_VNC && !is_denied) {
        fall_back(self);
        return;
    }
    self->without = 0;
    lose(self, error->message);
}

static VitrineSession *make_session(VitrineDisplayLink *self, int fd)
{
    switch (self->protocol) {
    case VITRINE_SCREEN_LOCAL:
        return vitrine_local_session_new(fd);
    case VITRINE_SCREEN_SPICE:
        return vitrine_spice_session_new(self->guest, fd);
    default:
        return vitrine_vnc_session_new(fd);
    }
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
        on_refused(self, error);
        return;
    }
    session = make_session(self, fd);
    g_signal_connect(session, "closed", G_CALLBACK(on_closed), self);
    g_signal_connect(session, "resized", G_CALLBACK(on_resized), self);
    set_session(self, session, NULL);
    if (self->protocol != VITRINE_SCREEN_VNC)
        self->patience = g_timeout_add(PATIENCE_MS, on_patience, self);
}

/* The guest has no display: what will be, begins anew. */
static void rest(VitrineDisplayLink *self)
{
    g_clear_handle_id(&self->retry, g_source_remove);
    g_cancellable_cancel(self->opening);
    g_clear_object(&self->opening);
    self->delay_ms = FIRST_DELAY_MS;
    self->without = 0;
    self->lost_at = 0;
    if (self->session)
        set_session(self, NULL, NULL);
}

/* Brings what we have in line with what the guest has. */
static void update(VitrineDisplayLink *self)
{
    if (!vitrine_guest_get_has_display(self->guest)) {
        rest(self);
        return;
    }
    if (self->session || self->opening || self->retry)
        return;
    self->protocol = vitrine_guest_get_screen_protocol(self->guest, self->without);
    self->opening = g_cancellable_new();
    vitrine_guest_open_display_async(self->guest, self->protocol, TRUE, self->opening, on_opened,
                                     g_object_ref(self));
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
    G_OBJECT_CLASS(klass)->finalize = vitrine_display_link_finalize;

    /* There is another session, or none any more. */
    signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_display_link_init(VitrineDisplayLink *self)
{
    self->delay_ms = FIRST_DELAY_MS;
}

static GQuark link_quark(void)
{
    return g_quark_from_static_string("vitrine-display-link");
}

/* The link of @guest, which is made, and begins, with the first who joins; to be left by
 * vitrine_display_link_leave(), and not referenced. */
VitrineDisplayLink *vitrine_display_link_join(VitrineGuest *guest)
{
    VitrineDisplayLink *self = g_object_get_qdata(G_OBJECT(guest), link_quark());

    if (!self) {
        self = g_object_new(VITRINE_TYPE_DISPLAY_LINK, NULL);
        self->guest = g_object_ref(guest);
        g_object_set_qdata(G_OBJECT(guest), link_quark(), self);
        g_signal_connect_swapped(guest, "notify::has-display", G_CALLBACK(update), self);
        update(self);
    }
    self->n_users++;
    return self;
}

/* With the last who leaves it ends. */
void vitrine_display_link_leave(VitrineDisplayLink *self)
{
    g_return_if_fail(VITRINE_IS_DISPLAY_LINK(self));

    if (--self->n_users > 0)
        return;
    g_object_set_qdata(G_OBJECT(self->guest), link_quark(), NULL);
    g_signal_handlers_disconnect_by_data(self->guest, self);
    g_clear_handle_id(&self->retry, g_source_remove);
    g_cancellable_cancel(self->opening);
    g_clear_object(&self->opening);
    drop_session(self);
    g_object_unref(self);
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
