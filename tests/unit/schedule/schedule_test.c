/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scheduler's promises: shares by weight, caps, affinity, no waste, no starvation. */
#include "check.h"

#include <xen/errno.h>

#include "schedule/softirq.h"
#include "simulation.h"

#define SECOND (1000 * MS)

static void check_sane(void)
{
    CHECK_EQ(sim_unsaved, 0);
    CHECK_EQ(sim_twice, 0);
    CHECK_EQ(sim_misplaced, 0);
    CHECK_EQ(sim_wasted, 0);
}

static void check_between(unsigned int got, unsigned int low, unsigned int high)
{
    if (!CHECK(got >= low && got <= high))
        fprintf(stderr, "    got %u, wanted %u to %u\n", got, low, high);
}

static void hog(unsigned int i, unsigned int cpu)
{
    sim_worker(i, cpu, 0, 0);
    sim_wake(i);
}

static void equal_weights_share_equally(void)
{
    sim_start(1);
    for (unsigned int i = 0; i < 4; i++)
        hog(i, 0);
    sim_run(2 * SECOND);
    for (unsigned int i = 0; i < 4; i++)
        CHECK_EQ(sim_percent(i, 2 * SECOND), 25);
    check_sane();
}

static void shares_go_by_weight(void)
{
    static const uint32_t weights[] = {64, 256, 512};

    sim_start(1);
    for (unsigned int i = 0; i < 3; i++) {
        hog(i, 0);
        sched_set_share(&workers[i].unit, weights[i], 0);
    }
    sim_run(8 * SECOND);
    check_between(sim_percent(0, 8 * SECOND), 7, 8);
    check_between(sim_percent(1, 8 * SECOND), 30, 32);
    check_between(sim_percent(2, 8 * SECOND), 61, 62);
    CHECK_EQ(sched_runtime(&workers[2].unit), workers[2].ran);
    check_sane();
}

static void weights_are_clamped(void)
{
    sim_start(1);
    hog(0, 0);
    sched_set_share(&workers[0].unit, 0, 0);
    CHECK_EQ(workers[0].unit.weight, SCHED_MIN_WEIGHT);
    sched_set_share(&workers[0].unit, ~0U, 0);
    CHECK_EQ(workers[0].unit.weight, SCHED_MAX_WEIGHT);
}

static void a_lone_unit_has_no_tick(void)
{
    sim_start(1);
    hog(0, 0);
    sim_run(SECOND);
    CHECK_EQ(fake_timer[0], UINT64_MAX);
    CHECK_EQ(workers[0].starts, 1);
    CHECK_EQ(sim_percent(0, SECOND), 100);

    hog(1, 0);
    sim_settle();
    CHECK(fake_timer[0] <= fake_now + SCHED_SLICE_NS);
}

/* Interactive beside CPU-bound: it is served soon, and gets what it needs. */
static void a_sleeper_is_served_soon(void)
{
    sim_start(1);
    hog(0, 0);
    hog(1, 0);
    sim_worker(2, 0, MS / 2, 9 * MS);
    sim_wake(2);
    sim_run(100 * MS);
    sim_reset_counts();
    sim_run(5 * SECOND);
    CHECK(workers[2].worst_wait <= MS);
    check_between(sim_percent(2, 5 * SECOND), 5, 6);
    check_between(sim_percent(0, 5 * SECOND), 46, 48);
    check_sane();
}

/* Who slept for long has not saved up the time. */
static void sleeping_saves_nothing_up(void)
{
    sim_start(1);
    hog(0, 0);
    hog(1, 0);
    sim_run(100 * MS);
    sim_sleep(1);
    sim_run(5 * SECOND);
    sim_reset_counts();
    sim_wake(1);
    sim_run(100 * MS);
    check_between(sim_percent(0, 100 * MS), 40, 60);
    check_sane();
}

/* The one who ran alone for long is not made to pay for it. */
static void running_alone_is_free(void)
{
    sim_start(1);
    hog(0, 0);
    sim_run(60 * SECOND);
    hog(1, 0);
    sim_reset_counts();
    sim_run(100 * MS);
    check_between(sim_percent(0, 100 * MS), 40, 60);
    check_sane();
}

static void a_cap_holds_alone_and_in_company(void)
{
    sim_start(1);
    hog(0, 0);
    sched_set_share(&workers[0].unit, 256, 25);
    sim_run(3 * SECOND);
    CHECK_EQ(sim_percent(0, 3 * SECOND), 25);

    hog(1, 0);
    sim_reset_counts();
    sim_run(3 * SECOND);
    check_between(sim_percent(0, 3 * SECOND), 24, 25);
    check_between(sim_percent(1, 3 * SECOND), 75, 76);

    sched_set_share(&workers[0].unit, 256, 0);
    sim_reset_counts();
    sim_run(3 * SECOND);
    check_between(sim_percent(0, 3 * SECOND), 49, 51);
    check_sane();
}

/* A capped unit that sleeps and wakes gets no more than the cap by that. */
static void a_cap_holds_for_sleepers(void)
{
    sim_start(1);
    sim_worker(0, 0, 2 * MS, MS);
    sim_wake(0);
    sched_set_share(&workers[0].unit, 256, 10);
    sim_run(3 * SECOND);
    check_between(sim_percent(0, 3 * SECOND), 9, 10);
}

static void lifting_a_cap_lets_it_run_at_once(void)
{
    sim_start(1);
    hog(0, 0);
    sched_set_share(&workers[0].unit, 256, 10);
    sim_run(10 * MS);
    CHECK(workers[0].unit.capped);
    sched_set_share(&workers[0].unit, 256, 0);
    sim_settle();
    CHECK(workers[0].unit.running);
}

static void idle_cpus_take_what_waits(void)
{
    sim_start(4);
    for (unsigned int i = 0; i < 4; i++)
        hog(i, 0);
    sim_run(SECOND);
    for (unsigned int i = 0; i < 4; i++)
        CHECK_EQ(sim_percent(i, SECOND), 100);
    check_sane();
}

static void three_share_two_cpus(void)
{
    sim_start(2);
    for (unsigned int i = 0; i < 3; i++)
        hog(i, 0);
    sim_run(6 * SECOND);
    for (unsigned int i = 0; i < 3; i++)
        check_between(sim_percent(i, 6 * SECOND), 60, 73);
    check_sane();
}

/* Two vCPUs of dom0 and two each of two guests, all busy. */
static void six_share_two_cpus(void)
{
    sim_start(2);
    for (unsigned int i = 0; i < 6; i++)
        hog(i, i % 2);
    sim_run(6 * SECOND);
    for (unsigned int i = 0; i < 6; i++)
        check_between(sim_percent(i, 6 * SECOND), 31, 36);
    check_sane();
}

static void hard_affinity_is_kept(void)
{
    sim_start(2);
    for (unsigned int i = 0; i < 2; i++) {
        sim_worker(i, 0, 0, 0);
        CHECK_EQ(sched_set_affinity(&workers[i].unit, CPUMASK_OF(1), ~0ULL), 0);
        sim_wake(i);
    }
    sim_run(SECOND);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_EQ(workers[i].ran_on[0], 0);
        check_between(sim_percent(i, SECOND), 49, 51);
    }
    check_sane();

    CHECK_EQ(sched_set_affinity(&workers[0].unit, CPUMASK_OF(2), ~0ULL), -XEN_EINVAL);
    CHECK_EQ(workers[0].unit.hard_affinity, CPUMASK_OF(1));
}

static void a_cpu_that_cannot_run_a_unit_never_does(void)
{
    sim_start(2);
    for (unsigned int i = 0; i < 2; i++) {
        sim_worker(i, 0, 0, 0);
        sched_unit_init(&workers[i].unit, 0, CPUMASK_OF(1));
        sim_wake(i);
    }
    sim_run(SECOND);
    CHECK_EQ(workers[0].ran_on[0] + workers[1].ran_on[0], 0);
    check_between(sim_percent(0, SECOND), 49, 51);

    CHECK_EQ(sched_set_affinity(&workers[0].unit, CPUMASK_OF(0), ~0ULL), -XEN_EINVAL);
    CHECK_EQ(sched_set_affinity(&workers[0].unit, ~0ULL, ~0ULL), 0);
    CHECK_EQ(workers[0].unit.hard_affinity, CPUMASK_OF(1));
    sim_run(SECOND);
    CHECK_EQ(workers[0].ran_on[0], 0);
    check_sane();
}

static void affinity_moves_a_running_and_a_waiting_unit(void)
{
    sim_start(3);
    for (unsigned int i = 0; i < 2; i++) {
        sim_worker(i, 0, 0, 0);
        sched_set_affinity(&workers[i].unit, CPUMASK_OF(0), ~0ULL);
        sim_wake(i);
    }
    sim_run(5 * MS);
    CHECK_EQ(workers[0].unit.running + workers[1].unit.running, 1);

    for (unsigned int i = 0; i < 2; i++)
        CHECK_EQ(sched_set_affinity(&workers[i].unit, CPUMASK_OF(1 + i), ~0ULL), 0);
    sim_settle();
    CHECK(sched_running_on(1) == &workers[0].unit);
    CHECK(sched_running_on(2) == &workers[1].unit);
    check_sane();
}

/* One that comes from a CPU where it had much waits for the others' sake, but not for long. */
static void moving_starves_nobody(void)
{
    sim_start(2);
    for (unsigned int i = 0; i < 3; i++) {
        sim_worker(i, 0, 0, 0);
        sched_set_affinity(&workers[i].unit, i ? CPUMASK_OF(0) : CPUMASK_OF(1), ~0ULL);
        sim_wake(i);
    }
    sim_run(10 * SECOND);
    sched_set_affinity(&workers[0].unit, CPUMASK_OF(0), ~0ULL);
    sim_reset_counts();
    sim_run(SECOND);
    check_between(sim_percent(0, SECOND), 28, 33);
    check_sane();
}

static void soft_affinity_is_preferred_not_enforced(void)
{
    sim_start(2);
    for (unsigned int i = 0; i < 2; i++) {
        sim_worker(i, 0, 0, 0);
        sched_set_affinity(&workers[i].unit, ~0ULL, CPUMASK_OF(1));
    }
    sim_wake(0);
    sim_run(SECOND);
    /* It waited on CPU 0, which was idle as well: either will do for one alone. */
    CHECK_EQ(sim_percent(0, SECOND), 100);
    sim_wake(1);
    sim_run(SECOND);
    CHECK_EQ(workers[1].ran, SECOND);
    check_sane();
}

static void yielding_lets_another_go_first(void)
{
    struct sched_unit *first;

    sim_start(1);
    hog(0, 0);
    hog(1, 0);
    sim_run(MS / 2);
    first = sched_running_on(0);
    softirq_raise(SOFTIRQ_SCHEDULE);
    sim_settle();
    CHECK(sched_running_on(0) == first);
    sched_give_way();
    sim_settle();
    CHECK(sched_running_on(0) != first);
    CHECK(!sched_running_on(0)->idle);

    sim_sleep(0);
    sim_settle();
    sched_give_way();
    sim_settle();
    CHECK(sched_running_on(0) == &workers[1].unit);
}

/* CPU 0 waits for a unit on CPU 1, which goes on when it is waited for. */
static void cpu_1_goes_on(void)
{
    CHECK_EQ(fake_cpu, 0);
    fake_cpu = 1;
    softirq_process();
    fake_cpu = 0;
}

static void pausing_waits_until_the_unit_is_off(void)
{
    sim_start(2);
    sim_worker(0, 1, 0, 0);
    sched_set_affinity(&workers[0].unit, CPUMASK_OF(1), ~0ULL);
    sim_wake(0);
    sim_settle();
    CHECK(workers[0].unit.running);

    fake_relax = cpu_1_goes_on;
    workers[0].awake = false;
    sched_sleep_sync(&workers[0].unit);
    CHECK(!workers[0].unit.running);
    CHECK(workers[0].unit.saved);
    CHECK(sched_running_on(1)->idle);
    /* Once more needs no waiting. */
    fake_relax = NULL;
    sched_sleep_sync(&workers[0].unit);
}

/* Between the decision to switch and the registers being saved, the other CPU looks for work. */
static void others_look_for_work(struct sched_unit *prev)
{
    unsigned int home = fake_cpu;

    for (fake_cpu = 0; fake_cpu < cpu_count; fake_cpu++)
        if (fake_cpu != home && irq_enabled()) {
            if (!prev->idle)
                CHECK(!prev->saved);
            softirq_raise(SOFTIRQ_SCHEDULE);
            softirq_process();
        }
    fake_cpu = home;
}

static void nobody_runs_a_unit_that_is_not_saved(void)
{
    sim_start(2);
    sim_before_saved = others_look_for_work;
    for (unsigned int i = 0; i < 2; i++) {
        sim_worker(i, 0, 3 * MS, 2 * MS);
        sim_wake(i);
    }
    hog(2, 0);
    sim_run(SECOND);
    check_sane();
    CHECK(workers[2].ran > SECOND / 2);
}

static uint32_t random_state = 7;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static void random_operation(void)
{
    unsigned int i = random_below(MAX_UNITS);
    struct sched_unit *unit = &workers[i].unit;

    fake_cpu = random_below(cpu_count);
    switch (random_below(8)) {
    case 0:
    case 1:
    case 2:
        sim_wake(i);
        break;
    case 3:
    case 4:
        workers[i].wakes_at = UINT64_MAX;
        sim_sleep(i);
        break;
    case 5:
        sched_set_affinity(unit, 1 + random_below(15), 1 + random_below(15));
        break;
    case 6:
        sched_set_share(unit, random_below(1000), random_below(4) ? 0 : random_below(120));
        break;
    default:
        sched_give_way();
        break;
    }
    fake_cpu = 0;
}

/* Each unit that wants to run has a place, and each that does not has none. */
static unsigned int lost_units(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < MAX_UNITS; i++)
        n += workers[i].awake != (workers[i].unit.running || workers[i].unit.queued);
    return n;
}

static void random_operations_keep_the_rules(void)
{
    unsigned int lost = 0;

    sim_start(4);
    for (unsigned int i = 0; i < MAX_UNITS; i++)
        sim_worker(i, i % 4, i % 3 ? (1 + i) * MS : 0, (16 - i) * MS);
    sim_before_saved = others_look_for_work;
    for (unsigned int step = 0; step < 30000; step++) {
        for (unsigned int n = random_below(4); n; n--)
            random_operation();
        sim_run(random_below(2) ? 0 : random_below(3 * MS));
        sim_settle();
        lost += lost_units();
    }
    CHECK_EQ(lost, 0);
    check_sane();

    /* All of them still get their turn. */
    for (unsigned int i = 0; i < MAX_UNITS; i++) {
        sched_set_affinity(&workers[i].unit, ~0ULL, ~0ULL);
        sched_set_share(&workers[i].unit, 256, 0);
        workers[i].burst = 0;
        sim_wake(i);
    }
    sim_run(2 * SECOND);
    sim_reset_counts();
    sim_run(8 * SECOND);
    for (unsigned int i = 0; i < MAX_UNITS; i++)
        check_between(sim_percent(i, 8 * SECOND), 20, 30);
}

static void a_removed_unit_is_gone(void)
{
    sim_start(1);
    hog(0, 0);
    hog(1, 0);
    sim_run(5 * MS);
    workers[1].awake = false;
    sim_settle();
    sched_sleep(&workers[1].unit);
    sim_settle();
    sched_unit_remove(&workers[1].unit);
    CHECK(!workers[1].unit.queued);
    sim_reset_counts();
    sim_run(SECOND);
    CHECK_EQ(sim_percent(0, SECOND), 100);
}

int main(void)
{
    RUN(equal_weights_share_equally);
    RUN(shares_go_by_weight);
    RUN(weights_are_clamped);
    RUN(a_lone_unit_has_no_tick);
    RUN(a_sleeper_is_served_soon);
    RUN(sleeping_saves_nothing_up);
    RUN(running_alone_is_free);
    RUN(a_cap_holds_alone_and_in_company);
    RUN(a_cap_holds_for_sleepers);
    RUN(lifting_a_cap_lets_it_run_at_once);
    RUN(idle_cpus_take_what_waits);
    RUN(three_share_two_cpus);
    RUN(six_share_two_cpus);
    RUN(hard_affinity_is_kept);
    RUN(a_cpu_that_cannot_run_a_unit_never_does);
    RUN(affinity_moves_a_running_and_a_waiting_unit);
    RUN(moving_starves_nobody);
    RUN(soft_affinity_is_preferred_not_enforced);
    RUN(yielding_lets_another_go_first);
    RUN(pausing_waits_until_the_unit_is_off);
    RUN(nobody_runs_a_unit_that_is_not_saved);
    RUN(random_operations_keep_the_rules);
    RUN(a_removed_unit_is_gone);
    return check_done();
}
