/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that look random and are the same in every run. */
#ifndef TESTS_UNIT_PV_RANDOM_H
#define TESTS_UNIT_PV_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* not 0 */
};

static inline uint64_t random_word(struct random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return random->state * 0x2545f4914f6cdd1dULL;
}

/* From 0 to limit - 1. */
static inline unsigned int random_below(struct random *random, unsigned int limit)
{
    return (random_word(random) >> 32) % limit;
}

/* True once in `times`. */
static inline bool random_once_in(struct random *random, unsigned int times)
{
    return random_below(random, times) == 0;
}

#endif
