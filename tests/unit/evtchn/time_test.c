/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time as a guest sees it: vcpu_time_info, the wall clock, runstate, and the vCPU's timers. */
#include "check.h"
#include "world.h"

#include "lib/bits.h"
#include "machine/time.h"

#define MS          1000000ULL
#define SECOND      (1000 * MS)
#define CHECK_END() CHECK_EQ(world_end(), 0)

static void let_pass(uint64_t ns)
{
    uint64_t end = fake_now + ns;

    world_settle();
    while (fake_now < end) {
        uint64_t next = end;

        for (unsigned int cpu = 0; cpu < WORLD_CPUS; cpu++)
            next = MIN(next, fake_timer[cpu]);
        fake_now = MAX(next, fake_now);
        world_settle();
    }
}

static void time_info_is_written_under_an_odd_version(void)
{
    struct vcpu_time_info *t;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    t = &v->info->time;
    vcpu_time_update(v);
    CHECK_EQ(t->version, 2);
    CHECK_EQ(t->tsc_timestamp, tsc_at_boot);
    CHECK_EQ(t->system_time, 0);
    CHECK_EQ(t->tsc_to_system_mul, tsc_scale.mul);
    CHECK_EQ(t->tsc_shift, tsc_scale.shift);
    CHECK_EQ(t->flags, XEN_PVCLOCK_TSC_STABLE_BIT);
    /* Nothing new: a guest that reads meanwhile need not begin again. */
    vcpu_time_update(v);
    CHECK_EQ(t->version, 2);
    /* A version that the guest has spoilt is made even again. */
    t->version = 7;
    t->tsc_timestamp = 0;
    vcpu_time_update(v);
    CHECK_EQ(t->version, 8);
    CHECK_EQ(t->tsc_timestamp, tsc_at_boot);
    world[1]->tsc.offset = 54321 - tsc_at_boot;
    vcpu_time_update(v);
    CHECK_EQ(t->version, 10);
    CHECK_EQ(t->tsc_timestamp, 54321);
    CHECK_END();
}

static uint32_t versions[8];
static unsigned int writes;

static void note_version(uint64_t address, size_t len)
{
    if (writes < ARRAY_SIZE(versions))
        memcpy(&versions[writes], world_guest_memory, sizeof(versions[0]));
    writes++;
}

static void the_second_time_info_follows_the_same_rule(void)
{
    struct vcpu_time_info copy;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    world_enter(v);
    CHECK_EQ(vcpu_time_publish(v), 0);
    v->time_address = GUEST_ADDRESS;
    writes = 0;
    world_guest_written = note_version;
    CHECK_EQ(vcpu_time_publish(v), 0);
    CHECK_EQ(writes, 3);
    CHECK(versions[0] & 1);
    CHECK_EQ(versions[1], versions[0]);
    CHECK_EQ(versions[2], versions[0] + 1);
    memcpy(&copy, world_guest_memory, sizeof(copy));
    CHECK_EQ(copy.tsc_to_system_mul, tsc_scale.mul);
    CHECK_EQ(copy.flags, XEN_PVCLOCK_TSC_STABLE_BIT);

    v->time_address = GUEST_ADDRESS + GUEST_SIZE - 8;
    CHECK_EQ(vcpu_time_publish(v), -XEN_EFAULT);
    CHECK_END();
}

static void check_wallclock(const struct domain *d, uint64_t sec, uint32_t nsec)
{
    const shared_info_t *s = d->shared_info;

    CHECK_EQ(s->wc_sec | (uint64_t)s->wc_sec_hi << 32, sec);
    CHECK_EQ(s->wc_nsec, nsec);
    CHECK(!(s->wc_version & 1));
}

static void the_wall_clock_is_kept_at_system_time_0(void)
{
    uint32_t version;

    world_start();
    fake_now = 10 * SECOND + 5;
    wallclock_init();
    domain_wallclock_update(world[1]);
    check_wallclock(world[1], 1699999989, 999999995);

    world[2]->time_offset = -3600;
    version = world[1]->shared_info->wc_version;
    wallclock_set(0x123456789, 7, 2 * SECOND + 9);
    check_wallclock(world[0], 0x123456786, 999999998);
    check_wallclock(world[1], 0x123456786, 999999998);
    check_wallclock(world[2], 0x123456786 - 3600, 999999998);
    CHECK(world[1]->shared_info->wc_version != version);

    /* A date before the machine was turned on, and one that fits no count of ns. */
    wallclock_set(1, 0, 3 * SECOND);
    CHECK(world[0]->shared_info->wc_nsec < SECOND);
    wallclock_set(~0ULL, ~0U, 0);
    CHECK(world[0]->shared_info->wc_nsec < SECOND);
    CHECK_END();
}

static void runstate_adds_up(void)
{
    struct vcpu_runstate_info r;
    struct vcpu *v, *other;
    uint64_t began, sum = 0;

    world_start();
    began = fake_now;
    v = world[1]->vcpu[0];
    other = world[2]->vcpu[0];
    world_enter(v);
    let_pass(50 * MS);
    vcpu_wake(other, VCPU_PARKED);
    let_pass(40 * MS);
    vcpu_sleep(other, VCPU_PARKED);
    world_settle();
    fake_cpu = 0;
    vcpu_block(v);
    let_pass(30 * MS);
    vcpu_wake(v, VCPU_BLOCKED);
    let_pass(5 * MS);
    fake_cpu = 1;
    fake_relax = world_settle;
    vcpu_pause(v);
    let_pass(20 * MS);

    vcpu_runstate_get(v, &r);
    CHECK_EQ(r.state, RUNSTATE_offline);
    CHECK_EQ(r.time[RUNSTATE_blocked], 30 * MS);
    CHECK_EQ(r.time[RUNSTATE_offline], 20 * MS);
    CHECK(r.time[RUNSTATE_runnable] >= 10 * MS && r.time[RUNSTATE_runnable] <= 25 * MS);
    for (unsigned int i = 0; i < 4; i++)
        sum += r.time[i];
    CHECK_EQ(sum, fake_now - began);
    vcpu_unpause(v);
    CHECK_END();
}

static uint64_t entries[8];

static void note_entry(uint64_t address, size_t len)
{
    struct vcpu_runstate_info seen;

    memcpy(&seen, world_guest_memory, sizeof(seen));
    if (writes < ARRAY_SIZE(entries))
        entries[writes] = seen.state_entry_time;
    writes++;
}

static void runstate_is_published(void)
{
    struct vcpu_runstate_info copy;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    world_enter(v);
    let_pass(MS);
    writes = 0;
    world_guest_written = note_entry;
    CHECK_EQ(vcpu_runstate_publish(v), 0);
    CHECK_EQ(writes, 0);
    v->runstate_address = GUEST_ADDRESS;
    CHECK_EQ(vcpu_runstate_publish(v), 0);
    CHECK_EQ(writes, 1);
    memcpy(&copy, world_guest_memory, sizeof(copy));
    CHECK_EQ(copy.state, RUNSTATE_running);
    CHECK_EQ(copy.state_entry_time, v->runstate.state_entry_time);

    /* With the flag: raised first, there with the content, taken away last. */
    writes = 0;
    world[1]->vm_assist = BIT(VMASST_TYPE_runstate_update_flag);
    CHECK_EQ(vcpu_runstate_publish(v), 0);
    CHECK_EQ(writes, 3);
    CHECK(entries[0] & XEN_RUNSTATE_UPDATE);
    CHECK(entries[1] & XEN_RUNSTATE_UPDATE);
    CHECK_EQ(entries[2], v->runstate.state_entry_time);
    CHECK_END();
}

static void a_copy_that_failed_is_made_up_for_once(void)
{
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    world_enter(v);
    v->runstate_address = 0x666000;
    CHECK_EQ(vcpu_runstate_publish(v), -XEN_EFAULT);
    CHECK(v->publish_again);
    vcpu_publish_late(v);
    CHECK(!v->publish_again);

    CHECK_EQ(vcpu_runstate_publish(v), -XEN_EFAULT);
    v->runstate_address = GUEST_ADDRESS;
    memset(world_guest_memory, 0xff, sizeof(world_guest_memory));
    vcpu_publish_late(v);
    CHECK_EQ(*(int *)world_guest_memory, RUNSTATE_running);
    CHECK_END();
}

static evtchn_port_t bind_timer(struct vcpu *v)
{
    evtchn_port_t port = 0;

    CHECK_EQ(evtchn_bind_virq(v->domain, VIRQ_TIMER, v->id, &port), 0);
    return port;
}

static void the_singleshot_timer_fires_once(void)
{
    evtchn_port_t port;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[1];
    port = bind_timer(v);
    vcpu_singleshot_set(v, fake_now + MS);
    let_pass(MS - 1);
    CHECK(!pending(world[1], port));
    let_pass(1);
    CHECK(pending(world[1], port) && upcall(v));
    take_events(v);
    let_pass(SECOND);
    CHECK(!pending(world[1], port));

    /* The past is now. */
    vcpu_singleshot_set(v, 1);
    world_settle();
    CHECK(pending(world[1], port));
    take_events(v);
    vcpu_singleshot_set(v, 0);
    world_settle();
    CHECK(pending(world[1], port));

    take_events(v);
    vcpu_singleshot_set(v, fake_now + MS);
    vcpu_singleshot_stop(v);
    let_pass(2 * MS);
    CHECK(!pending(world[1], port));
    vcpu_singleshot_set(v, ~0ULL);
    let_pass(SECOND);
    CHECK(!pending(world[1], port));
    CHECK_END();
}

static void a_timer_wakes_and_follows_its_vcpu(void)
{
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    bind_timer(v);
    world_enter(v);
    sched_set_affinity(&v->sched, CPUMASK_OF(1), ~0ULL);
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        vcpu_sleep(world[i]->vcpu[1], VCPU_PARKED);
    world_settle();
    CHECK(world_runs(v));
    CHECK_EQ(v->sched.cpu, 1);
    CHECK_EQ(v->singleshot_timer.cpu, 1);

    fake_cpu = 1;
    vcpu_singleshot_set(v, fake_now + MS);
    vcpu_block(v);
    world_settle();
    CHECK(!world_runs(v));
    let_pass(MS);
    CHECK(world_runs(v));
    CHECK_END();
}

static void the_periodic_timer_ticks(void)
{
    unsigned int ticks = 0;
    evtchn_port_t port;
    struct vcpu *v;

    world_start();
    v = world[1]->vcpu[0];
    port = bind_timer(v);
    vcpu_periodic_set(v, 10 * MS);
    for (unsigned int i = 0; i < 1000; i++) {
        let_pass(MS);
        ticks += pending(world[1], port);
        take_events(v);
    }
    CHECK_EQ(ticks, 100);

    /* What was missed is not caught up with. */
    fake_now += 10 * SECOND + 9 * MS;
    world_settle();
    CHECK(v->periodic_timer.deadline >= fake_now + 5 * MS);
    CHECK(v->periodic_timer.deadline <= fake_now + 10 * MS);
    take_events(v);
    ticks = 0;
    for (unsigned int i = 0; i < 100; i++) {
        let_pass(MS);
        ticks += pending(world[1], port);
        take_events(v);
    }
    CHECK(ticks >= 9 && ticks <= 12);

    vcpu_periodic_set(v, 0);
    let_pass(SECOND);
    CHECK(!pending(world[1], port));
    CHECK_END();
}

int main(void)
{
    RUN(time_info_is_written_under_an_odd_version);
    RUN(the_second_time_info_follows_the_same_rule);
    RUN(the_wall_clock_is_kept_at_system_time_0);
    RUN(runstate_adds_up);
    RUN(runstate_is_published);
    RUN(a_copy_that_failed_is_made_up_for_once);
    RUN(the_singleshot_timer_fires_once);
    RUN(a_timer_wakes_and_follows_its_vcpu);
    RUN(the_periodic_timer_ticks);
    return check_done();
}
