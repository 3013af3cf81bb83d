/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows a session to viewers on this computer. They look at the surface itself, and are told where
 * it is and what is new in it: no pixel goes through a socket.
 *
 * A viewer is sent a frame only when it has asked for one, and until it does what is new gathers
 * for it in bounded space. So no more than one frame ever waits in its socket, unless it asks
 * without reading; then it is hung up on.
 */
#include "local/front.h"

#include <unistd.h>

#include <glib.h>

#include "local/viewer.h"

struct local_front {
    struct session *session;
    struct session_link *link;
    GPtrArray *viewers; /* of struct local_viewer */
    struct local_layout layout;
};

/* --- the picture --- */

static void on_resized(void *data, const struct surface *surface)
{
    struct local_front *front = data;

    for (guint i = 0; i < front->viewers->len; i++)
        local_viewer_set_resized(g_ptr_array_index(front->viewers, i));
}

static void on_damaged(void *data, const struct rect *rect)
{
    struct local_front *front = data;

    for (guint i = 0; i < front->viewers->len; i++)
        local_viewer_damage(g_ptr_array_index(front->viewers, i), rect);
}

static void set_arranged(struct local_front *front)
{
    for (guint i = 0; i < front->viewers->len; i++)
        local_viewer_set_arranged(g_ptr_array_index(front->viewers, i));
}

static void on_arranged(void *data, const struct rect *screens, unsigned count)
{
    struct local_front *front = data;

    for (unsigned i = 0; i < count; i++)
        front->layout.monitors[i] = screens[i];
    front->layout.monitor_count = count;
    set_arranged(front);
}

/* No pixel is another by that, so nobody else asks for a frame. */
static void on_touch(void *data, unsigned contacts)
{
    struct local_front *front = data;

    front->layout.contacts = contacts;
    set_arranged(front);
    session_link_ask(front->link);
}

/* Whether anybody has asked. */
static bool is_ready(void *data)
{
    struct local_front *front = data;

    for (guint i = 0; i < front->viewers->len; i++)
        if (local_viewer_has_asked(g_ptr_array_index(front->viewers, i)))
            return true;
    return false;
}

static void on_frame(void *data)
{
    struct local_front *front = data;

    for (guint i = 0; i < front->viewers->len; i++)
        local_viewer_show(g_ptr_array_index(front->viewers, i), session_surface(front->session),
                          &front->layout);
}

static const struct session_front front_ops = {
    .resized = on_resized,
    .damaged = on_damaged,
    .arranged = on_arranged,
    .touch = on_touch,
    .ready = is_ready,
    .frame = on_frame,
};

/* --- viewers --- */

static void on_asked(void *data, struct local_viewer *viewer)
{
    struct local_front *front = data;

    if (local_viewer_lags(viewer))
        session_link_ask(front->link);
    else
        session_link_ready(front->link);
}

static void on_gone(void *data, struct local_viewer *viewer)
{
    struct local_front *front = data;

    g_ptr_array_remove(front->viewers, viewer);
    local_viewer_free(viewer);
}

static const struct local_viewer_hooks hooks = {.asked = on_asked, .gone = on_gone};

void local_front_accept(void *data, int fd)
{
    struct local_front *front = data;

    if (front->viewers->len >= LOCAL_MAX_VIEWERS) {
        g_debug("A viewer was sent away: %u look on already.", front->viewers->len);
        close(fd);
        return;
    }
    g_ptr_array_add(front->viewers,
                    local_viewer_new(fd, session_viewer_new(front->link), &hooks, front));
}

struct local_front *local_front_new(struct session *session)
{
    struct local_front *front = g_new0(struct local_front, 1);

    front->session = session;
    front->viewers = g_ptr_array_new();
    front->link = session_add_front(session, &front_ops, front);
    return front;
}

void local_front_free(struct local_front *front)
{
    if (!front)
        return;
    while (front->viewers->len > 0)
        on_gone(front, g_ptr_array_index(front->viewers, 0));
    session_remove_front(front->link);
    g_ptr_array_unref(front->viewers);
    g_free(front);
}
