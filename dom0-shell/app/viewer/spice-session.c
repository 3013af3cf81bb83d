/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session over SPICE. Each of SPICE's channels has a connection of its own, which the service is
 * asked for. Of channels, those are used that show the first picture and take input; sound, USB and
 * the like go other ways.
 */
#include "viewer/spice-session.h"

#include "viewer/spice-input.h"
#include "viewer/spice-picture.h"

#include <glib/gi18n.h>
#include <spice-client.h>
#include <unistd.h>

struct _VitrineSpiceSession {
    VitrineSession parent_instance;

    VitrineGuest *guest;
    GCancellable *opening; /* all connections that were asked for */
    SpiceSession *spice;
    GPtrArray *channels; /* that are used */
    VitrineSpiceInput input;
    VitrineSpicePicture picture;
};

G_DEFINE_FINAL_TYPE(VitrineSpiceSession, vitrine_spice_session, VITRINE_TYPE_SESSION)

/* --- the picture --- */

static void on_primary_create(SpiceChannel *channel, int format, int width, int height, int stride,
                              int shmid, gpointer pixels, VitrineSpiceSession *self)
{
    const char *problem = NULL;

    if (!vitrine_spice_picture_set(&self->picture, format, width, height, stride, pixels, &problem))
        vitrine_session_end(VITRINE_SESSION(self), problem);
}

static void on_primary_destroy(SpiceChannel *channel, VitrineSpiceSession *self)
{
    vitrine_spice_picture_clear(&self->picture);
}

static void on_invalidate(SpiceChannel *channel, int x, int y, int width, int height,
                          VitrineSpiceSession *self)
{
    vitrine_spice_picture_copy(&self->picture, &(VitrineRect){x, y, width, height});
}

static void on_monitors(SpiceChannel *channel, GParamSpec *pspec, VitrineSpiceSession *self)
{
    g_autoptr(GArray) monitors = NULL;

    g_object_get(channel, "monitors", &monitors, NULL);
    vitrine_spice_picture_arrange(&self->picture, monitors);
}

static void on_cursor_set(SpiceCursorChannel *channel, int width, int height, int hot_x, int hot_y,
                          gpointer rgba, VitrineSpiceSession *self)
{
    g_autoptr(GdkTexture) texture = vitrine_spice_picture_make_cursor(width, height, rgba);

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
    if (self->input.inputs)
        return;
    use(self, channel);
    self->input.inputs = SPICE_INPUTS_CHANNEL(channel);
    spice_channel_connect(channel);
}

/* It is connected already. */
static void use_main(VitrineSpiceSession *self, SpiceChannel *channel)
{
    if (self->input.main)
        return;
    use(self, channel);
    self->input.main = SPICE_MAIN_CHANNEL(channel);
}

/* The server says which channels there are, as many as it likes: the first of each is used. */
static void on_channel_new(SpiceSession *spice, SpiceChannel *channel, VitrineSpiceSession *self)
{
    int id = -1;

    g_object_get(channel, "channel-id", &id, NULL);
    if (id != 0)
        return;
    if (SPICE_IS_MAIN_CHANNEL(channel))
        use_main(self, channel);
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
    self->input = (VitrineSpiceInput){0};
    vitrine_spice_picture_clear(&self->picture);
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
    vitrine_spice_input_key(&VITRINE_SPICE_SESSION(session)->input, down, xt_code);
}

static void vitrine_spice_session_send_pointer(VitrineSession *session, guint buttons, int x, int y)
{
    vitrine_spice_input_pointer(&VITRINE_SPICE_SESSION(session)->input, buttons, x, y);
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
    self->picture.session = VITRINE_SESSION(self);
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
