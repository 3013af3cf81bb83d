/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session with a display server that shares its picture's memory (display/local/protocol.h). The
 * session's surface is that memory: what the guest drew is there before we hear of it, and is read
 * when it is painted. Nothing is asked of the server until then: the widget's frame clock is what
 * paces the guest.
 */
#include "viewer/local-session.h"

#include "viewer/local-outbox.h"
#include "viewer/local-picture.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

G_STATIC_ASSERT(VITRINE_SESSION_MAX_MONITORS >= LOCAL_MAX_MONITORS);
G_STATIC_ASSERT(VITRINE_SESSION_MAX_CONTACTS > LOCAL_MAX_CONTACTS);

struct _VitrineLocalSession {
    VitrineSession parent_instance;

    int fd; /* -1: closed */
    guint readable, writable;
    gboolean has_asked; /* for a frame, and none has come */
    VitrineLocalOutbox outbox;

    struct local_frame frame; /* that is being received, or was last */
    gsize received;           /* bytes of it */
    int picture;              /* that came with it, or -1 */

    VitrineRect monitors[LOCAL_MAX_MONITORS]; /* as the session has them */
    guint n_monitors;
};

G_DEFINE_FINAL_TYPE(VitrineLocalSession, vitrine_local_session, VITRINE_TYPE_SESSION)

static void drop_picture(VitrineLocalSession *self)
{
    if (self->picture >= 0)
        close(self->picture);
    self->picture = -1;
}

static void vitrine_local_session_close(VitrineSession *session)
{
    VitrineLocalSession *self = VITRINE_LOCAL_SESSION(session);

    if (self->fd < 0)
        return;
    g_clear_handle_id(&self->readable, g_source_remove);
    g_clear_handle_id(&self->writable, g_source_remove);
    drop_picture(self);
    close(self->fd);
    self->fd = -1;
}

static void fail(VitrineLocalSession *self, const char *problem)
{
    if (self->fd < 0)
        return;
    vitrine_local_session_close(VITRINE_SESSION(self));
    vitrine_session_end(VITRINE_SESSION(self), problem);
}

/* --- what we say --- */

static gboolean on_writable(int fd, GIOCondition condition, gpointer data);

/* What the server does not take now, it gets when it does. */
static void flush(VitrineLocalSession *self)
{
    if (!vitrine_local_outbox_send(&self->outbox, self->fd))
        fail(self, _("The guest’s display server hung up."));
    else if (!vitrine_local_outbox_is_empty(&self->outbox) && !self->writable)
        self->writable = g_unix_fd_add(self->fd, G_IO_OUT, on_writable, self);
}

static gboolean on_writable(int fd, GIOCondition condition, gpointer data)
{
    VitrineLocalSession *self = VITRINE_LOCAL_SESSION(data);

    self->writable = 0;
    flush(self);
    return G_SOURCE_REMOVE;
}

static void say(VitrineLocalSession *self, const struct local_request *request)
{
    if (self->fd < 0)
        return;
    if (vitrine_local_outbox_add(&self->outbox, request))
        flush(self);
    else
        fail(self, _("The guest’s display server does not answer."));
}

static void ask(VitrineLocalSession *self)
{
    if (self->has_asked)
        return;
    self->has_asked = TRUE;
    say(self, &(struct local_request){.type = LOCAL_READY});
}

static void vitrine_local_session_request_update(VitrineSession *session)
{
    ask(VITRINE_LOCAL_SESSION(session));
}

static void vitrine_local_session_send_key(VitrineSession *session, gboolean down, guint keysym,
                                           guint16 xt_code)
{
    say(VITRINE_LOCAL_SESSION(session),
        &(struct local_request){
            .type = LOCAL_KEY,
            .key = {.scancode = xt_code, .keysym = keysym, .is_down = down ? 1 : 0}});
}

static void vitrine_local_session_send_pointer(VitrineSession *session, guint buttons, int x, int y)
{
    say(VITRINE_LOCAL_SESSION(session),
        &(struct local_request){.type = LOCAL_POINTER,
                                .pointer = {.x = x, .y = y, .buttons = buttons}});
}

static void vitrine_local_session_send_touch(VitrineSession *session, guint contact,
                                             VitrineTouchPhase phase, int x, int y)
{
    static const guint16 phases[] = {[VITRINE_TOUCH_DOWN] = LOCAL_TOUCH_DOWN,
                                     [VITRINE_TOUCH_MOTION] = LOCAL_TOUCH_MOTION,
                                     [VITRINE_TOUCH_UP] = LOCAL_TOUCH_UP};

    say(VITRINE_LOCAL_SESSION(session),
        &(struct local_request){
            .type = LOCAL_TOUCH,
            .touch = {.contact = (guint16)contact, .phase = phases[phase], .x = x, .y = y}});
}

/* --- what we hear --- */

static VitrineRect make_rect(const struct local_rect *rect)
{
    return (VitrineRect){rect->x, rect->y, rect->width, rect->height};
}

/* Whether the picture that we have is the one that the frame is of. */
static gboolean is_of_surface(VitrineLocalSession *self)
{
    cairo_surface_t *surface = vitrine_session_get_surface(VITRINE_SESSION(self));
    const struct local_frame *frame = &self->frame;

    return surface && frame->width == (guint)cairo_image_surface_get_width(surface) &&
           frame->height == (guint)cairo_image_surface_get_height(surface);
}

/* Why the frame can't be shown; NULL if it can, and its picture is the session's then. */
static const char *take_picture(VitrineLocalSession *self)
{
    const struct local_frame *frame = &self->frame;
    const char *problem = NULL;
    cairo_surface_t *surface;

    if (frame->version != LOCAL_VERSION || frame->monitor_count > LOCAL_MAX_MONITORS ||
        frame->contact_count > LOCAL_MAX_CONTACTS || frame->rect_count > LOCAL_MAX_RECTS ||
        (self->picture < 0 && !is_of_surface(self)))
        return _("The guest’s display is drawn in a way that can’t be shown.");
    if (self->picture < 0)
        return NULL;
    surface = vitrine_local_picture_map(self->picture, frame->width, frame->height, frame->stride,
                                        &problem);
    if (surface)
        vitrine_session_take_surface(VITRINE_SESSION(self), surface);
    return problem;
}

/* All is painted anew when they are set: that is for others only. */
static void take_monitors(VitrineLocalSession *self)
{
    const struct local_frame *frame = &self->frame;
    VitrineRect monitors[LOCAL_MAX_MONITORS] = {0};

    for (guint i = 0; i < frame->monitor_count; i++)
        monitors[i] = make_rect(&frame->monitors[i]);
    if (frame->monitor_count == self->n_monitors &&
        memcmp(monitors, self->monitors, sizeof(monitors)) == 0)
        return;
    memcpy(self->monitors, monitors, sizeof(monitors));
    self->n_monitors = frame->monitor_count;
    vitrine_session_set_monitors(VITRINE_SESSION(self), monitors, self->n_monitors);
}

/* Whoever is told may close the session. */
static void show_frame(VitrineLocalSession *self)
{
    gboolean is_new = self->picture >= 0;
    const char *problem = take_picture(self);

    drop_picture(self);
    if (problem) {
        fail(self, problem);
        return;
    }
    self->has_asked = FALSE;
    vitrine_session_set_n_contacts(VITRINE_SESSION(self), self->frame.contact_count);
    take_monitors(self);
    if (is_new)
        vitrine_session_tell_resized(VITRINE_SESSION(self));
    for (guint i = 0; i < self->frame.rect_count && self->fd >= 0; i++) {
        VitrineRect rect = make_rect(&self->frame.rects[i]);

        vitrine_session_damage(VITRINE_SESSION(self), &rect);
    }
    /* Nothing will be painted, after which more would be asked for. */
    if (self->frame.rect_count == 0)
        ask(self);
}

/* Keeps the first descriptor that came. FALSE if there are more: none of those is left open. */
static gboolean take_descriptors(VitrineLocalSession *self, struct msghdr *message)
{
    gboolean is_well = !(message->msg_flags & MSG_CTRUNC);

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        gsize size = part->cmsg_len - CMSG_LEN(0);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (gsize at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
            if (self->picture < 0) {
                self->picture = fd;
                continue;
            }
            close(fd);
            is_well = FALSE;
        }
    }
    return is_well;
}

/* What there is of one frame. FALSE: the server is gone, or talks nonsense. */
static gboolean receive(VitrineLocalSession *self)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {(char *)&self->frame + self->received,
                         sizeof(self->frame) - self->received};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    gssize got = recvmsg(self->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    self->received += (gsize)got;
    return take_descriptors(self, &message) && got > 0;
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
    g_autoptr(VitrineLocalSession) self = g_object_ref(VITRINE_LOCAL_SESSION(data));

    if (!receive(self)) {
        fail(self, _("The guest’s display server hung up."));
    } else if (self->received == sizeof(self->frame)) {
        self->received = 0;
        show_frame(self);
    }
    return G_SOURCE_CONTINUE; /* who closed it has removed this */
}

/* --- the object --- */

static void vitrine_local_session_class_init(VitrineLocalSessionClass *klass)
{
    VitrineSessionClass *session_class = VITRINE_SESSION_CLASS(klass);

    session_class->close = vitrine_local_session_close;
    session_class->request_update = vitrine_local_session_request_update;
    session_class->send_key = vitrine_local_session_send_key;
    session_class->send_pointer = vitrine_local_session_send_pointer;
    session_class->send_touch = vitrine_local_session_send_touch;
}

static void vitrine_local_session_init(VitrineLocalSession *self)
{
    self->fd = self->picture = -1;
}

/* Speaks with the display server on the connected socket @fd, which it closes at the end. */
VitrineSession *vitrine_local_session_new(int fd)
{
    VitrineLocalSession *self = g_object_new(VITRINE_TYPE_LOCAL_SESSION, NULL);

    self->fd = fd;
    self->readable = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);
    ask(self);
    return VITRINE_SESSION(self);
}
