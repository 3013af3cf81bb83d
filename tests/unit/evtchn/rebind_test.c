/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest gives a port to another of its vCPUs while an event for it is on its way. */
#include "check.h"
#include "world.h"

#include "domain/evtchn.h"

#include <xen/errno.h>

void __real_evtchn_deliver(struct domain *d, evtchn_port_t port, const uint16_t *vcpu);
void __wrap_evtchn_deliver(struct domain *d, evtchn_port_t port, const uint16_t *vcpu);

/* What happens between a sender's decision to deliver and the delivery. */
static void (*meanwhile)(void);

void __wrap_evtchn_deliver(struct domain *d, evtchn_port_t port, const uint16_t *vcpu)
{
    if (meanwhile)
        meanwhile();
    __real_evtchn_deliver(d, port, vcpu);
}

static evtchn_port_t port, other;

/* As Linux does it: masked meanwhile. */
static void move_to_vcpu_1(void)
{
    mask(world[1], port);
    CHECK_EQ(evtchn_bind_vcpu(world[1], port, 1), 0);
    CHECK_EQ(evtchn_unmask(world[1], port), 0);
}

static bool told(unsigned int vcpu)
{
    const struct vcpu *v = world[1]->vcpu[vcpu];

    return selected(v, port) && upcall(v);
}

static void begin(void (*then)(void))
{
    world_start();
    CHECK_EQ(evtchn_alloc_unbound(world[1], 2, &port), 0);
    CHECK_EQ(evtchn_bind_interdomain(world[2], world[1], port, &other), 0);
    meanwhile = then;
}

static void end(void)
{
    meanwhile = NULL;
    CHECK_EQ(world_end(), 0);
}

static void an_event_goes_to_the_vcpu_of_now(void)
{
    begin(move_to_vcpu_1);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(pending(world[1], port) && told(1));
    end();
}

static void an_event_that_came_before_is_found(void)
{
    begin(NULL);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(told(0) && !told(1));
    move_to_vcpu_1();
    CHECK(told(1));
    end();
}

int main(void)
{
    RUN(an_event_goes_to_the_vcpu_of_now);
    RUN(an_event_that_came_before_is_found);
    return check_done();
}
