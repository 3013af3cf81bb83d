/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Speaks VNC with a guest's display server, which may be a hostile guest's by now: the library
 * checks what comes, and the picture's size is bounded here. */
#include "viewer.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <gvnc.h>

/* A server that says nothing for so long is taken for dead. */
#define PATIENCE_S 15
/* Pixels, in each direction; cairo has no larger pictures than twice that. */
#define SIZE_MAX_PIXELS 16384

struct Viewer {
    VncConnection *connection;
    GMainLoop *loop;
    cairo_surface_t *picture;
    cairo_region_t *missing; /* of the picture */
    gboolean ready;          /* the server has said how large its screen is */
    char *problem;           /* NULL: none yet */
};

static void fail(Viewer *viewer, const char *problem)
{
    if (!viewer->problem)
        viewer->problem = g_strdup(problem);
    g_main_loop_quit(viewer->loop);
}

/* What cairo's RGB24 is, in RFB's words. */
static VncPixelFormat *picture_format(void)
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

/* Makes a picture of the server's size, and has the library draw into it. */
static gboolean make_picture(Viewer *viewer, int width, int height)
{
    const cairo_rectangle_int_t all = {0, 0, width, height};
    VncPixelFormat *format;
    VncBaseFramebuffer *framebuffer;

    if (width < 1 || height < 1 || width > SIZE_MAX_PIXELS || height > SIZE_MAX_PIXELS)
        return FALSE;
    g_clear_pointer(&viewer->picture, cairo_surface_destroy);
    g_clear_pointer(&viewer->missing, cairo_region_destroy);
    viewer->picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    if (cairo_surface_status(viewer->picture) != CAIRO_STATUS_SUCCESS)
        return FALSE;
    viewer->missing = cairo_region_create_rectangle(&all);
    format = picture_format();
    framebuffer =
        vnc_base_framebuffer_new(cairo_image_surface_get_data(viewer->picture), width, height,
                                 cairo_image_surface_get_stride(viewer->picture), format,
                                 vnc_connection_get_pixel_format(viewer->connection));
    vnc_pixel_format_free(format);
    /* The library may draw until the connection is gone, which can be after we are. */
    g_object_set_data_full(G_OBJECT(framebuffer), "picture",
                           cairo_surface_reference(viewer->picture),
                           (GDestroyNotify)cairo_surface_destroy);
    vnc_connection_set_framebuffer(viewer->connection, VNC_FRAMEBUFFER(framebuffer));
    g_object_unref(framebuffer);
    return TRUE;
}

static void on_initialized(VncConnection *connection, Viewer *viewer)
{
    gint32 encodings[] = {VNC_CONNECTION_ENCODING_RAW, VNC_CONNECTION_ENCODING_DESKTOP_RESIZE};
    VncPixelFormat *format = picture_format();

    viewer->ready = vnc_connection_set_pixel_format(connection, format) &&
                    vnc_connection_set_encodings(connection, G_N_ELEMENTS(encodings), encodings) &&
                    make_picture(viewer, vnc_connection_get_width(connection),
                                 vnc_connection_get_height(connection));
    vnc_pixel_format_free(format);
    if (!viewer->ready)
        fail(viewer, _("it can't be shown here"));
    g_main_loop_quit(viewer->loop);
}

static void request_missing(Viewer *viewer)
{
    vnc_connection_framebuffer_update_request(
        viewer->connection, FALSE, 0, 0, (guint16)cairo_image_surface_get_width(viewer->picture),
        (guint16)cairo_image_surface_get_height(viewer->picture));
}

static void on_resize(VncConnection *connection, guint width, guint height, Viewer *viewer)
{
    if (make_picture(viewer, (int)width, (int)height))
        request_missing(viewer);
    else
        fail(viewer, _("it can't be shown here"));
}

static void on_update(VncConnection *connection, guint x, guint y, guint width, guint height,
                      Viewer *viewer)
{
    cairo_rectangle_int_t part = {(int)x, (int)y, (int)width, (int)height};

    if (!viewer->missing)
        return;
    cairo_region_subtract_rectangle(viewer->missing, &part);
    if (cairo_region_is_empty(viewer->missing))
        g_main_loop_quit(viewer->loop);
}

/* The socket came from the service, which has checked who asks: no password goes over it. */
static void on_auth_choose_type(VncConnection *connection, GValueArray *types, Viewer *viewer)
{
    if (!vnc_connection_set_auth_type(connection, VNC_CONNECTION_AUTH_NONE))
        fail(viewer, _("it wants a password"));
}

static void on_error(VncConnection *connection, const char *message, Viewer *viewer)
{
    fail(viewer, message);
}

static void on_disconnected(VncConnection *connection, Viewer *viewer)
{
    fail(viewer, _("it hung up"));
}

static gboolean on_time_out(gpointer data)
{
    Viewer *viewer = data;

    fail(viewer, _("it does not answer"));
    return G_SOURCE_CONTINUE;
}

/* Runs until something has quit the loop. FALSE after a complaint. */
static gboolean wait(Viewer *viewer)
{
    guint timer = g_timeout_add_seconds(PATIENCE_S, on_time_out, viewer);

    if (!viewer->problem)
        g_main_loop_run(viewer->loop);
    g_source_remove(timer);
    if (!viewer->problem)
        return TRUE;
    client_complain(_("The guest's display server fails: %s."), viewer->problem);
    return FALSE;
}

/* A socket of the guest's display server, or -1 after a complaint. */
static int ask(Client *client, const char *name, int *status)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, name);
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    int fd;

    *status = CTL_EXIT_NO_GUEST;
    if (!guest)
        return -1;
    answer = g_dbus_proxy_call_with_unix_fd_list_sync(
        guest, "OpenDisplay", g_variant_new("(s)", "vnc"),
        G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, NULL, &fds, NULL, &error);
    if (!answer) {
        *status = client_complain_of(error);
        return -1;
    }
    fd = fds && g_variant_is_of_type(answer, G_VARIANT_TYPE("(h)"))
             ? g_unix_fd_list_get(fds, 0, NULL)
             : -1;
    if (fd < 0)
        *status = client_complain_version();
    return fd;
}

Viewer *viewer_open(Client *client, const char *name, int *status)
{
    g_autoptr(Viewer) viewer = NULL;
    int fd = ask(client, name, status);

    if (fd < 0)
        return NULL;
    viewer = g_new0(Viewer, 1);
    viewer->loop = g_main_loop_new(NULL, FALSE);
    viewer->connection = vnc_connection_new();
    g_signal_connect(viewer->connection, "vnc-auth-choose-type", G_CALLBACK(on_auth_choose_type),
                     viewer);
    g_signal_connect(viewer->connection, "vnc-initialized", G_CALLBACK(on_initialized), viewer);
    g_signal_connect(viewer->connection, "vnc-desktop-resize", G_CALLBACK(on_resize), viewer);
    g_signal_connect(viewer->connection, "vnc-framebuffer-update", G_CALLBACK(on_update), viewer);
    g_signal_connect(viewer->connection, "vnc-error", G_CALLBACK(on_error), viewer);
    g_signal_connect(viewer->connection, "vnc-disconnected", G_CALLBACK(on_disconnected), viewer);
    vnc_connection_set_shared(viewer->connection, TRUE);
    *status = CTL_EXIT_FAILED;
    if (!vnc_connection_open_fd(viewer->connection, fd)) /* which owns it now */
        fail(viewer, _("it can't be connected to"));
    return wait(viewer) ? g_steal_pointer(&viewer) : NULL;
}

void viewer_close(Viewer *viewer)
{
    if (!viewer)
        return;
    g_signal_handlers_disconnect_by_data(viewer->connection, viewer);
    vnc_connection_shutdown(viewer->connection);
    /* What the library does last, it does from the main loop. */
    while (vnc_connection_is_open(viewer->connection))
        g_main_context_iteration(NULL, TRUE);
    g_object_unref(viewer->connection);
    g_clear_pointer(&viewer->picture, cairo_surface_destroy);
    g_clear_pointer(&viewer->missing, cairo_region_destroy);
    g_main_loop_unref(viewer->loop);
    g_free(viewer->problem);
    g_free(viewer);
}

cairo_surface_t *viewer_look(Viewer *viewer)
{
    cairo_rectangle_int_t all = {0};

    all.width = cairo_image_surface_get_width(viewer->picture);
    all.height = cairo_image_surface_get_height(viewer->picture);
    cairo_region_union_rectangle(viewer->missing, &all);
    request_missing(viewer);
    if (!wait(viewer))
        return NULL;
    cairo_surface_mark_dirty(viewer->picture);
    return viewer->picture;
}

void viewer_press(Viewer *viewer, guint key, gboolean down)
{
    vnc_connection_key_event(viewer->connection, down, key, 0);
}

/* A server hears what it is told in turn: when it answers, it has heard of what came before. */
gboolean viewer_settle(Viewer *viewer)
{
    return viewer_look(viewer) != NULL;
}
