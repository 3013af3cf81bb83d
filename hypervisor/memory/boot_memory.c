/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory at boot; see boot_memory.h. */
#include "lib/string.h"
#include "machine/layout.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/boot_memory.h"
#include "memory/e820.h"

#define MAX_RESERVED  64
#define FOUR_GIB      (1ULL << 32)
#define FIRST_MIB     0x100000UL
#define LOW_END       0xa0000UL

static struct range {
    uint64_t start, end;
} reserved[MAX_RESERVED];

static unsigned int nr_reserved;
static bool finished;

void boot_memory_reserve(uint64_t start, uint64_t end)
{
    BUG_ON(nr_reserved == MAX_RESERVED);
    reserved[nr_reserved++] = (struct range){start & PAGE_MASK, ROUND_UP(end, PAGE_SIZE)};
}

/* The reserved range that overlaps [start, end) and reaches lowest; NULL if there is none. */
static const struct range *overlap(uint64_t start, uint64_t end)
{
    const struct range *lowest = NULL;

    for (unsigned int i = 0; i < nr_reserved; i++)
        if (reserved[i].start < end && reserved[i].end > start &&
            (!lowest || reserved[i].start < lowest->start))
            lowest = &reserved[i];
    return lowest;
}

/* The highest place for such a block within [start, end); 0 if there is none. */
static uint64_t place_in(uint64_t start, uint64_t end, uint64_t size, uint64_t align)
{
    start = MAX(start, FIRST_MIB);
    end = MIN(end, FOUR_GIB);
    while (end >= start + size) {
        uint64_t at = ROUND_DOWN(end - size, align);
        const struct range *r;

        if (at < start)
            return 0;
        r = overlap(at, at + size);
        if (!r)
            return at;
        end = r->start;
    }
    return 0;
}

/* Grows the reserved range that begins where the new block ends, so that a run of small
 * allocations takes one slot. */
static void take(uint64_t start, uint64_t end)
{
    for (unsigned int i = 0; i < nr_reserved; i++)
        if (reserved[i].start == end) {
            reserved[i].start = start;
            return;
        }
    boot_memory_reserve(start, end);
}

uint64_t boot_alloc(uint64_t size, uint64_t align)
{
    BUG_ON(finished);
    size = ROUND_UP(size, PAGE_SIZE);
    align = MAX(align, (uint64_t)PAGE_SIZE);
    for (unsigned int i = machine_e820.count; i-- > 0;) {
        const struct e820_entry *e = &machine_e820.entry[i];
        uint64_t at = e->type == E820_RAM
                          ? place_in(ROUND_UP(e->addr, PAGE_SIZE), e->addr + e->size, size, align)
                          : 0;

        if (at) {
            take(at, at + size);
            memset(maddr_to_virt(at), 0, size);
            return at;
        }
    }
    panic("too little memory: %lu KiB more are needed to start", size / 1024);
}

uint64_t boot_memory_low_page(void)
{
    for (unsigned int i = machine_e820.count; i-- > 0;) {
        const struct e820_entry *e = &machine_e820.entry[i];
        uint64_t end = MIN(e->addr + e->size, LOW_END) & PAGE_MASK;

        if (e->type == E820_RAM && end >= 2 * PAGE_SIZE && end - PAGE_SIZE >= e->addr)
            return end - PAGE_SIZE;
    }
    return 0;
}

static void add_free(uint64_t start, uint64_t end)
{
    while (start < end) {
        const struct range *r = overlap(start, end);

        frames_add(start >> PAGE_SHIFT, (r ? MAX(r->start, start) : end) >> PAGE_SHIFT);
        start = r ? r->end : end;
    }
}

void boot_memory_finish(void)
{
    finished = true;
    for (unsigned int i = 0; i < machine_e820.count; i++) {
        const struct e820_entry *e = &machine_e820.entry[i];

        if (e->type == E820_RAM)
            add_free(MAX(ROUND_UP(e->addr, PAGE_SIZE), FIRST_MIB),
                     ROUND_DOWN(e->addr + e->size, PAGE_SIZE));
    }
}

void boot_memory_release(uint64_t start, uint64_t end)
{
    start = MAX(ROUND_UP(start, PAGE_SIZE), FIRST_MIB);
    end = ROUND_DOWN(end, PAGE_SIZE);
    if (start < end)
        frames_add(start >> PAGE_SHIFT, end >> PAGE_SHIFT);
}
