/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine whose CPUs are threads, in place of machine.c: locks are waited for and time passes by
 * itself. A CPU's thread looks at fake_poked and fake_timer for its interrupts. */
#include "machine/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "machine/smp.h"
#include "machine/time.h"

_Thread_local unsigned int fake_cpu, fake_locks_held;
unsigned int cpu_count;
struct vcpu *fake_current[MAX_CPUS];
cpumask_t cpus_online;
uint64_t fake_now, fake_timer[MAX_CPUS];
bool fake_poked[MAX_CPUS];
void (*fake_relax)(void);
unsigned char *fake_ram;
struct tsc_scale tsc_scale = {.mul = 0x80000000, .shift = 0};
uint64_t tsc_at_boot = 12345;
uint32_t tsc_khz = 2000000;
void (*timer_interrupt_hook)(void);

static _Thread_local bool irqs_off;

static void give_up(const char *why)
{
    fprintf(stderr, "fake machine, CPU %u: %s\n", fake_cpu, why);
    abort();
}

void fake_machine_init(unsigned int cpus)
{
    cpu_count = cpus;
    cpus_online = (1ULL << cpus) - 1;
    for (unsigned int i = 0; i < MAX_CPUS; i++) {
        fake_timer[i] = UINT64_MAX;
        fake_poked[i] = false;
        fake_current[i] = NULL;
    }
}

void cpu_relax(void)
{
    if (irqs_off || fake_locks_held)
        give_up("waits for another CPU with interrupts off or a lock held");
    sched_yield();
}

void irq_disable(void)
{
    irqs_off = true;
}

void irq_enable(void)
{
    irqs_off = false;
}

bool irq_enabled(void)
{
    return !irqs_off;
}

uint64_t irq_save(void)
{
    uint64_t flags = !irqs_off;

    irqs_off = true;
    return flags;
}

void irq_restore(uint64_t flags)
{
    irqs_off = !flags;
}

void spin_init(struct spinlock *lock)
{
    lock->held = false;
}

void spin_lock(struct spinlock *lock)
{
    while (!spin_trylock(lock))
        sched_yield();
}

bool spin_trylock(struct spinlock *lock)
{
    if (__atomic_exchange_n(&lock->held, true, __ATOMIC_ACQUIRE))
        return false;
    fake_locks_held++;
    return true;
}

void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->held, false, __ATOMIC_RELEASE);
    fake_locks_held--;
}

bool spin_is_locked(const struct spinlock *lock)
{
    return READ_ONCE(lock->held);
}

uint64_t spin_lock_irqsave(struct spinlock *lock)
{
    uint64_t flags = irq_save();

    spin_lock(lock);
    return flags;
}

void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
    spin_unlock(lock);
    irq_restore(flags);
}

uint64_t system_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void cpu_timer_arm(uint64_t deadline)
{
    __atomic_store_n(&fake_timer[fake_cpu], deadline, __ATOMIC_SEQ_CST);
}

void cpu_poke(unsigned int cpu)
{
    __atomic_store_n(&fake_poked[cpu], true, __ATOMIC_SEQ_CST);
}
