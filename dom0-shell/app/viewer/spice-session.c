/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session over SPICE. Each of SPICE's channels has a connection of its own, which the service is
 * asked for. The library draws on a picture of its own, which it may take away at any time; what
 * has changed is copied from there into the session's surface. Of channels, those are used that
 * show the first picture and take input; sound, USB and the like go other ways.
 */
#include "viewer/spice-session.h"

#include "viewer/spice-input.h"

#include <glib/gi18n.h>
#include <spice-client.h>
#include <unistd.h>

/* The largest pointer that is shown. */
#define MAX_CURSOR 256

struct _VitrineSpiceSession {
    VitrineSession parent_instance;

    VitrineGuest *guest;
    GCancellable *opening; /* all connections that were asked for */
    SpiceSession *spice;
    GPtrArray *channels; /* that are used */
    SpiceInputsChannel *inputs;
    guint buttons; /* that the server knows to be down */
    /* The library's picture, of the surface's size; NULL while it has none. */
    const guint8 *pixels;
    int stride;
};

G_DEFINE_FINAL_TYPE(VitrineSpiceSession, vitrine_spice_session, VITRINE_TYPE_SESSION)

/* --- the picture --- */

/* Copies what of @wanted lies within the surface. */
static void copy_pixels(VitrineSpiceSession *self, const VitrineRect *wanted)
{
    cairo_surface_t *surface = vitrine_session_get_surface(VITRINE_SESSION(self));
    VitrineRect all = {0, 0, cairo_image_surface_get_width(surface),
                       cairo_image_surface_get_height(surface)};
    VitrineRect rect = vitrine_rect_intersect(wanted, &all);
    int stride = cairo_image_surface_get_stride(surface);
    guint8 *target = cairo_image_surface_get_data(surface);

    if (rect.width <= 0 || rect.height <= 0)
        return;
    cairo_surface_flush(surface);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        memcpy(target + (gsize)y * stride + (gsize)rect.x * 4,
               self->pixels + (gsize)y * self->stride + (gsize)rect.x * 4, (gsize)rect.width * 4);
    vitrine_session_damage(VITRINE_SESSION(self), &rect);
}

static void on_invalidate(SpiceChannel *channel, int x, int y, int width, int height,
                          VitrineSpiceSession *self)
{
    if (self->pixels)
        copy_pixels(self, &(VitrineRect){x, y, width, height});
}

static void on_primary_destroy(SpiceChannel *channel, VitrineSpiceSession *self)
{
    self->pixels = NULL;
}

/* The library's picture is another one. Of it, only what is laid out as our surface is taken. */
static void on_primary_create(SpiceChannel *channel, int format, int width, int height, int stride,
                              int shmid, gpointer pixels, VitrineSpiceSession *self)
{
    VitrineSession *session = VITRINE_SESSION(self);
    const char *problem = _("The guest’s display has colours that can’t be shown.");

    self->pixels = NULL;
    if ((format != SPICE_SURFACE_FMT_32_xRGB && format != SPICE_SURFACE_FMT_32_ARGB) || !pixels ||
        width <= 0 || stride / 4 < width ||
        !vitrine_session_make_surface(session, width, height, &problem)) {
        vitrine_session_end(session, problem);
        return;
    }
    self->pixels = pixels;
    self->stride = stride;
    vitrine_session_tell_resized(session);
    on_invalidate(channel, 0, 0, width, height, self);
}

/* Says which parts of the picture are monitors. Numbers beyond an int are on no surface. */
static void on_monitors(SpiceChannel *channel, GParamSpec *pspec, VitrineSpiceSession *self)
{
    VitrineRect rects[VITRINE_SESSION_MAX_MONITORS];
    g_autoptr(GArray) monitors = NULL;
    guint n_monitors;

    g_object_get(channel, "monitors", &monitors, NULL);
    n_monitors = monitors ? MIN(monitors->len, G_N_ELEMENTS(rects)) : 0;
    for (guint i = 0; i < n_monitors; i++) {
        const SpiceDisplayMonitorConfig *monitor =
            &g_array_index(monitors, SpiceDisplayMonitorConfig, i);

        rects[i] = (VitrineRect){monitor->x, monitor->y,
                                 monitor->surface_id == 0 ? monitor->width : 0, monitor->height};
    }
    vitrine_session_set_monitors(VITRINE_SESSION(self), rects, n_monitors);
}

/* --- the pointer's shape --- */

static void on_cursor_set(SpiceCursorChannel *channel, int width, int height, int hot_x, int hot_y,
                          gpointer rgba, VitrineSpiceSession *self)
{
    g_autoptr(GdkTexture) texture = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (rgba && width > 0 && height > 0 && width <= MAX_CURSOR && height <= MAX_CURSOR) {
        bytes = g_bytes_new(rgba, (gsize)width * height * 4);
        texture =
            gdk_memory_texture_new(width, height, GDK_MEMORY_R8G8B8A8, bytes, (gsize)width * 4);
    }
    vitrine_session_set_cursor(VITRINE_SESSION(self), texture, hot_x, hot_y);
}

static void on_cursor_gone(SpiceCursorChannel *channel, VitrineSpiceSession *self)
{
    vitrine_session_set_cursor(VITRINE_SESSION(self), NULL, 0, 0);
}

/* --- connections --- */

typedef struct {
    VitrineSpiceSession *session;
    SpiceChannel *channel;
} Opening;

static void opening_free(Opening *opening)
{
    g_object_unref(opening->session);
    g_object_unref(opening->channel);
    g_free(opening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Opening, opening_free)

static void on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(Opening) opening = data;
    g_autoptr(GError) error = NULL;
    int fd = vitrine_guest_open_display_finish(VITRINE_GUEST(source), result, &error);

    if (!opening->session->spice) {
        if (fd >= 0)
            close(fd);
    } else if (fd < 0) {
        vitrine_session_end(VITRINE_SESSION(opening->session), error->message);
    } else if (!spice_channel_open_fd(opening->channel, fd)) {
        vitrine_session_end(VITRINE_SESSION(opening->session),
                            _("The guest’s display server refused this viewer."));
    }
}

/* A channel wants its connection. */
static void on_open_fd(SpiceChannel *channel, int with_tls, VitrineSpiceSession *self)
{
    Opening *opening = g_new0(Opening, 1);

    opening->session = g_object_ref(self);
    opening->channel = g_object_ref(channel);
    vitrine_guest_open_display_async(self->guest, VITRINE_SCREEN_SPICE, TRUE, self->opening,
                                     on_opened, opening);
}

static void on_channel_event(SpiceChannel *channel, SpiceChannelEvent event,
                             VitrineSpiceSession *self)
{
    if (event == SPICE_CHANNEL_OPENED || event == SPICE_CHANNEL_NONE)
        return;
    vitrine_session_end(VITRINE_SESSION(self),
                        event == SPICE_CHANNEL_ERROR_AUTH
                            ? _("The guest’s display server wants a password, which this viewer "
                                "has not.")
                            : _("The guest’s display server hung up."));
}

/* Takes part in @channel from now on. */
static void use(VitrineSpiceSession *self, SpiceChannel *channel)
{
    g_ptr_array_add(self->channels, g_object_ref(channel));
    g_signal_connect(channel, "channel-event", G_CALLBACK(on_channel_event), self);
    g_signal_connect(channel, "open-fd", G_CALLBACK(on_open_fd), self);
}

static void use_display(VitrineSpiceSession *self, SpiceChannel *channel)
{
    use(self, channel);
    g_signal_connect(channel, "display-primary-create", G_CALLBACK(on_primary_create), self);
    g_signal_connect(channel, "display-primary-destroy", G_CALLBACK(on_primary_destroy), self);
    g_signal_connect(channel, "notify::monitors", G_CALLBACK(on_monitors), self);
    g_signal_connect(channel, "display-invalidate", G_CALLBACK(on_invalidate), self);
    spice_channel_connect(channel);
}

static void use_cursor(VitrineSpiceSession *self, SpiceChannel *channel)
{
    use(self, channel);
    g_signal_connect(channel, "cursor-set", G_CALLBACK(on_cursor_set), self);
    g_signal_connect(channel, "cursor-hide", G_CALLBACK(on_cursor_gone), self);
    g_signal_connect(channel, "cursor-reset", G_CALLBACK(on_cursor_gone), self);
    spice_channel_connect(channel);
}

static void use_inputs(VitrineSpiceSession *self, SpiceChannel *channel)
{
    if (self->inputs)
        return;
    use(self, channel);
    self->inputs = SPICE_INPUTS_CHANNEL(channel);
    spice_channel_connect(channel);
}

/* The server says which channels there are, as many as it likes: the first of each is used. */
static void on_channel_new(SpiceSession *spice, SpiceChannel *channel, VitrineSpiceSession *self)
{
    int id = -1;

    g_object_get(channel, "channel-id", &id, NULL);
    if (id != 0)
        return;
    if (SPICE_IS_MAIN_CHANNEL(channel))
        use(self, channel);
    else if (SPICE_IS_DISPLAY_CHANNEL(channel))
        use_display(self, channel);
    else if (SPICE_IS_CURSOR_CHANNEL(channel))
        use_cursor(self, channel);
    else if (SPICE_IS_INPUTS_CHANNEL(channel))
        use_inputs(self, channel);
}

static gboolean unref_later(gpointer object)
{
    g_object_unref(object);
    return G_SOURCE_REMOVE;
}

static void vitrine_spice_session_close(VitrineSession *session)
{
    VitrineSpiceSession *self = VITRINE_SPICE_SESSION(session);

    if (!self->spice)
        return;
    g_cancellable_cancel(self->opening);
    g_signal_handlers_disconnect_by_data(self->spice, self);
    for (guint i = 0; i < self->channels->len; i++)
        g_signal_handlers_disconnect_by_data(self->channels->pdata[i], self);
    g_ptr_array_set_size(self->channels, 0);
    self->inputs = NULL;
    self->pixels = NULL;
    spice_session_disconnect(self->spice);
    /* It may be one of its own signals that has brought us here. */
    g_idle_add(unref_later, g_steal_pointer(&self->spice));
}

/* --- input --- */

/* The server sends what there is; how much waits is bounded on its side. */
static void vitrine_spice_session_request_update(VitrineSession *session)
{
}

static void vitrine_spice_session_send_key(VitrineSession *session, gboolean down, guint keysym,
                                           guint16 xt_code)
{
    VitrineSpiceSession *self = VITRINE_SPICE_SESSION(session);

    if (self->inputs)
        vitrine_spice_input_key(self->inputs, down, xt_code);
}

static void vitrine_spice_session_send_pointer(VitrineSession *session, guint buttons, int x, int y)
{
    VitrineSpiceSession *self = VITRINE_SPICE_SESSION(session);

    if (!self->inputs)
        return;
    vitrine_spice_input_pointer(self->inputs, self->buttons, buttons, x, y);
    self->buttons = buttons;
}

/* --- the object --- */

static void vitrine_spice_session_finalize(GObject *object)
{
    VitrineSpiceSession *self = VITRINE_SPICE_SESSION(object);

    g_object_unref(self->guest);
    g_object_unref(self->opening);
    g_ptr_array_unref(self->channels);
    G_OBJECT_CLASS(vitrine_spice_session_parent_class)->finalize(object);
}

static void vitrine_spice_session_class_init(VitrineSpiceSessionClass *klass)
{
    VitrineSessionClass *session_class = VITRINE_SESSION_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = vitrine_spice_session_finalize;
    session_class->close = vitrine_spice_session_close;
    session_class->request_update = vitrine_spice_session_request_update;
    session_class->send_key = vitrine_spice_session_send_key;
    session_class->send_pointer = vitrine_spice_session_send_pointer;
}

static void vitrine_spice_session_init(VitrineSpiceSession *self)
{
    self->opening = g_cancellable_new();
    self->channels = g_ptr_array_new_with_free_func(g_object_unref);
}

/* Speaks SPICE with the display server of @guest: on the connected socket @fd, which it closes at
 * the end, and on more, which it asks the service for. */
VitrineSession *vitrine_spice_session_new(VitrineGuest *guest, int fd)
{
    VitrineSpiceSession *self = g_object_new(VITRINE_TYPE_SPICE_SESSION, NULL);

    self->guest = g_object_ref(guest);
    self->spice = spice_session_new();
    g_object_set(self->spice, "enable-audio", FALSE, "enable-usbredir", FALSE, "enable-smartcard",
                 FALSE, NULL);
    g_signal_connect(self->spice, "channel-new", G_CALLBACK(on_channel_new), self);
    spice_session_open_fd(self->spice, fd);
    return VITRINE_SESSION(self);
}
