/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One display server process. It is ready once its nodes are in the store and its sockets
 * listen. */
#include "display-server.h"

#include <string.h>

#include "error.h"
#include "display-socket.h"
#include "monitor-list.h"

struct _DisplayServer {
    GObject parent;

    Helper *helper;
    char *socket_paths[DISPLAY_PROTOCOLS + 1]; /* with a NULL at the end */
};

G_DEFINE_FINAL_TYPE(DisplayServer, display_server, G_TYPE_OBJECT)

static const HelperKind kind = {
    .what = "display server",
    .error = SERVICE_ERROR_NO_DISPLAY,
    .problem = "The guest runs, but its display server keeps failing and was given up. "
               "Restart the guest to see it again.",
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

DisplayServer *display_server_new(const char *program, int domid, const char *name,
                                  const char *socket_path, const char *monitors)
{
    DisplayServer *server = g_object_new(DISPLAY_TYPE_SERVER, NULL);
    g_autofree char *domain = g_strdup_printf("%d", domid);
    g_autofree char *spice = g_strconcat(socket_path, ".spice", NULL);
    g_autofree char *keep = g_strconcat(socket_path, ".keep", NULL);
    g_auto(GStrv) words = monitor_list_words(monitors);
    g_autofree char *list = g_strjoinv(",", words);
    const char *const argv[] = {
        program, "--domid",      domain,      "--name",
        name,    "--vnc-socket", socket_path, "--spice-socket",
        spice,   "--keep",       keep,        *list ? "--monitors" : NULL,
        list,    NULL,
    };

    server->socket_paths[DISPLAY_VNC] = g_strdup(socket_path);
    server->socket_paths[DISPLAY_SPICE] = g_steal_pointer(&spice);
    server->helper = helper_new(&kind, name, argv, NULL, (const char *const *)server->socket_paths);
    return server;
}

gboolean display_protocol_parse(const char *name, DisplayProtocol *protocol)
{
    static const char *const names[DISPLAY_PROTOCOLS] = {"vnc", "spice"};

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

gboolean display_server_is_available(DisplayServer *server)
{
    return helper_is_available(server->helper);
}

int display_server_connect(DisplayServer *server, DisplayProtocol protocol, GError **error)
{
    return display_socket_connect(server->socket_paths[protocol], error);
}
