/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be sent to a display server, if that does not listen at once: nobody waits for it. Of
 * a pointer or a finger that moves on and on, the last place is enough.
 */
#include "viewer/local-outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static gboolean replaces(const struct local_request *old, const struct local_request *new)
{
    return old->type == LOCAL_POINTER && new->type == LOCAL_POINTER &&
           old->pointer.buttons == new->pointer.buttons;
}

static gboolean is_touch_motion(const struct local_request *request)
{
    return request->type == LOCAL_TOUCH && request->touch.phase == LOCAL_TOUCH_MOTION;
}

/*
 * The request of which none was sent yet and in whose place the new one can go, or NULL: the last
 * one, or, of a finger, one that other fingers only have moved since. Of those each has one at
 * most.
 */
static struct local_request *find_older(VitrineLocalOutbox *self, const struct local_request *new)
{
    guint unsent = self->begin + (self->sent > 0);

    if (self->end > unsent && replaces(&self->requests[self->end - 1], new))
        return &self->requests[self->end - 1];
    for (guint i = self->end; i > unsent && is_touch_motion(new); i--) {
        struct local_request *old = &self->requests[i - 1];

        if (!is_touch_motion(old))
            break;
        if (old->touch.contact == new->touch.contact)
            return old;
    }
    return NULL;
}

static void move_to_front(VitrineLocalOutbox *self)
{
    memmove(self->requests, self->requests + self->begin,
            (self->end - self->begin) * sizeof(self->requests[0]));
    self->end -= self->begin;
    self->begin = 0;
}

/* FALSE if there is no room for it. */
gboolean vitrine_local_outbox_add(VitrineLocalOutbox *self, const struct local_request *request)
{
    struct local_request *older = find_older(self, request);

    if (older) {
        *older = *request;
        return TRUE;
    }
    if (self->end == VITRINE_LOCAL_OUTBOX_MAX)
        move_to_front(self);
    if (self->end == VITRINE_LOCAL_OUTBOX_MAX)
        return FALSE;
    self->requests[self->end++] = *request;
    return TRUE;
}

static void drop_sent(VitrineLocalOutbox *self, gsize bytes)
{
    self->sent += bytes;
    self->begin += self->sent / sizeof(self->requests[0]);
    self->sent %= sizeof(self->requests[0]);
    if (self->begin == self->end)
        self->begin = self->end = 0;
}

/* Sends to the socket @fd what it takes without waiting. FALSE if there is nobody any more. */
gboolean vitrine_local_outbox_send(VitrineLocalOutbox *self, int fd)
{
    while (!vitrine_local_outbox_is_empty(self)) {
        gsize size = (self->end - self->begin) * sizeof(self->requests[0]) - self->sent;
        gssize done = send(fd, (const char *)&self->requests[self->begin] + self->sent, size,
                           MSG_DONTWAIT | MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno == EAGAIN;
        drop_sent(self, (gsize)done);
    }
    return TRUE;
}

gboolean vitrine_local_outbox_is_empty(const VitrineLocalOutbox *self)
{
    return self->begin == self->end;
}
