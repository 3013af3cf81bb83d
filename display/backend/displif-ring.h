/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two pages that a PV DRM connector shares with us: requests and responses in one, events in
 * the other. Our own indices are kept in our memory; the guest's are checked.
 */
#ifndef DISPLAY_BACKEND_DISPLIF_RING_H
#define DISPLAY_BACKEND_DISPLIF_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/displif.h>

/* As many as fit: a power of two (xen/io/ring.h, __RING_SIZE). */
#define DISPLIF_RING_LENGTH 32

struct displif_ring {
    struct xen_displif_sring *page;
    uint32_t cons; /* requests that we have taken */
    uint32_t prod; /* responses that we have given */
};

enum displif_take {
    DISPLIF_TAKE_EMPTY,   /* and the guest will notify us of the next one */
    DISPLIF_TAKE_REQUEST, /* one was copied */
    DISPLIF_TAKE_BROKEN,  /* the guest's index makes no sense: all was skipped */
};

/* Takes up where a process before us may have left the page. */
void displif_ring_attach(struct displif_ring *ring, struct xen_displif_sring *page);

enum displif_take displif_ring_take(struct displif_ring *ring, struct xendispl_req *ret_request);

/*
 * Answers the request taken last: never more answers than requests. True if the guest wants to be
 * notified.
 */
bool displif_ring_answer(struct displif_ring *ring, const struct xendispl_resp *response);

struct displif_events {
    struct xendispl_event_page *page;
    uint32_t prod;
};

void displif_events_attach(struct displif_events *events, struct xendispl_event_page *page);

/* False if the guest has not taken what is there: then the event is lost. */
bool displif_events_push(struct displif_events *events, const struct xendispl_evt *event);

#endif
