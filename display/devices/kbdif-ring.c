/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring through which a guest gets its input events. */
#include "devices/kbdif-ring.h"

#include "backend/shared-page.h"

_Static_assert(sizeof(union xenkbd_in_event) == XENKBD_IN_EVENT_SIZE, "kbdif event size");

void kbdif_ring_attach(struct kbdif_ring *ring, struct xenkbd_page *page)
{
    uint32_t cons = shared_index_read(&page->in_cons);

    ring->page = page;
    ring->prod = shared_index_read(&page->in_prod);
    if (ring->prod - cons > XENKBD_IN_RING_LEN) {
        ring->prod = cons;
        shared_index_write(&page->in_prod, cons);
    }
}

bool kbdif_ring_has_space(const struct kbdif_ring *ring, uint32_t count)
{
    uint32_t used = ring->prod - shared_index_read(&ring->page->in_cons);

    return used <= XENKBD_IN_RING_LEN && count <= XENKBD_IN_RING_LEN - used;
}

void kbdif_ring_push(struct kbdif_ring *ring, const union xenkbd_in_event *event)
{
    shared_write(&XENKBD_IN_RING_REF(ring->page, ring->prod), event, sizeof(*event));
    shared_index_write(&ring->page->in_prod, ++ring->prod);
}

void kbdif_ring_discard_out(struct kbdif_ring *ring)
{
    shared_index_write(&ring->page->out_cons, shared_index_read(&ring->page->out_prod));
}
