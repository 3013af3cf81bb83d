/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device mappings; see device_map.h. Addresses are handed out once and never taken back. */
#include "lib/bits.h"
#include "machine/device_map.h"
#include "machine/paging.h"
#include "machine/spinlock.h"

int (*device_map_range)(uint64_t va, uint64_t maddr, uint64_t len, uint64_t flags);

static uint64_t next_va = DEVICE_MAP_START;
static struct spinlock lock = SPINLOCK_INIT;

static void *map(uint64_t maddr, uint64_t len, uint64_t flags)
{
    uint64_t first = maddr & PAGE_MASK, size = ROUND_UP(maddr + len, PAGE_SIZE) - first, va;

    spin_lock(&lock);
    va = next_va;
    next_va += size;
    spin_unlock(&lock);
    if (device_map_range(va, first, size, flags))
        return NULL;
    return (void *)(va + (maddr - first));
}

void *device_map(uint64_t maddr, uint64_t len)
{
    return map(maddr, len, MAP_UC);
}

void *device_map_cached(uint64_t maddr, uint64_t len)
{
    return map(maddr, len, MAP_RW);
}
