/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of 64-bit numbers, kept as sorted ranges that neither overlap nor touch: the ports,
 * frames or interrupts that a domain may use. Bounds are inclusive, so that a set can hold the
 * highest number too. Each set has its own lock; no function needs another. */
#ifndef DOMAIN_RANGESET_H
#define DOMAIN_RANGESET_H

#include "lib/compiler.h"

struct rangeset;

/* An empty set, or NULL when there is no memory. */
struct rangeset *rangeset_create(void);
/* Frees a set that nobody uses any more. NULL is ignored. */
void rangeset_destroy(struct rangeset *set);

/* Adds or takes away first..last. 0; -XEN_EINVAL when first > last; -XEN_ENOMEM, and then the
 * set is as it was. */
must_check int rangeset_add(struct rangeset *set, uint64_t first, uint64_t last);
must_check int rangeset_remove(struct rangeset *set, uint64_t first, uint64_t last);

/* Are all, or is any, of first..last in the set? An empty question (first > last) is false. */
bool rangeset_contains(struct rangeset *set, uint64_t first, uint64_t last);
bool rangeset_overlaps(struct rangeset *set, uint64_t first, uint64_t last);
bool rangeset_is_empty(struct rangeset *set);

/* Finds the lowest range with a number at or above `from`, cut off at `from`. Whether there is
 * one. A walk over the whole set is: from = 0; next(..); from = last + 1, until last is the
 * highest number. */
bool rangeset_next(struct rangeset *set, uint64_t from, uint64_t *first, uint64_t *last);

/* Hands the set's ranges, lowest first, to fn. When fn returns 0 it has dealt with the whole
 * range; with an error, which ends the walk and is returned, it has dealt with the first *done
 * numbers (none, unless it says so). What was dealt with is no longer in the set. fn must not use
 * the set. */
int rangeset_consume(struct rangeset *set,
                     int (*fn)(uint64_t first, uint64_t last, void *data, uint64_t *done),
                     void *data);

#endif
