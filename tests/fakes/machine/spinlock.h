/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spinlocks of a process. In machine.c, with one thread, a lock that is taken is never given back
 * in time, so that taking it again ends the test; in threads.c it is waited for. */
#ifndef FAKES_MACHINE_SPINLOCK_H
#define FAKES_MACHINE_SPINLOCK_H

#include "lib/compiler.h"
#include "machine/cpu.h"

struct spinlock {
    bool held;
};

#define SPINLOCK_INIT {false}

/* How many locks are held: by all fake CPUs, or with threads by this one. */
extern _Thread_local unsigned int fake_locks_held;

void spin_init(struct spinlock *lock);
void spin_lock(struct spinlock *lock);
bool spin_trylock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
bool spin_is_locked(const struct spinlock *lock);
uint64_t spin_lock_irqsave(struct spinlock *lock);
void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags);

#endif
