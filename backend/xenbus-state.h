/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The xenbus handshake, seen from the back end, as a table.
 *
 *   front end          back end
 *   1 Initialising     2 InitWait     feature keys are there; the front end sets up its page
 *   3 Initialised  ->  4 Connected    we map it
 *   4 Connected        4 Connected    (Linux goes to 4 as soon as it sees our 2 or 4)
 *   5 Closing      ->  5 Closing      we let go of everything
 *   6 Closed       ->  6 Closed
 *   1 Initialising ->  2 InitWait     and round again: a new driver, or a new kernel after kexec
 */
#ifndef BACKEND_XENBUS_STATE_H
#define BACKEND_XENBUS_STATE_H

#include <stdbool.h>

#include <xen/io/xenbus.h>

enum xenbus_step {
    XENBUS_STAY,       /* nothing to do */
    XENBUS_WAIT,       /* let go; our state becomes InitWait */
    XENBUS_CONNECT,    /* map; our state becomes Connected, or Closing if that fails */
    XENBUS_RECONNECT,  /* let go of the old page first, then as above */
    XENBUS_CLOSING,    /* let go; our state becomes Closing */
    XENBUS_CLOSED,     /* let go; our state becomes Closed */
    XENBUS_DISCONNECT, /* let go; the front end's nodes are gone, and so is it */
};

struct xenbus_view {
    enum xenbus_state front;      /* as the guest says now; Unknown if it says nothing */
    enum xenbus_state front_last; /* as it said when we last took a step */
    enum xenbus_state back;       /* ours */
    bool connected;               /* we have the front end's page mapped */
};

enum xenbus_step xenbus_next_step(const struct xenbus_view *view);

/* A guest's text as a state: Unknown if it is no number from 0 to 8. Accepts NULL. */
enum xenbus_state xenbus_state_parse(const char *text);

#endif
