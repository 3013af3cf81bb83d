/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an event reaches the guest in the 2-level layout: a pending and a mask bit a port, in the
 * shared page; a selector bit for each word of 64 ports and a flag, in the vCPU's vcpu_info.
 *
 * The order is the protocol. The guest clears the flag, takes the selector, then looks at the
 * words it names; so here the bit is set first, then the selector, then the flag, and each step
 * that finds its bit set already leaves the rest to whoever set it. All of this is memory that the
 * guest writes to as it likes: nothing read from it is used as more than a bit. */
#include "domain/evtchn.h"

#include "domain/domain.h"
#include "domain/vcpu.h"

_Static_assert(sizeof(((shared_info_t *)0)->evtchn_pending[0]) == sizeof(uint64_t),
               "the shared words are those of lib/bits.h");
_Static_assert(sizeof(((shared_info_t *)0)->evtchn_pending) * 8 == EVTCHN_MAX_PORTS,
               "one bit a port");

static uint64_t *pending_words(const struct domain *d)
{
    return (uint64_t *)d->shared_info->evtchn_pending;
}

static uint64_t *mask_words(const struct domain *d)
{
    return (uint64_t *)d->shared_info->evtchn_mask;
}

/* Tells a vCPU that the port's word has something for it. */
static void select_word(struct vcpu *v, evtchn_port_t port)
{
    /* Read after the port's bit was set: see vcpu_info_register. */
    vcpu_info_t *info = __atomic_load_n(&v->info, __ATOMIC_SEQ_CST);

    if (atomic_bit_test_and_set((uint64_t *)&info->evtchn_pending_sel, port / 64))
        return;
    /* A byte's exchange: the mask is in the byte beside it. */
    if (!__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
}

void evtchn_deliver(struct domain *d, evtchn_port_t port, unsigned int vcpu)
{
    /* A port may be made before the first vCPU is; it finds the bit when it comes. */
    struct vcpu *v = vcpu < d->max_vcpus ? d->vcpu[vcpu] : NULL;

    if (atomic_bit_test_and_set(pending_words(d), port))
        return;
    if (v && !bit_test(mask_words(d), port))
        select_word(v, port);

    /* Whoever begins to poll sets its ports up and counts itself before it looks at the bit. */
    if (__atomic_load_n(&d->events.pollers, __ATOMIC_SEQ_CST)) {
        for_each_vcpu(d, v)
            vcpu_poll_event(v, port);
    }
}

void evtchn_deliver_unmasked(struct domain *d, evtchn_port_t port, unsigned int vcpu)
{
    struct vcpu *v = vcpu < d->max_vcpus ? d->vcpu[vcpu] : NULL;

    if (!atomic_bit_test_and_clear(mask_words(d), port))
        return;
    if (v && bit_test(pending_words(d), port))
        select_word(v, port);
}

bool evtchn_port_pending(const struct domain *d, evtchn_port_t port)
{
    return bit_test(pending_words(d), port);
}
