/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels in the main loop, with a bound on how often a guest may wake us.
 *
 * A port stays masked from the moment it fires until its handler has run and its throttle allows
 * the next one; a guest that sends without end meets a masked port, and costs nothing.
 */
#ifndef BACKEND_EVENTS_H
#define BACKEND_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>

struct events;
struct event_port;

/* Takes @handle, which event ports go through and which events_free() closes. */
struct events *events_new(xenevtchn_handle *handle);

/* All ports must be gone. Accepts NULL. */
void events_free(struct events *events);

/*
 * Binds the guest's @remote port and calls @fired from the main loop when the guest has notified
 * us. If @fired returns false the port stays masked until event_port_resume(). NULL with errno set
 * on failure.
 */
struct event_port *event_port_bind(struct events *events, uint32_t domid, uint32_t remote,
                                   bool (*fired)(void *data), void *data);

/* Runs the handler once, as if the guest had notified us, and lets the port fire again. */
void event_port_resume(struct event_port *port);

void event_port_notify(struct event_port *port);

/* Unbinds. Not from within the port's own handler. Accepts NULL. */
void event_port_free(struct event_port *port);

#endif
