/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RAM as an array; see memory.h. */
#include "memory/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/e820.h"
#include "memory/flush.h"

uint64_t fake_frame_table, fake_m2p, frame_limit, frames_claimed;
long fake_memory_left = -1;
struct e820_map machine_e820;

static struct page_info *frames;
static bool taken[FAKE_FRAMES];
static unsigned long objects;
static uint32_t clock_of_flushes;

static void give_up(const char *why)
{
    fprintf(stderr, "fake memory: %s\n", why);
    abort();
}

static bool may_allocate(void)
{
    if (fake_memory_left == 0)
        return false;
    if (fake_memory_left > 0)
        fake_memory_left--;
    return true;
}

/* The RAM stays mapped from one fake machine to the next: a fuzzer makes thousands of them, and
 * would spend most of its time on page faults. */
void fake_memory_init(void)
{
    static _Alignas(PAGE_SIZE) unsigned char ram[FAKE_FRAMES * PAGE_SIZE];

    fake_ram = ram;
    memset(ram, 0, sizeof(ram));
    frames = calloc(FAKE_FRAMES, sizeof(*frames));
    fake_m2p = (uint64_t)calloc(FAKE_FRAMES, sizeof(uint64_t));
    if (!frames || !fake_m2p)
        give_up("the host has no memory");
    memset(taken, 0, sizeof(taken));
    fake_frame_table = (uint64_t)frames;
    frame_limit = FAKE_FRAMES;
    fake_memory_left = -1;
    objects = 0;
    taken[0] = true; /* frame number 0 stands for "none" in many places */
}

unsigned long fake_memory_leaks(void)
{
    unsigned long leaks = objects;

    for (unsigned int i = 1; i < FAKE_FRAMES; i++)
        leaks += taken[i];
    free(frames);
    free((void *)fake_m2p);
    return leaks;
}

bool frame_valid(uint64_t mfn)
{
    return mfn < FAKE_FRAMES;
}

static bool is_free(unsigned int first, unsigned int count)
{
    for (unsigned int i = first; i < first + count; i++)
        if (taken[i])
            return false;
    return true;
}

struct page_info *frames_alloc(unsigned int order, unsigned int address_bits)
{
    unsigned int count = 1u << order;

    if (!may_allocate())
        return NULL;
    for (unsigned int first = 0; first + count <= FAKE_FRAMES; first += count) {
        if (!is_free(first, count))
            continue;
        memset(&taken[first], true, count);
        memset(&frames[first], 0, count * sizeof(frames[0]));
        memset(mfn_to_virt(first), 0, count * PAGE_SIZE);
        return &frames[first];
    }
    return NULL;
}

void frames_free(struct page_info *page, unsigned int order)
{
    for (unsigned int i = 0; i < 1u << order; i++) {
        unsigned int mfn = (unsigned int)page_to_mfn(page + i);

        if (!taken[mfn])
            give_up("a frame is freed twice");
        if (page[i].count & FRAME_COUNT_MASK)
            give_up("a frame is freed that is referred to");
        taken[mfn] = false;
        memset(mfn_to_virt(mfn), 0xa5, PAGE_SIZE);
    }
}

uint64_t frames_free_count(void)
{
    uint64_t count = 0;

    for (unsigned int i = 0; i < FAKE_FRAMES; i++)
        count += !taken[i];
    return count;
}

void *pages_alloc(unsigned int order)
{
    struct page_info *page = frames_alloc(order, ALLOC_ANY);

    return page ? page_to_virt(page) : NULL;
}

void pages_free(void *ptr, unsigned int order)
{
    if (ptr)
        frames_free(mfn_to_page(virt_to_mfn(ptr)), order);
}

/* The size is kept in front, to be compared. */
void *hv_alloc(size_t size)
{
    char *block;

    if (!may_allocate())
        return NULL;
    block = calloc(1, size + 16);
    if (!block)
        give_up("the host has no memory");
    memcpy(block, &size, sizeof(size));
    objects++;
    return block + 16;
}

void hv_free(void *ptr, size_t size)
{
    if (!ptr)
        return;
    if (memcmp((char *)ptr - 16, &size, sizeof(size)) != 0)
        give_up("an object is freed with another size");
    objects--;
    free((char *)ptr - 16);
}

uint32_t tlb_clock_stamp(void)
{
    return ++clock_of_flushes;
}
