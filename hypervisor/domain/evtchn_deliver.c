/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an event reaches the guest in the 2-level layout: a pending and a mask bit a port, in the
 * shared page; a selector bit for each word of ports and a flag, in the vCPU's vcpu_info.
 *
 * The order is the protocol. The guest clears the flag, takes the selector, then looks at the
 * words it names; so here the bit is set first, then the selector, then the flag, and each step
 * that finds its bit set already leaves the rest to whoever set it. All of this is memory that the
 * guest writes to as it likes: nothing read from it is used as more than a bit. */
#include "domain/evtchn.h"

#include "domain/shared_page.h"

/* Tells a vCPU that the port's word has something for it. */
static void select_word(struct vcpu *v, evtchn_port_t port)
{
    /* Read after the port's bit was set: see vcpu_info_register. */
    vcpu_info_t *info = __atomic_load_n(&v->info, __ATOMIC_SEQ_CST);
    const struct shared_layout *layout = shared_layout(v->domain);

    if (atomic_bit_test_and_set((uint64_t *)info, layout->selector + port / layout->word_bits))
        return;
    /* A byte's exchange: the mask is in the byte beside it. */
    if (!__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
}

/* The vCPU that an event is for. A port may be made before the first vCPU is; that one finds the
 * bit when it comes. */
static struct vcpu *port_vcpu(const struct domain *d, unsigned int vcpu)
{
    return vcpu < d->max_vcpus ? d->vcpu[vcpu] : NULL;
}

void evtchn_deliver(struct domain *d, evtchn_port_t port, const uint16_t *vcpu)
{
    struct vcpu *v;

    if (atomic_bit_test_and_set(shared_pending(d), port))
        return;
    /* Which vCPU is looked up once the bit is there. A guest that gives a port to another vCPU masks
     * it meanwhile, and finds the bit as it unmasks it; or we find the new vCPU. Looked up before, the
     * event could go to the old one, which no longer looks at the port, and the bit would keep all
     * later ones back. */
    v = port_vcpu(d, READ_ONCE(*vcpu));
    if (v && !bit_test(shared_mask(d), port))
        select_word(v, port);

    /* Whoever begins to poll sets its ports up and counts itself before it looks at the bit. */
    if (__atomic_load_n(&d->events.pollers, __ATOMIC_SEQ_CST)) {
        for_each_vcpu(d, v)
            vcpu_poll_event(v, port);
    }
}

void evtchn_deliver_unmasked(struct domain *d, evtchn_port_t port, unsigned int vcpu)
{
    struct vcpu *v = port_vcpu(d, vcpu);

    if (!atomic_bit_test_and_clear(shared_mask(d), port))
        return;
    if (v && bit_test(shared_pending(d), port))
        select_word(v, port);
}

bool evtchn_port_pending(const struct domain *d, evtchn_port_t port)
{
    return bit_test(shared_pending(d), port);
}
