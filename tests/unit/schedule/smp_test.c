/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scheduler on CPUs that are threads: whatever they do to each other's units at the same time,
 * no unit is on two CPUs, none is run before it is saved, and none is lost. A CPU does what it was
 * asked to only when it is interrupted, so that an interrupt that was not sent is noticed. */
#include "check.h"

#include <pthread.h>
#include <sched.h>

#include "lib/bits.h"
#include "machine/machine.h"
#include "machine/time.h"
#include "schedule/schedule.h"
#include "schedule/softirq.h"
#include "schedule/timer.h"

#define CPUS      3
#define UNITS     8
#define STRESS_NS 1500000000ULL
#define GIVE_UP   8000000000ULL

static struct unit {
    struct sched_unit sched;
    bool awake;
    uint32_t paused;
    bool on_cpu;
    unsigned int starts;
} units[UNITS];

static struct unit idle[CPUS];
static bool stressing, going;
static unsigned int twice, paused_runs, pauses;

static struct unit *unit_of(const struct sched_unit *unit)
{
    return container_of(unit, struct unit, sched);
}

static bool runnable(const struct sched_unit *unit)
{
    return READ_ONCE(unit_of(unit)->awake) && !READ_ONCE(unit_of(unit)->paused);
}

static void ignore(struct sched_unit *unit, uint64_t now)
{
}

static void switch_to(struct sched_unit *prev, struct sched_unit *next)
{
    if (__atomic_exchange_n(&unit_of(next)->on_cpu, true, __ATOMIC_SEQ_CST))
        __atomic_fetch_add(&twice, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&unit_of(next)->starts, 1, __ATOMIC_SEQ_CST);
    /* Others have the time to take prev too early. */
    sched_yield();
    __atomic_store_n(&unit_of(prev)->on_cpu, false, __ATOMIC_SEQ_CST);
    sched_saved(prev);
    irq_enable();
}

static const struct sched_hooks hooks = {
    .runnable = runnable,
    .stopped = ignore,
    .started = ignore,
    .woken = ignore,
    .switch_to = switch_to,
};

static uint32_t random_below(uint32_t *state, uint32_t n)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % n;
}

static void wake(struct unit *u)
{
    WRITE_ONCE(u->awake, true);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    sched_wake(&u->sched);
}

static void put_to_sleep(struct unit *u)
{
    WRITE_ONCE(u->awake, false);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    sched_sleep(&u->sched);
}

/* Only CPU 0 waits for others, so that no two wait for each other. */
static void pause_and_go_on(struct unit *u)
{
    __atomic_fetch_add(&u->paused, 1, __ATOMIC_SEQ_CST);
    sched_sleep_sync(&u->sched);
    if (READ_ONCE(u->on_cpu))
        __atomic_fetch_add(&paused_runs, 1, __ATOMIC_SEQ_CST);
    pauses++;
    __atomic_fetch_sub(&u->paused, 1, __ATOMIC_SEQ_CST);
    sched_wake(&u->sched);
}

static void random_operation(uint32_t *state)
{
    struct sched_unit *current = sched_running_on(fake_cpu);
    struct unit *u = &units[random_below(state, UNITS)];

    switch (random_below(state, 8)) {
    case 0:
    case 1:
        wake(u);
        break;
    case 2:
        put_to_sleep(u);
        break;
    case 3:
        if (!current->idle)
            put_to_sleep(unit_of(current));
        break;
    case 4:
        if (random_below(state, 8) == 0)
            sched_set_affinity(&u->sched, 1 + random_below(state, 7), ~0ULL);
        break;
    case 5:
        if (random_below(state, 8) == 0)
            sched_set_share(&u->sched, 1 + random_below(state, 500), 0);
        break;
    case 6:
        sched_give_way();
        break;
    default:
        if (fake_cpu == 0 && &u->sched != current)
            pause_and_go_on(u);
        break;
    }
}

static bool interrupted(void)
{
    bool poked = __atomic_exchange_n(&fake_poked[fake_cpu], false, __ATOMIC_SEQ_CST);

    if (READ_ONCE(fake_timer[fake_cpu]) <= system_time()) {
        cpu_timer_arm(UINT64_MAX);
        timer_interrupt();
        poked = true;
    }
    return poked;
}

/* One CPU: does random things in the name of what it runs, and else waits for interrupts. */
static void *cpu_main(void *number)
{
    uint32_t state = 1;

    fake_cpu = (unsigned int)(uintptr_t)number;
    state += fake_cpu;
    while (READ_ONCE(going)) {
        if (READ_ONCE(stressing) && random_below(&state, 4) == 0) {
            random_operation(&state);
            softirq_process();
        }
        if (interrupted())
            softirq_process();
        if (sched_running_on(fake_cpu)->idle)
            sched_yield();
    }
    return NULL;
}

static void prepare(void)
{
    fake_machine_init(CPUS);
    sched_init(&hooks);
    for (fake_cpu = 0; fake_cpu < CPUS; fake_cpu++) {
        timers_init_cpu(fake_cpu);
        sched_init_cpu(fake_cpu, &idle[fake_cpu].sched);
        idle[fake_cpu].on_cpu = true;
    }
    /* This thread is none of the CPUs: what it asks them for takes an interrupt. */
    fake_cpu = CPUS;
    for (unsigned int i = 0; i < UNITS; i++)
        sched_unit_init(&units[i].sched, i % CPUS, ~0ULL);
}

/* Has everybody run since? Waits for it, within reason. */
static bool all_start_again(void)
{
    unsigned int before[UNITS], late = UNITS;
    uint64_t end = system_time() + GIVE_UP;

    for (unsigned int i = 0; i < UNITS; i++)
        before[i] = READ_ONCE(units[i].starts);
    while (late && system_time() < end) {
        late = 0;
        for (unsigned int i = 0; i < UNITS; i++)
            late += READ_ONCE(units[i].starts) == before[i];
        sched_yield();
    }
    return !late;
}

/* With nobody else to run there is no timer either: pausing takes an interrupt. */
static bool a_lone_unit_is_interrupted(void)
{
    for (unsigned int i = 1; i < UNITS; i++)
        put_to_sleep(&units[i]);
    while (!READ_ONCE(units[0].on_cpu) || READ_ONCE(units[1].on_cpu))
        sched_yield();
    pause_and_go_on(&units[0]);
    return !paused_runs;
}

static void many_cpus_lose_nobody(void)
{
    pthread_t threads[CPUS];
    uint64_t end;

    prepare();
    going = stressing = true;
    for (unsigned int i = 0; i < CPUS; i++)
        pthread_create(&threads[i], NULL, cpu_main, (void *)(uintptr_t)i);
    end = system_time() + STRESS_NS;
    while (system_time() < end)
        sched_yield();
    WRITE_ONCE(stressing, false);

    for (unsigned int i = 0; i < UNITS; i++) {
        sched_set_affinity(&units[i].sched, ~0ULL, ~0ULL);
        sched_set_share(&units[i].sched, SCHED_DEFAULT_WEIGHT, 0);
        wake(&units[i]);
    }
    CHECK(all_start_again());
    CHECK(all_start_again());
    CHECK(a_lone_unit_is_interrupted());
    WRITE_ONCE(going, false);
    for (unsigned int i = 0; i < CPUS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(twice, 0);
    CHECK_EQ(paused_runs, 0);
    CHECK(pauses > 10);
}

int main(void)
{
    RUN(many_cpus_lose_nobody);
    return check_done();
}
