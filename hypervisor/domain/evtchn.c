/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels: which ports a domain has, what each is bound to, and the changes between those
 * states. How a set bit reaches the guest is in evtchn_deliver.c. */
#include "domain/evtchn.h"

#include "domain/shared_page.h"
#include "domain/vcpu.h"
#include "memory/allocator.h"

_Static_assert(EVTCHN_MAX_PORTS == EVTCHN_2L_NR_CHANNELS, "the 2-level layout's limit");
_Static_assert(NR_VIRQS_ == NR_VIRQS, "one slot a VIRQ");

#define CHANNEL_PAGE_SIZE (EVTCHNS_PER_PAGE * sizeof(struct evtchn))

const struct evtchn_pirq_ops *evtchn_pirq_ops;
void (*evtchn_internal_event)(struct domain *d, unsigned int vcpu);

/* The channel of a port number that a guest gave; NULL if there is none. */
static struct evtchn *channel(const struct domain *d, evtchn_port_t port)
{
    const struct evtchn_table *t = &d->events;
    struct evtchn *page;

    if (port == 0 || port > t->max_port)
        return NULL;
    page = READ_ONCE(t->page[port / EVTCHNS_PER_PAGE]);
    return page ? &page[port % EVTCHNS_PER_PAGE] : NULL;
}

/* The same, but only if it is the domain's own to use. */
static struct evtchn *own_channel(const struct domain *d, evtchn_port_t port)
{
    struct evtchn *chn = channel(d, port);

    return chn && !chn->internal ? chn : NULL;
}

/* The vCPU of a number that a guest gave; NULL if there is none. */
static struct vcpu *vcpu_of(const struct domain *d, uint32_t id)
{
    return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static bool virq_is_per_vcpu(uint32_t virq)
{
    return virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_XENOPROF ||
           virq == VIRQ_XENPMU;
}

static void lock_both(struct domain *a, struct domain *b)
{
    spin_lock(a < b ? &a->events.lock : &b->events.lock);
    if (a != b)
        spin_lock(a < b ? &b->events.lock : &a->events.lock);
}

static void unlock_both(struct domain *a, struct domain *b)
{
    spin_unlock(&a->events.lock);
    if (a != b)
        spin_unlock(&b->events.lock);
}

/* Finds a closed port and makes it one of that state, with vCPU 0 to notify. The port's number, or
 * -XEN_ENOSPC, -XEN_ENOMEM, -XEN_EINVAL (dying domain). Lock held. */
static int port_open(struct domain *d, uint8_t state)
{
    struct evtchn_table *t = &d->events;
    unsigned int port = bitmap_next_clear(t->used, t->max_port + 1, 1);
    struct evtchn **page = &t->page[port / EVTCHNS_PER_PAGE];

    if (t->closed)
        return -XEN_EINVAL;
    if (port > t->max_port || port >= shared_layout(d)->ports)
        return -XEN_ENOSPC;
    if (!*page) {
        struct evtchn *fresh = hv_alloc(CHANNEL_PAGE_SIZE);

        if (!fresh)
            return -XEN_ENOMEM;
        __atomic_store_n(page, fresh, __ATOMIC_RELEASE);
    }
    bit_set(t->used, port);
    *channel(d, port) = (struct evtchn){.state = state};
    return (int)port;
}

/* Makes a port closed, and forgets an event that nobody took. Lock held. */
static void port_shut(struct domain *d, evtchn_port_t port)
{
    *channel(d, port) = (struct evtchn){.state = EVTCHNSTAT_closed};
    bit_clear(d->events.used, port);
    atomic_bit_clear(shared_pending(d), port);
}

int evtchn_table_init(struct domain *d, unsigned int max_port)
{
    d->events = (struct evtchn_table){.lock = SPINLOCK_INIT};
    d->events.max_port = MIN(max_port, EVTCHN_MAX_PORTS - 1U);
    /* Port 0 is nobody's. */
    bit_set(d->events.used, 0);
    return 0;
}

static void close_all(struct domain *d, bool internal);

void evtchn_table_destroy(struct domain *d)
{
    struct evtchn_table *t = &d->events;

    spin_lock(&t->lock);
    t->closed = true;
    spin_unlock(&t->lock);

    close_all(d, true);
    for (unsigned int i = 0; i < ARRAY_SIZE(t->page); i++) {
        struct evtchn *page;

        spin_lock(&t->lock);
        page = t->page[i];
        t->page[i] = NULL;
        spin_unlock(&t->lock);
        hv_free(page, CHANNEL_PAGE_SIZE);
    }
}

int evtchn_alloc_unbound(struct domain *d, domid_t remote, evtchn_port_t *port)
{
    int rc;

    spin_lock(&d->events.lock);
    rc = port_open(d, EVTCHNSTAT_unbound);
    if (rc > 0) {
        *port = (evtchn_port_t)rc;
        channel(d, *port)->remote_domid = remote;
    }
    spin_unlock(&d->events.lock);
    return MIN(rc, 0);
}

int evtchn_alloc_internal(struct domain *d, domid_t remote, unsigned int vcpu, evtchn_port_t *port)
{
    int rc;

    spin_lock(&d->events.lock);
    rc = port_open(d, EVTCHNSTAT_unbound);
    if (rc > 0) {
        struct evtchn *chn = channel(d, (evtchn_port_t)rc);

        *port = (evtchn_port_t)rc;
        chn->remote_domid = remote;
        chn->vcpu = (uint16_t)vcpu;
        chn->internal = true;
    }
    spin_unlock(&d->events.lock);
    return MIN(rc, 0);
}

/* Makes both ends one channel. */
static void connect(struct domain *d, evtchn_port_t port, struct domain *remote,
                    evtchn_port_t remote_port)
{
    struct evtchn *end = channel(d, port);

    domain_get(remote);
    end->state = EVTCHNSTAT_interdomain;
    end->remote = remote;
    end->remote_port = (uint16_t)remote_port;
}

int evtchn_bind_interdomain(struct domain *d, struct domain *remote, evtchn_port_t remote_port,
                            evtchn_port_t *port)
{
    const struct evtchn *end;
    int rc = -XEN_EINVAL;

    lock_both(d, remote);
    end = channel(remote, remote_port);
    if (end && end->state == EVTCHNSTAT_unbound && end->remote_domid == d->domid)
        rc = port_open(d, EVTCHNSTAT_interdomain);
    if (rc > 0) {
        *port = (evtchn_port_t)rc;
        connect(d, *port, remote, remote_port);
        connect(remote, remote_port, d, *port);
        /* The other end may have sent while nobody was here to get it. */
        evtchn_deliver(d, *port, &channel(d, *port)->vcpu);
    }
    unlock_both(d, remote);
    return MIN(rc, 0);
}

int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu, evtchn_port_t *port)
{
    struct vcpu *v = vcpu_of(d, vcpu);
    int rc;

    if (virq >= NR_VIRQS || (!virq_is_per_vcpu(virq) && vcpu != 0))
        return -XEN_EINVAL;
    if (!v)
        return -XEN_ENOENT;

    spin_lock(&d->events.lock);
    rc = v->virq_port[virq] ? -XEN_EEXIST : port_open(d, EVTCHNSTAT_virq);
    if (rc > 0) {
        *port = (evtchn_port_t)rc;
        channel(d, *port)->virq = (uint8_t)virq;
        channel(d, *port)->vcpu = (uint16_t)vcpu;
        v->virq_port[virq] = (uint16_t)*port;
    }
    spin_unlock(&d->events.lock);
    return MIN(rc, 0);
}

int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, evtchn_port_t *port)
{
    int rc;

    if (!vcpu_of(d, vcpu))
        return -XEN_ENOENT;

    spin_lock(&d->events.lock);
    rc = port_open(d, EVTCHNSTAT_ipi);
    if (rc > 0) {
        *port = (evtchn_port_t)rc;
        channel(d, *port)->vcpu = (uint16_t)vcpu;
    }
    spin_unlock(&d->events.lock);
    return MIN(rc, 0);
}

/* Opens a port for the pirq and has its interrupts come. Lock held. */
static int pirq_open(struct domain *d, uint32_t pirq, bool share)
{
    int port = port_open(d, EVTCHNSTAT_pirq), rc;

    if (port < 0)
        return port;
    channel(d, (evtchn_port_t)port)->pirq = pirq;
    WRITE_ONCE(d->pirq_to_port[pirq], (uint16_t)port);
    rc = evtchn_pirq_ops->bind(d, pirq, share);
    if (rc) {
        WRITE_ONCE(d->pirq_to_port[pirq], 0);
        port_shut(d, (evtchn_port_t)port);
        return rc;
    }
    return port;
}

int evtchn_bind_pirq(struct domain *d, uint32_t pirq, uint32_t flags, evtchn_port_t *port)
{
    int rc;

    if (pirq >= d->nr_pirqs || (flags & ~(uint32_t)BIND_PIRQ__WILL_SHARE))
        return -XEN_EINVAL;
    if (!evtchn_pirq_ops)
        return -XEN_ENOSYS;

    spin_lock(&d->events.lock);
    rc = d->pirq_to_port[pirq] ? -XEN_EEXIST
                               : pirq_open(d, pirq, flags & BIND_PIRQ__WILL_SHARE);
    if (rc > 0)
        *port = (evtchn_port_t)rc;
    spin_unlock(&d->events.lock);
    return MIN(rc, 0);
}

int evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, uint32_t vcpu)
{
    struct evtchn *chn;
    int rc = -XEN_EINVAL;

    if (!vcpu_of(d, vcpu))
        return -XEN_ENOENT;

    spin_lock(&d->events.lock);
    chn = own_channel(d, port);
    if (chn && (chn->state == EVTCHNSTAT_unbound || chn->state == EVTCHNSTAT_interdomain ||
                chn->state == EVTCHNSTAT_pirq ||
                (chn->state == EVTCHNSTAT_virq && !virq_is_per_vcpu(chn->virq)))) {
        /* Others deliver with only the other end's lock held. */
        WRITE_ONCE(chn->vcpu, (uint16_t)vcpu);
        if (chn->state == EVTCHNSTAT_pirq)
            evtchn_pirq_ops->move(d, chn->pirq, vcpu);
        rc = 0;
    }
    spin_unlock(&d->events.lock);
    return rc;
}

/* Closes a port that is not interdomain, or whose other end is seen to. Lock held. */
static int close_local(struct domain *d, evtchn_port_t port, const struct evtchn *chn)
{
    unsigned int i = virq_is_per_vcpu(chn->virq) ? chn->vcpu : 0;

    switch (chn->state) {
    case EVTCHNSTAT_closed:
        return -XEN_EINVAL;
    case EVTCHNSTAT_virq:
        /* A global VIRQ's entry stays with vCPU 0 wherever it is delivered. */
        d->vcpu[i]->virq_port[chn->virq] = 0;
        break;
    case EVTCHNSTAT_pirq:
        evtchn_pirq_ops->unbind(d, chn->pirq);
        WRITE_ONCE(d->pirq_to_port[chn->pirq], 0);
        break;
    default:
        break;
    }
    port_shut(d, port);
    return 0;
}

/* Closes one end of a channel between two domains and leaves the other unbound, reserved for the
 * closer. False if by now it is not a channel with that domain any more. No lock held. */
static bool close_interdomain(struct domain *d, evtchn_port_t port, struct domain *remote)
{
    struct evtchn *chn, *end;
    bool ours;

    lock_both(d, remote);
    chn = channel(d, port);
    ours = chn && chn->state == EVTCHNSTAT_interdomain && chn->remote == remote;
    if (ours) {
        end = channel(remote, chn->remote_port);
        *end = (struct evtchn){
            .state = EVTCHNSTAT_unbound,
            .vcpu = end->vcpu,
            .remote_domid = d->domid,
            .internal = end->internal,
        };
        port_shut(d, port);
    }
    unlock_both(d, remote);
    if (ours) {
        /* What the two ends held. The caller's own reference keeps d. */
        domain_put(d);
        domain_put(remote);
    }
    return ours;
}

/* Closes a port of either kind. */
static int close_port(struct domain *d, evtchn_port_t port, bool internal)
{
    for (;;) {
        struct domain *remote = NULL;
        const struct evtchn *chn;
        int rc = -XEN_EINVAL;
        bool closed;

        spin_lock(&d->events.lock);
        chn = internal ? channel(d, port) : own_channel(d, port);
        if (chn && chn->state == EVTCHNSTAT_interdomain) {
            remote = chn->remote;
            domain_get(remote);
        } else if (chn) {
            rc = close_local(d, port, chn);
        }
        spin_unlock(&d->events.lock);
        if (!remote)
            return rc;

        /* Both locks are needed, and the other one may come first. Should the other end close in
         * between, this one is unbound when it is looked at again. */
        closed = close_interdomain(d, port, remote);
        domain_put(remote);
        if (closed)
            return 0;
    }
}

int evtchn_close(struct domain *d, evtchn_port_t port)
{
    return close_port(d, port, false);
}

void evtchn_close_internal(struct domain *d, evtchn_port_t port)
{
    const struct evtchn *chn;
    bool ours;

    spin_lock(&d->events.lock);
    chn = channel(d, port);
    ours = chn && chn->internal;
    spin_unlock(&d->events.lock);
    if (ours)
        (void)close_port(d, port, true);
}

/* The other end of a channel gets its event. The sender's lock is held. */
static void deliver_remote(const struct evtchn *chn)
{
    const struct evtchn *end = channel(chn->remote, chn->remote_port);

    if (end->internal)
        evtchn_internal_event(chn->remote, end->vcpu);
    else
        evtchn_deliver(chn->remote, chn->remote_port, &end->vcpu);
}

int evtchn_send(struct domain *d, evtchn_port_t port)
{
    const struct evtchn *chn;
    int rc = 0;

    spin_lock(&d->events.lock);
    chn = own_channel(d, port);
    switch (chn ? chn->state : EVTCHNSTAT_closed) {
    case EVTCHNSTAT_interdomain:
        deliver_remote(chn);
        break;
    case EVTCHNSTAT_ipi:
        evtchn_deliver(d, port, &chn->vcpu);
        break;
    case EVTCHNSTAT_unbound:
        /* Nobody is there (any more); who binds it next is told so then. */
        break;
    default:
        rc = -XEN_EINVAL;
        break;
    }
    spin_unlock(&d->events.lock);
    return rc;
}

void evtchn_send_internal(struct domain *d, evtchn_port_t port)
{
    const struct evtchn *chn;

    spin_lock(&d->events.lock);
    chn = channel(d, port);
    if (chn && chn->internal && chn->state == EVTCHNSTAT_interdomain)
        deliver_remote(chn);
    spin_unlock(&d->events.lock);
}

static void fill_status(const struct evtchn *chn, struct evtchn_status *out)
{
    out->status = chn->state;
    out->vcpu = chn->vcpu;
    switch (chn->state) {
    case EVTCHNSTAT_unbound:
        out->u.unbound.dom = chn->remote_domid;
        break;
    case EVTCHNSTAT_interdomain:
        out->u.interdomain.dom = chn->remote->domid;
        out->u.interdomain.port = chn->remote_port;
        break;
    case EVTCHNSTAT_pirq:
        out->u.pirq = chn->pirq;
        break;
    case EVTCHNSTAT_virq:
        out->u.virq = chn->virq;
        break;
    default:
        break;
    }
}

int evtchn_status(struct domain *d, evtchn_port_t port, struct evtchn_status *out)
{
    const struct evtchn *chn;
    int rc = 0;

    spin_lock(&d->events.lock);
    chn = channel(d, port);
    if (chn && chn->internal)
        rc = -XEN_EACCES;
    else if (chn)
        fill_status(chn, out);
    else
        rc = -XEN_EINVAL;
    spin_unlock(&d->events.lock);
    return rc;
}

int evtchn_unmask(struct domain *d, evtchn_port_t port)
{
    const struct evtchn *chn;

    spin_lock(&d->events.lock);
    chn = own_channel(d, port);
    if (chn)
        evtchn_deliver_unmasked(d, port, chn->vcpu);
    spin_unlock(&d->events.lock);
    return chn ? 0 : -XEN_EINVAL;
}

/* Upwards only, so that it ends even if others open ports meanwhile. */
static void close_all(struct domain *d, bool internal)
{
    const struct evtchn_table *t = &d->events;

    for (unsigned int port = 1; port <= t->max_port; port++)
        if (bit_test(t->used, port))
            (void)close_port(d, port, internal);
}

int evtchn_reset(struct domain *d)
{
    close_all(d, false);
    return 0;
}

void evtchn_raise_virq(struct vcpu *v, uint32_t virq)
{
    struct domain *d = v->domain;
    const struct evtchn *chn;
    evtchn_port_t port;

    spin_lock(&d->events.lock);
    port = (virq_is_per_vcpu(virq) ? v : d->vcpu[0])->virq_port[virq];
    chn = channel(d, port);
    if (chn)
        evtchn_deliver(d, port, &chn->vcpu);
    spin_unlock(&d->events.lock);
}

void evtchn_raise_global_virq(uint32_t virq)
{
    if (dom0 && dom0->vcpu[0])
        evtchn_raise_virq(dom0->vcpu[0], virq);
}

void evtchn_raise_pirq(struct domain *d, uint32_t pirq)
{
    evtchn_port_t port = READ_ONCE(d->pirq_to_port[pirq]);
    const struct evtchn *chn = channel(d, port);

    /* Without the lock, a port that is just being closed may get an event it does not expect;
     * guests have to live with those. Its page stays: only a dead domain's is freed, and its
     * pirqs are unbound before. */
    if (chn)
        evtchn_deliver(d, port, &chn->vcpu);
}

bool evtchn_port_valid(const struct domain *d, evtchn_port_t port)
{
    return channel(d, port);
}
