/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One display server process. It is ready once its nodes are in the store and its sockets
 * listen. */
#include "display-server.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "display-socket.h"
#include "monitor-list.h"

/* Display servers are users of their own, one a domain: numbers that nobody else gives out (those
 * of Debian, systemd and of containers end below). */
#define FIRST_USER 1900000000

struct _DisplayServer {
    GObject parent;

    Helper *helper;
    char *socket_paths[DISPLAY_PROTOCOLS + 1]; /* with a NULL at the end */
};

G_DEFINE_FINAL_TYPE(DisplayServer, display_server, G_TYPE_OBJECT)

static const HelperKind kind = {
    .what = N_("display server"),
    .error = SERVICE_ERROR_NO_DISPLAY,
    .problem = N_("The guest runs, but its display server keeps failing and was given up. "
                  "Restart the guest to see it again."),
};

static void display_server_finalize(GObject *object)
{
    DisplayServer *server = DISPLAY_SERVER(object);

    helper_stop(server->helper);
    g_object_unref(server->helper);
    for (guint i = 0; i < DISPLAY_PROTOCOLS; i++)
        g_free(server->socket_paths[i]);
    G_OBJECT_CLASS(display_server_parent_class)->finalize(object);
}

static void display_server_class_init(DisplayServerClass *class)
{
    G_OBJECT_CLASS(class)->finalize = display_server_finalize;
}

static void display_server_init(DisplayServer *server)
{
}

static void add_option(GStrvBuilder *argv, const char *option, const char *value)
{
    if (value)
        g_strv_builder_add_many(argv, option, value, NULL);
}

static gboolean is_anywhere(const ScreenPlaces *places)
{
    return places->vnc || places->spice || places->spice_tls;
}

static char *keep_path(const char *socket_path)
{
    return g_strconcat(socket_path, ".keep", NULL);
}

static char **command_line(const char *program, int domid, const char *name, char *const *sockets,
                           const DisplayDevices *devices, const ScreenPlaces *places)
{
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
    g_autofree char *domain = g_strdup_printf("%d", domid);
    g_autofree char *keep = keep_path(sockets[DISPLAY_VNC]);
    g_auto(GStrv) words = monitor_list_words(devices->monitors);
    g_autofree char *list = g_strjoinv(",", words);
    g_autofree char *contacts = g_strdup_printf("%u", devices->touch.contacts);
    g_autofree char *user = g_strdup_printf("%d", FIRST_USER + domid);

    g_strv_builder_add_many(argv, program, "--domid", domain, "--name", name, "--vnc-socket",
                            sockets[DISPLAY_VNC], "--spice-socket", sockets[DISPLAY_SPICE],
                            "--local-socket", sockets[DISPLAY_LOCAL], "--keep", keep, NULL);
    add_option(argv, "--monitors", *list ? list : NULL);
    add_option(argv, "--contacts", devices->touch.said ? contacts : NULL);
    if (devices->restored)
        g_strv_builder_add(argv, "--restored");
    /* Only root can become somebody else, and need to. */
    if (getuid() == 0)
        add_option(argv, "--uid", user);
    add_option(argv, "--vnc-listen", places->vnc);
    add_option(argv, "--spice-listen", places->spice);
    add_option(argv, "--spice-tls-listen", places->spice_tls);
    add_option(argv, "--tls-directory", places->spice_tls ? SCREEN_TLS_DIRECTORY : NULL);
    /* Its standard input: a command line can be read by everybody. */
    add_option(argv, "--passwords", is_anywhere(places) ? "0" : NULL);
    return g_strv_builder_end(argv);
}

static void set_passwords(Helper *helper, const ScreenPlaces *places, HelperMessage message)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (places->vnc)
        g_string_append_printf(text, "vnc %s\n", places->vnc_password);
    if (places->spice || places->spice_tls)
        g_string_append_printf(text, "spice %s\n", places->spice_password);
    helper_set_input(helper, text->str, message);
    explicit_bzero(text->str, text->len);
}

DisplayServer *display_server_new(const char *program, int domid, const char *name,
                                  const char *socket_path, const DisplayDevices *devices,
                                  const ScreenPlaces *places, HelperMessage message)
{
    DisplayServer *server = g_object_new(DISPLAY_TYPE_SERVER, NULL);
    g_auto(GStrv) argv = NULL;

    server->socket_paths[DISPLAY_VNC] = g_strdup(socket_path);
    server->socket_paths[DISPLAY_SPICE] = g_strconcat(socket_path, ".spice", NULL);
    server->socket_paths[DISPLAY_LOCAL] = g_strconcat(socket_path, ".local", NULL);
    argv = command_line(program, domid, name, server->socket_paths, devices, places);
    server->helper = helper_new(&kind, name, (const char *const *)argv, NULL,
                                (const char *const *)server->socket_paths);
    if (is_anywhere(places))
        set_passwords(server->helper, places, message);
    return server;
}

gboolean display_protocol_parse(const char *name, DisplayProtocol *protocol)
{
    static const char *const names[DISPLAY_PROTOCOLS] = {"vnc", "spice", "local"};

    for (guint i = 0; i < DISPLAY_PROTOCOLS; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *protocol = (DisplayProtocol)i;
        return TRUE;
    }
    return FALSE;
}

void display_server_start(DisplayServer *server, HelperReady ready, HelperChanged changed,
                          gpointer data)
{
    helper_start(server->helper, ready, changed, data);
}

void display_server_stop(DisplayServer *server)
{
    helper_stop(server->helper);
}

void display_server_forget(const char *socket_path)
{
    g_autofree char *keep = keep_path(socket_path);

    if (g_unlink(keep) != 0 && errno != ENOENT)
        g_warning("%s can't be removed: %s", keep, g_strerror(errno));
}

gboolean display_server_is_available(DisplayServer *server)
{
    return helper_is_available(server->helper);
}

int display_server_connect(DisplayServer *server, DisplayProtocol protocol, GError **error)
{
    return display_socket_connect(server->socket_paths[protocol], error);
}
