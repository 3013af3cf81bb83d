/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels, 2-level (public event_channel.h): a port is a bit that somebody sets and a vCPU
 * is told of.
 *
 *   closed --alloc_unbound--> unbound <--bind_interdomain/the peer closes--> interdomain
 *   closed --bind_virq, bind_ipi, bind_pirq--> virq, ipi, pirq;    any of them --close--> closed
 *
 * A port changes its state under its domain's event_lock only; two domains' locks are taken in the
 * order of their addresses, and a channel between two domains changes at both ends at once. So
 * either lock is enough to know that a channel stays whole. Delivering a pending bit takes no
 * lock: it is atomic operations on what the guest shares. Interrupt handlers never take an
 * event_lock; interrupts may be on while it is held. */
#ifndef DOMAIN_EVTCHN_H
#define DOMAIN_EVTCHN_H

#include "lib/compiler.h"

#include <xen/xen.h>
#include <xen/event_channel.h>

#include "lib/bits.h"
#include "machine/spinlock.h"

struct domain;
struct vcpu;

/* The 2-level layout's limit: 64 words of 64 ports. */
#define EVTCHN_MAX_PORTS 4096
#define EVTCHNS_PER_PAGE 128

struct evtchn {
    uint8_t state;              /* EVTCHNSTAT_* */
    uint8_t virq;               /* VIRQ: which */
    uint16_t vcpu;              /* whom it notifies */
    uint16_t remote_port;       /* INTERDOMAIN */
    domid_t remote_domid;       /* UNBOUND: who may bind it */
    uint32_t pirq;              /* PIRQ: which */
    bool internal;              /* this end is the hypervisor's, not the domain's own */
    struct domain *remote;      /* INTERDOMAIN: held */
};

struct evtchn_table {
    struct spinlock lock;       /* the event_lock */
    struct evtchn *page[EVTCHN_MAX_PORTS / EVTCHNS_PER_PAGE];
    unsigned int max_port;      /* highest port number it may use */
    bool closed;                /* the domain dies: no port is made any more */
    uint64_t used[BITMAP_WORDS(EVTCHN_MAX_PORTS)]; /* ports that are not closed, and port 0 */
    uint32_t pollers;           /* [atomic] how many vCPUs are in SCHEDOP_poll */
};

/* Prepares a domain's table. 0 or -XEN_ENOMEM. */
int evtchn_table_init(struct domain *d, unsigned int max_port);
/* Closes every port, for good, and frees the table's memory. The domain is dying, its vCPUs do not
 * run and their timers are dead. A second call does nothing. */
void evtchn_table_destroy(struct domain *d);

/* The EVTCHNOP_* operations. Each checks its arguments and returns 0 or what the ABI says. `d` is
 * the domain whose ports are meant, already resolved and held by the caller. */
int evtchn_alloc_unbound(struct domain *d, domid_t remote, evtchn_port_t *port);
int evtchn_bind_interdomain(struct domain *d, struct domain *remote, evtchn_port_t remote_port,
                            evtchn_port_t *port);
int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu, evtchn_port_t *port);
int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, evtchn_port_t *port);
int evtchn_bind_pirq(struct domain *d, uint32_t pirq, uint32_t flags, evtchn_port_t *port);
int evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, uint32_t vcpu);
int evtchn_close(struct domain *d, evtchn_port_t port);
int evtchn_send(struct domain *d, evtchn_port_t port);
int evtchn_status(struct domain *d, evtchn_port_t port, struct evtchn_status *out);
int evtchn_unmask(struct domain *d, evtchn_port_t port);
/* Closes every port that is the domain's own. */
int evtchn_reset(struct domain *d);

/* A port of the domain's whose end is the hypervisor's (public hvm/ioreq.h: vp_eport): `remote` may
 * bind it as any unbound one, and what it sends there goes to evtchn_internal_event with that vCPU
 * number. The domain itself can't close, signal, move or look at it. Errors as alloc_unbound's. */
int evtchn_alloc_internal(struct domain *d, domid_t remote, unsigned int vcpu, evtchn_port_t *port);
/* The hypervisor's end sends. Nobody bound: whoever binds it is told. */
void evtchn_send_internal(struct domain *d, evtchn_port_t port);
/* Closes one; a port that is not there (any more) is left alone. */
void evtchn_close_internal(struct domain *d, evtchn_port_t port);
/* Somebody sent to such a port. Set once by hvm/. Called with the sender's event_lock held. */
extern void (*evtchn_internal_event)(struct domain *d, unsigned int vcpu);

/* Sets a port's pending bit and tells the vCPU, unless the port is masked, and those that poll the
 * port. Any context; the domain's shared page and vCPUs must stay meanwhile. `vcpu` is where the
 * port's vCPU stands, which the domain may change at any time. */
void evtchn_deliver(struct domain *d, evtchn_port_t port, const uint16_t *vcpu);
/* Clears its mask bit, and tells the vCPU if it is pending. The event_lock is held. */
void evtchn_deliver_unmasked(struct domain *d, evtchn_port_t port, unsigned int vcpu);

/* Raises a per-vCPU VIRQ (timer, debug) or a domain's global one on its bound port, if any. */
void evtchn_raise_virq(struct vcpu *v, uint32_t virq);
/* Raises a global VIRQ in dom0 (console, domain exception). Any context but interrupts. */
void evtchn_raise_global_virq(uint32_t virq);
/* Raises the port that a physical interrupt is bound to, if any. Interrupt context, interrupts off;
 * takes no lock. Not for a pirq whose unbind (below) has returned. */
void evtchn_raise_pirq(struct domain *d, uint32_t pirq);
/* Is any of these ports pending? For SCHEDOP_poll; ports are checked to be in range. */
bool evtchn_port_pending(const struct domain *d, evtchn_port_t port);
bool evtchn_port_valid(const struct domain *d, evtchn_port_t port);

/* Called as a PIRQ's port is bound or closed (pirq side: permission, unmask, release), with the
 * event_lock held; NULL: no domain can bind any. */
struct evtchn_pirq_ops {
    /* The port is known already, so that the interrupt may come at once. 0, or the error that
     * the guest gets (-XEN_EPERM, -XEN_EINVAL, -XEN_EBUSY). */
    int (*bind)(struct domain *d, uint32_t pirq, bool share);
    /* When it returns, no CPU raises the pirq for that domain any more. */
    void (*unbind)(struct domain *d, uint32_t pirq);
    /* Its port notifies that vCPU from now on: the interrupt had better come where that runs. */
    void (*move)(struct domain *d, uint32_t pirq, uint32_t vcpu);
};
extern const struct evtchn_pirq_ops *evtchn_pirq_ops;

#endif
