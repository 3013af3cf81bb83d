/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two pages that a PV DRM connector shares with us. */
#include "backend/displif-ring.h"

#include <stddef.h>

#include "backend/shared-page.h"

_Static_assert(offsetof(struct xen_displif_sring, ring) +
                       DISPLIF_RING_LENGTH * sizeof(union xen_displif_sring_entry) <=
                   SHARED_PAGE_SIZE,
               "displif ring length");

static union xen_displif_sring_entry *entry(struct displif_ring *ring, uint32_t index)
{
    return &ring->page->ring[index % DISPLIF_RING_LENGTH];
}

/* All that was asked was answered at once, so both go on from the answers. */
void displif_ring_attach(struct displif_ring *ring, struct xen_displif_sring *page)
{
    ring->page = page;
    ring->prod = shared_index_read(&page->rsp_prod);
    ring->cons = ring->prod;
}

enum displif_take displif_ring_take(struct displif_ring *ring, struct xendispl_req *ret_request)
{
    uint32_t prod = shared_index_read(&ring->page->req_prod);

    if (prod == ring->cons) {
        /* Ask to be notified, and look once more: the guest may have been faster. */
        shared_index_write(&ring->page->req_event, ring->cons + 1);
        prod = shared_index_read(&ring->page->req_prod);
    }
    if (prod == ring->cons)
        return DISPLIF_TAKE_EMPTY;
    if (prod - ring->cons > DISPLIF_RING_LENGTH) {
        ring->cons = prod;
        ring->prod = prod;
        shared_index_write(&ring->page->rsp_prod, prod);
        return DISPLIF_TAKE_BROKEN;
    }
    shared_read(ret_request, &entry(ring, ring->cons)->req, sizeof(*ret_request));
    ring->cons++;
    return DISPLIF_TAKE_REQUEST;
}

bool displif_ring_answer(struct displif_ring *ring, const struct xendispl_resp *response)
{
    shared_write(&entry(ring, ring->prod)->rsp, response, sizeof(*response));
    shared_index_write(&ring->page->rsp_prod, ++ring->prod);
    /* The guest waits for the answer that it names: was it this one? */
    return shared_index_read(&ring->page->rsp_event) == ring->prod;
}

void displif_events_attach(struct displif_events *events, struct xendispl_event_page *page)
{
    uint32_t cons = shared_index_read(&page->in_cons);

    events->page = page;
    events->prod = shared_index_read(&page->in_prod);
    if (events->prod - cons > XENDISPL_IN_RING_LEN) {
        events->prod = cons;
        shared_index_write(&page->in_prod, cons);
    }
}

bool displif_events_push(struct displif_events *events, const struct xendispl_evt *event)
{
    if (events->prod - shared_index_read(&events->page->in_cons) >= XENDISPL_IN_RING_LEN)
        return false;
    shared_write(&XENDISPL_IN_RING_REF(events->page, events->prod), event, sizeof(*event));
    shared_index_write(&events->page->in_prod, ++events->prod);
    return true;
}
