/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a vCPU from running and what wakes it: blocking, polling, pausing, being down; and
 * where its vcpu_info is. */
#include "check.h"
#include "world.h"

#include "lib/bits.h"
#include "schedule/softirq.h"

#define MS          1000000ULL
#define CHECK_END() CHECK_EQ(world_end(), 0)

/* A channel from dom0 to domain 1, which notifies that vCPU: domain 1's port; dom0's in *sender. */
static evtchn_port_t channel_to(unsigned int vcpu, evtchn_port_t *sender)
{
    evtchn_port_t port = 0;

    evtchn_alloc_unbound(world[1], 0, &port);
    evtchn_bind_interdomain(world[0], world[1], port, sender);
    evtchn_bind_vcpu(world[1], port, vcpu);
    return port;
}

static void an_event_wakes_a_blocked_vcpu(void)
{
    evtchn_port_t sender;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    channel_to(0, &sender);
    world_enter(v);
    vcpu_block(v);
    CHECK_EQ(v->info->evtchn_upcall_mask, 0);
    world_settle();
    CHECK(!world_runs(v));
    CHECK_EQ(v->runstate.state, RUNSTATE_blocked);

    evtchn_send(world[0], sender);
    world_settle();
    CHECK(world_runs(v));
    CHECK(vcpu_event_due(v));
    CHECK_END();
}

static void a_masked_port_wakes_nobody(void)
{
    evtchn_port_t sender, port;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    port = channel_to(0, &sender);
    mask(world[1], port);
    world_enter(v);
    vcpu_block(v);
    world_settle();
    evtchn_send(world[0], sender);
    world_settle();
    CHECK(!world_runs(v));
    evtchn_unmask(world[1], port);
    world_settle();
    CHECK(world_runs(v));
    CHECK_END();
}

static void blocking_with_an_event_pending_does_not(void)
{
    evtchn_port_t sender;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    channel_to(0, &sender);
    world_enter(v);
    evtchn_send(world[0], sender);
    vcpu_block(v);
    CHECK_EQ(v->pause_flags, 0);
    CHECK(!softirq_pending());
    CHECK(world_runs(v));
    CHECK_END();
}

static void a_vcpu_that_runs_elsewhere_is_interrupted(void)
{
    evtchn_port_t sender;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[1];
    channel_to(1, &sender);
    world_enter(v);
    fake_cpu = 0;
    CHECK(!fake_poked[1]);
    evtchn_send(world[0], sender);
    CHECK(fake_poked[1]);

    /* On its own CPU nothing needs to be told. */
    take_events(v);
    fake_cpu = 1;
    fake_poked[1] = false;
    evtchn_send(world[0], sender);
    CHECK(!fake_poked[0] && !fake_poked[1]);
    CHECK_END();
}

static void polling_ends_with_an_event_on_the_port(void)
{
    evtchn_port_t sender, other_sender, ports[2];
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    ports[0] = channel_to(0, &sender);
    ports[1] = channel_to(0, &other_sender);
    mask(world[1], ports[0]);
    mask(world[1], ports[1]);
    world_enter(v);
    /* Events are masked, the port as well: as a kernel that waits for a lock has it. */
    CHECK_EQ(vcpu_poll(v, ports, 1, 0), 0);
    CHECK_EQ(world[1]->events.pollers, 1);
    world_settle();
    CHECK(!world_runs(v));
    evtchn_send(world[0], other_sender);
    world_settle();
    CHECK(!world_runs(v));
    evtchn_send(world[0], sender);
    world_settle();
    CHECK(world_runs(v));
    CHECK_EQ(world[1]->events.pollers, 0);
    CHECK_EQ(v->pause_flags, 0);
    CHECK_EQ(v->info->evtchn_upcall_mask, 1);
    CHECK_END();
}

static void polling_what_is_pending_returns_at_once(void)
{
    evtchn_port_t sender, ports[2];
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    ports[0] = channel_to(0, &sender);
    ports[1] = channel_to(0, &sender);
    world_enter(v);
    evtchn_send(world[0], sender);
    CHECK_EQ(vcpu_poll(v, ports, 2, 0), 0);
    CHECK_EQ(v->pause_flags, 0);
    CHECK_EQ(world[1]->events.pollers, 0);

    /* The same for a deadline that has passed. */
    CHECK_EQ(vcpu_poll(v, ports, 1, fake_now), 0);
    CHECK_EQ(v->pause_flags, 0);
    CHECK_END();
}

static void polling_takes_only_good_ports(void)
{
    evtchn_port_t ports[POLL_PORTS_MAX + 1], sender;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++)
        ports[i] = 1;
    channel_to(0, &sender);
    world_enter(v);
    CHECK_EQ(vcpu_poll(v, ports, ARRAY_SIZE(ports), 0), -XEN_EINVAL);
    ports[1] = 4096;
    CHECK_EQ(vcpu_poll(v, ports, 2, 0), -XEN_EINVAL);
    ports[1] = 0;
    CHECK_EQ(vcpu_poll(v, ports, 2, 0), -XEN_EINVAL);
    CHECK_EQ(v->pause_flags, 0);
    CHECK_EQ(world[1]->events.pollers, 0);
    ports[1] = 1;
    CHECK_EQ(vcpu_poll(v, ports, POLL_PORTS_MAX, 0), 0);
    CHECK_EQ(world[1]->events.pollers, 1);
    vcpu_wake(v, VCPU_BLOCKED);
    CHECK_END();
}

static void polling_times_out(void)
{
    evtchn_port_t sender, port;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    port = channel_to(0, &sender);
    world_enter(v);
    CHECK_EQ(vcpu_poll(v, &port, 1, fake_now + MS), 0);
    world_settle();
    CHECK(!world_runs(v));
    fake_now += MS - 1;
    world_settle();
    CHECK(!world_runs(v));
    fake_now += 1;
    world_settle();
    CHECK(world_runs(v));
    CHECK_EQ(world[1]->events.pollers, 0);

    /* A poll that has ended does not end a later sleep. */
    CHECK_EQ(vcpu_poll(v, &port, 1, fake_now + MS), 0);
    world_settle();
    evtchn_send(world[0], sender);
    world_settle();
    CHECK(world_runs(v));
    take_events(v);
    vcpu_block(v);
    fake_now += 2 * MS;
    world_settle();
    CHECK(!world_runs(v));
    CHECK_END();
}

static void any_event_ends_a_poll(void)
{
    evtchn_port_t sender, ipi = 0, port;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    port = channel_to(0, &sender);
    evtchn_bind_ipi(world[1], 0, &ipi);
    world_enter(v);
    vcpu_poll(v, &port, 1, 0);
    world_settle();
    evtchn_send(world[1], ipi);
    world_settle();
    CHECK(world_runs(v));
    CHECK_EQ(world[1]->events.pollers, 0);
    CHECK_END();
}

static void reasons_not_to_run_are_kept_apart(void)
{
    evtchn_port_t sender;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    v->initialised = true;
    channel_to(0, &sender);
    world_enter(v);
    vcpu_block(v);
    world_settle();
    vcpu_pause(v);
    vcpu_pause_nosync(v);
    vcpu_sleep(v, VCPU_DOWN);
    evtchn_send(world[0], sender);
    world_settle();
    CHECK(!world_runs(v));
    CHECK(!(v->pause_flags & BIT(VCPU_BLOCKED)));
    vcpu_unpause(v);
    world_settle();
    CHECK(!world_runs(v));
    CHECK_EQ(vcpu_up(v), 0);
    world_settle();
    CHECK(!world_runs(v));
    vcpu_unpause(v);
    world_settle();
    CHECK(world_runs(v));

    world[1]->pause_count = 1;
    sched_sleep(&v->sched);
    world_settle();
    CHECK(!world_runs(v));
    CHECK_EQ(v->runstate.state, RUNSTATE_offline);
    world[1]->pause_count = 0;
    sched_wake(&v->sched);
    world_settle();
    CHECK(world_runs(v));
    CHECK_END();
}

static void going_down_and_up(void)
{
    bool last = true;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    CHECK_EQ(vcpu_up(v), -XEN_EINVAL);
    v->initialised = true;
    world_enter(v);
    vcpu_down(v, &last);
    CHECK(!last);
    world_settle();
    CHECK(!world_runs(v));
    /* The last one stays as it is: its domain is to be shut down. */
    vcpu_down(world[1]->vcpu[1], &last);
    CHECK(last);
    CHECK(!(world[1]->vcpu[1]->pause_flags & BIT(VCPU_DOWN)));
    CHECK_EQ(vcpu_up(v), 0);
    world_settle();
    CHECK(world_runs(v));
    CHECK_EQ(vcpu_up(v), 0);
    CHECK_END();
}

/* A frame of domain 1's, as far as the stand-ins know. frame_table is the fake one. */
static uint64_t frame_of_domain_1(struct page_info **page)
{
    *page = frames_alloc(0, ALLOC_ANY);
    (*page)->owner = (uint32_t)virt_to_mfn(world[1]);
    return page_to_mfn(*page);
}

static void vcpu_info_moves_once(void)
{
    evtchn_port_t sender;
    struct page_info *page;
    vcpu_info_t *old;
    struct vcpu *v;
    uint64_t mfn;

    world_start();
    v = world[1]->vcpu[0];
    channel_to(0, &sender);
    world_enter(v);
    mfn = frame_of_domain_1(&page);
    old = v->info;
    old->arch.cr2 = 0x1234;

    CHECK_EQ(vcpu_info_register(v, mfn, PAGE_SIZE - sizeof(vcpu_info_t) + 8), -XEN_EINVAL);
    CHECK_EQ(vcpu_info_register(v, mfn, PAGE_SIZE), -XEN_EINVAL);
    CHECK_EQ(vcpu_info_register(v, mfn, ~0U), -XEN_EINVAL);
    CHECK_EQ(vcpu_info_register(v, mfn, 4), -XEN_EINVAL);
    CHECK_EQ(vcpu_info_register(v, FAKE_FRAMES, 0), -XEN_EINVAL);
    CHECK_EQ(vcpu_info_register(v, ~0UL, 0), -XEN_EINVAL);
    CHECK(v->info == old);
    /* Another one that may run is not to be moved under its feet. */
    CHECK_EQ(vcpu_info_register(world[1]->vcpu[1], mfn, 0), -XEN_EINVAL);
    CHECK_EQ(page->count, 0);

    CHECK_EQ(vcpu_info_register(v, mfn, PAGE_SIZE - sizeof(vcpu_info_t)), 0);
    CHECK_EQ(page->count, 1);
    CHECK((char *)v->info == (char *)page_to_virt(page) + PAGE_SIZE - sizeof(vcpu_info_t));
    CHECK_EQ(v->info->arch.cr2, 0x1234);
    CHECK_EQ(v->info->evtchn_upcall_mask, 1);
    CHECK_EQ(v->info->evtchn_pending_sel, -1);
    CHECK(upcall(v));
    CHECK_EQ(vcpu_info_register(v, mfn, 0), -XEN_EINVAL);
    CHECK_EQ(page->count, 1);

    /* Events go to the new place. */
    take_events(v);
    old->evtchn_upcall_pending = 0;
    evtchn_send(world[0], sender);
    CHECK(upcall(v) && !old->evtchn_upcall_pending);

    vcpu_info_unregister(v);
    vcpu_info_unregister(v);
    CHECK_EQ(page->count, 0);
    CHECK(v->info == old);
    frames_free(page, 0);
    CHECK_END();
}

static void a_spare_vcpu_info_tells_nothing(void)
{
    struct page_info *page;
    struct vcpu *v;
    uint64_t mfn;

    world_start();
    v = world[1]->vcpu[1];
    v->id = XEN_LEGACY_MAX_VCPUS;
    vcpu_info_init(v);
    CHECK(vcpu_info_is_spare(v));
    v->info->arch.cr2 = 0x5ec4e7;
    vcpu_sleep(v, VCPU_DOWN);
    mfn = frame_of_domain_1(&page);
    CHECK_EQ(vcpu_info_register(v, mfn, 0), 0);
    CHECK(!vcpu_info_is_spare(v));
    CHECK_EQ(v->info->arch.cr2, 0);
    CHECK_EQ(v->info->evtchn_upcall_mask, 1);
    vcpu_info_unregister(v);
    CHECK(vcpu_info_is_spare(v));
    frames_free(page, 0);
    v->id = 1;
    CHECK_END();
}

int main(void)
{
    RUN(an_event_wakes_a_blocked_vcpu);
    RUN(a_masked_port_wakes_nobody);
    RUN(blocking_with_an_event_pending_does_not);
    RUN(a_vcpu_that_runs_elsewhere_is_interrupted);
    RUN(polling_ends_with_an_event_on_the_port);
    RUN(polling_what_is_pending_returns_at_once);
    RUN(polling_takes_only_good_ports);
    RUN(polling_times_out);
    RUN(any_event_ends_a_poll);
    RUN(reasons_not_to_run_are_kept_apart);
    RUN(going_down_and_up);
    RUN(vcpu_info_moves_once);
    RUN(a_spare_vcpu_info_tells_nothing);
    return check_done();
}
