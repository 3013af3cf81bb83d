/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers against a plain list of deadlines. */
#include "check.h"

#include "machine/machine.h"
#include "schedule/softirq.h"
#include "schedule/timer.h"

#define TIMERS 200

static struct timer timers[TIMERS];
static bool set[TIMERS];
static uint64_t deadlines[TIMERS];
static uint64_t last_fired;
static unsigned int fired_count, wrong_order, wrong_timer, wrong_cpu, wrong_context;
static uint32_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static void start(unsigned int cpus)
{
    fake_machine_init(cpus);
    for (unsigned int cpu = 0; cpu < cpus; cpu++)
        timers_init_cpu(cpu);
    fired_count = wrong_order = wrong_timer = wrong_cpu = wrong_context = 0;
    last_fired = 0;
    random_state = 1;
    memset(set, 0, sizeof(set));
}

/* What each timer of the model does: it should be set, due, on its CPU, in turn. */
static void fired(void *data)
{
    unsigned int i = (unsigned int)((struct timer *)data - timers);

    fired_count++;
    wrong_timer += !set[i] || deadlines[i] > fake_now;
    wrong_order += deadlines[i] < last_fired;
    wrong_cpu += timers[i].cpu != fake_cpu;
    wrong_context += fake_locks_held || !irq_enabled() || timer_is_set(&timers[i]);
    last_fired = deadlines[i];
    set[i] = false;
}

/* Lets each CPU do what its interrupts have asked for. */
static void run_cpus(void)
{
    for (fake_cpu = 0; fake_cpu < cpu_count; fake_cpu++) {
        last_fired = 0;
        if (fake_timer[fake_cpu] <= fake_now)
            timer_interrupt();
        softirq_process();
    }
    fake_cpu = 0;
}

static unsigned int overdue(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < TIMERS; i++)
        n += set[i] && deadlines[i] <= fake_now;
    return n;
}

/* A random step: sets, moves, stops or migrates a timer, from any CPU. */
static void random_step(void)
{
    unsigned int i = random_below(TIMERS), what = random_below(10);

    fake_cpu = random_below(cpu_count);
    if (what < 6) {
        deadlines[i] = fake_now + random_below(1000) - MIN(fake_now, 20);
        set[i] = true;
        timer_set(&timers[i], deadlines[i]);
    } else if (what < 8) {
        set[i] = false;
        timer_stop(&timers[i]);
    } else {
        timer_migrate(&timers[i], random_below(cpu_count));
    }
    fake_cpu = 0;
}

static void random_against_model(void)
{
    unsigned int late = 0, disagree = 0;

    start(3);
    for (unsigned int i = 0; i < TIMERS; i++)
        timer_init(&timers[i], fired, &timers[i], i % 3);
    for (unsigned int step = 0; step < 50000; step++) {
        random_step();
        if (random_below(4) == 0) {
            fake_now += random_below(30);
            run_cpus();
            late += overdue();
        }
        for (unsigned int i = 0; i < TIMERS; i++)
            disagree += timer_is_set(&timers[i]) != set[i];
    }
    CHECK_EQ(late, 0);
    CHECK_EQ(disagree, 0);
    CHECK_EQ(wrong_order, 0);
    CHECK_EQ(wrong_timer, 0);
    CHECK_EQ(wrong_cpu, 0);
    CHECK_EQ(wrong_context, 0);
    CHECK(fired_count > 1000);
}

static void all_fire_in_order(void)
{
    start(1);
    for (unsigned int i = 0; i < TIMERS; i++) {
        timer_init(&timers[i], fired, &timers[i], 0);
        deadlines[i] = 1 + (i * 7919) % 1000;
        set[i] = true;
        timer_set(&timers[i], deadlines[i]);
    }
    fake_now = 2000;
    timer_interrupt();
    softirq_process();
    CHECK_EQ(fired_count, TIMERS);
    CHECK_EQ(wrong_order, 0);
    CHECK_EQ(fake_timer[0], UINT64_MAX);
}

static void the_hardware_is_armed_for_the_first(void)
{
    start(2);
    for (unsigned int i = 0; i < 3; i++)
        timer_init(&timers[i], fired, &timers[i], 0);
    timer_set(&timers[0], 500);
    CHECK_EQ(fake_timer[0], 500);
    timer_set(&timers[1], 700);
    CHECK_EQ(fake_timer[0], 500);
    timer_set(&timers[2], 300);
    CHECK_EQ(fake_timer[0], 300);
    CHECK(!softirq_pending());
    CHECK(!fake_poked[0]);

    /* From another CPU: that one is told to look. */
    fake_cpu = 1;
    timer_set(&timers[1], 100);
    CHECK(fake_poked[0]);
    fake_cpu = 0;
    CHECK(softirq_pending());
    softirq_process();
    CHECK_EQ(fake_timer[0], 100);
}

static void a_past_deadline_fires_at_once(void)
{
    start(1);
    fake_now = 1000;
    timer_init(&timers[0], fired, &timers[0], 0);
    deadlines[0] = 5;
    set[0] = true;
    timer_set(&timers[0], 5);
    CHECK(softirq_pending());
    softirq_process();
    CHECK_EQ(fired_count, 1);
    CHECK(!timer_is_set(&timers[0]));
}

static unsigned int repeats;

static void again_at_once(void *data)
{
    if (++repeats < 5)
        timer_set(data, fake_now - 1);
}

static void a_function_may_set_its_own_timer(void)
{
    start(1);
    fake_now = 10;
    repeats = 0;
    timer_init(&timers[0], again_at_once, &timers[0], 0);
    timer_set(&timers[0], 0);
    softirq_process();
    CHECK_EQ(repeats, 5);
    CHECK(!timer_is_set(&timers[0]));
}

/* As the function runs, it moves its timer to another CPU and sets it there. */
static void move_and_set(void *data)
{
    timer_migrate(data, 1);
    timer_set(data, fake_now + 50);
    repeats++;
}

static void a_function_may_migrate_its_own_timer(void)
{
    start(2);
    repeats = 0;
    timer_init(&timers[0], move_and_set, &timers[0], 0);
    timer_set(&timers[0], 10);
    fake_now = 10;
    run_cpus();
    CHECK_EQ(repeats, 1);
    CHECK_EQ(timers[0].cpu, 1);
    CHECK_EQ(fake_timer[1], 60);
    timer_kill(&timers[0]);
    CHECK(!timer_is_set(&timers[0]));
    fake_now = 100;
    run_cpus();
    CHECK_EQ(repeats, 1);
}

static unsigned int works;

static void do_work(void *arg)
{
    works++;
    CHECK(irq_enabled());
    if (arg && works < 3)
        work_queue(arg);
}

static void work_runs_once_each_time_it_is_queued(void)
{
    struct work once, again;

    start(1);
    works = 0;
    work_init(&once, do_work, NULL);
    work_queue(&once);
    work_queue(&once);
    softirq_process();
    CHECK_EQ(works, 1);

    works = 0;
    work_init(&again, do_work, &again);
    work_queue(&again);
    softirq_process();
    CHECK_EQ(works, 3);
    CHECK(!again.queued);
    CHECK(!softirq_pending());
}

int main(void)
{
    RUN(all_fire_in_order);
    RUN(the_hardware_is_armed_for_the_first);
    RUN(a_past_deadline_fires_at_once);
    RUN(a_function_may_set_its_own_timer);
    RUN(a_function_may_migrate_its_own_timer);
    RUN(random_against_model);
    RUN(work_runs_once_each_time_it_is_queued);
    return check_done();
}
