/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vCPU's reasons not to run, and what wakes it.
 *
 * Pausing, blocking, being down, and the domain's pause are kept apart: undoing one never undoes
 * another. Each is one atomic step, followed by a word to the scheduler, which looks at all of
 * them under its own lock. */
#include "domain/vcpu.h"

#include "domain/guest_ops.h"
#include "lib/bits.h"
#include "machine/smp.h"
#include "machine/time.h"

#define BLOCKED_BITS (BIT(VCPU_BLOCKED) | BIT(VCPU_POLLING))

bool vcpu_runnable(const struct vcpu *v)
{
    return !READ_ONCE(v->pause_flags) && !READ_ONCE(v->pause_count) &&
           !READ_ONCE(v->domain->pause_count);
}

/* Ends blocking and polling together, so that the next poll begins with neither. Returns whether
 * the vCPU was blocked. */
static bool unblock(struct vcpu *v)
{
    uint64_t old;

    /* The common case costs a read. The fence orders it after the event that the caller made. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!(READ_ONCE(v->pause_flags) & BIT(VCPU_BLOCKED)))
        return false;
    old = __atomic_fetch_and(&v->pause_flags, ~BLOCKED_BITS, __ATOMIC_SEQ_CST);
    if (old & BIT(VCPU_POLLING))
        __atomic_fetch_sub(&v->domain->events.pollers, 1, __ATOMIC_SEQ_CST);
    return old & BIT(VCPU_BLOCKED);
}

void vcpu_sleep(struct vcpu *v, enum vcpu_pause why)
{
    atomic_bit_set(&v->pause_flags, why);
    sched_sleep(&v->sched);
}

void vcpu_wake(struct vcpu *v, enum vcpu_pause why)
{
    bool was = why == VCPU_BLOCKED ? unblock(v)
                                   : atomic_bit_test_and_clear(&v->pause_flags, why);

    if (was)
        sched_wake(&v->sched);
}

void vcpu_pause_nosync(struct vcpu *v)
{
    __atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
    sched_sleep(&v->sched);
}

void vcpu_pause(struct vcpu *v)
{
    __atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
    sched_sleep_sync(&v->sched);
}

void vcpu_unpause(struct vcpu *v)
{
    if (__atomic_sub_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST) == 0)
        sched_wake(&v->sched);
}

void vcpu_kick(struct vcpu *v)
{
    unsigned int cpu;

    vcpu_wake(v, VCPU_BLOCKED);
    /* It may run in the guest, where it would not notice before its next exit. If it comes onto
     * a CPU after this was read, it looks on its way to the guest. */
    cpu = READ_ONCE(v->sched.cpu);
    if (READ_ONCE(v->sched.running) && cpu != this_cpu())
        cpu_poke(cpu);
}

bool vcpu_attention_due(const struct vcpu *v)
{
    const struct guest_ops *ops = v->domain->ops;

    return ops && ops->interrupt_due ? ops->interrupt_due(v) : vcpu_event_due(v);
}

void vcpu_block(struct vcpu *v)
{
    /* A byte store: the pending flag beside it is others'. */
    WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
    atomic_bit_set(&v->pause_flags, VCPU_BLOCKED);
    /* From here on an event unblocks it; one that came before has to be found here. */
    if (vcpu_attention_due(v))
        unblock(v);
    else
        sched_sleep(&v->sched);
}

static bool any_pending(const struct domain *d, const evtchn_port_t *ports, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        if (evtchn_port_pending(d, ports[i]))
            return true;
    return false;
}

int vcpu_poll(struct vcpu *v, const evtchn_port_t *ports, unsigned int count, uint64_t timeout)
{
    struct domain *d = v->domain;

    if (count > POLL_PORTS_MAX)
        return -XEN_EINVAL;
    for (unsigned int i = 0; i < count; i++)
        if (!evtchn_port_valid(d, ports[i]))
            return -XEN_EINVAL;

    timer_stop(&v->poll_timer);
    for (unsigned int i = 0; i < count; i++)
        WRITE_ONCE(v->poll_ports[i], (uint16_t)ports[i]);
    WRITE_ONCE(v->poll_count, count);
    __atomic_fetch_add(&d->events.pollers, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&v->pause_flags, BLOCKED_BITS, __ATOMIC_SEQ_CST);

    /* From here on an event on a port unblocks it; those that came before are found here. */
    if (vcpu_attention_due(v) || any_pending(d, ports, count) ||
        (timeout && timeout <= system_time())) {
        unblock(v);
        return 0;
    }
    if (timeout)
        timer_set(&v->poll_timer, timeout);
    sched_sleep(&v->sched);
    return 0;
}

void vcpu_poll_event(struct vcpu *v, evtchn_port_t port)
{
    unsigned int count;

    if (!(READ_ONCE(v->pause_flags) & BIT(VCPU_POLLING)))
        return;
    count = MIN(READ_ONCE(v->poll_count), POLL_PORTS_MAX);
    for (unsigned int i = 0; i < count; i++)
        if (READ_ONCE(v->poll_ports[i]) == port) {
            vcpu_wake(v, VCPU_BLOCKED);
            return;
        }
}

int vcpu_up(struct vcpu *v)
{
    if (!READ_ONCE(v->initialised))
        return -XEN_EINVAL;
    vcpu_wake(v, VCPU_DOWN);
    return 0;
}

void vcpu_down(struct vcpu *v, bool *last)
{
    struct domain *d = v->domain;
    struct vcpu *other;

    spin_lock(&d->lock);
    *last = true;
    for_each_vcpu(d, other)
        if (other != v && !bit_test(&other->pause_flags, VCPU_DOWN))
            *last = false;
    if (!*last)
        vcpu_sleep(v, VCPU_DOWN);
    spin_unlock(&d->lock);
}

static bool unit_runnable(const struct sched_unit *unit)
{
    return vcpu_runnable(sched_unit_vcpu(unit));
}

static void unit_stopped(struct sched_unit *unit, uint64_t now)
{
    struct vcpu *v = sched_unit_vcpu(unit);
    int state = RUNSTATE_offline;

    if (v->is_idle)
        return;
    if (bit_test(&v->pause_flags, VCPU_BLOCKED))
        state = RUNSTATE_blocked;
    else if (vcpu_runnable(v))
        state = RUNSTATE_runnable;
    vcpu_runstate_change(v, state, now);
}

static void unit_started(struct sched_unit *unit, uint64_t now)
{
    struct vcpu *v = sched_unit_vcpu(unit);

    if (v->is_idle)
        return;
    vcpu_runstate_change(v, RUNSTATE_running, now);
    vcpu_timers_migrate(v, unit->cpu);
}

static void unit_woken(struct sched_unit *unit, uint64_t now)
{
    vcpu_runstate_change(sched_unit_vcpu(unit), RUNSTATE_runnable, now);
}

const struct sched_hooks vcpu_sched_hooks = {
    .runnable = unit_runnable,
    .stopped = unit_stopped,
    .started = unit_started,
    .woken = unit_woken,
    .switch_to = context_switch,
};
