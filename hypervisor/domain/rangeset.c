/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of numbers as sorted ranges; see rangeset.h. */
#include "domain/rangeset.h"

#include <xen/errno.h>

#include "lib/list.h"
#include "machine/spinlock.h"
#include "memory/allocator.h"

struct range {
    struct list link;
    uint64_t first, last;
};

struct rangeset {
    struct spinlock lock;
    struct list ranges; /* sorted; between two neighbours at least one number is missing */
};

struct rangeset *rangeset_create(void)
{
    struct rangeset *set = hv_alloc(sizeof(*set));

    if (set) {
        spin_init(&set->lock);
        list_init(&set->ranges);
    }
    return set;
}

static void range_drop(struct range *range)
{
    list_del(&range->link);
    hv_free(range, sizeof(*range));
}

void rangeset_destroy(struct rangeset *set)
{
    struct range *range, *next;

    if (!set)
        return;
    list_for_each_safe (range, next, &set->ranges, link)
        range_drop(range);
    hv_free(set, sizeof(*set));
}

/* The lowest range that ends at or above `from`; NULL if there is none. */
static struct range *range_at_or_above(struct rangeset *set, uint64_t from)
{
    struct range *range;

    list_for_each (range, &set->ranges, link)
        if (range->last >= from)
            return range;
    return NULL;
}

/* Puts a new range before `pos`, or at the end when there is no `pos`. */
static int range_insert(struct rangeset *set, struct range *pos, uint64_t first, uint64_t last)
{
    struct range *range = hv_alloc(sizeof(*range));

    if (!range)
        return -XEN_ENOMEM;
    range->first = first;
    range->last = last;
    list_add_before(pos ? &pos->link : &set->ranges, &range->link);
    return 0;
}

/* Makes one range of `range` and those behind it that it has grown into or up to. */
static void range_merge(struct rangeset *set, struct range *range)
{
    while (range->link.next != &set->ranges) {
        struct range *next = list_entry(range->link.next, struct range, link);

        if (range->last != UINT64_MAX && next->first > range->last + 1)
            return;
        range->last = MAX(range->last, next->last);
        range_drop(next);
    }
}

static int add_locked(struct rangeset *set, uint64_t first, uint64_t last)
{
    /* A range that ends right below `first` grows too. */
    struct range *range = range_at_or_above(set, first ? first - 1 : 0);

    if (!range || (last != UINT64_MAX && range->first > last + 1))
        return range_insert(set, range, first, last);
    range->first = MIN(range->first, first);
    range->last = MAX(range->last, last);
    range_merge(set, range);
    return 0;
}

int rangeset_add(struct rangeset *set, uint64_t first, uint64_t last)
{
    int error;

    if (first > last)
        return -XEN_EINVAL;
    spin_lock(&set->lock);
    error = add_locked(set, first, last);
    spin_unlock(&set->lock);
    return error;
}

/* Takes first..last out of the middle of a range, which leaves two. */
static int range_split(struct rangeset *set, struct range *range, uint64_t first, uint64_t last)
{
    int error = range_insert(set, range, range->first, first - 1);

    if (!error)
        range->first = last + 1;
    return error;
}

static int remove_locked(struct rangeset *set, uint64_t first, uint64_t last)
{
    struct range *range = range_at_or_above(set, first), *next;

    if (!range || range->first > last)
        return 0;
    if (range->first < first && range->last > last)
        return range_split(set, range, first, last);
    for (; range; range = next) {
        next = range->link.next == &set->ranges ? NULL
                                                : list_entry(range->link.next, struct range, link);
        if (range->first > last)
            break;
        if (range->first < first)
            range->last = first - 1;
        else if (range->last > last)
            range->first = last + 1;
        else
            range_drop(range);
    }
    return 0;
}

int rangeset_remove(struct rangeset *set, uint64_t first, uint64_t last)
{
    int error;

    if (first > last)
        return -XEN_EINVAL;
    spin_lock(&set->lock);
    error = remove_locked(set, first, last);
    spin_unlock(&set->lock);
    return error;
}

bool rangeset_contains(struct rangeset *set, uint64_t first, uint64_t last)
{
    const struct range *range;
    bool contained;

    if (first > last)
        return false;
    spin_lock(&set->lock);
    range = range_at_or_above(set, first);
    contained = range && range->first <= first && range->last >= last;
    spin_unlock(&set->lock);
    return contained;
}

bool rangeset_overlaps(struct rangeset *set, uint64_t first, uint64_t last)
{
    const struct range *range;
    bool overlap;

    if (first > last)
        return false;
    spin_lock(&set->lock);
    range = range_at_or_above(set, first);
    overlap = range && range->first <= last;
    spin_unlock(&set->lock);
    return overlap;
}

bool rangeset_is_empty(struct rangeset *set)
{
    bool empty;

    spin_lock(&set->lock);
    empty = list_empty(&set->ranges);
    spin_unlock(&set->lock);
    return empty;
}

bool rangeset_next(struct rangeset *set, uint64_t from, uint64_t *first, uint64_t *last)
{
    const struct range *range;

    spin_lock(&set->lock);
    range = range_at_or_above(set, from);
    if (range) {
        *first = MAX(range->first, from);
        *last = range->last;
    }
    spin_unlock(&set->lock);
    return range;
}

int rangeset_consume(struct rangeset *set,
                     int (*fn)(uint64_t first, uint64_t last, void *data, uint64_t *done),
                     void *data)
{
    int error = 0;

    spin_lock(&set->lock);
    while (!error && !list_empty(&set->ranges)) {
        struct range *range = list_first(&set->ranges, struct range, link);
        uint64_t done = 0;

        error = fn(range->first, range->last, data, &done);
        if (!error || done > range->last - range->first)
            range_drop(range);
        else
            range->first += done;
    }
    spin_unlock(&set->lock);
    return error;
}
