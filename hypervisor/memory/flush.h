/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLB flushing, and the clock that tells whether one is still needed.
 *
 * The clock counts whole flushes. A frame is stamped with the clock when a use of it ends; a CPU
 * whose last whole flush is later than that can't hold a stale entry of the frame. */
#ifndef MEMORY_FLUSH_H
#define MEMORY_FLUSH_H

#include "machine/percpu.h"
#include "memory/frame.h"

/* Drops all of this CPU's entries. */
void tlb_flush_local(void);
/* Loads another root, which drops all entries too. */
void tlb_switch_root(uint64_t cr3);
/* When this CPU was last flushed, by the clock. What a CPU keeps under an address-space id of its
 * guest is as old as the tick that was read before the id was given. */
uint64_t tlb_local_tick(void);
/* This CPU now runs on the hypervisor's root only (or is about to leave it): others needn't
 * interrupt it. Set after tlb_switch_root(hv_cr3), cleared before a guest's root is loaded. */
void tlb_set_idle(bool idle);
/* Drops all entries, or those of one page, on these CPUs; waits until it is done. Interrupts on. */
void tlb_flush_mask(cpumask_t mask);
void tlb_flush_page_mask(cpumask_t mask, uint64_t va);
/* Writes back and invalidates the caches of these CPUs. */
void cache_flush_mask(cpumask_t mask);

/* What to stamp a frame with whose use ends now; never 0. */
uint32_t tlb_clock_stamp(void);
/* CPUs that may hold entries from before that stamp. */
cpumask_t tlb_stale_cpus(uint32_t stamp);
/* Flushes those. Interrupts on. */
void tlb_flush_stale(uint32_t stamp);

#endif
