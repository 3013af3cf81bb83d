/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the vchan and the kernel. */
#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/usb/ch9.h>

#include "vhci.h"

/* With so much still to be sent, the kernel has to wait with more. */
#define BACKLOG_MAX (128 * 1024)

#define PIECE 16384

/* Of one device and one bridge_run(). */
#define PIECES_MAX 16

struct device {
    bool attached;
    int socket; /* our end */
    unsigned port;
};

struct bridge {
    const char *directory;
    struct link *link;
    bool met;
    struct device devices[FRAME_CHANNELS];
};

/* Takes it away from the kernel, which may have let go already. */
static void drop_device(struct bridge *bridge, unsigned channel)
{
    struct device *device = &bridge->devices[channel];

    if (!device->attached)
        return;
    vhci_detach(bridge->directory, device->port);
    close(device->socket);
    device->attached = false;
    fprintf(stderr, "The device at port %u is gone.\n", device->port);
}

static int give_to_kernel(struct bridge *bridge, unsigned channel, uint32_t devid, uint32_t speed)
{
    struct device *device = &bridge->devices[channel];
    int ends[2], error;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return -errno;
    error = vhci_attach(bridge->directory, ends[1], devid, speed, &device->port);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return error;
    }
    /* Only our end: the kernel waits at its own. */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    device->socket = ends[0];
    device->attached = true;
    return 0;
}

static bool is_speed(uint32_t speed)
{
    return speed == USB_SPEED_LOW || speed == USB_SPEED_FULL || speed == USB_SPEED_HIGH ||
           speed == USB_SPEED_SUPER || speed == USB_SPEED_SUPER_PLUS;
}

static void on_offered(void *data, unsigned channel, uint32_t devid, uint32_t speed)
{
    struct bridge *bridge = data;
    int error = is_speed(speed) ? give_to_kernel(bridge, channel, devid, speed) : -EINVAL;

    if (error)
        fprintf(stderr, "A device could not be attached: %s. Is the module vhci-hcd there?\n",
                strerror(-error));
    else
        fprintf(stderr, "A device was attached at port %u.\n", bridge->devices[channel].port);
    link_answer(bridge->link, channel,
                error == 0         ? FRAME_ATTACHED
                : error == -ENOSPC ? FRAME_FULL
                                   : FRAME_REFUSED);
}

static void on_met(void *data)
{
    struct bridge *bridge = data;

    bridge->met = true;
}

/* Dom0 alone hears of answers; to say one to us is wrong, and link_run() says so. */
static void on_answered(void *data, unsigned channel, enum frame_result result)
{
}

static void on_arrived(void *data, unsigned channel)
{
    /* It is looked at after link_run(). */
}

static void on_left(void *data, unsigned channel)
{
    drop_device(data, channel);
}

static const struct link_owner owner = {
    .met = on_met,
    .offered = on_offered,
    .answered = on_answered,
    .arrived = on_arrived,
    .left = on_left,
};

struct bridge *bridge_new(const char *directory, const struct link_stream *ops, void *stream)
{
    struct bridge *bridge = calloc(1, sizeof(*bridge));

    if (!bridge)
        abort();
    bridge->directory = directory;
    bridge->link = link_new(true, ops, stream, &owner, bridge);
    return bridge;
}

void bridge_free(struct bridge *bridge)
{
    if (!bridge)
        return;
    for (unsigned i = 0; i < FRAME_CHANNELS; i++)
        drop_device(bridge, i);
    link_free(bridge->link);
    free(bridge);
}

bool bridge_is_met(const struct bridge *bridge)
{
    return bridge->met;
}

/* --- a device's octets --- */

static bool would_wait(ssize_t count)
{
    return count < 0 && (errno == EAGAIN || errno == EINTR);
}

/* From dom0 to the kernel. False if the kernel has let go. */
static bool move_in(struct bridge *bridge, unsigned channel)
{
    const struct octets *in = link_in(bridge->link, channel);

    while (in->used > 0) {
        ssize_t count =
            send(bridge->devices[channel].socket, octets_front(in), in->used, MSG_NOSIGNAL);

        if (count < 0)
            return would_wait(count);
        link_used(bridge->link, channel, (size_t)count);
    }
    return true;
}

/* From the kernel to dom0. False if the kernel has let go. */
static bool move_out(struct bridge *bridge, unsigned channel)
{
    char piece[PIECE];

    for (int i = 0; i < PIECES_MAX && link_backlog(bridge->link, channel) < BACKLOG_MAX; i++) {
        ssize_t count = recv(bridge->devices[channel].socket, piece, sizeof(piece), 0);

        if (count <= 0)
            return would_wait(count);
        link_send(bridge->link, channel, piece, (size_t)count);
    }
    return true;
}

static void move_all(struct bridge *bridge)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++)
        if (bridge->devices[i].attached && (!move_in(bridge, i) || !move_out(bridge, i))) {
            drop_device(bridge, i);
            link_leave(bridge->link, i);
        }
}

enum link_state bridge_run(struct bridge *bridge)
{
    enum link_state before = link_run(bridge->link), after;

    if (before == LINK_BROKEN)
        return LINK_BROKEN;
    move_all(bridge);
    /* What the kernel said goes out at once, and so does the credit for what it took. */
    after = link_run(bridge->link);
    return before == LINK_IDLE ? after : before;
}

unsigned bridge_poll(const struct bridge *bridge, struct pollfd *fds)
{
    unsigned count = 0;

    for (unsigned i = 0; i < FRAME_CHANNELS; i++) {
        short events = 0;

        if (!bridge->devices[i].attached)
            continue;
        if (link_in(bridge->link, i)->used > 0)
            events |= POLLOUT;
        if (link_backlog(bridge->link, i) < BACKLOG_MAX)
            events |= POLLIN;
        /* That the kernel has let go of one that has to wait is seen when it need not any more. */
        fds[count++] = (struct pollfd){
            .fd = events ? bridge->devices[i].socket : -1,
            .events = events,
        };
    }
    return count;
}
