/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bit operations on words and on bitmaps of 64-bit words. Plain ones for data under a lock,
 * atomic ones (named so) for words that other CPUs or guests change at the same time. */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include "lib/compiler.h"

#define BIT(n)             (1ULL << (n))
#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline bool bit_test(const uint64_t *map, unsigned int nr)
{
    return (READ_ONCE(map[nr / 64]) >> (nr % 64)) & 1;
}

static inline void bit_set(uint64_t *map, unsigned int nr)
{
    map[nr / 64] |= BIT(nr % 64);
}

static inline void bit_clear(uint64_t *map, unsigned int nr)
{
    map[nr / 64] &= ~BIT(nr % 64);
}

static inline void atomic_bit_set(uint64_t *map, unsigned int nr)
{
    __atomic_fetch_or(&map[nr / 64], BIT(nr % 64), __ATOMIC_SEQ_CST);
}

static inline void atomic_bit_clear(uint64_t *map, unsigned int nr)
{
    __atomic_fetch_and(&map[nr / 64], ~BIT(nr % 64), __ATOMIC_SEQ_CST);
}

static inline bool atomic_bit_test_and_set(uint64_t *map, unsigned int nr)
{
    return __atomic_fetch_or(&map[nr / 64], BIT(nr % 64), __ATOMIC_SEQ_CST) & BIT(nr % 64);
}

static inline bool atomic_bit_test_and_clear(uint64_t *map, unsigned int nr)
{
    return __atomic_fetch_and(&map[nr / 64], ~BIT(nr % 64), __ATOMIC_SEQ_CST) & BIT(nr % 64);
}

/* Index of the lowest set bit; undefined for 0. */
static inline unsigned int bit_lowest(uint64_t word)
{
    return (unsigned int)__builtin_ctzll(word);
}

/* Index of the highest set bit; undefined for 0. */
static inline unsigned int bit_highest(uint64_t word)
{
    return 63 - (unsigned int)__builtin_clzll(word);
}

/* How many bits are set. */
static inline unsigned int bits_count(uint64_t word)
{
    unsigned int count = 0;

    for (; word; word &= word - 1)
        count++;
    return count;
}

/* Smallest order with (1 << order) >= n; 0 for n = 0. */
static inline unsigned int order_of(uint64_t n)
{
    return n <= 1 ? 0 : bit_highest(n - 1) + 1;
}

/* First bit at or after `from` that is set; `bits` if there is none. */
static inline unsigned int bitmap_next_set(const uint64_t *map, unsigned int bits,
                                           unsigned int from)
{
    for (unsigned int nr = from; nr < bits; nr = (nr / 64 + 1) * 64) {
        uint64_t word = map[nr / 64] >> (nr % 64);

        if (word) {
            nr += bit_lowest(word);
            return nr < bits ? nr : bits;
        }
    }
    return bits;
}

/* First bit at or after `from` that is clear; `bits` if there is none. */
static inline unsigned int bitmap_next_clear(const uint64_t *map, unsigned int bits,
                                             unsigned int from)
{
    for (unsigned int nr = from; nr < bits; nr = (nr / 64 + 1) * 64) {
        uint64_t word = ~map[nr / 64] >> (nr % 64);

        if (word) {
            nr += bit_lowest(word);
            return nr < bits ? nr : bits;
        }
    }
    return bits;
}

#endif
