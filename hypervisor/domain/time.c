/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time as a guest sees it: how to make nanoseconds of the TSC, what time of day it is, and the
 * vCPU's timers.
 *
 * The TSC is the hypervisor's own clock, with one scale for all CPUs since boot, and a hardware
 * guest's is at most another rate and an offset away, the same for all its vCPUs. So what a guest
 * is told never changes while it runs: the TSC's value at system time 0, and the scale; and it may
 * be told that all its vCPUs agree. */
#include "domain/shared_page.h"

#include "domain/guest_copy.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "machine/time.h"

#define NS_PER_SEC 1000000000ULL

/* The time of day at system time 0. */
static struct {
    struct spinlock lock;
    uint64_t sec;
    uint32_t nsec;
} wallclock;

static struct vcpu_time_info time_info(const struct domain *d, uint32_t version)
{
    struct tsc_scale scale = guest_tsc_scale(d);

    return (struct vcpu_time_info){
        .version = version,
        .tsc_timestamp = guest_tsc_at(d, tsc_at_boot),
        .system_time = 0,
        .tsc_to_system_mul = scale.mul,
        .tsc_shift = scale.shift,
        .flags = XEN_PVCLOCK_TSC_STABLE_BIT,
    };
}

void vcpu_time_update(struct vcpu *v)
{
    struct vcpu_time_info *shown = &v->info->time, info = time_info(v->domain, 0);
    uint32_t version = READ_ONCE(shown->version);

    if (READ_ONCE(shown->tsc_timestamp) == info.tsc_timestamp && !(version & 1) &&
        READ_ONCE(shown->tsc_to_system_mul) == info.tsc_to_system_mul)
        return;

    /* An odd version says: being written. */
    version |= 1;
    WRITE_ONCE(shown->version, version);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    info.version = version;
    *shown = info;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    WRITE_ONCE(shown->version, version + 1);
}

int vcpu_time_publish(struct vcpu *v)
{
    uint32_t version = READ_ONCE(v->info->time.version) | 1;
    struct vcpu_time_info info = time_info(v->domain, version);
    int rc;

    if (!v->time_address)
        return 0;
    rc = put_to_guest(v->time_address, &version);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!rc)
        rc = put_to_guest(v->time_address, &info);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    version++;
    if (!rc)
        rc = put_to_guest(v->time_address, &version);
    return rc;
}

void domain_wallclock_update(struct domain *d)
{
    const struct shared_layout *layout = shared_layout(d);
    char *page = (char *)d->shared_info;
    uint32_t *wc = (uint32_t *)(page + layout->wallclock), version;
    uint64_t sec;

    spin_lock(&wallclock.lock);
    sec = wallclock.sec + (uint64_t)READ_ONCE(d->time_offset);
    version = READ_ONCE(wc[0]) | 1;
    WRITE_ONCE(wc[0], version);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    WRITE_ONCE(wc[1], (uint32_t)sec);
    WRITE_ONCE(wc[2], wallclock.nsec);
    WRITE_ONCE(*(uint32_t *)(page + layout->seconds_high), (uint32_t)(sec >> 32));
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    WRITE_ONCE(wc[0], version + 1);
    spin_unlock(&wallclock.lock);
}

uint64_t domain_wallclock(const struct domain *d)
{
    uint64_t base;

    spin_lock(&wallclock.lock);
    base = wallclock.sec * NS_PER_SEC + wallclock.nsec;
    spin_unlock(&wallclock.lock);
    return base + (uint64_t)READ_ONCE(d->time_offset) * NS_PER_SEC + system_time();
}

/* Sets the time of day at system time 0 from that at `when`. */
static void wallclock_base(uint64_t sec, uint32_t nsec, uint64_t when)
{
    uint64_t total = sec * NS_PER_SEC + nsec - when;

    spin_lock(&wallclock.lock);
    wallclock.sec = total / NS_PER_SEC;
    wallclock.nsec = (uint32_t)(total % NS_PER_SEC);
    spin_unlock(&wallclock.lock);
}

void wallclock_set(uint64_t sec, uint32_t nsec, uint64_t when)
{
    struct domain *d;

    wallclock_base(sec, nsec, when);
    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link)
        if (d->shared_info)
            domain_wallclock_update(d);
    spin_unlock(&domain_list_lock);
}

void wallclock_init(void)
{
    wallclock_base(cmos_time_read(), 0, system_time());
}

static void singleshot_fired(void *data)
{
    evtchn_raise_virq(data, VIRQ_TIMER);
}

static void periodic_fired(void *data)
{
    struct vcpu *v = data;
    uint64_t period = READ_ONCE(v->periodic_ns), next = v->periodic_timer.deadline + period;

    if (!period)
        return;
    /* Ticks that were missed are not made up for. */
    timer_set(&v->periodic_timer, MAX(next, system_time() + period / 2));
    evtchn_raise_virq(v, VIRQ_TIMER);
}

static void poll_timed_out(void *data)
{
    struct vcpu *v = data;

    /* Not if that poll is long over and it blocks for something else. */
    if (bit_test(&v->pause_flags, VCPU_POLLING))
        vcpu_wake(v, VCPU_BLOCKED);
}

void vcpu_periodic_set(struct vcpu *v, uint64_t period)
{
    WRITE_ONCE(v->periodic_ns, period);
    if (period)
        timer_set(&v->periodic_timer, system_time() + period);
    else
        timer_stop(&v->periodic_timer);
}

void vcpu_singleshot_set(struct vcpu *v, uint64_t deadline)
{
    timer_set(&v->singleshot_timer, deadline);
}

void vcpu_singleshot_stop(struct vcpu *v)
{
    timer_stop(&v->singleshot_timer);
}

void vcpu_timers_init(struct vcpu *v)
{
    timer_init(&v->singleshot_timer, singleshot_fired, v, v->sched.cpu);
    timer_init(&v->periodic_timer, periodic_fired, v, v->sched.cpu);
    timer_init(&v->poll_timer, poll_timed_out, v, v->sched.cpu);
    vcpu_runstate_init(v);
}

void vcpu_timers_kill(struct vcpu *v)
{
    WRITE_ONCE(v->periodic_ns, 0);
    timer_kill(&v->singleshot_timer);
    timer_kill(&v->periodic_timer);
    timer_kill(&v->poll_timer);
}

void vcpu_timers_migrate(struct vcpu *v, unsigned int cpu)
{
    timer_migrate(&v->singleshot_timer, cpu);
    timer_migrate(&v->periodic_timer, cpu);
    timer_migrate(&v->poll_timer, cpu);
}
