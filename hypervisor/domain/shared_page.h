/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are in what a domain shares with the hypervisor: the shared page and its vCPUs'
 * vcpu_info (public xen.h: shared_info, vcpu_info). A 32-bit kernel's words have half the length, so
 * there are fewer event channels, and what follows them lies elsewhere.
 *
 * Words are little-endian, so the bit of a port is at the same place of its map however long they are. */
#ifndef DOMAIN_SHARED_PAGE_H
#define DOMAIN_SHARED_PAGE_H

#include "domain/domain.h"
#include "domain/vcpu.h"

struct shared_layout {
    unsigned int ports;      /* how many there can be */
    uint16_t pending, mask;  /* bytes from the page's beginning: a bit a port */
    uint16_t wallclock;      /* version, seconds, nanoseconds */
    uint16_t seconds_high;
    uint8_t word_bits;       /* ports of one word, for which the selector has a bit */
    uint8_t selector;        /* in vcpu_info: its first bit */
};

/* The domain's, at this moment. */
const struct shared_layout *shared_layout(const struct domain *d);

static inline uint64_t *shared_pending(const struct domain *d)
{
    return (uint64_t *)((char *)d->shared_info + shared_layout(d)->pending);
}

static inline uint64_t *shared_mask(const struct domain *d)
{
    return (uint64_t *)((char *)d->shared_info + shared_layout(d)->mask);
}

/* The kernel that now runs in this domain has short words, or long ones: brings what is in the page over
 * to its layout. An event that is sent at the same time by somebody else may be lost, and ports that
 * the layout has not are silent; both are the doing of a guest that changes its kernel. Takes the domain's lock. */
void shared_layout_set(struct domain *d, bool short_words);

/* Has the vCPU look at all its ports. */
void shared_select_all(const struct domain *d, vcpu_info_t *info);

#endif
