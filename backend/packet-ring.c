/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two pages that a front end of displif or sndif shares with us. */
#include "backend/packet-ring.h"

#include <stddef.h>
#include <string.h>

#include <xen/io/displif.h>
#include <xen/io/sndif.h>

#include "backend/shared-page.h"

/* Both ABIs have the same page of events, which we see as displif's. */
struct packet_event_page {
    struct xendispl_event_page header;
    struct packet events[PACKET_EVENTS_LENGTH];
};

_Static_assert(sizeof(struct packet) == PACKET_SIZE, "packet size");
_Static_assert(sizeof(struct xendispl_req) == PACKET_SIZE &&
                   sizeof(struct xendispl_resp) == PACKET_SIZE &&
                   sizeof(struct xendispl_evt) == PACKET_SIZE,
               "displif packet size");
_Static_assert(sizeof(struct xensnd_req) == PACKET_SIZE &&
                   sizeof(struct xensnd_resp) == PACKET_SIZE &&
                   sizeof(struct xensnd_evt) == PACKET_SIZE,
               "sndif packet size");
_Static_assert(offsetof(struct packet_sring, ring) +
                       PACKET_RING_LENGTH * sizeof(union packet_sring_entry) <=
                   SHARED_PAGE_SIZE,
               "packet ring length");
_Static_assert(offsetof(struct packet_event_page, events) == XENDISPL_IN_RING_OFFS &&
                   XENDISPL_IN_RING_LEN == PACKET_EVENTS_LENGTH &&
                   XENSND_IN_RING_OFFS == XENDISPL_IN_RING_OFFS &&
                   XENSND_IN_RING_LEN == PACKET_EVENTS_LENGTH &&
                   offsetof(struct xensnd_event_page, in_prod) ==
                       offsetof(struct xendispl_event_page, in_prod),
               "event page");
_Static_assert(offsetof(struct xendispl_evt, id) == 0 && offsetof(struct xensnd_evt, id) == 0 &&
                   sizeof(((struct xendispl_evt *)0)->id) == sizeof(uint16_t) &&
                   sizeof(((struct xensnd_evt *)0)->id) == sizeof(uint16_t),
               "event id");

static union packet_sring_entry *entry(struct packet_ring *ring, uint32_t index)
{
    return &ring->page->ring[index % PACKET_RING_LENGTH];
}

/* All that was asked was answered at once, so both go on from the answers. */
void packet_ring_attach(struct packet_ring *ring, void *page)
{
    ring->page = page;
    ring->prod = shared_index_read(&ring->page->rsp_prod);
    ring->cons = ring->prod;
}

enum packet_take packet_ring_take(struct packet_ring *ring, void *ret_request)
{
    uint32_t prod = shared_index_read(&ring->page->req_prod);

    if (prod == ring->cons) {
        /* Ask to be notified, and look once more: the guest may have been faster. */
        shared_index_write(&ring->page->req_event, ring->cons + 1);
        prod = shared_index_read(&ring->page->req_prod);
    }
    if (prod == ring->cons)
        return PACKET_TAKE_EMPTY;
    if (prod - ring->cons > PACKET_RING_LENGTH) {
        ring->cons = prod;
        ring->prod = prod;
        shared_index_write(&ring->page->rsp_prod, prod);
        return PACKET_TAKE_BROKEN;
    }
    shared_read(ret_request, &entry(ring, ring->cons)->req, PACKET_SIZE);
    ring->cons++;
    return PACKET_TAKE_REQUEST;
}

bool packet_ring_answer(struct packet_ring *ring, const void *response)
{
    shared_write(&entry(ring, ring->prod)->rsp, response, PACKET_SIZE);
    shared_index_write(&ring->page->rsp_prod, ++ring->prod);
    /* The guest waits for the answer that it names: was it this one? */
    return shared_index_read(&ring->page->rsp_event) == ring->prod;
}

void packet_events_attach(struct packet_events *events, void *page)
{
    struct xendispl_event_page *header = page;
    uint32_t cons = shared_index_read(&header->in_cons);

    events->page = page;
    events->prod = shared_index_read(&header->in_prod);
    if (events->prod - cons > PACKET_EVENTS_LENGTH) {
        events->prod = cons;
        shared_index_write(&header->in_prod, cons);
    }
}

bool packet_events_push(struct packet_events *events, const void *event)
{
    struct packet_event_page *page = events->page;
    uint16_t id = (uint16_t)events->prod;
    struct packet packet;

    if (events->prod - shared_index_read(&page->header.in_cons) >= PACKET_EVENTS_LENGTH)
        return false;
    memcpy(&packet, event, sizeof(packet));
    memcpy(&packet, &id, sizeof(id));
    shared_write(&page->events[events->prod % PACKET_EVENTS_LENGTH], &packet, sizeof(packet));
    shared_index_write(&page->header.in_prod, ++events->prod);
    return true;
}
