/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine whose CPUs, clock, timers and locks are plain variables; see machine.h. */
#include "machine/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "machine/smp.h"
#include "machine/time.h"

/* How often a CPU may look whether another one has gone on. */
#define RELAX_MAX 1000000UL

_Thread_local unsigned int fake_cpu, fake_locks_held;
unsigned int cpu_count;
struct vcpu *fake_current[MAX_CPUS];
struct cpu_user_regs fake_regs[MAX_CPUS];
cpumask_t cpus_online;
uint64_t fake_now, fake_timer[MAX_CPUS];
bool fake_poked[MAX_CPUS];
void (*fake_relax)(void);
unsigned char *fake_ram;
struct tsc_scale tsc_scale = {.mul = 0x80000000, .shift = 0};
uint64_t tsc_at_boot = 12345;
uint32_t tsc_khz = 2000000;
void (*timer_interrupt_hook)(void);

static bool irqs[MAX_CPUS];
static unsigned long relaxed;

static void give_up(const char *why)
{
    fprintf(stderr, "fake machine, CPU %u: %s\n", fake_cpu, why);
    abort();
}

void fake_machine_init(unsigned int cpus)
{
    fake_cpu = fake_locks_held = 0;
    fake_now = 0;
    fake_relax = NULL;
    relaxed = 0;
    cpu_count = cpus;
    cpus_online = cpus == 64 ? ~0ULL : (1ULL << cpus) - 1;
    for (unsigned int i = 0; i < MAX_CPUS; i++) {
        irqs[i] = true;
        fake_timer[i] = UINT64_MAX;
        fake_poked[i] = false;
        fake_current[i] = NULL;
        fake_regs[i] = (struct cpu_user_regs){0};
    }
}

void cpu_relax(void)
{
    if (!irqs[fake_cpu])
        give_up("waits for another CPU with interrupts off");
    if (fake_locks_held)
        give_up("waits for another CPU with a lock held");
    if (!fake_relax || ++relaxed > RELAX_MAX)
        give_up("waits for another CPU for ever");
    fake_relax();
}

void irq_disable(void)
{
    irqs[fake_cpu] = false;
}

void irq_enable(void)
{
    irqs[fake_cpu] = true;
}

bool irq_enabled(void)
{
    return irqs[fake_cpu];
}

uint64_t irq_save(void)
{
    uint64_t flags = irqs[fake_cpu];

    irqs[fake_cpu] = false;
    return flags;
}

void irq_restore(uint64_t flags)
{
    irqs[fake_cpu] = flags;
}

void spin_init(struct spinlock *lock)
{
    lock->held = false;
}

void spin_lock(struct spinlock *lock)
{
    if (!spin_trylock(lock))
        give_up("takes a lock that is held");
}

bool spin_trylock(struct spinlock *lock)
{
    if (lock->held)
        return false;
    lock->held = true;
    fake_locks_held++;
    return true;
}

void spin_unlock(struct spinlock *lock)
{
    if (!lock->held)
        give_up("gives back a lock that is not held");
    lock->held = false;
    fake_locks_held--;
}

bool spin_is_locked(const struct spinlock *lock)
{
    return lock->held;
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
    return fake_now;
}

void cpu_timer_arm(uint64_t deadline)
{
    if (irqs[fake_cpu])
        give_up("arms its timer with interrupts on");
    fake_timer[fake_cpu] = deadline;
}

void cpu_poke(unsigned int cpu)
{
    if (cpu == fake_cpu)
        give_up("pokes itself");
    fake_poked[cpu] = true;
}
