/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both backends share: events on their way from the worker's thread to the main one. */
#include "backend.h"

typedef enum { EVENT_STOPPED, EVENT_GONE, EVENT_CHANGED } EventKind;

typedef struct {
    Backend *backend;
    EventKind kind;
    int domid;
    StopReason reason;
} Event;

static gboolean deliver(gpointer data)
{
    Event *event = data;
    const BackendEvents *events = &event->backend->events;

    switch (event->kind) {
    case EVENT_STOPPED:
        events->stopped(event->domid, event->reason, events->data);
        break;
    case EVENT_GONE:
        events->gone(event->domid, events->data);
        break;
    case EVENT_CHANGED:
        events->changed(events->data);
        break;
    }
    return G_SOURCE_REMOVE;
}

/* Always through the queue, even from the owner's own thread: no event comes out of a call. */
static void send(Backend *backend, EventKind kind, int domid, StopReason reason)
{
    GSource *source = g_idle_source_new();
    Event *event = g_new0(Event, 1);

    event->backend = backend;
    event->kind = kind;
    event->domid = domid;
    event->reason = reason;
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, deliver, event, g_free);
    g_source_attach(source, backend->context);
    g_source_unref(source);
}

void backend_send_stopped(Backend *backend, int domid, StopReason reason)
{
    send(backend, EVENT_STOPPED, domid, reason);
}

void backend_send_gone(Backend *backend, int domid)
{
    send(backend, EVENT_GONE, domid, STOP_POWEROFF);
}

void backend_send_changed(Backend *backend)
{
    send(backend, EVENT_CHANGED, DOMID_NONE, STOP_POWEROFF);
}

void backend_domain_free(BackendDomain *domain)
{
    if (!domain)
        return;
    g_free(domain->name);
    g_free(domain);
}
