/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of frames; see frame_type.h for the rules. */
#include "lib/errno.h"
#include "machine/paging.h"
#include "machine/traps.h"
#include "memory/flush.h"
#include "memory/frame_type.h"

const struct frame_type_ops *frame_type_ops;

static bool type_change(struct page_info *page, uint64_t *from, uint64_t to)
{
    return __atomic_compare_exchange_n(&page->type, from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static struct type_progress progress_of(uint64_t type)
{
    return (struct type_progress){
        .done = (type & TYPE_DONE_MASK) >> TYPE_DONE_SHIFT,
        .below = type & TYPE_BELOW,
    };
}

/* Leaves the frame half-way: the next one to want a type of it goes on. The caller owns the
 * frame's one type reference, which ends here; a general one is taken for what is left. */
static void make_partial(struct page_info *page, uint64_t type, struct type_progress progress)
{
    __atomic_add_fetch(&page->count, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&page->type,
                     type | TYPE_PARTIAL | (progress.below ? TYPE_BELOW : 0) |
                         (uint64_t)progress.done << TYPE_DONE_SHIFT,
                     __ATOMIC_SEQ_CST);
}

/* Nothing is held any more: the caller's one type reference ends. */
static void make_free(struct page_info *page, uint64_t type)
{
    page->flush_stamp = tlb_clock_stamp();
    __atomic_store_n(&page->type, type, __ATOMIC_SEQ_CST);
}

/* Checks the rest of the content of a frame whose one type reference is the caller's. */
static int validate(struct page_info *page, uint64_t type, struct type_progress progress)
{
    int error = frame_type_ops->validate(page, type, &progress);

    if (!error)
        __atomic_or_fetch(&page->type, TYPE_VALIDATED, __ATOMIC_SEQ_CST);
    else if (error == -XEN_ERESTART || progress.done || progress.below)
        make_partial(page, type, progress);
    else
        make_free(page, type);
    return error;
}

/* Gives back what the content refers to; the caller owns the frame's one type reference. */
static int invalidate(struct page_info *page, uint64_t type, struct type_progress progress)
{
    int error = frame_type_ops->invalidate(page, type, &progress);

    if (error)
        make_partial(page, type, progress);
    else
        make_free(page, type);
    return error;
}

/* Makes the PARTIAL frame the caller's alone, as a first type reference. */
static bool partial_take(struct page_info *page, uint64_t seen)
{
    return type_change(page, &seen, (seen & TYPE_MASK) | 1);
}

int frame_type_settle(struct page_info *page)
{
    uint64_t seen = READ_ONCE(page->type);
    int error;

    if (!(seen & TYPE_PARTIAL))
        return 0;
    BUG_ON(!partial_take(page, seen));
    error = invalidate(page, seen & TYPE_MASK, progress_of(seen));
    frame_put(page); /* the PARTIAL state's own; a new one was taken if there is still work */
    return error;
}

/* Goes on with a frame that was left PARTIAL in the type that is wanted. */
static int resume(struct page_info *page, uint64_t seen)
{
    int error;

    BUG_ON(!partial_take(page, seen));
    error = validate(page, seen & TYPE_MASK, progress_of(seen));
    frame_put(page);
    return error;
}

/* No reference is left of what the frame was before: it becomes something else. */
static int first_reference(struct page_info *page, uint64_t seen, uint64_t type)
{
    bool checked = type_is_table(type) || type == TYPE_DESCRIPTOR;
    uint64_t was = seen & TYPE_MASK;

    if (!type_change(page, &seen, type | 1 | (checked ? 0 : TYPE_VALIDATED)))
        return -XEN_EAGAIN;
    if (was != type && was != TYPE_NONE)
        frame_type_ops->flush_stale(page);
    return checked ? validate(page, type, (struct type_progress){0}) : 0;
}

static int another_reference(struct page_info *page, uint64_t seen, uint64_t type)
{
    if ((seen & TYPE_MASK) != type)
        return -XEN_EBUSY;
    if (!(seen & TYPE_VALIDATED)) /* a table that refers to itself, met while it is checked */
        return -XEN_EINVAL;
    if ((seen & TYPE_COUNT_MASK) == TYPE_COUNT_MASK)
        return -XEN_EBUSY;
    return type_change(page, &seen, seen + 1) ? 0 : -XEN_EAGAIN;
}

static int try_get(struct page_info *page, uint64_t type)
{
    uint64_t seen = READ_ONCE(page->type);
    int error;

    if (seen & TYPE_PARTIAL) {
        if (type == TYPE_WRITABLE) /* the caller may not hold the lock that settling takes */
            return -XEN_EBUSY;
        if ((seen & TYPE_MASK) == type)
            return resume(page, seen);
        error = frame_type_settle(page);
        return error ? error : -XEN_EAGAIN;
    }
    if (seen & TYPE_COUNT_MASK)
        return another_reference(page, seen, type);
    return first_reference(page, seen, type);
}

int frame_type_get(struct page_info *page, uint64_t type)
{
    int error;

    do {
        error = try_get(page, type);
    } while (error == -XEN_EAGAIN);
    return error;
}

int frame_type_put_preemptible(struct page_info *page)
{
    uint64_t seen = READ_ONCE(page->type);

    for (;;) {
        uint64_t type = seen & TYPE_MASK;
        bool last = (seen & TYPE_COUNT_MASK) == 1;

        BUG_ON(!(seen & TYPE_COUNT_MASK));
        if (last && type_is_table(type)) {
            /* The reference stays as long as the content is being undone. */
            if (type_change(page, &seen, type | 1))
                return invalidate(page, type, (struct type_progress){.done = PTES_PER_TABLE});
            continue;
        }
        if (last) /* before the count drops: afterwards the frame may be somebody else's */
            page->flush_stamp = tlb_clock_stamp();
        if (type_change(page, &seen, last ? type : seen - 1))
            return 0;
    }
}

void frame_type_put(struct page_info *page)
{
    (void)frame_type_put_preemptible(page);
}

int frame_get_and_type(struct page_info *page, const struct domain *owner, uint64_t type)
{
    int error;

    if (!frame_get(page, owner))
        return -XEN_EINVAL;
    error = frame_type_get(page, type);
    if (error)
        frame_put(page);
    return error;
}

void frame_put_and_type(struct page_info *page)
{
    frame_type_put(page);
    frame_put(page);
}
