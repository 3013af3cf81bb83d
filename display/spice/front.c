/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session as SPICE: libspice-server, driven by GLib's main loop and a thread of its own. */
#include "spice/front.h"

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

static void on_changed(void *data, const struct session_part *part, const struct rect *rect)
{
    struct spice_front *front = data;

    spice_screen_draw(front->screen, part, rect);
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
    .changed = on_changed,
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

void spice_front_accept(void *data, int fd)
{
    struct spice_front *front = data;

    if (spice_server_add_client(front->server, fd, TRUE) < 0)
        close(fd);
}

/* --- the server --- */

/* Viewers are on this computer: nothing is gained by packing pixels for them. */
static void set_up(SpiceServer *server, const char *name)
{
    spice_server_set_name(server, name);
    spice_server_set_noauth(server); /* the socket's owner and mode say who may connect */
    spice_server_set_image_compression(server, SPICE_IMAGE_COMPRESSION_OFF);
    spice_server_set_jpeg_compression(server, SPICE_WAN_COMPRESSION_NEVER);
    spice_server_set_zlib_glz_compression(server, SPICE_WAN_COMPRESSION_NEVER);
    spice_server_set_streaming_video(server, SPICE_STREAM_VIDEO_OFF);
    spice_server_set_agent_mouse(server, FALSE);
    spice_server_set_agent_copypaste(server, FALSE);
    spice_server_set_agent_file_xfer(server, FALSE);
}

struct spice_front *spice_front_new(struct session *session, const char *name, char **ret_problem)
{
    struct spice_front *front = g_new0(struct spice_front, 1);

    g_assert(!the_front);
    front->session = session;
    front->server = spice_server_new();
    set_up(front->server, name);
    spice_core_init(&front->core);
    front->core.channel_event = on_channel_event;
    if (spice_server_init(front->server, &front->core)) {
        *ret_problem = g_strdup("The SPICE library can't be set up.");
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
    spice_server_destroy(front->server);
    spice_screen_free(front->screen);
    spice_input_free(front->input);
    g_free(front);
}

size_t spice_front_held(struct spice_front *front)
{
    return spice_screen_held(front->screen);
}
