/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at a guest's screen: a session is opened, one picture comes, and the session is closed.
 * RFB does not say when a picture is complete, so it is when as many pixels have come as it has, or
 * when no more come for a moment. Nothing is asked for after that.
 *
 * What the screen is best seen by may not be to be had, or say nothing. Then it is what is next
 * best, at last VNC; whoever looks again does not try again what did not work.
 *
 * The picture may be memory that the server shares. It stays when the session is closed, even if
 * the server goes or replaces it, and nothing is written to it then, unless somebody else looks on.
 */
#include "viewer/glimpse.h"

#include "viewer/local-session.h"
#include "viewer/vnc-session.h"

#include <unistd.h>

/* How long one way of looking may take. */
#define LONGEST_MS 3000
#define QUIET_MS   300

/* Whoever looks on by SPICE would lose it, for that has one viewer at a time. */
#define NEVER (1u << VITRINE_SCREEN_SPICE)

struct _VitrineGlimpse {
    GObject parent_instance;

    VitrineGuest *guest;
    VitrineScreenProtocol protocol; /* that is tried */
    guint without;                  /* the set of those that did not work */
    GCancellable *opening;
    VitrineSession *session;
    guint deadline, quiet;
    guint64 n_pixels; /* that have come */
};

G_DEFINE_FINAL_TYPE(VitrineGlimpse, vitrine_glimpse, G_TYPE_OBJECT)

static void look(VitrineGlimpse *self);

static void hang_up(VitrineGlimpse *self)
{
    g_clear_handle_id(&self->deadline, g_source_remove);
    g_clear_handle_id(&self->quiet, g_source_remove);
    g_cancellable_cancel(self->opening);
    g_clear_object(&self->opening);
    if (self->session) {
        g_signal_handlers_disconnect_by_data(self->session, self);
        vitrine_session_close(self->session);
    }
}

static void end(VitrineGlimpse *self)
{
    hang_up(self);
    g_signal_emit_by_name(self, "done");
}

/* No more comes this way. If that is nothing, there may be another way. */
static void give_up(VitrineGlimpse *self)
{
    if (self->n_pixels > 0 || self->protocol == VITRINE_SCREEN_VNC) {
        end(self);
        return;
    }
    hang_up(self);
    g_clear_object(&self->session);
    self->without |= 1u << self->protocol;
    look(self);
}

static gboolean on_quiet(gpointer data)
{
    VitrineGlimpse *self = VITRINE_GLIMPSE(data);

    self->quiet = 0;
    end(self);
    return G_SOURCE_REMOVE;
}

static gboolean on_deadline(gpointer data)
{
    VitrineGlimpse *self = VITRINE_GLIMPSE(data);

    self->deadline = 0;
    give_up(self);
    return G_SOURCE_REMOVE;
}

static void on_resized(VitrineSession *session, VitrineGlimpse *self)
{
    self->n_pixels = 0;
    g_clear_handle_id(&self->quiet, g_source_remove);
}

static void on_damaged(VitrineSession *session, const VitrineRect *rect, VitrineGlimpse *self)
{
    cairo_surface_t *surface = vitrine_session_get_surface(session);
    gint64 n_all =
        (gint64)cairo_image_surface_get_width(surface) * cairo_image_surface_get_height(surface);
    gint64 n_pixels = (gint64)MAX(rect->width, 0) * MAX(rect->height, 0);

    self->n_pixels += MIN(n_pixels, n_all);
    g_clear_handle_id(&self->quiet, g_source_remove);
    self->quiet = g_timeout_add(self->n_pixels >= (guint64)n_all ? 0 : QUIET_MS, on_quiet, self);
}

static void on_closed(VitrineSession *session, const char *problem, VitrineGlimpse *self)
{
    give_up(self);
}

/* Who may not see the guest may not by another protocol either. */
static void on_refused(VitrineGlimpse *self, const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        end(self);
    else
        give_up(self);
}

static void on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineGlimpse) self = data;
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
    self->session = self->protocol == VITRINE_SCREEN_LOCAL ? vitrine_local_session_new(fd)
                                                           : vitrine_vnc_session_new(fd);
    g_signal_connect(self->session, "resized", G_CALLBACK(on_resized), self);
    g_signal_connect(self->session, "damaged", G_CALLBACK(on_damaged), self);
    g_signal_connect(self->session, "closed", G_CALLBACK(on_closed), self);
}

/* Nobody is asked for a password because of it. */
static void look(VitrineGlimpse *self)
{
    self->protocol = vitrine_guest_get_screen_protocol(self->guest, self->without | NEVER);
    self->opening = g_cancellable_new();
    self->deadline = g_timeout_add(LONGEST_MS, on_deadline, self);
    vitrine_guest_open_display_async(self->guest, self->protocol, FALSE, self->opening, on_opened,
                                     g_object_ref(self));
}

static void vitrine_glimpse_dispose(GObject *object)
{
    VitrineGlimpse *self = VITRINE_GLIMPSE(object);

    hang_up(self);
    g_clear_object(&self->session);
    g_clear_object(&self->guest);
    G_OBJECT_CLASS(vitrine_glimpse_parent_class)->dispose(object);
}

static void vitrine_glimpse_class_init(VitrineGlimpseClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_glimpse_dispose;

    /* It is over, with a surface or without. */
    g_signal_new("done", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 0);
}

static void vitrine_glimpse_init(VitrineGlimpse *self)
{
}

/* Looks at the screen of @guest, by a protocol that is not in the set @without if there is one. */
VitrineGlimpse *vitrine_glimpse_new(VitrineGuest *guest, guint without)
{
    VitrineGlimpse *self = g_object_new(VITRINE_TYPE_GLIMPSE, NULL);

    self->guest = g_object_ref(guest);
    self->without = without;
    look(self);
    return self;
}

/* Looks away before it is done; no "done" comes any more. */
void vitrine_glimpse_close(VitrineGlimpse *self)
{
    g_return_if_fail(VITRINE_IS_GLIMPSE(self));
    hang_up(self);
}

/* After "done": what was seen, still owned by @self, or NULL if that was nothing. */
cairo_surface_t *vitrine_glimpse_get_surface(VitrineGlimpse *self)
{
    g_return_val_if_fail(VITRINE_IS_GLIMPSE(self), NULL);
    return self->n_pixels > 0 ? vitrine_session_get_surface(self->session) : NULL;
}

/* After "done": the set of protocols that did not work, for who looks again. */
guint vitrine_glimpse_get_without(VitrineGlimpse *self)
{
    g_return_val_if_fail(VITRINE_IS_GLIMPSE(self), 0);
    return self->without;
}
