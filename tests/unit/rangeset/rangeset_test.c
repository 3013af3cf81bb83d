/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of ranges: against an array of flags, at the ends of the number line, and without memory. */
#include "check.h"

#include "domain/rangeset.h"
#include "lib/errno.h"
#include "machine/machine.h"
#include "memory/memory.h"

#define MODEL 64

static struct rangeset *set;

static void begin(void)
{
    fake_machine_init(1);
    fake_memory_init();
    set = rangeset_create();
}

static void end(void)
{
    rangeset_destroy(set);
    CHECK_EQ(fake_memory_leaks(), 0);
    CHECK_EQ(fake_locks_held, 0);
}

static unsigned int count_ranges(void)
{
    uint64_t from = 0, first, last;
    unsigned int count = 0;

    while (rangeset_next(set, from, &first, &last)) {
        count++;
        if (last == UINT64_MAX)
            break;
        from = last + 1;
    }
    return count;
}

static void merges_and_splits(void)
{
    begin();
    CHECK(rangeset_is_empty(set));
    CHECK_EQ(rangeset_add(set, 10, 19), 0);
    CHECK_EQ(rangeset_add(set, 30, 39), 0);
    CHECK_EQ(count_ranges(), 2);
    CHECK(!rangeset_contains(set, 10, 39));
    CHECK(rangeset_overlaps(set, 15, 25));
    CHECK(!rangeset_overlaps(set, 20, 29));
    CHECK_EQ(rangeset_add(set, 20, 29), 0); /* touches both */
    CHECK_EQ(count_ranges(), 1);
    CHECK(rangeset_contains(set, 10, 39));
    CHECK_EQ(rangeset_remove(set, 15, 16), 0);
    CHECK_EQ(count_ranges(), 2);
    CHECK(!rangeset_contains(set, 14, 15));
    CHECK(rangeset_contains(set, 17, 39));
    CHECK_EQ(rangeset_remove(set, 0, 100), 0);
    CHECK(rangeset_is_empty(set));
    end();
}

static void refuses_reversed_ranges(void)
{
    begin();
    CHECK_EQ(rangeset_add(set, 5, 4), -XEN_EINVAL);
    CHECK_EQ(rangeset_remove(set, 5, 4), -XEN_EINVAL);
    CHECK(rangeset_is_empty(set));
    CHECK_EQ(rangeset_add(set, 0, 9), 0);
    CHECK(!rangeset_contains(set, 5, 4));
    CHECK(!rangeset_overlaps(set, 5, 4));
    end();
}

static void reaches_the_ends(void)
{
    uint64_t first, last;

    begin();
    CHECK_EQ(rangeset_add(set, 0, UINT64_MAX), 0);
    CHECK(rangeset_contains(set, 0, UINT64_MAX));
    CHECK_EQ(rangeset_remove(set, 0, 0), 0);
    CHECK_EQ(rangeset_remove(set, UINT64_MAX, UINT64_MAX), 0);
    CHECK(rangeset_next(set, 0, &first, &last));
    CHECK_EQ(first, 1);
    CHECK(last == UINT64_MAX - 1);
    CHECK_EQ(rangeset_add(set, UINT64_MAX, UINT64_MAX), 0);
    CHECK_EQ(rangeset_add(set, 0, 0), 0);
    CHECK_EQ(count_ranges(), 1);
    CHECK(rangeset_contains(set, 0, UINT64_MAX));
    end();
}

static void stays_as_it_was_without_memory(void)
{
    begin();
    CHECK_EQ(rangeset_add(set, 10, 19), 0);
    fake_memory_left = 0;
    CHECK_EQ(rangeset_add(set, 30, 39), -XEN_ENOMEM);
    CHECK_EQ(rangeset_remove(set, 12, 13), -XEN_ENOMEM);
    CHECK(rangeset_contains(set, 10, 19));
    CHECK(!rangeset_overlaps(set, 20, UINT64_MAX));
    CHECK_EQ(rangeset_add(set, 20, 25), 0); /* needs none */
    CHECK_EQ(rangeset_remove(set, 10, 12), 0);
    CHECK(rangeset_create() == NULL);
    end();
}

static unsigned int random_below(uint64_t *state, unsigned int limit)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned int)(*state >> 33) % limit;
}

static bool model_all(const bool *model, unsigned int first, unsigned int last)
{
    for (unsigned int i = first; i <= last; i++)
        if (!model[i])
            return false;
    return true;
}

static bool model_any(const bool *model, unsigned int first, unsigned int last)
{
    for (unsigned int i = first; i <= last; i++)
        if (model[i])
            return true;
    return false;
}

static unsigned int model_ranges(const bool *model)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < MODEL; i++)
        count += model[i] && (i == 0 || !model[i - 1]);
    return count;
}

static void behaves_like_flags(void)
{
    bool model[MODEL] = {false};
    uint64_t state = 1;
    bool same = true;

    begin();
    for (unsigned int i = 0; i < 20000; i++) {
        unsigned int a = random_below(&state, MODEL), b = random_below(&state, MODEL);
        unsigned int first = a < b ? a : b, last = a < b ? b : a;
        bool add = random_below(&state, 2);

        if (last - first > 12)
            last = first + 12;
        same &= (add ? rangeset_add(set, first, last) : rangeset_remove(set, first, last)) == 0;
        memset(&model[first], add, last - first + 1);
        a = random_below(&state, MODEL);
        b = a + random_below(&state, MODEL - a);
        same &= rangeset_contains(set, a, b) == model_all(model, a, b);
        same &= rangeset_overlaps(set, a, b) == model_any(model, a, b);
        same &= count_ranges() == model_ranges(model);
    }
    CHECK(same);
    end();
}

struct consumer {
    unsigned int calls, stop_at;
};

/* Deals with everything, until the call at which it stops after three numbers. */
static int consume(uint64_t first, uint64_t last, void *data, uint64_t *done)
{
    struct consumer *consumer = data;

    if (++consumer->calls != consumer->stop_at)
        return 0;
    *done = 3;
    return -XEN_EBUSY;
}

static void consumes_from_the_lowest(void)
{
    struct consumer consumer = {.stop_at = 2};

    begin();
    CHECK_EQ(rangeset_add(set, 100, 109), 0);
    CHECK_EQ(rangeset_add(set, 10, 19), 0);
    CHECK_EQ(rangeset_add(set, 50, 59), 0);
    CHECK_EQ(rangeset_consume(set, consume, &consumer), -XEN_EBUSY);
    CHECK_EQ(consumer.calls, 2);
    CHECK(!rangeset_overlaps(set, 0, 52));
    CHECK(rangeset_contains(set, 53, 59));
    CHECK(rangeset_contains(set, 100, 109));
    CHECK_EQ(rangeset_consume(set, consume, &consumer), 0);
    CHECK(rangeset_is_empty(set));
    CHECK_EQ(rangeset_add(set, 0, UINT64_MAX), 0);
    CHECK_EQ(rangeset_consume(set, consume, &consumer), 0);
    CHECK(rangeset_is_empty(set));
    end();
}

int main(void)
{
    RUN(merges_and_splits);
    RUN(refuses_reversed_ranges);
    RUN(reaches_the_ends);
    RUN(stays_as_it_was_without_memory);
    RUN(behaves_like_flags);
    RUN(consumes_from_the_lowest);
    return check_done();
}
