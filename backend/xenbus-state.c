/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The xenbus handshake, seen from the back end. */
#include "backend/xenbus-state.h"

#include <stddef.h>

/* A front end that has a page to offer, and what we make of it. */
static enum xenbus_step offered(const struct xenbus_view *view)
{
    /* Back from Connected to Initialised: a guest that was resumed made itself a new page. */
    if (view->connected)
        return view->front == XenbusStateInitialised && view->front_last == XenbusStateConnected
                   ? XENBUS_RECONNECT
                   : XENBUS_STAY;
    /* After we closed, it has to begin anew: the page that it still names may be freed memory. */
    if (view->back == XenbusStateClosing || view->back == XenbusStateClosed)
        return XENBUS_STAY;
    return XENBUS_CONNECT;
}

enum xenbus_step xenbus_next_step(const struct xenbus_view *view)
{
    switch (view->front) {
    case XenbusStateInitialising:
    case XenbusStateInitWait:
        return view->back == XenbusStateInitWait && !view->connected ? XENBUS_STAY : XENBUS_WAIT;
    case XenbusStateInitialised:
    case XenbusStateConnected:
        return offered(view);
    case XenbusStateClosing:
        return view->back == XenbusStateClosing || view->back == XenbusStateClosed ? XENBUS_STAY
                                                                                   : XENBUS_CLOSING;
    case XenbusStateClosed:
        return view->back == XenbusStateClosed ? XENBUS_STAY : XENBUS_CLOSED;
    default:
        return view->connected ? XENBUS_DISCONNECT : XENBUS_STAY;
    }
}

enum xenbus_state xenbus_state_parse(const char *text)
{
    if (!text || text[0] < '0' || text[0] > '8' || text[1] != '\0')
        return XenbusStateUnknown;
    return (enum xenbus_state)(text[0] - '0');
}
