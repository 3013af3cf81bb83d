/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vchan that a guest's tool finds in its own part of xenstore. */
#include "vchan.h"

#include <errno.h>

#include <libxenvchan.h>

#include <glib-unix.h>

#include "backend/throttle.h"

/* Of each direction. As it is in pages that all guests share, it is no larger than it need be. */
#define RING_SIZE (64 * 1024)

/* Fast devices have about ten a millisecond. */
#define WAKEUPS_PER_WINDOW 2000
#define WINDOW_US          (100 * 1000)

/* What a server's side of the page says of the client (xen/io/libxenvchan.h). */
enum {
    CLIENT_GONE = 0,
    CLIENT_NONE_YET = 2,
};

struct vchan {
    struct libxenvchan *ends;
    void (*changed)(void *data);
    void *data;
    guint source;
    struct throttle throttle;
};

static int vchan_read(void *stream, void *to, size_t size)
{
    struct vchan *vchan = stream;

    return libxenvchan_read(vchan->ends, to, size);
}

static int vchan_write(void *stream, const void *from, size_t size)
{
    struct vchan *vchan = stream;

    return libxenvchan_write(vchan->ends, from, size);
}

const struct link_stream vchan_stream = {.read = vchan_read, .write = vchan_write};

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data);

static void wait_for_event(struct vchan *vchan)
{
    vchan->source =
        g_unix_fd_add(libxenvchan_fd_for_select(vchan->ends), G_IO_IN, on_readable, vchan);
}

static gboolean on_rested(gpointer data)
{
    wait_for_event(data);
    return G_SOURCE_REMOVE;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct vchan *vchan = data;
    int64_t wait_us = throttle_take(&vchan->throttle, g_get_monotonic_time());

    if (wait_us > 0) {
        vchan->source = g_timeout_add((guint)(wait_us / 1000 + 1), on_rested, vchan);
        return G_SOURCE_REMOVE;
    }
    if (libxenvchan_wait(vchan->ends) == 0)
        vchan->changed(vchan->data);
    return G_SOURCE_CONTINUE;
}

struct vchan *vchan_new(uint32_t domid, void (*changed)(void *data), void *data, char **ret_problem)
{
    g_autofree char *path = g_strdup_printf("/local/domain/%u/data/vitrine/usb", domid);
    struct vchan *vchan = g_new0(struct vchan, 1);

    vchan->ends = libxenvchan_server_init(NULL, (int)domid, path, RING_SIZE, RING_SIZE);
    if (!vchan->ends) {
        *ret_problem =
            g_strdup_printf("Can't offer a vchan to domain %u: %s. It needs the kernel's "
                            "modules xen-gntalloc and xen-evtchn, and xenstored.",
                            domid, g_strerror(errno));
        g_free(vchan);
        return NULL;
    }
    vchan->ends->blocking = 0;
    g_unix_set_fd_nonblocking(libxenvchan_fd_for_select(vchan->ends), TRUE, NULL);
    vchan->changed = changed;
    vchan->data = data;
    vchan->throttle = (struct throttle){.limit = WAKEUPS_PER_WINDOW, .window_us = WINDOW_US};
    wait_for_event(vchan);
    return vchan;
}

void vchan_free(struct vchan *vchan)
{
    if (!vchan)
        return;
    g_source_remove(vchan->source);
    libxenvchan_close(vchan->ends);
    g_free(vchan);
}

bool vchan_is_open(const struct vchan *vchan)
{
    return libxenvchan_is_open(vchan->ends) != CLIENT_GONE;
}

void vchan_hang_up(struct vchan *vchan)
{
    __atomic_store_n(&vchan->ends->ring->srv_live, 0, __ATOMIC_SEQ_CST);
    xenevtchn_notify(vchan->ends->event, vchan->ends->event_port);
}

/* The indices first: who comes meanwhile finds either what was, and gives up, or what shall be. */
void vchan_renew(struct vchan *vchan)
{
    struct vchan_interface *ring = vchan->ends->ring;
    uint8_t gone = CLIENT_GONE;

    ring->left.cons = ring->left.prod = 0;
    ring->right.cons = ring->right.prod = 0;
    ring->cli_notify = VCHAN_NOTIFY_WRITE;
    __atomic_store_n(&ring->srv_live, 1, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(&ring->cli_live, &gone, CLIENT_NONE_YET, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
}
