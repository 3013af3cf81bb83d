/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ticket spinlocks. Lock order is in docs/locking.md. The host tests have a stand-in for this
 * file that checks that a lock is not taken twice. */
#ifndef MACHINE_SPINLOCK_H
#define MACHINE_SPINLOCK_H

#include "lib/compiler.h"
#include "machine/cpu.h"

struct spinlock {
    uint32_t next, serving;
};

#define SPINLOCK_INIT {0, 0}

static inline void spin_init(struct spinlock *lock)
{
    *lock = (struct spinlock)SPINLOCK_INIT;
}

static inline void spin_lock(struct spinlock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
        cpu_relax();
}

static inline bool spin_trylock(struct spinlock *lock)
{
    uint32_t serving = __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);
    uint32_t expected = serving;

    return __atomic_compare_exchange_n(&lock->next, &expected, serving + 1, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(const struct spinlock *lock)
{
    return READ_ONCE(lock->next) != READ_ONCE(lock->serving);
}

/* For locks that interrupt handlers take as well. */
static inline uint64_t spin_lock_irqsave(struct spinlock *lock)
{
    uint64_t flags = irq_save();

    spin_lock(lock);
    return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
    spin_unlock(lock);
    irq_restore(flags);
}

#endif
