/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Supervises one display server process.
 *
 * The process says "ready" on its standard output once its nodes are in the store and its socket
 * listens. It ends by itself, with status 0, when its domain is gone. */
#include "display-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <gio/gunixsocketaddress.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "qemu-display.h"

/* A dom0 under emulation needs a while to load a program. */
#define READY_TIMEOUT_S  60
#define RESTART_DELAY_MS 500
#define RESTARTS_MAX     5
#define END_TIMEOUT_US   (G_USEC_PER_SEC / 2)
/* A server that has lived so long has earned a fresh count. */
#define SETTLED_US (60 * G_USEC_PER_SEC)

struct _DisplayServer {
    GObject parent;

    char *program;
    char *name;
    char *socket_paths[DISPLAY_PROTOCOLS];
    int domid;
    GSubprocess *process;
    GCancellable *cancellable; /* of all that waits for the present process */
    guint timer;               /* for readiness, or until the next start */
    guint restarts;
    gint64 started;
    gboolean available;
    DisplayServerReady ready; /* NULL once called */
    DisplayServerChanged changed;
    gpointer data;
};

G_DEFINE_FINAL_TYPE(DisplayServer, display_server, G_TYPE_OBJECT)

static void launch(DisplayServer *server);

static void display_server_finalize(GObject *object)
{
    DisplayServer *server = DISPLAY_SERVER(object);

    display_server_stop(server);
    g_free(server->program);
    g_free(server->name);
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
                                  const char *socket_path)
{
    DisplayServer *server = g_object_new(DISPLAY_TYPE_SERVER, NULL);

    server->program = g_strdup(program);
    server->domid = domid;
    server->name = g_strdup(name);
    server->socket_paths[DISPLAY_VNC] = g_strdup(socket_path);
    server->socket_paths[DISPLAY_SPICE] = g_strconcat(socket_path, ".spice", NULL);
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

static void remove_sockets(DisplayServer *server)
{
    for (guint i = 0; i < DISPLAY_PROTOCOLS; i++)
        unlink(server->socket_paths[i]);
}

static void set_available(DisplayServer *server, gboolean available)
{
    if (server->available == available)
        return;
    server->available = available;
    if (server->changed)
        server->changed(available, NULL, server->data);
}

/* Waits until a process that has been killed is gone, and leaves it to GLib to reap. One that the
 * kernel doesn't let go is not waited for any longer than END_TIMEOUT_US. */
static void await_end(GSubprocess *process)
{
    gint64 end = g_get_monotonic_time() + END_TIMEOUT_US;
    const char *identifier;
    siginfo_t info;

    while ((identifier = g_subprocess_get_identifier(process)) != NULL) {
        memset(&info, 0, sizeof info);
        if (waitid(P_PID, (id_t)g_ascii_strtoull(identifier, NULL, 10), &info,
                   WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid != 0 || g_get_monotonic_time() > end)
            return;
        g_usleep(1000);
    }
}

/* Forgets the present process; kills it if it still lives. */
static void drop_process(DisplayServer *server)
{
    g_clear_handle_id(&server->timer, g_source_remove);
    if (server->cancellable)
        g_cancellable_cancel(server->cancellable);
    g_clear_object(&server->cancellable);
    /* Not a request: it would remove its socket, perhaps the next one's, whenever it got to it. It
     * holds nothing that outlives it, and its nodes are cleared away with its domain. Killed in the
     * middle of making its socket, it still makes it. */
    if (server->process) {
        g_subprocess_force_exit(server->process);
        await_end(server->process);
    }
    g_clear_object(&server->process);
    remove_sockets(server);
}

/* Tells the starter, once. */
static void report(DisplayServer *server, const GError *error)
{
    DisplayServerReady ready = server->ready;

    server->ready = NULL;
    if (ready)
        ready(error, server->data);
}

static gboolean restart(gpointer data)
{
    DisplayServer *server = data;

    server->timer = 0;
    launch(server);
    return G_SOURCE_REMOVE;
}

/* The process ended or never became ready. ERROR is taken over. */
static void failed(DisplayServer *server, GError *error)
{
    g_autoptr(GError) own = error;

    g_object_ref(server);
    drop_process(server);
    set_available(server, FALSE);
    if (server->ready) {
        /* Who waits for it takes the guest down again: no second try. */
        server->changed = NULL;
        report(server, own);
    }
    if (g_get_monotonic_time() - server->started > SETTLED_US)
        server->restarts = 0;
    if (server->changed && ++server->restarts <= RESTARTS_MAX) {
        g_message("%s: %s Starting it again.", server->name, own->message);
        server->timer = g_timeout_add(RESTART_DELAY_MS << server->restarts, restart, server);
    } else if (server->changed) {
        g_warning("%s: %s It keeps failing and is given up.", server->name, own->message);
        server->changed(FALSE,
                        "The guest runs, but its display server keeps failing and was given up. "
                        "Restart the guest to see it again.",
                        server->data);
    }
    g_object_unref(server);
}

static gboolean ready_timed_out(gpointer data)
{
    DisplayServer *server = data;

    server->timer = 0;
    failed(server, g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                               "The guest's display server was not ready after %d seconds.",
                               READY_TIMEOUT_S));
    return G_SOURCE_REMOVE;
}

static void exited(GObject *source, GAsyncResult *result, gpointer data)
{
    GSubprocess *process = G_SUBPROCESS(source);
    g_autoptr(GError) cancelled = NULL;
    DisplayServer *server = data;

    g_subprocess_wait_finish(process, result, &cancelled);
    if (cancelled)
        return;
    if (g_subprocess_get_if_exited(process))
        failed(server, g_error_new(SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                                   "The guest's display server ended with status %d.",
                                   g_subprocess_get_exit_status(process)));
    else
        failed(server, g_error_new(SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                                   "The guest's display server was killed by signal %d.",
                                   g_subprocess_get_term_sig(process)));
}

static void line_read(GObject *source, GAsyncResult *result, gpointer data)
{
    GDataInputStream *stream = G_DATA_INPUT_STREAM(source);
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_data_input_stream_read_line_finish_utf8(stream, result, NULL, &error);
    DisplayServer *server = data;

    /* Cancelled: the server may be gone. End of output: exited() tells why. */
    if (error || !line)
        return;
    if (strcmp(line, "ready") != 0) {
        g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, server->cancellable,
                                            line_read, server);
        return;
    }
    g_clear_handle_id(&server->timer, g_source_remove);
    set_available(server, TRUE);
    report(server, NULL);
}

/* In the child: a server must not outlive the service, for the next run starts one of its own. */
static void set_up_child(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *spawn(DisplayServer *server, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autofree char *domid = g_strdup_printf("%d", server->domid);

    g_subprocess_launcher_set_child_setup(launcher, set_up_child, NULL, NULL);
    return g_subprocess_launcher_spawn(launcher, error, server->program, "--domid", domid, "--name",
                                       server->name, "--vnc-socket",
                                       server->socket_paths[DISPLAY_VNC], "--spice-socket",
                                       server->socket_paths[DISPLAY_SPICE], NULL);
}

static void launch(DisplayServer *server)
{
    g_autoptr(GDataInputStream) stream = NULL;
    GError *error = NULL;

    remove_sockets(server);
    server->started = g_get_monotonic_time();
    server->process = spawn(server, &error);
    if (!server->process) {
        failed(server, error);
        return;
    }
    server->cancellable = g_cancellable_new();
    server->timer = g_timeout_add_seconds(READY_TIMEOUT_S, ready_timed_out, server);
    g_subprocess_wait_async(server->process, server->cancellable, exited, server);
    stream = g_data_input_stream_new(g_subprocess_get_stdout_pipe(server->process));
    g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, server->cancellable, line_read,
                                        server);
}

void display_server_start(DisplayServer *server, DisplayServerReady ready,
                          DisplayServerChanged changed, gpointer data)
{
    server->ready = ready;
    server->changed = changed;
    server->data = data;
    launch(server);
}

void display_server_stop(DisplayServer *server)
{
    server->ready = NULL;
    server->changed = NULL;
    server->available = FALSE;
    drop_process(server);
}

gboolean display_server_is_available(DisplayServer *server)
{
    return server->available;
}

int display_server_connect(DisplayServer *server, DisplayProtocol protocol, GError **error)
{
    return display_socket_connect(server->socket_paths[protocol], error);
}
