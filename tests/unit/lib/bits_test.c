/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bit operations against the slow way of doing the same. */
#include "check.h"
#include "lib/bits.h"

#define BITS 200

static void test_single_bits(void)
{
    uint64_t map[BITMAP_WORDS(BITS)] = {0};

    CHECK_EQ(BITMAP_WORDS(BITS), 4);
    CHECK_EQ(BITMAP_WORDS(64), 1);
    CHECK_EQ(BITMAP_WORDS(65), 2);
    for (unsigned int nr = 0; nr < BITS; nr++) {
        bit_set(map, nr);
        for (unsigned int other = 0; other < BITS; other++)
            CHECK(bit_test(map, other) == (other == nr));
        bit_clear(map, nr);
        CHECK(!bit_test(map, nr));
    }
}

static void test_atomic_bits(void)
{
    uint64_t map[2] = {0};

    CHECK(!atomic_bit_test_and_set(map, 63));
    CHECK(atomic_bit_test_and_set(map, 63));
    CHECK(!atomic_bit_test_and_set(map, 64));
    CHECK_EQ(map[0], 1ull << 63);
    CHECK_EQ(map[1], 1);
    CHECK(atomic_bit_test_and_clear(map, 64));
    CHECK(!atomic_bit_test_and_clear(map, 64));
    atomic_bit_clear(map, 63);
    atomic_bit_set(map, 0);
    CHECK_EQ(map[0], 1);
    CHECK_EQ(map[1], 0);
}

static void test_word_searches(void)
{
    for (unsigned int nr = 0; nr < 64; nr++) {
        CHECK_EQ(bit_lowest(BIT(nr)), nr);
        CHECK_EQ(bit_lowest(~0ull << nr), nr);
        CHECK_EQ(bit_highest(BIT(nr)), nr);
        CHECK_EQ(bit_highest(~0ull >> (63 - nr)), nr);
    }
}

static void test_orders(void)
{
    CHECK_EQ(order_of(0), 0);
    for (uint64_t n = 1; n < 5000; n++) {
        unsigned int order = order_of(n);

        CHECK((1ull << order) >= n && (order == 0 || (1ull << (order - 1)) < n));
    }
    CHECK_EQ(order_of(1ull << 40), 40);
    CHECK_EQ(order_of((1ull << 40) + 1), 41);
}

static unsigned int slow_next(const uint64_t *map, unsigned int bits, unsigned int from, bool set)
{
    for (; from < bits; from++)
        if (bit_test(map, from) == set)
            return from;
    return bits;
}

static void check_searches(const uint64_t *map)
{
    static const unsigned int lengths[] = {0, 1, 63, 64, 65, 128, 130, BITS};

    for (unsigned int n = 0; n < ARRAY_SIZE(lengths); n++) {
        unsigned int bits = lengths[n];

        for (unsigned int from = 0; from <= bits; from++) {
            CHECK_EQ(bitmap_next_set(map, bits, from), slow_next(map, bits, from, true));
            CHECK_EQ(bitmap_next_clear(map, bits, from), slow_next(map, bits, from, false));
        }
    }
}

static void test_bitmap_searches(void)
{
    static const uint64_t maps[][BITMAP_WORDS(BITS)] = {
        {0, 0, 0, 0},
        {~0ull, ~0ull, ~0ull, ~0ull},
        {1, 0, 1ull << 63, 1},
        {1ull << 63, 1, 0, 0x80},
        {0x8000000000000001, ~0ull, 0, ~1ull},
        {0xaaaaaaaaaaaaaaaa, 0x0f0f0f0f0f0f0f0f, 0xffffffff00000000, 0x5},
    };

    for (unsigned int n = 0; n < ARRAY_SIZE(maps); n++)
        check_searches(maps[n]);
}

int main(void)
{
    RUN(test_single_bits);
    RUN(test_atomic_bits);
    RUN(test_word_searches);
    RUN(test_orders);
    RUN(test_bitmap_searches);
    return check_done();
}
