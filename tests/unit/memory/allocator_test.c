/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buddy allocator and the small objects on top of it: nothing is given twice, all comes back.
 */
#include "check.h"

#include "fake_frames.h"
#include "machine/machine.h"
#include "memory/allocator.h"

#define FIRST  1
#define FRAMES (RAM_FRAMES - FIRST)

static uint64_t random_state;

static unsigned int random_below(unsigned int limit)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return (unsigned int)(random_state >> 33) % limit;
}

/* Who has each frame, by the number of the allocation; 0: nobody. */
static unsigned int holder[RAM_FRAMES];

static bool all_zero(const void *memory, size_t len)
{
    const unsigned char *byte = memory;

    for (size_t n = 0; n < len; n++)
        if (byte[n])
            return false;
    return true;
}

/* Checks a new block, writes all over it, and notes who has it. */
static void take(struct page_info *page, unsigned int order, unsigned int who)
{
    uint64_t mfn = page_to_mfn(page);

    CHECK(mfn >= FIRST && mfn + (1u << order) <= RAM_FRAMES);
    CHECK_EQ(mfn & ((1u << order) - 1), 0);
    CHECK(all_zero(mfn_to_virt(mfn), PAGE_SIZE << order));
    for (unsigned int n = 0; n < 1u << order; n++) {
        CHECK_EQ(holder[mfn + n], 0);
        CHECK(page[n].count == 0 && page[n].type == 0 && page[n].owner == 0);
        holder[mfn + n] = who;
    }
    memset(mfn_to_virt(mfn), 0x77, PAGE_SIZE << order);
}

static void give(struct page_info *page, unsigned int order)
{
    memset(&holder[page_to_mfn(page)], 0, sizeof(holder[0]) << order);
    frames_free(page, order);
}

/* With everything free, the largest blocks that the borders allow can be had again. */
static void check_all_merged(void)
{
    struct page_info *large[2] = {frames_alloc(11, ALLOC_ANY), frames_alloc(11, ALLOC_ANY)};

    CHECK_EQ(frames_free_count() + (large[0] ? 2048 : 0) + (large[1] ? 2048 : 0), FRAMES);
    if (CHECK(large[0] && !large[1])) /* 2048..4095 is the only one: 0 is missing, 4096 too short */
        CHECK_EQ(page_to_mfn(large[0]), 2048);
    if (large[0])
        frames_free(large[0], 11);
    if (large[1])
        frames_free(large[1], 11);
}

static void test_boot(void)
{
    struct page_info *page;

    frames_add(FIRST, 3000);
    frames_add(3000, RAM_FRAMES);
    CHECK_EQ(frames_free_count(), FRAMES);
    CHECK_EQ(frames_total_count(), FRAMES);
    /* A clean frame joins its neighbours, which still hold the firmware's rubbish. */
    page = frames_alloc(0, ALLOC_ANY);
    take(page, 0, 1);
    give(page, 0);
    check_all_merged();
    CHECK_EQ(fake_locks_held, 0);
}

static void test_every_frame_once(void)
{
    struct page_info *page;
    unsigned int count = 0;

    while ((page = frames_alloc(0, ALLOC_ANY)))
        take(page, 0, ++count);
    CHECK_EQ(count, FRAMES);
    CHECK_EQ(frames_free_count(), 0);
    for (unsigned int mfn = FIRST; mfn < RAM_FRAMES; mfn++)
        give(mfn_to_page(mfn), 0);
    check_all_merged();
}

static void test_random(void)
{
    static struct {
        struct page_info *page;
        unsigned int order;
    } blocks[200];
    uint64_t used = 0;

    random_state = 1;
    for (unsigned int n = 0; n < 5000; n++) {
        unsigned int slot = random_below(200);

        if (blocks[slot].page) {
            give(blocks[slot].page, blocks[slot].order);
            used -= 1u << blocks[slot].order;
            blocks[slot].page = NULL;
        } else {
            blocks[slot].order = random_below(8);
            blocks[slot].page = frames_alloc(blocks[slot].order, ALLOC_ANY);
            if (blocks[slot].page) {
                take(blocks[slot].page, blocks[slot].order, slot + 1);
                used += 1u << blocks[slot].order;
            }
        }
        CHECK_EQ(frames_free_count() + used, FRAMES);
    }
    for (unsigned int slot = 0; slot < 200; slot++)
        if (blocks[slot].page)
            give(blocks[slot].page, blocks[slot].order);
    check_all_merged();
}

/* A block may come back in parts. */
static void test_parts(void)
{
    struct page_info *page = frames_alloc(4, ALLOC_ANY);

    take(page, 4, 1);
    give(page + 8, 3);
    give(page, 2);
    give(page + 5, 0);
    give(page + 6, 1);
    CHECK_EQ(frames_free_count(), FRAMES - 1);
    give(page + 4, 0);
    check_all_merged();
}

static void test_address_limits(void)
{
    struct page_info *page;

    /* Low memory is spared while there is other. */
    page = frames_alloc(0, ALLOC_ANY);
    CHECK(page_to_mfn(page) >= ZONE_BORDER);
    frames_free(page, 0);
    page = frames_alloc(0, 32);
    CHECK(page_to_mfn(page) >= ZONE_BORDER);
    frames_free(page, 0);

    for (unsigned int bits = 13; bits <= 24; bits++) {
        page = frames_alloc(0, bits);
        if (CHECK(page != NULL)) {
            CHECK(page_to_mfn(page) < 1u << (bits - PAGE_SHIFT));
            frames_free(page, 0);
        }
    }
    CHECK(frames_alloc(0, 12) == NULL);
    CHECK(frames_alloc(0, 0) == NULL);
    CHECK(frames_alloc(12, 24) == NULL);
    CHECK(frames_alloc(ALLOC_MAX_ORDER + 1, ALLOC_ANY) == NULL);
    check_all_merged();
}

static void test_flushes(void)
{
    struct page_info *page = frames_alloc(0, ALLOC_ANY);

    fake_stale_cpus = 6;
    fake_flushed = 0;
    page->flush_stamp = 5;
    frames_free(page, 0);
    CHECK_EQ(fake_flushed, 0);
    CHECK(frames_alloc(0, ALLOC_ANY) == page);
    CHECK_EQ(fake_flushed, 6);
    page->flush_stamp = 0;
    frames_free(page, 0);
    fake_stale_cpus = 0;
}

/* Who had a frame may write to it until the TLBs forget about it, which is when it is taken. */
static void test_late_writes(void)
{
    struct page_info *page = frames_alloc(0, ALLOC_ANY);

    fake_stale_cpus = 2;
    page->flush_stamp = 5;
    frames_free(page, 0);
    fake_late_write = mfn_to_virt(page_to_mfn(page));
    CHECK(frames_alloc(0, ALLOC_ANY) == page);
    CHECK(fake_late_write == NULL);
    CHECK(all_zero(mfn_to_virt(page_to_mfn(page)), PAGE_SIZE));
    page->flush_stamp = 0;
    frames_free(page, 0);
    fake_stale_cpus = 0;

    /* A frame that was never used, next to one that was: the flush is due all the same. */
    page = frames_alloc(1, ALLOC_ANY);
    page[1].flush_stamp = 5;
    frames_free(page, 1);
    fake_stale_cpus = 4;
    fake_flushed = 0;
    CHECK(frames_alloc(1, ALLOC_ANY) == page);
    CHECK_EQ(fake_flushed, 4);
    page[1].flush_stamp = 0;
    frames_free(page, 1);
    fake_stale_cpus = 0;
}

static void test_pages(void)
{
    char *memory = pages_alloc(2);

    CHECK(memory && all_zero(memory, 4 * PAGE_SIZE));
    pages_free(memory, 2);
    pages_free(NULL, 2);
    check_all_merged();
}

/* Objects of every size at once: zeroed, apart from each other, and used again. */
static void test_objects(void)
{
    static unsigned char *objects[300];

    for (unsigned int round = 0; round < 2; round++) {
        for (unsigned int n = 1; n < 300; n++) {
            size_t size = n * 20;

            objects[n] = hv_alloc(size);
            if (CHECK(objects[n] && all_zero(objects[n], size)))
                memset(objects[n], (int)n, size);
        }
        for (unsigned int n = 1; n < 300; n++) {
            CHECK(objects[n][0] == (unsigned char)n && objects[n][n * 20 - 1] == (unsigned char)n);
            hv_free(objects[n], n * 20);
        }
        check_all_merged();
    }
    hv_free(NULL, 10);
    CHECK_EQ(fake_locks_held, 0);
}

/* How many pages there are with an object in use. */
static uint64_t pages_in_use(unsigned char *const *objects, unsigned int count)
{
    static bool seen[RAM_FRAMES];
    uint64_t pages = 0;

    memset(seen, 0, sizeof(seen));
    for (unsigned int n = 0; n < count; n++) {
        if (!objects[n] || seen[virt_to_mfn(objects[n])])
            continue;
        seen[virt_to_mfn(objects[n])] = true;
        pages++;
    }
    return pages;
}

/* Taken and given back in any order: no object twice, no page kept of which nothing is in use, and
 * no new page while there is room in an old one. */
static void test_objects_in_any_order(void)
{
    static unsigned char *objects[500];
    uint64_t all = frames_free_count();
    unsigned int used = 0;

    for (unsigned int step = 0; step < 20000; step++) {
        unsigned int n = random_below(500);
        uint64_t pages = all - frames_free_count();

        if (objects[n]) {
            CHECK_EQ(*(unsigned int *)objects[n], n);
            hv_free(objects[n], 300);
            objects[n] = NULL;
            used--;
        } else {
            objects[n] = hv_alloc(300);
            *(unsigned int *)objects[n] = n;
            CHECK(all - frames_free_count() == pages || used == pages * (PAGE_SIZE / 512));
            used++;
        }
        CHECK_EQ(all - frames_free_count(), pages_in_use(objects, 500));
    }
    for (unsigned int n = 0; n < 500; n++)
        hv_free(objects[n], 300);
    check_all_merged();
    CHECK_EQ(fake_locks_held, 0);
}

/* Last, for it leaves nothing. */
static void test_exhaustion(void)
{
    while (frames_alloc(0, ALLOC_ANY))
        ;
    CHECK(pages_alloc(0) == NULL);
    CHECK(hv_alloc(PAGE_SIZE) == NULL);
    while (hv_alloc(64)) /* what is left of the objects' pages */
        ;
    CHECK(hv_alloc(64) == NULL);
    CHECK_EQ(fake_locks_held, 0);
}

int main(void)
{
    fake_frames_init();
    RUN(test_boot);
    RUN(test_every_frame_once);
    RUN(test_random);
    RUN(test_parts);
    RUN(test_address_limits);
    RUN(test_flushes);
    RUN(test_late_writes);
    RUN(test_pages);
    RUN(test_objects);
    RUN(test_objects_in_any_order);
    RUN(test_exhaustion);
    return check_done();
}
