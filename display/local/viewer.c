/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One viewer on this computer: its socket, what it has not been shown, and its input. */
#include "local/viewer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "buttons.h"
#include "damage.h"
#include "keymap.h"
#include "local/inbox.h"
#include "scancode.h"

G_STATIC_ASSERT(LOCAL_MAX_RECTS >= DAMAGE_MAX_RECTS);
G_STATIC_ASSERT(LOCAL_MAX_MONITORS >= SESSION_MAX_PARTS);
G_STATIC_ASSERT(LOCAL_MAX_CONTACTS >= INPUT_MAX_CONTACTS);

struct local_viewer {
    int fd;
    guint source;
    struct session_viewer *session;
    const struct local_viewer_hooks *hooks;
    void *data;

    struct inbox inbox;
    unsigned buttons; /* that it holds */
    bool is_out;      /* it was hung up on, and is not listened to any more */

    bool has_asked;
    bool has_surface; /* it was given the one that there is */
    bool has_layout;  /* it was told of the one that there is */
    struct damage damage;
};

/* The rest happens when the main loop finds the socket closed: nobody is in the middle of it then.
 */
static void hang_up(struct local_viewer *viewer)
{
    viewer->is_out = true;
    viewer->has_asked = false;
    shutdown(viewer->fd, SHUT_RDWR);
}

/* --- what it is shown --- */

void local_viewer_set_resized(struct local_viewer *viewer)
{
    viewer->has_surface = false;
    damage_clear(&viewer->damage);
}

void local_viewer_damage(struct local_viewer *viewer, const struct rect *rect)
{
    damage_add(&viewer->damage, rect);
}

void local_viewer_set_arranged(struct local_viewer *viewer)
{
    viewer->has_layout = false;
}

bool local_viewer_has_asked(const struct local_viewer *viewer)
{
    return viewer->has_asked;
}

bool local_viewer_lags(const struct local_viewer *viewer)
{
    return !viewer->has_surface || !viewer->has_layout || !damage_is_empty(&viewer->damage);
}

static struct local_rect make_rect(const struct rect *rect)
{
    return (struct local_rect){rect->x, rect->y, rect->width, rect->height};
}

static struct local_frame make_frame(struct local_viewer *viewer, const struct surface *surface,
                                     const struct local_layout *layout)
{
    struct local_frame frame = {
        .version = LOCAL_VERSION,
        .width = surface->width,
        .height = surface->height,
        .stride = (uint32_t)surface->stride,
        .monitor_count = layout->monitor_count,
        .contact_count = layout->contacts,
    };

    if (!viewer->has_surface) {
        damage_clear(&viewer->damage);
        damage_add(&viewer->damage,
                   &(struct rect){0, 0, (int)surface->width, (int)surface->height});
    }
    for (unsigned i = 0; i < layout->monitor_count; i++)
        frame.monitors[i] = make_rect(&layout->monitors[i]);
    for (unsigned i = 0; i < viewer->damage.count; i++)
        frame.rects[i] = make_rect(&viewer->damage.rects[i]);
    frame.rect_count = viewer->damage.count;
    return frame;
}

/* With the descriptor @fd, or none if that is negative. False if not all of it could be sent. */
static bool send_frame(int socket, struct local_frame *frame, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {frame, sizeof(*frame)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (fd >= 0) {
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(fd)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(*frame);
}

void local_viewer_show(struct local_viewer *viewer, const struct surface *surface,
                       const struct local_layout *layout)
{
    struct local_frame frame;

    if (!viewer->has_asked || !local_viewer_lags(viewer))
        return;
    frame = make_frame(viewer, surface, layout);
    if (!send_frame(viewer->fd, &frame, viewer->has_surface ? -1 : surface->fd)) {
        g_debug("A viewer asks and does not read: it is hung up on.");
        hang_up(viewer);
        return;
    }
    viewer->has_asked = false;
    viewer->has_surface = viewer->has_layout = true;
    damage_clear(&viewer->damage);
}

/* --- what it says --- */

static void on_ready(struct local_viewer *viewer, const struct local_request *request)
{
    viewer->has_asked = true;
    viewer->hooks->asked(viewer->data, viewer);
}

static void on_key(struct local_viewer *viewer, const struct local_request *request)
{
    unsigned key = scancode_to_key(request->key.scancode);

    if (!key)
        key = keymap_from_keysym(request->key.keysym);
    session_viewer_key(viewer->session, key, request->key.is_down != 0);
}

static void on_pointer(struct local_viewer *viewer, const struct local_request *request)
{
    session_viewer_position(viewer->session, request->pointer.x, request->pointer.y);
    buttons_change(viewer->session, &viewer->buttons, request->pointer.buttons);
}

static void on_touch(struct local_viewer *viewer, const struct local_request *request)
{
    static const enum touch_phase phases[] = {[LOCAL_TOUCH_DOWN] = TOUCH_DOWN,
                                              [LOCAL_TOUCH_MOTION] = TOUCH_MOTION,
                                              [LOCAL_TOUCH_UP] = TOUCH_UP};

    session_viewer_touch(viewer->session, request->touch.contact, phases[request->touch.phase],
                         request->touch.x, request->touch.y);
}

static void (*const handlers[])(struct local_viewer *viewer,
                                const struct local_request *request) = {
    [LOCAL_READY] = on_ready,
    [LOCAL_KEY] = on_key,
    [LOCAL_POINTER] = on_pointer,
    [LOCAL_TOUCH] = on_touch,
};

static void take_requests(struct local_viewer *viewer)
{
    struct local_request request;
    enum inbox_result result = INBOX_EMPTY;

    while (!viewer->is_out && (result = inbox_take(&viewer->inbox, &request)) == INBOX_REQUEST)
        handlers[request.type](viewer, &request);
    if (result == INBOX_NONSENSE) {
        g_debug("A viewer says what is nothing: it is hung up on.");
        hang_up(viewer);
    }
}

static void receive(struct local_viewer *viewer)
{
    size_t size;
    uint8_t *room = inbox_room(&viewer->inbox, &size);
    ssize_t got = recv(viewer->fd, room, size, MSG_DONTWAIT);

    if (got > 0)
        inbox_received(&viewer->inbox, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        viewer->is_out = true;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct local_viewer *viewer = data;

    if (!viewer->is_out)
        receive(viewer);
    if (!viewer->is_out)
        take_requests(viewer);
    if (viewer->is_out)
        viewer->hooks->gone(viewer->data, viewer); /* which frees it, and removes this source */
    return G_SOURCE_CONTINUE;
}

/* Frames that are not read keep the memory of pictures of other sizes: there are to be few. */
static void bound_unread(int fd)
{
    const int least = 0;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}

struct local_viewer *local_viewer_new(int fd, struct session_viewer *session,
                                      const struct local_viewer_hooks *hooks, void *data)
{
    struct local_viewer *viewer = g_new0(struct local_viewer, 1);

    viewer->fd = fd;
    viewer->session = session;
    viewer->hooks = hooks;
    viewer->data = data;
    bound_unread(fd);
    viewer->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, viewer);
    return viewer;
}

void local_viewer_free(struct local_viewer *viewer)
{
    g_source_remove(viewer->source);
    close(viewer->fd);
    session_viewer_free(viewer->session);
    g_free(viewer);
}
