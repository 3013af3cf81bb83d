/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RAM and a frame table for the real allocator, and a TLB that remembers who was flushed. */
#ifndef TESTS_UNIT_MEMORY_FAKE_FRAMES_H
#define TESTS_UNIT_MEMORY_FAKE_FRAMES_H

#include "machine/percpu.h"
#include "memory/frame.h"

#define RAM_FRAMES 5000

/* Frames from here on are above 16 MiB, where the zone for ISA devices ends. */
#define ZONE_BORDER 4096

/* What tlb_stale_cpus() says of every frame whose stamp is not 0. */
extern cpumask_t fake_stale_cpus;
/* CPUs that were flushed since a test last set this to 0. */
extern cpumask_t fake_flushed;
/* Written to by a guest at the last moment: just before the next flush. NULL: nothing is. */
extern void *fake_late_write;

/* Once: RAM full of rubbish, none of it known to the allocator. */
void fake_frames_init(void);

#endif
