/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring through which a guest gets its input events. Pure functions on the shared page. */
#ifndef DISPLAY_DEVICES_KBDIF_RING_H
#define DISPLAY_DEVICES_KBDIF_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/kbdif.h>

struct kbdif_ring {
    struct xenkbd_page *page; /* shared with the guest */
    uint32_t prod;            /* ours; what the guest makes of its copy does not matter */
};

/* Takes over a page, fresh or used by a process before us. */
void kbdif_ring_attach(struct kbdif_ring *ring, struct xenkbd_page *page);

/* Whether @count more events fit. False if the guest has not taken enough events yet, or its index
 * makes no sense. */
bool kbdif_ring_has_space(const struct kbdif_ring *ring, uint32_t count);

/* Appends @event; there must be space. The guest has to be notified afterwards. */
void kbdif_ring_push(struct kbdif_ring *ring, const union xenkbd_in_event *event);

/* No event from guest to us is defined: takes whatever is there, so that the ring stays empty. */
void kbdif_ring_discard_out(struct kbdif_ring *ring);

#endif
