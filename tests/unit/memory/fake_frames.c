/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RAM and a frame table for the real allocator; see fake_frames.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_frames.h"
#include "machine/machine.h"
#include "machine/traps.h"
#include "memory/flush.h"

uint64_t fake_frame_table, fake_m2p;
cpumask_t fake_stale_cpus, fake_flushed;
void *fake_late_write;

void fake_frames_init(void)
{
    fake_machine_init(1);
    fake_ram = aligned_alloc(PAGE_SIZE, RAM_FRAMES * PAGE_SIZE);
    fake_frame_table = (uint64_t)calloc(RAM_FRAMES, sizeof(struct page_info));
    if (!fake_ram || !fake_frame_table)
        abort();
    memset(fake_ram, 0xee, RAM_FRAMES * PAGE_SIZE);
}

bool frame_valid(uint64_t mfn)
{
    return mfn < RAM_FRAMES;
}

cpumask_t tlb_stale_cpus(uint32_t stamp)
{
    return stamp ? fake_stale_cpus : 0;
}

void tlb_flush_mask(cpumask_t mask)
{
    if (fake_locks_held)
        panic("waits for other CPUs with a lock held\n");
    if (fake_late_write)
        memset(fake_late_write, 0x66, 100);
    fake_late_write = NULL;
    fake_flushed |= mask;
}

void panic(const char *why, ...)
{
    va_list args;

    va_start(args, why);
    vfprintf(stderr, why, args);
    va_end(args);
    abort();
}
