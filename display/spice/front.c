/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session as SPICE: libspice-server, driven by GLib's main loop and a thread of its own. */
#include "spice/front.h"

#include <errno.h>
#include <unistd.h>

#include <glib.h>
#include <spice.h>
#include <spice/enums.h>

#include "spice/core.h"
#include "spice/input.h"
#include "spice/screen.h"

struct spice_front {
    struct session *session;
    struct session_link *link;
    SpiceServer *server;
    SpiceCoreInterface core;
    struct spice_screen *screen;
    struct spice_input *input;
    struct session_viewer *viewer; /* while somebody looks on */
    unsigned displays;             /* connections that show the picture */
};

/* The library's calls about connections do not say whose they are. */
static struct spice_front *the_front;

/* --- the picture --- */

static void on_resized(void *data, const struct surface *surface)
{
    struct spice_front *front = data;

    spice_screen_resize(front->screen, surface->width, surface->height);
}

static void on_damaged(void *data, const struct rect *rect)
{
    struct spice_front *front = data;

    spice_screen_draw(front->screen, session_surface(front->session), rect);
}

static void on_arranged(void *data, const struct rect *screens, unsigned count)
{
    struct spice_front *front = data;

    spice_screen_arrange(front->screen, screens, count);
}

static bool is_ready(void *data)
{
    struct spice_front *front = data;

    return spice_screen_has_room(front->screen);
}

static void on_frame(void *data)
{
    struct spice_front *front = data;

    spice_screen_show(front->screen);
}

static const struct session_front front_ops = {
    .resized = on_resized,
    .damaged = on_damaged,
    .arranged = on_arranged,
    .ready = is_ready,
    .frame = on_frame,
};

static void on_room(void *data)
{
    struct spice_front *front = data;

    session_link_ready(front->link);
}

/* --- who looks on --- */

static void leave(struct spice_front *front)
{
    if (front->input)
        spice_input_set_viewer(front->input, NULL);
    g_clear_pointer(&front->viewer, session_viewer_free);
}

static void display_connected(struct spice_front *front)
{
    if (front->displays++ > 0)
        return;
    front->viewer = session_viewer_new(front->link);
    spice_input_set_viewer(front->input, front->viewer);
}

static void display_disconnected(struct spice_front *front)
{
    if (front->displays == 0 || --front->displays > 0)
        return;
    leave(front);
    spice_screen_rest(front->screen);
}

static void on_channel_event(int event, SpiceChannelEventInfo *info)
{
    if (!the_front || info->type != SPICE_CHANNEL_DISPLAY)
        return;
    if (event == SPICE_CHANNEL_EVENT_INITIALIZED)
        display_connected(the_front);
    else if (event == SPICE_CHANNEL_EVENT_DISCONNECTED)
        display_disconnected(the_front);
}

static void accept_one(struct spice_front *front, int fd, bool skip_password)
{
    if (spice_server_add_client(front->server, fd, skip_password) < 0)
        close(fd);
}

void spice_front_accept(void *data, int fd)
{
    accept_one(data, fd, true);
}

void spice_front_accept_stranger(void *data, int fd)
{
    accept_one(data, fd, false);
}

/* --- the server --- */

/* Viewers are on this computer: nothing is gained by packing pixels for them. */
static void set_up(SpiceServer *server, const char *name)
{
    spice_server_set_name(server, name);
    spice_server_set_image_compression(server, SPICE_IMAGE_COMPRESSION_OFF);
    spice_server_set_jpeg_compression(server, SPICE_WAN_COMPRESSION_NEVER);
    spice_server_set_zlib_glz_compression(server, SPICE_WAN_COMPRESSION_NEVER);
    spice_server_set_streaming_video(server, SPICE_STREAM_VIDEO_OFF);
    spice_server_set_agent_mouse(server, FALSE);
    spice_server_set_agent_copypaste(server, FALSE);
    spice_server_set_agent_file_xfer(server, FALSE);
}

/* Of who comes through a unix socket, its owner and mode say who may connect. */
static void set_password(SpiceServer *server, const char *password)
{
    if (password)
        spice_server_set_ticket(server, password, 0, FALSE, FALSE);
    else
        spice_server_set_noauth(server);
}

static bool check_file(const char *path, char **ret_problem)
{
    if (access(path, R_OK) == 0)
        return true;
    *ret_problem =
        g_strdup_printf("Can't read %s, which SPICE with TLS needs: %s.", path, g_strerror(errno));
    return false;
}

/* The library makes its TLS only if it listens itself. It says no more than that it can't. */
static bool set_tls(SpiceServer *server, const struct spice_strangers *strangers,
                    char **ret_problem)
{
    const struct tcp_place *place = &strangers->tls_place;
    g_autofree char *ca = g_build_filename(strangers->tls_directory, "ca-cert.pem", NULL);
    g_autofree char *certificate =
        g_build_filename(strangers->tls_directory, "server-cert.pem", NULL);
    g_autofree char *key = g_build_filename(strangers->tls_directory, "server-key.pem", NULL);

    if (!check_file(ca, ret_problem) || !check_file(certificate, ret_problem) ||
        !check_file(key, ret_problem))
        return false;
    spice_server_set_addr(server, place->address, 0);
    if (spice_server_set_tls(server, (int)place->first, ca, certificate, key, NULL, NULL, NULL)) {
        *ret_problem = g_strdup_printf("SPICE with TLS can't have the port %u.", place->first);
        return false;
    }
    return true;
}

static bool start_server(struct spice_front *front, const struct spice_strangers *strangers,
                         char **ret_problem)
{
    const struct tcp_place *place = &strangers->tls_place;
    g_autofree char *name = NULL;

    if (place->address && !set_tls(front->server, strangers, ret_problem))
        return false;
    if (spice_server_init(front->server, &front->core) == 0)
        return true;
    if (place->address) {
        name = tcp_socket_name(place->address, place->first);
        *ret_problem = g_strdup_printf("Can't listen at %s for SPICE with TLS: the port is taken, "
                                       "or the certificate in %s is none, or not its key's.",
                                       name, strangers->tls_directory);
    } else {
        *ret_problem = g_strdup("The SPICE library can't be set up.");
    }
    return false;
}

struct spice_front *spice_front_new(struct session *session, const char *name,
                                    const struct spice_strangers *strangers, char **ret_problem)
{
    struct spice_front *front = g_new0(struct spice_front, 1);

    g_assert(!the_front);
    front->session = session;
    front->server = spice_server_new();
    set_up(front->server, name);
    set_password(front->server, strangers->password);
    spice_core_init(&front->core);
    front->core.channel_event = on_channel_event;
    if (!start_server(front, strangers, ret_problem)) {
        spice_server_destroy(front->server);
        g_free(front);
        return NULL;
    }
    the_front = front;
    return front;
}

void spice_front_start(struct spice_front *front)
{
    const struct surface *surface = session_surface(front->session);

    front->screen =
        spice_screen_new(front->server, surface->width, surface->height, on_room, front);
    front->input = spice_input_new(front->server);
    front->link = session_add_front(front->session, &front_ops, front);
    spice_server_vm_start(front->server);
}

void spice_front_free(struct spice_front *front)
{
    if (!front)
        return;
    the_front = NULL;
    leave(front);
    session_remove_front(front->link);
    spice_server_destroy(front->server);
    spice_screen_free(front->screen);
    spice_input_free(front->input);
    g_free(front);
}

size_t spice_front_held(struct spice_front *front)
{
    return spice_screen_held(front->screen);
}
