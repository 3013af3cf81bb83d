/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels: every change of a port's state, with right and wrong arguments. */
#include "check.h"
#include "world.h"

/* Ends a world; everything must have been given back. */
#define CHECK_END() CHECK_EQ(world_end(), 0)

static const evtchn_port_t bad_ports[] = {0, 77, 4095, 4096, 65536, 0x80000001, ~0U};

static unsigned int state_of(unsigned int domid, evtchn_port_t port)
{
    struct evtchn_status status = {.status = 99};

    return evtchn_status(world[domid], port, &status) ? 98 : status.status;
}

/* A port of `a` that `b` may bind. */
static evtchn_port_t unbound(unsigned int a, unsigned int b)
{
    evtchn_port_t port = 0;

    CHECK_EQ(evtchn_alloc_unbound(world[a], (domid_t)b, &port), 0);
    return port;
}

/* A channel between a and b with nothing pending: a's port; b's in *other. */
static evtchn_port_t channel(unsigned int a, unsigned int b, evtchn_port_t *other)
{
    evtchn_port_t port = unbound(a, b);

    *other = 0;
    CHECK_EQ(evtchn_bind_interdomain(world[b], world[a], port, other), 0);
    take_events(world[b]->vcpu[0]);
    return port;
}

static void ports_are_given_from_the_lowest(void)
{
    world_start();
    CHECK_EQ(unbound(1, 0), 1);
    CHECK_EQ(unbound(1, 0), 2);
    CHECK_EQ(unbound(1, 0), 3);
    CHECK_EQ(evtchn_close(world[1], 2), 0);
    CHECK_EQ(unbound(1, 0), 2);
    CHECK_EQ(unbound(2, 0), 1);
    CHECK_END();
}

static void ports_run_out(void)
{
    evtchn_port_t port = 0;
    unsigned int wrong = 0;

    world_start();
    for (unsigned int i = 1; i < EVTCHN_MAX_PORTS; i++)
        wrong += evtchn_alloc_unbound(world[1], 0, &port) != 0 || port != i;
    CHECK_EQ(wrong, 0);
    CHECK_EQ(evtchn_alloc_unbound(world[1], 0, &port), -XEN_ENOSPC);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 0, &port), -XEN_ENOSPC);
    CHECK_EQ(world[1]->vcpu[0]->virq_port[VIRQ_TIMER], 0);
    CHECK_EQ(evtchn_close(world[1], 4095), 0);
    CHECK_EQ(unbound(1, 0), 4095);
    CHECK_END();
}

static void a_small_table_has_a_small_limit(void)
{
    evtchn_port_t port;

    world_start();
    CHECK_EQ(evtchn_table_init(world[1], 2), 0);
    CHECK_EQ(unbound(1, 0), 1);
    CHECK_EQ(unbound(1, 0), 2);
    CHECK_EQ(evtchn_alloc_unbound(world[1], 0, &port), -XEN_ENOSPC);
    CHECK_EQ(evtchn_close(world[1], 3), -XEN_EINVAL);
    CHECK_END();
}

static void no_memory_changes_nothing(void)
{
    evtchn_port_t port = 5;

    world_start();
    fake_memory_left = 0;
    CHECK_EQ(evtchn_alloc_unbound(world[1], 0, &port), -XEN_ENOMEM);
    CHECK_EQ(evtchn_bind_ipi(world[1], 0, &port), -XEN_ENOMEM);
    CHECK_EQ(port, 5);
    fake_memory_left = -1;
    CHECK_EQ(unbound(1, 0), 1);
    CHECK_END();
}

static void wrong_port_numbers_are_refused(void)
{
    struct evtchn_status status;
    evtchn_port_t port;

    world_start();
    unbound(1, 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(bad_ports); i++) {
        evtchn_port_t bad = bad_ports[i];

        CHECK_EQ(evtchn_close(world[1], bad), -XEN_EINVAL);
        CHECK_EQ(evtchn_send(world[1], bad), -XEN_EINVAL);
        CHECK_EQ(evtchn_bind_vcpu(world[1], bad, 0), -XEN_EINVAL);
        CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], bad, &port), -XEN_EINVAL);
        /* A number in the first page is a closed port; those beyond are none. */
        if (bad != 77) {
            CHECK_EQ(evtchn_status(world[1], bad, &status), -XEN_EINVAL);
            CHECK_EQ(evtchn_unmask(world[1], bad), -XEN_EINVAL);
            CHECK(!evtchn_port_valid(world[1], bad));
        }
    }
    CHECK_EQ(state_of(1, 77), EVTCHNSTAT_closed);
    CHECK(evtchn_port_valid(world[1], 77));
    CHECK_END();
}

static void binding_makes_both_ends_one_channel(void)
{
    struct evtchn_status status = {0};
    evtchn_port_t port, mine;

    world_start();
    unbound(0, 2);
    port = unbound(1, 0);
    CHECK_EQ(evtchn_status(world[1], port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_unbound);
    CHECK_EQ(status.u.unbound.dom, 0);

    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], port, &mine), 0);
    CHECK_EQ(mine, 2);
    CHECK_EQ(evtchn_status(world[1], port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_interdomain);
    CHECK_EQ(status.vcpu, 0);
    CHECK_EQ(status.u.interdomain.dom, 0);
    CHECK_EQ(status.u.interdomain.port, mine);
    CHECK_EQ(evtchn_status(world[0], mine, &status), 0);
    CHECK_EQ(status.u.interdomain.dom, 1);
    CHECK_EQ(status.u.interdomain.port, port);
    CHECK_EQ(world[0]->refs, 2);
    CHECK_EQ(world[1]->refs, 2);

    /* The binder is told once, the other end not. */
    CHECK(pending(world[0], mine));
    CHECK(selected(world[0]->vcpu[0], mine));
    CHECK(upcall(world[0]->vcpu[0]));
    CHECK(!pending(world[1], port));
    CHECK(!upcall(world[1]->vcpu[0]));
    CHECK_END();
}

static void binding_what_is_not_ones_own_is_refused(void)
{
    evtchn_port_t port, mine = 55, ipi;

    world_start();
    port = unbound(1, 0);
    CHECK_EQ(evtchn_bind_interdomain(world[2], world[1], port, &mine), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_interdomain(world[1], world[1], port, &mine), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_ipi(world[1], 0, &ipi), 0);
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], ipi, &mine), -XEN_EINVAL);
    CHECK_EQ(mine, 55);
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], port, &mine), 0);
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], port, &mine), -XEN_EINVAL);
    CHECK_END();
}

static void a_domain_may_talk_to_itself(void)
{
    evtchn_port_t port, other;

    world_start();
    port = channel(0, 0, &other);
    CHECK(port != other);
    CHECK_EQ(world[0]->refs, 3);
    CHECK_EQ(evtchn_send(world[0], port), 0);
    CHECK(pending(world[0], other) && !pending(world[0], port));
    take_events(world[0]->vcpu[0]);
    CHECK_EQ(evtchn_send(world[0], other), 0);
    CHECK(pending(world[0], port) && !pending(world[0], other));
    CHECK_EQ(evtchn_close(world[0], port), 0);
    CHECK_EQ(state_of(0, other), EVTCHNSTAT_unbound);
    CHECK_EQ(world[0]->refs, 1);
    CHECK_EQ(evtchn_close(world[0], other), 0);
    CHECK_END();
}

static void closing_leaves_the_peer_unbound(void)
{
    struct evtchn_status status = {0};
    evtchn_port_t port, other, again;

    world_start();
    port = channel(1, 2, &other);
    CHECK_EQ(evtchn_bind_vcpu(world[1], port, 1), 0);
    CHECK_EQ(evtchn_close(world[2], other), 0);
    CHECK_EQ(state_of(2, other), EVTCHNSTAT_closed);
    CHECK_EQ(evtchn_status(world[1], port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_unbound);
    CHECK_EQ(status.u.unbound.dom, 2);
    CHECK_EQ(status.vcpu, 1);
    CHECK_EQ(world[1]->refs, 1);
    CHECK_EQ(world[2]->refs, 1);
    CHECK_EQ(evtchn_close(world[2], other), -XEN_EINVAL);
    CHECK_EQ(evtchn_send(world[1], port), 0);

    /* Nobody else may bind it now, the closer may. */
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], port, &again), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_interdomain(world[2], world[1], port, &again), 0);
    CHECK_EQ(evtchn_send(world[2], again), 0);
    CHECK(upcall(world[1]->vcpu[1]));
    CHECK_END();
}

static void closing_forgets_an_event(void)
{
    evtchn_port_t port, other;

    world_start();
    port = channel(1, 2, &other);
    evtchn_send(world[2], other);
    CHECK(pending(world[1], port));
    evtchn_close(world[1], port);
    CHECK(!pending(world[1], port));
    CHECK_END();
}

static void an_event_goes_the_whole_way_once(void)
{
    evtchn_port_t port, other;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    port = channel(1, 2, &other);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(pending(world[1], port));
    CHECK(selected(v, port));
    CHECK(upcall(v));

    /* Pending already: the guest's flags are left alone. */
    v->info->evtchn_upcall_pending = 0;
    v->info->evtchn_pending_sel = 0;
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(!upcall(v) && !selected(v, port));

    /* Selected already: whoever selected the word has raised the flag. */
    take_events(v);
    v->info->evtchn_pending_sel = 1;
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(pending(world[1], port) && !upcall(v));
    /* The mask byte beside the flag is the guest's. */
    CHECK_EQ(v->info->evtchn_upcall_mask, 1);
    CHECK_END();
}

static void a_masked_port_waits(void)
{
    evtchn_port_t port, other;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    port = channel(1, 2, &other);
    mask(world[1], port);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(pending(world[1], port));
    CHECK(!selected(v, port) && !upcall(v));
    CHECK_EQ(evtchn_unmask(world[1], port), 0);
    CHECK(selected(v, port) && upcall(v));
    CHECK_EQ(world[1]->shared_info->evtchn_mask[0], 0);

    /* Unmasking what is not masked, or not pending, tells nobody. */
    v->info->evtchn_upcall_pending = 0;
    v->info->evtchn_pending_sel = 0;
    CHECK_EQ(evtchn_unmask(world[1], port), 0);
    CHECK(!upcall(v));
    take_events(v);
    mask(world[1], port);
    CHECK_EQ(evtchn_unmask(world[1], port), 0);
    CHECK(!upcall(v));
    CHECK_END();
}

static void sending_is_for_channels_and_ipis(void)
{
    evtchn_port_t virq, ipi, alone;

    world_start();
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 0, &virq), 0);
    CHECK_EQ(evtchn_bind_ipi(world[1], 1, &ipi), 0);
    alone = unbound(1, 2);
    CHECK_EQ(evtchn_send(world[1], virq), -XEN_EINVAL);
    CHECK_EQ(evtchn_send(world[1], alone), 0);
    CHECK_EQ(evtchn_send(world[1], ipi), 0);
    CHECK(!pending(world[1], virq) && !pending(world[1], alone));
    CHECK(pending(world[1], ipi));
    CHECK(upcall(world[1]->vcpu[1]) && !upcall(world[1]->vcpu[0]));
    CHECK_END();
}

static void virqs_are_bound_once(void)
{
    struct evtchn_status status = {0};
    evtchn_port_t port = 0, second = 0, global = 0;

    world_start();
    CHECK_EQ(evtchn_bind_virq(world[1], NR_VIRQS, 0, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_virq(world[1], ~0U, 0, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 2, &port), -XEN_ENOENT);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, ~0U, &port), -XEN_ENOENT);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_CONSOLE, 1, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 0, &port), 0);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 0, &second), -XEN_EEXIST);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 1, &second), 0);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_CONSOLE, 0, &global), 0);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_CONSOLE, 0, &global), -XEN_EEXIST);
    CHECK_EQ(evtchn_status(world[1], second, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_virq);
    CHECK_EQ(status.u.virq, VIRQ_TIMER);
    CHECK_EQ(status.vcpu, 1);

    evtchn_raise_virq(world[1]->vcpu[1], VIRQ_TIMER);
    CHECK(pending(world[1], second) && !pending(world[1], port));
    CHECK(upcall(world[1]->vcpu[1]) && !upcall(world[1]->vcpu[0]));
    evtchn_raise_virq(world[1]->vcpu[1], VIRQ_DEBUG);

    CHECK_EQ(evtchn_close(world[1], second), 0);
    CHECK_EQ(world[1]->vcpu[1]->virq_port[VIRQ_TIMER], 0);
    evtchn_raise_virq(world[1]->vcpu[1], VIRQ_TIMER);
    CHECK(!pending(world[1], second));
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 1, &second), 0);
    CHECK_END();
}

/* A global VIRQ can be moved to another vCPU, and closed from there. */
static void global_virqs_move(void)
{
    evtchn_port_t port = 0;

    world_start();
    evtchn_raise_global_virq(VIRQ_DOM_EXC);
    CHECK_EQ(evtchn_bind_virq(world[0], VIRQ_DOM_EXC, 0, &port), 0);
    CHECK_EQ(evtchn_bind_vcpu(world[0], port, 1), 0);
    evtchn_raise_global_virq(VIRQ_DOM_EXC);
    CHECK(pending(world[0], port));
    CHECK(upcall(world[0]->vcpu[1]) && !upcall(world[0]->vcpu[0]));
    CHECK_EQ(evtchn_close(world[0], port), 0);
    CHECK_EQ(world[0]->vcpu[0]->virq_port[VIRQ_DOM_EXC], 0);
    CHECK_EQ(evtchn_bind_virq(world[0], VIRQ_DOM_EXC, 0, &port), 0);
    CHECK_END();
}

static void only_some_ports_change_their_vcpu(void)
{
    evtchn_port_t virq, global, ipi, other, peer;

    world_start();
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_TIMER, 0, &virq), 0);
    CHECK_EQ(evtchn_bind_virq(world[1], VIRQ_CONSOLE, 0, &global), 0);
    CHECK_EQ(evtchn_bind_ipi(world[1], 0, &ipi), 0);
    CHECK_EQ(evtchn_bind_ipi(world[1], 2, &other), -XEN_ENOENT);
    other = channel(1, 2, &peer);
    CHECK_EQ(evtchn_bind_vcpu(world[1], virq, 1), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_vcpu(world[1], ipi, 1), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_vcpu(world[1], global, 1), 0);
    CHECK_EQ(evtchn_bind_vcpu(world[1], other, 2), -XEN_ENOENT);
    CHECK_EQ(evtchn_bind_vcpu(world[1], other, 99), -XEN_ENOENT);
    CHECK_EQ(evtchn_bind_vcpu(world[1], other, 1), 0);
    evtchn_send(world[2], peer);
    CHECK(upcall(world[1]->vcpu[1]) && !upcall(world[1]->vcpu[0]));

    /* A port that is used again notifies vCPU 0 again. */
    evtchn_close(world[1], other);
    CHECK_EQ(channel(1, 2, &peer), other);
    take_events(world[1]->vcpu[1]);
    evtchn_send(world[2], peer);
    CHECK(upcall(world[1]->vcpu[0]) && !upcall(world[1]->vcpu[1]));
    CHECK_END();
}

static int bind_result;
static unsigned int binds, unbinds;
static uint32_t last_pirq;
static bool last_share;

static int pirq_bind(struct domain *d, uint32_t pirq, bool share)
{
    CHECK(d->pirq_to_port[pirq] != 0);
    binds++;
    last_pirq = pirq;
    last_share = share;
    return bind_result;
}

static void pirq_unbind(struct domain *d, uint32_t pirq)
{
    unbinds++;
    last_pirq = pirq;
}

static unsigned int moves;
static uint32_t last_vcpu;

static void pirq_move(struct domain *d, uint32_t pirq, uint32_t vcpu)
{
    moves++;
    last_pirq = pirq;
    last_vcpu = vcpu;
}

static const struct evtchn_pirq_ops pirq_ops = {pirq_bind, pirq_unbind, pirq_move};

static void pirqs_are_bound_once(void)
{
    struct evtchn_status status = {0};
    evtchn_port_t port = 0, second = 0;

    world_start();
    binds = unbinds = 0;
    CHECK_EQ(evtchn_bind_pirq(world[0], 3, 0, &port), -XEN_ENOSYS);
    evtchn_pirq_ops = &pirq_ops;
    bind_result = -XEN_EPERM;
    CHECK_EQ(evtchn_bind_pirq(world[0], 3, 0, &port), -XEN_EPERM);
    CHECK_EQ(world[0]->pirq_to_port[3], 0);
    bind_result = 0;
    CHECK_EQ(evtchn_bind_pirq(world[0], 8, 0, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_pirq(world[0], ~0U, 0, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_pirq(world[0], 3, 2, &port), -XEN_EINVAL);
    CHECK_EQ(binds, 1);
    CHECK_EQ(evtchn_bind_pirq(world[0], 3, BIND_PIRQ__WILL_SHARE, &port), 0);
    CHECK_EQ(port, 1);
    CHECK(last_share && last_pirq == 3);
    CHECK_EQ(evtchn_bind_pirq(world[0], 3, 0, &second), -XEN_EEXIST);
    CHECK_EQ(evtchn_status(world[0], port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_pirq);
    CHECK_EQ(status.u.pirq, 3);
    moves = 0;
    last_pirq = ~0U;
    CHECK_EQ(evtchn_bind_vcpu(world[0], port, 99), -XEN_ENOENT);
    CHECK_EQ(moves, 0);
    CHECK_EQ(evtchn_bind_vcpu(world[0], port, 1), 0);
    CHECK(moves == 1 && last_pirq == 3 && last_vcpu == 1);
    CHECK_EQ(evtchn_send(world[0], port), -XEN_EINVAL);

    /* From an interrupt that came while somebody held the lock. */
    spin_lock(&world[0]->events.lock);
    evtchn_raise_pirq(world[0], 3);
    evtchn_raise_pirq(world[0], 4);
    spin_unlock(&world[0]->events.lock);
    CHECK(pending(world[0], port) && upcall(world[0]->vcpu[1]));

    CHECK_EQ(evtchn_close(world[0], port), 0);
    CHECK_EQ(unbinds, 1);
    CHECK_EQ(world[0]->pirq_to_port[3], 0);
    CHECK_EQ(evtchn_bind_pirq(world[0], 3, 0, &port), 0);
    CHECK_END();
    CHECK_EQ(unbinds, 2);
}

static void a_vcpu_that_is_not_there_yet_misses_nothing(void)
{
    evtchn_port_t port, other;

    world_start();
    port = channel(1, 2, &other);
    world[1]->vcpu[0] = NULL;
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(pending(world[1], port));
    mask(world[1], port);
    CHECK_EQ(evtchn_unmask(world[1], port), 0);
    CHECK_END();
}

static void reset_closes_everything(void)
{
    evtchn_port_t port = 0, peer, second;

    world_start();
    evtchn_bind_virq(world[1], VIRQ_TIMER, 1, &port);
    evtchn_bind_ipi(world[1], 0, &port);
    unbound(1, 0);
    channel(1, 2, &peer);
    channel(1, 1, &second);
    CHECK_EQ(evtchn_reset(world[1]), 0);
    for (port = 1; port < 10; port++)
        CHECK_EQ(state_of(1, port), EVTCHNSTAT_closed);
    CHECK_EQ(state_of(2, peer), EVTCHNSTAT_unbound);
    CHECK_EQ(world[1]->vcpu[1]->virq_port[VIRQ_TIMER], 0);
    CHECK_EQ(world[1]->refs, 1);
    CHECK_EQ(unbound(1, 0), 1);
    CHECK_END();
}

static void a_dead_domain_has_no_ports(void)
{
    evtchn_port_t port, peer, mine;

    world_start();
    port = channel(1, 2, &peer);
    unbound(1, 0);
    evtchn_table_destroy(world[1]);
    CHECK_EQ(state_of(2, peer), EVTCHNSTAT_unbound);
    CHECK_EQ(evtchn_send(world[2], peer), 0);
    CHECK_EQ(evtchn_alloc_unbound(world[1], 0, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_ipi(world[1], 0, &port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], 2, &mine), -XEN_EINVAL);
    /* Nor can it bind what others kept for it. */
    CHECK_EQ(evtchn_bind_interdomain(world[1], world[2], peer, &mine), -XEN_EINVAL);
    evtchn_raise_virq(world[1]->vcpu[0], VIRQ_TIMER);
    evtchn_table_destroy(world[1]);
    CHECK_END();
}

/* Few, so that they run out and are met often. */
#define RANDOM_PORTS 16

static uint32_t random_state = 11;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static void random_operation(void)
{
    struct domain *d = world[random_below(WORLD_DOMAINS)];
    struct domain *other = world[random_below(WORLD_DOMAINS)];
    evtchn_port_t port = random_below(RANDOM_PORTS + 2), made;

    switch (random_below(9)) {
    case 0:
        evtchn_alloc_unbound(d, other->domid, &made);
        break;
    case 1:
    case 2:
        evtchn_bind_interdomain(d, other, port, &made);
        break;
    case 3:
        evtchn_bind_virq(d, random_below(NR_VIRQS + 1), random_below(3), &made);
        break;
    case 4:
        evtchn_bind_ipi(d, random_below(4), &made);
        break;
    case 5:
        evtchn_bind_vcpu(d, port, random_below(4));
        break;
    case 6:
        evtchn_send(d, port);
        break;
    case 7:
        evtchn_close(d, port);
        break;
    default:
        if (random_below(40) == 0)
            evtchn_reset(d);
        break;
    }
}

/* Counts what does not fit together. */
static unsigned int flaws(void)
{
    unsigned int ends[WORLD_DOMAINS] = {0}, wrong = 0;

    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        for (evtchn_port_t port = 1; port <= RANDOM_PORTS; port++) {
            struct evtchn_status mine = {0}, peer = {0};

            evtchn_status(world[i], port, &mine);
            wrong += bit_test(world[i]->events.used, port) != (mine.status != EVTCHNSTAT_closed);
            if (mine.status == EVTCHNSTAT_virq)
                wrong += world[i]->vcpu[mine.u.virq == VIRQ_TIMER ? mine.vcpu : 0]
                             ->virq_port[mine.u.virq] != port &&
                         world[i]->vcpu[mine.vcpu]->virq_port[mine.u.virq] != port;
            if (mine.status != EVTCHNSTAT_interdomain)
                continue;
            ends[mine.u.interdomain.dom]++;
            evtchn_status(world[mine.u.interdomain.dom], mine.u.interdomain.port, &peer);
            wrong += peer.status != EVTCHNSTAT_interdomain || peer.u.interdomain.dom != i ||
                     peer.u.interdomain.port != port;
        }
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        wrong += world[i]->refs != 1 + ends[i];
    return wrong;
}

static void random_operations_fit_together(void)
{
    unsigned int wrong = 0;

    world_start();
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        evtchn_table_init(world[i], RANDOM_PORTS);
    for (unsigned int step = 0; step < 20000; step++) {
        random_operation();
        wrong += flaws();
    }
    CHECK_EQ(wrong, 0);
    CHECK_END();
}

static struct domain *told;
static unsigned int told_vcpu, tellings;

static void internal_event(struct domain *d, unsigned int vcpu)
{
    told = d;
    told_vcpu = vcpu;
    tellings++;
}

/* A port of domain 1's that the hypervisor keeps, bound by dom0: its port is in *other. */
static evtchn_port_t internal_channel(evtchn_port_t *other)
{
    evtchn_port_t port = 0;

    evtchn_internal_event = internal_event;
    tellings = 0;
    CHECK_EQ(evtchn_alloc_internal(world[1], 0, 1, &port), 0);
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], port, other), 0);
    take_events(world[0]->vcpu[0]);
    return port;
}

static void what_is_sent_to_the_hypervisor_reaches_it(void)
{
    evtchn_port_t other = 0, port;

    world_start();
    port = internal_channel(&other);
    CHECK_EQ(evtchn_send(world[0], other), 0);
    CHECK(told == world[1] && told_vcpu == 1 && tellings == 1);
    CHECK(!pending(world[1], port));
    evtchn_send_internal(world[1], port);
    CHECK(pending(world[0], other));
    evtchn_send_internal(world[1], 77);
    evtchn_close_internal(world[1], port);
    CHECK_EQ(state_of(0, other), EVTCHNSTAT_unbound);
    evtchn_close_internal(world[1], port);
    evtchn_send_internal(world[1], port);
    CHECK_END();
}

static void an_internal_port_is_not_the_guests(void)
{
    evtchn_port_t other = 0, port, own;
    struct evtchn_status status;

    world_start();
    port = internal_channel(&other);
    own = unbound(1, 0);
    CHECK_EQ(evtchn_close(world[1], port), -XEN_EINVAL);
    CHECK_EQ(evtchn_send(world[1], port), -XEN_EINVAL);
    CHECK_EQ(evtchn_unmask(world[1], port), -XEN_EINVAL);
    CHECK_EQ(evtchn_bind_vcpu(world[1], port, 0), -XEN_EINVAL);
    CHECK_EQ(evtchn_status(world[1], port, &status), -XEN_EACCES);
    CHECK_EQ(evtchn_reset(world[1]), 0);
    CHECK_EQ(state_of(1, own), EVTCHNSTAT_closed);
    CHECK_EQ(evtchn_send(world[0], other), 0);
    CHECK_EQ(tellings, 1);
    evtchn_close_internal(world[1], own); /* is none */
    CHECK_EQ(evtchn_close(world[0], other), 0);
    /* Who was there may come back, and finds the hypervisor at the other end. */
    evtchn_send_internal(world[1], port);
    CHECK_EQ(evtchn_bind_interdomain(world[0], world[1], port, &other), 0);
    CHECK_EQ(evtchn_send(world[0], other), 0);
    CHECK_EQ(tellings, 2);
    evtchn_table_destroy(world[1]);
    CHECK_EQ(state_of(0, other), EVTCHNSTAT_unbound);
    CHECK_END();
}

int main(void)
{
    RUN(what_is_sent_to_the_hypervisor_reaches_it);
    RUN(an_internal_port_is_not_the_guests);
    RUN(ports_are_given_from_the_lowest);
    RUN(ports_run_out);
    RUN(a_small_table_has_a_small_limit);
    RUN(no_memory_changes_nothing);
    RUN(wrong_port_numbers_are_refused);
    RUN(binding_makes_both_ends_one_channel);
    RUN(binding_what_is_not_ones_own_is_refused);
    RUN(a_domain_may_talk_to_itself);
    RUN(closing_leaves_the_peer_unbound);
    RUN(closing_forgets_an_event);
    RUN(an_event_goes_the_whole_way_once);
    RUN(a_masked_port_waits);
    RUN(sending_is_for_channels_and_ipis);
    RUN(virqs_are_bound_once);
    RUN(global_virqs_move);
    RUN(only_some_ports_change_their_vcpu);
    RUN(pirqs_are_bound_once);
    RUN(a_vcpu_that_is_not_there_yet_misses_nothing);
    RUN(reset_closes_everything);
    RUN(a_dead_domain_has_no_ports);
    RUN(random_operations_fit_together);
    return check_done();
}
