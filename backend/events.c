/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels in the main loop, with a bound on how often a guest may wake us. */
#include "backend/events.h"

#include <glib-unix.h>

#include "backend/throttle.h"

/* Linux sends at most one burst of updates in 50 ms, and one event for every key taken. */
#define WAKEUPS_PER_WINDOW 100
#define WINDOW_US          (100 * 1000)

struct events {
    xenevtchn_handle *handle;
    GHashTable *ports; /* local port number -> struct event_port */
    guint source;
};

struct event_port {
    struct events *events;
    evtchn_port_t local;
    bool (*fired)(void *data);
    void *data;
    struct throttle throttle;
    guint resume_timer;
};

static gboolean on_resume_timer(gpointer data)
{
    struct event_port *port = data;

    port->resume_timer = 0;
    event_port_resume(port);
    return G_SOURCE_REMOVE;
}

/* Masked now. Handles what there is, and unmasks unless the guest has had its share. */
static void run(struct event_port *port)
{
    int64_t wait_us = throttle_take(&port->throttle, g_get_monotonic_time());

    if (wait_us > 0)
        port->resume_timer = g_timeout_add((guint)(wait_us / 1000 + 1), on_resume_timer, port);
    else if (port->fired(port->data))
        xenevtchn_unmask(port->events->handle, port->local);
}

void event_port_resume(struct event_port *port)
{
    if (!port->resume_timer)
        run(port);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct events *events = data;
    xenevtchn_port_or_error_t local = xenevtchn_pending(events->handle);
    struct event_port *port;

    if (local < 0)
        return G_SOURCE_CONTINUE;
    /* An event may still be in the queue of a port that was unbound since. */
    port = g_hash_table_lookup(events->ports, GUINT_TO_POINTER((guint)local));
    if (port)
        event_port_resume(port);
    return G_SOURCE_CONTINUE;
}

struct events *events_new(xenevtchn_handle *handle)
{
    struct events *events = g_new0(struct events, 1);

    events->handle = handle;
    events->ports = g_hash_table_new(NULL, NULL);
    g_unix_set_fd_nonblocking(xenevtchn_fd(handle), TRUE, NULL);
    events->source = g_unix_fd_add(xenevtchn_fd(handle), G_IO_IN, on_readable, events);
    return events;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    g_assert(g_hash_table_size(events->ports) == 0);
    g_source_remove(events->source);
    g_hash_table_unref(events->ports);
    xenevtchn_close(events->handle);
    g_free(events);
}

struct event_port *event_port_bind(struct events *events, uint32_t domid, uint32_t remote,
                                   bool (*fired)(void *data), void *data)
{
    xenevtchn_port_or_error_t local = xenevtchn_bind_interdomain(events->handle, domid, remote);
    struct event_port *port;

    if (local < 0)
        return NULL;
    port = g_new0(struct event_port, 1);
    port->events = events;
    port->local = (evtchn_port_t)local;
    port->fired = fired;
    port->data = data;
    port->throttle = (struct throttle){.limit = WAKEUPS_PER_WINDOW, .window_us = WINDOW_US};
    g_hash_table_insert(events->ports, GUINT_TO_POINTER(port->local), port);
    return port;
}

void event_port_notify(struct event_port *port)
{
    xenevtchn_notify(port->events->handle, port->local);
}

void event_port_free(struct event_port *port)
{
    if (!port)
        return;
    g_clear_handle_id(&port->resume_timer, g_source_remove);
    g_hash_table_remove(port->events->ports, GUINT_TO_POINTER(port->local));
    xenevtchn_unbind(port->events->handle, port->local);
    g_free(port);
}
