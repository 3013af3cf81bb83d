/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection to a guest's display server over VNC. libgvnc decodes straight into the memory of
 * a cairo surface. Nothing is asked of the server until the last picture has been painted: the
 * widget's frame clock is what paces the guest.
 */
#include "viewer/vnc-session.h"

#include <glib/gi18n.h>
#include <gvnc.h>

struct _VitrineVncSession {
    VitrineSession parent_instance;

    VncConnection *connection;
    char *problem;
};

G_DEFINE_FINAL_TYPE(VitrineVncSession, vitrine_vnc_session, VITRINE_TYPE_SESSION)

/* What cairo's RGB24 is, in RFB's words: then no pixel needs converting on this side. */
static VncPixelFormat *surface_format(void)
{
    VncPixelFormat *format = vnc_pixel_format_new();

    format->bits_per_pixel = 32;
    format->depth = 24;
    format->byte_order = G_BYTE_ORDER;
    format->true_color_flag = 1;
    format->red_max = format->green_max = format->blue_max = 255;
    format->red_shift = 16;
    format->green_shift = 8;
    format->blue_shift = 0;
    return format;
}

static void fail(VitrineVncSession *self, const char *problem)
{
    if (!self->problem)
        self->problem = g_strdup(problem);
    vnc_connection_shutdown(self->connection);
}

/* Makes a surface of the guest's size and has the library draw into it. */
static gboolean remake_surface(VitrineVncSession *self, int width, int height)
{
    const char *problem = NULL;
    cairo_surface_t *surface =
        vitrine_session_make_surface(VITRINE_SESSION(self), width, height, &problem);
    VncBaseFramebuffer *framebuffer;
    VncPixelFormat *format;

    if (!surface) {
        fail(self, problem);
        return FALSE;
    }
    format = surface_format();
    framebuffer = vnc_base_framebuffer_new(cairo_image_surface_get_data(surface), width, height,
                                           cairo_image_surface_get_stride(surface), format,
                                           vnc_connection_get_pixel_format(self->connection));
    vnc_pixel_format_free(format);
    /* The library may draw until the connection is gone, which can be after we are. */
    g_object_set_data_full(G_OBJECT(framebuffer), "surface", cairo_surface_reference(surface),
                           (GDestroyNotify)cairo_surface_destroy);
    vnc_connection_set_framebuffer(self->connection, VNC_FRAMEBUFFER(framebuffer));
    g_object_unref(framebuffer);
    vitrine_session_tell_resized(VITRINE_SESSION(self));
    return TRUE;
}

static void request_all(VitrineVncSession *self, gboolean incremental)
{
    vnc_connection_framebuffer_update_request(self->connection, incremental, 0, 0,
                                              vnc_connection_get_width(self->connection),
                                              vnc_connection_get_height(self->connection));
}

static void on_initialized(VncConnection *connection, VitrineVncSession *self)
{
    /* On one machine bytes are cheaper than cycles: raw first, nothing that compresses. */
    gint32 encodings[] = {
        VNC_CONNECTION_ENCODING_RAW,
        VNC_CONNECTION_ENCODING_COPY_RECT,
        VNC_CONNECTION_ENCODING_HEXTILE,
        VNC_CONNECTION_ENCODING_RRE,
        VNC_CONNECTION_ENCODING_DESKTOP_RESIZE,
        VNC_CONNECTION_ENCODING_EXT_KEY_EVENT,
        VNC_CONNECTION_ENCODING_RICH_CURSOR,
        VNC_CONNECTION_ENCODING_POINTER_CHANGE,
        VNC_CONNECTION_ENCODING_LAST_RECT,
    };
    VncPixelFormat *format = surface_format();

    if (!vnc_connection_set_pixel_format(connection, format) ||
        !vnc_connection_set_encodings(connection, G_N_ELEMENTS(encodings), encodings))
        fail(self, _("The guest’s display server refused this viewer."));
    else if (remake_surface(self, vnc_connection_get_width(connection),
                            vnc_connection_get_height(connection)))
        request_all(self, FALSE);
    vnc_pixel_format_free(format);
}

static void on_desktop_resize(VncConnection *connection, guint width, guint height,
                              VitrineVncSession *self)
{
    if (remake_surface(self, width, height))
        request_all(self, FALSE);
}

static void on_framebuffer_update(VncConnection *connection, guint x, guint y, guint width,
                                  guint height, VitrineVncSession *self)
{
    vitrine_session_damage(VITRINE_SESSION(self), &(VitrineRect){x, y, width, height});
}

static void on_cursor_changed(VncConnection *connection, VncCursor *cursor, VitrineVncSession *self)
{
    g_autoptr(GdkTexture) texture = NULL;
    g_autoptr(GBytes) pixels = NULL;
    int width, height;

    if (cursor && vnc_cursor_get_width(cursor) && vnc_cursor_get_height(cursor)) {
        width = vnc_cursor_get_width(cursor);
        height = vnc_cursor_get_height(cursor);
        pixels = g_bytes_new(vnc_cursor_get_data(cursor), (gsize)width * height * 4);
        texture =
            gdk_memory_texture_new(width, height, GDK_MEMORY_R8G8B8A8, pixels, (gsize)width * 4);
    }
    vitrine_session_set_cursor(VITRINE_SESSION(self), texture,
                               cursor ? vnc_cursor_get_hotx(cursor) : 0,
                               cursor ? vnc_cursor_get_hoty(cursor) : 0);
}

/* The socket came from the service, which has checked who asks: no password goes over it. */
static void on_auth_choose_type(VncConnection *connection, GValueArray *types,
                                VitrineVncSession *self)
{
    if (!vnc_connection_set_auth_type(connection, VNC_CONNECTION_AUTH_NONE))
        fail(self, _("The guest’s display server wants a password, which this viewer has not."));
}

static void on_error(VncConnection *connection, const char *message, VitrineVncSession *self)
{
    if (!self->problem)
        self->problem = g_strdup(message);
}

static void on_disconnected(VncConnection *connection, VitrineVncSession *self)
{
    vitrine_session_end(VITRINE_SESSION(self),
                        self->problem ? self->problem : _("The guest’s display server hung up."));
}

static void vitrine_vnc_session_close(VitrineSession *session)
{
    VitrineVncSession *self = VITRINE_VNC_SESSION(session);

    if (!self->connection)
        return;
    g_signal_handlers_disconnect_by_data(self->connection, self);
    vnc_connection_shutdown(self->connection);
    g_clear_object(&self->connection);
}

static gboolean is_ready(VitrineVncSession *self)
{
    return self->connection && vnc_connection_is_initialized(self->connection);
}

static void vitrine_vnc_session_request_update(VitrineSession *session)
{
    VitrineVncSession *self = VITRINE_VNC_SESSION(session);

    if (is_ready(self))
        request_all(self, TRUE);
}

static void vitrine_vnc_session_send_key(VitrineSession *session, gboolean down, guint keysym,
                                         guint16 xt_code)
{
    VitrineVncSession *self = VITRINE_VNC_SESSION(session);

    if (is_ready(self))
        vnc_connection_key_event(self->connection, down, keysym, xt_code);
}

/* RFB's mask of buttons is the one that we have. */
static void vitrine_vnc_session_send_pointer(VitrineSession *session, guint buttons, int x, int y)
{
    VitrineVncSession *self = VITRINE_VNC_SESSION(session);

    if (is_ready(self))
        vnc_connection_pointer_event(self->connection, buttons, x, y);
}

static void vitrine_vnc_session_finalize(GObject *object)
{
    g_free(VITRINE_VNC_SESSION(object)->problem);
    G_OBJECT_CLASS(vitrine_vnc_session_parent_class)->finalize(object);
}

static void vitrine_vnc_session_class_init(VitrineVncSessionClass *klass)
{
    VitrineSessionClass *session_class = VITRINE_SESSION_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = vitrine_vnc_session_finalize;
    session_class->close = vitrine_vnc_session_close;
    session_class->request_update = vitrine_vnc_session_request_update;
    session_class->send_key = vitrine_vnc_session_send_key;
    session_class->send_pointer = vitrine_vnc_session_send_pointer;
}

static void vitrine_vnc_session_init(VitrineVncSession *self)
{
}

/* Speaks RFB on the connected socket @fd, which it closes at the end. */
VitrineSession *vitrine_vnc_session_new(int fd)
{
    VitrineVncSession *self = g_object_new(VITRINE_TYPE_VNC_SESSION, NULL);
    const struct {
        const char *name;
        GCallback callback;
    } handlers[] = {
        {"vnc-auth-choose-type", G_CALLBACK(on_auth_choose_type)},
        {"vnc-initialized", G_CALLBACK(on_initialized)},
        {"vnc-desktop-resize", G_CALLBACK(on_desktop_resize)},
        {"vnc-framebuffer-update", G_CALLBACK(on_framebuffer_update)},
        {"vnc-cursor-changed", G_CALLBACK(on_cursor_changed)},
        {"vnc-error", G_CALLBACK(on_error)},
        {"vnc-disconnected", G_CALLBACK(on_disconnected)},
    };

    self->connection = vnc_connection_new();
    for (guint i = 0; i < G_N_ELEMENTS(handlers); i++)
        g_signal_connect(self->connection, handlers[i].name, handlers[i].callback, self);
    vnc_connection_set_shared(self->connection, TRUE);
    vnc_connection_open_fd(self->connection, fd);
    return VITRINE_SESSION(self);
}
