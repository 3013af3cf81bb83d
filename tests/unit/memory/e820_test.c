/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's memory map, tidied: compared, place by place, with the rule it is to follow. */
#include "check.h"
#include "memory/e820.h"

#define PLACES 200

static uint64_t random_state = 1;

static unsigned int random_below(unsigned int limit)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return (unsigned int)(random_state >> 33) % limit;
}

/* The highest type that covers a place; 0 for none. */
static uint32_t type_at(const struct e820_map *map, uint64_t place)
{
    uint32_t type = 0;

    for (unsigned int n = 0; n < map->count; n++) {
        const struct e820_entry *e = &map->entry[n];

        if (place >= e->addr && place - e->addr < e->size && e->type > type)
            type = e->type;
    }
    return type;
}

static void check_tidied(const struct e820_map *before)
{
    struct e820_map after = *before;

    e820_tidy(&after);
    for (unsigned int n = 0; n < after.count; n++) {
        CHECK(after.entry[n].size > 0);
        if (n)
            CHECK(after.entry[n - 1].addr + after.entry[n - 1].size <= after.entry[n].addr);
    }
    for (uint64_t place = 0; place < PLACES; place++)
        CHECK_EQ(type_at(&after, place), type_at(before, place));
}

static void test_plain(void)
{
    struct e820_map map = {0};

    CHECK(e820_add(&map, 100, 50, E820_RESERVED));
    CHECK(e820_add(&map, 0, 100, E820_RAM));
    e820_tidy(&map);
    CHECK_EQ(map.count, 2);
    CHECK_EQ(map.entry[0].addr, 0);
    CHECK_EQ(map.entry[1].addr, 100);
}

static void test_overlaps(void)
{
    for (unsigned int round = 0; round < 3000; round++) {
        struct e820_map map = {0};
        unsigned int count = 1 + random_below(12);

        while (count--)
            CHECK(e820_add(&map, random_below(PLACES - 20), random_below(60),
                           1 + random_below(E820_UNUSABLE)));
        check_tidied(&map);
    }
}

static void test_useless_entries(void)
{
    struct e820_map map = {0};

    CHECK(e820_add(&map, 5, 0, E820_RAM));
    CHECK(e820_add(&map, ~0ull, 2, E820_RAM));
    CHECK_EQ(map.count, 0);
}

static void test_full(void)
{
    struct e820_map map = {0};

    for (unsigned int n = 0; n < E820_MAX; n++)
        CHECK(e820_add(&map, n * 10, 10, E820_RAM));
    CHECK(!e820_add(&map, E820_MAX * 10, 10, E820_RAM));
    CHECK_EQ(map.count, E820_MAX);
    e820_tidy(&map);
    CHECK_EQ(map.count, E820_MAX);
}

static void test_ram_frames(void)
{
    struct e820_map map = {0};

    CHECK_EQ(e820_ram_frames(&map), 0);
    /* Parts of frames don't count; nor does what is not RAM, or too small to hold a frame. */
    CHECK(e820_add(&map, 0x1800, 0x3000, E820_RAM));
    CHECK(e820_add(&map, 0x10000, 0x10000, E820_RESERVED));
    CHECK(e820_add(&map, 0x30800, 0x900, E820_RAM));
    CHECK(e820_add(&map, 0x100000, 0x7f00000, E820_RAM));
    CHECK(e820_add(&map, ~0ull - 0x100, 0x100, E820_RAM));
    CHECK_EQ(e820_ram_frames(&map), 2 + 0x7f00);
}

int main(void)
{
    RUN(test_plain);
    RUN(test_overlaps);
    RUN(test_useless_entries);
    RUN(test_full);
    RUN(test_ram_frames);
    return check_done();
}
