/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ends of a vchan in one process. */
#include "fake-vchan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <glib.h>

#define ORDER 16
#define SIZE  (1u << ORDER)

/* What a xenevtchn_handle is here. */
struct fake_event {
    int own, peer;
    bool server;
};

static struct {
    struct vchan_interface page;
    uint8_t left[SIZE], right[SIZE];
    char *path;
    int fds[2]; /* of the server, of the client */
    unsigned events;
} fake;

static struct libxenvchan *new_end(bool server)
{
    struct libxenvchan *end = g_new0(struct libxenvchan, 1);
    struct fake_event *event = g_new0(struct fake_event, 1);

    event->server = server;
    event->own = fake.fds[server ? 0 : 1];
    event->peer = fake.fds[server ? 1 : 0];
    end->ring = &fake.page;
    end->event = (xenevtchn_handle *)event;
    end->is_server = server;
    end->read.order = end->write.order = ORDER;
    end->read.shr = server ? &fake.page.left : &fake.page.right;
    end->read.buffer = server ? fake.left : fake.right;
    end->write.shr = server ? &fake.page.right : &fake.page.left;
    end->write.buffer = server ? fake.right : fake.left;
    end->blocking = 1; /* as memory that was not cleared may have it */
    return end;
}

int xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port)
{
    const struct fake_event *event = (const struct fake_event *)handle;

    if (!event->server)
        fake.events++;
    return eventfd_write(event->peer, 1);
}

struct libxenvchan *libxenvchan_server_init(struct xentoollog_logger *logger, int domain,
                                            const char *path, size_t left, size_t right)
{
    g_assert_cmpuint(left, ==, SIZE);
    g_assert_cmpuint(right, ==, SIZE);
    g_assert_null(fake.path);
    memset(&fake.page, 0, sizeof(fake.page));
    fake.page.cli_live = 2;
    fake.page.srv_live = 1;
    fake.page.cli_notify = VCHAN_NOTIFY_WRITE;
    fake.path = g_strdup(path);
    fake.fds[0] = eventfd(0, EFD_CLOEXEC);
    fake.fds[1] = eventfd(0, EFD_CLOEXEC);
    fake.events = 0;
    return new_end(true);
}

struct libxenvchan *libxenvchan_client_init(struct xentoollog_logger *logger, int domain,
                                            const char *path)
{
    struct libxenvchan *end;

    g_assert_cmpstr(path, ==, fake.path);
    end = new_end(false);
    fake.page.cli_live = 1;
    fake.page.srv_notify = VCHAN_NOTIFY_WRITE;
    xenevtchn_notify(end->event, 0);
    return end;
}

static void ask_notice(struct libxenvchan *end, uint8_t bit)
{
    if (end->is_server)
        fake.page.cli_notify |= bit;
    else
        fake.page.srv_notify |= bit;
}

static void give_notice(struct libxenvchan *end, uint8_t bit)
{
    uint8_t *wanted = end->is_server ? &fake.page.srv_notify : &fake.page.cli_notify;

    if (*wanted & bit)
        xenevtchn_notify(end->event, 0);
    *wanted &= (uint8_t)~bit;
}

int libxenvchan_is_open(struct libxenvchan *end)
{
    return end->is_server ? fake.page.cli_live : fake.page.srv_live;
}

int libxenvchan_read(struct libxenvchan *end, void *to, size_t size)
{
    uint32_t ready = end->read.shr->prod - end->read.shr->cons;
    uint8_t *octets = to;

    g_assert_false(end->blocking);
    if (ready < size)
        ask_notice(end, VCHAN_NOTIFY_WRITE);
    if (ready == 0 || ready > SIZE)
        return libxenvchan_is_open(end) ? 0 : -1;
    size = MIN(size, ready);
    for (size_t i = 0; i < size; i++)
        octets[i] = ((uint8_t *)end->read.buffer)[(end->read.shr->cons + i) % SIZE];
    end->read.shr->cons += (uint32_t)size;
    give_notice(end, VCHAN_NOTIFY_READ);
    return (int)size;
}

int libxenvchan_write(struct libxenvchan *end, const void *from, size_t size)
{
    uint32_t space = SIZE - (end->write.shr->prod - end->write.shr->cons);
    const uint8_t *octets = from;

    g_assert_false(end->blocking);
    if (!libxenvchan_is_open(end))
        return -1;
    if (space < size)
        ask_notice(end, VCHAN_NOTIFY_READ);
    if (space == 0 || space > SIZE)
        return 0;
    size = MIN(size, space);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)end->write.buffer)[(end->write.shr->prod + i) % SIZE] = octets[i];
    end->write.shr->prod += (uint32_t)size;
    give_notice(end, VCHAN_NOTIFY_WRITE);
    return (int)size;
}

int libxenvchan_fd_for_select(struct libxenvchan *end)
{
    return ((struct fake_event *)end->event)->own;
}

int libxenvchan_wait(struct libxenvchan *end)
{
    eventfd_t count;

    return eventfd_read(libxenvchan_fd_for_select(end), &count);
}

static void free_end(struct libxenvchan *end)
{
    g_free(end->event);
    g_free(end);
}

void libxenvchan_close(struct libxenvchan *end)
{
    if (end->is_server)
        fake.page.srv_live = 0;
    else
        fake.page.cli_live = 0;
    xenevtchn_notify(end->event, 0);
    if (end->is_server) {
        g_clear_pointer(&fake.path, g_free);
        close(fake.fds[0]);
        close(fake.fds[1]);
    }
    free_end(end);
}

void fake_vchan_kill_client(struct libxenvchan *client)
{
    libxenvchan_close(client);
}

void fake_vchan_forget_client(struct libxenvchan *client)
{
    free_end(client);
}

const char *fake_vchan_path(void)
{
    return fake.path;
}

unsigned fake_vchan_events(void)
{
    return fake.events;
}
