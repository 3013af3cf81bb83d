/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events between vCPUs on CPUs that are threads: tokens go round a ring of vCPUs, which block or
 * poll while they have none. A wake-up that is lost anywhere stops a token for good. */
#include "check.h"
#include "world.h"

#include <pthread.h>
#include <sched.h>

#include "lib/bits.h"
#include "machine/time.h"
#include "schedule/softirq.h"

#define RING    (WORLD_DOMAINS * WORLD_VCPUS)
#define TOKENS  3
#define HOPS    3000
#define GIVE_UP 15000000000ULL

/* One vCPU's place in the ring. */
static struct station {
    struct vcpu *vcpu;
    evtchn_port_t in, out;
    unsigned int hops;
    bool polls;
} ring[RING];

static bool going;

static struct station *station_of(const struct vcpu *v)
{
    return &ring[v->domain->domid * WORLD_VCPUS + v->id];
}

static struct station *next_station(const struct station *s)
{
    return &ring[(s - ring + 1) % RING];
}

/* One thing that the guest on this CPU does: passes on what has come, or waits for it. */
static void guest_step(struct vcpu *v)
{
    struct station *s = station_of(v);
    uint64_t *words = (uint64_t *)v->domain->shared_info->evtchn_pending;

    __atomic_store_n(&v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    if (atomic_bit_test_and_clear(words, s->in)) {
        s->hops++;
        evtchn_send(v->domain, s->out);
        return;
    }
    /* The moment that matters: an event that comes now comes before the guest has said that it
     * waits. */
    sched_yield();
    if (s->polls)
        vcpu_poll(v, &s->in, 1, 0);
    else
        vcpu_block(v);
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

static void *cpu_main(void *number)
{
    fake_cpu = (unsigned int)(uintptr_t)number;
    while (READ_ONCE(going)) {
        struct vcpu *v;

        if (interrupted())
            softirq_process();
        v = fake_current[fake_cpu];
        if (v->is_idle) {
            sched_yield();
            continue;
        }
        guest_step(v);
        /* On the way back to the guest. */
        softirq_process();
    }
    return NULL;
}

static void make_ring(bool polls)
{
    for (unsigned int i = 0; i < RING; i++) {
        ring[i] = (struct station){
            .vcpu = world[i / WORLD_VCPUS]->vcpu[i % WORLD_VCPUS],
            .polls = polls && i % 3 == 0,
        };
    }
    for (unsigned int i = 0; i < RING; i++) {
        struct station *s = &ring[i], *next = next_station(s);
        struct domain *d = s->vcpu->domain, *to = next->vcpu->domain;

        evtchn_alloc_unbound(to, d->domid, &next->in);
        evtchn_bind_vcpu(to, next->in, next->vcpu->id);
        evtchn_bind_interdomain(d, to, next->in, &s->out);
        take_events(s->vcpu);
        /* As kernels do that wait for a lock. */
        if (next->polls)
            mask(to, next->in);
    }
}

static unsigned int least_hops(void)
{
    unsigned int least = ~0U;

    for (unsigned int i = 0; i < RING; i++)
        least = MIN(least, READ_ONCE(ring[i].hops));
    return least;
}

static void go_round(bool polls)
{
    pthread_t threads[WORLD_CPUS];
    uint64_t end;

    world_start();
    make_ring(polls);
    for (unsigned int i = 0; i < TOKENS; i++)
        atomic_bit_set((uint64_t *)ring[2 * i].vcpu->domain->shared_info->evtchn_pending,
                       ring[2 * i].in);
    going = true;
    for (unsigned int i = 0; i < WORLD_CPUS; i++)
        pthread_create(&threads[i], NULL, cpu_main, (void *)(uintptr_t)i);
    end = system_time() + GIVE_UP;
    while (least_hops() < HOPS && system_time() < end)
        sched_yield();
    CHECK(least_hops() >= HOPS);
    WRITE_ONCE(going, false);
    for (unsigned int i = 0; i < WORLD_CPUS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(world_end(), 0);
}

static void blocked_vcpus_miss_no_event(void)
{
    go_round(false);
}

static void polling_vcpus_miss_no_event(void)
{
    go_round(true);
}

int main(void)
{
    RUN(blocked_vcpus_miss_no_event);
    RUN(polling_vcpus_miss_no_event);
    return check_done();
}
