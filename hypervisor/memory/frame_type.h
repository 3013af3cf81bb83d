/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a frame may be used as.
 *
 * A PV guest's page tables are its own frames, so safety rests on one rule: while a frame is a
 * page table (or holds descriptors), nobody has a writable mapping of it. Each use takes a type
 * reference; the type changes only while there is none. Taking the first reference of a page
 * table type validates the whole content, which takes references on what it points to.
 *
 *   none/writable --count 0--> L1..L4, descriptors : validated, stale TLB entries flushed first
 *   L1..L4 --count 0--> anything                   : content's references dropped first
 *
 * A change to or from a page-table type happens under the owner's mm_lock only (domain.h), so
 * that no two CPUs validate one frame at a time. Writable references need no lock.
 *
 * Long work stops half-way: such a frame is PARTIAL, holds the references of its first `done`
 * entries, and one general reference of its own. With BELOW, the work stopped in the table that
 * entry `done` leads to, of which this one holds a general reference, too. Whoever wants a type of
 * the frame next goes on with the work, or undoes it, and who left it there has it undone in the
 * end: what it maps can't be used otherwise until then.
 */
#ifndef MEMORY_FRAME_TYPE_H
#define MEMORY_FRAME_TYPE_H

#include "memory/frame.h"

#define TYPE_SHIFT      60
#define TYPE_MASK       (0xfULL << TYPE_SHIFT)
#define TYPE_NONE       (0ULL << TYPE_SHIFT)
#define TYPE_L1         (1ULL << TYPE_SHIFT)
#define TYPE_L2         (2ULL << TYPE_SHIFT)
#define TYPE_L3         (3ULL << TYPE_SHIFT)
#define TYPE_L4         (4ULL << TYPE_SHIFT)
#define TYPE_DESCRIPTOR (5ULL << TYPE_SHIFT)
#define TYPE_WRITABLE   (6ULL << TYPE_SHIFT)

#define TYPE_PINNED     (1ULL << 59)
#define TYPE_VALIDATED  (1ULL << 58)
#define TYPE_PARTIAL    (1ULL << 57)
#define TYPE_BELOW      (1ULL << 56)
#define TYPE_DONE_SHIFT 32
#define TYPE_DONE_MASK  (0x3ffULL << TYPE_DONE_SHIFT)
#define TYPE_COUNT_MASK 0xffffffffULL

static inline bool type_is_table(uint64_t type)
{
    type &= TYPE_MASK;
    return type >= TYPE_L1 && type <= TYPE_L4;
}

/* Level 1 to 4 of a page-table type. */
static inline unsigned int type_level(uint64_t type)
{
    return (unsigned int)(type >> TYPE_SHIFT);
}

static inline uint64_t type_of_level(unsigned int level)
{
    return (uint64_t)level << TYPE_SHIFT;
}

/* How far the work on a table came. */
struct type_progress {
    unsigned int done; /* entries whose references are held */
    bool below;        /* the next one's table may be half-way, and a general reference of it is held */
};

/* How a room that knows a type's content checks it. Set once by pv/. */
struct frame_type_ops {
    /* Takes the references of the entries that are not done. 0, -XEN_ERESTART when it stopped for
     * others to run, or the reason why the content is refused: then it gives back what it holds,
     * and what it has not come to is in the progress. */
    int (*validate)(struct page_info *page, uint64_t type, struct type_progress *progress);
    /* Gives the references of what is done back. 0 or -XEN_ERESTART. */
    int (*invalidate)(struct page_info *page, uint64_t type, struct type_progress *progress);
    /* Stale writable TLB entries of the frame must be gone when this returns. */
    void (*flush_stale)(struct page_info *page);
};

extern const struct frame_type_ops *frame_type_ops;

/* Takes a type reference; the caller holds a general reference, and for a type other than
 * writable the owner's mm_lock. 0; -XEN_EBUSY when the frame is in use as something else;
 * -XEN_EINVAL when its content is refused (a table may be PARTIAL then: what it referred to is to be
 * given back by frame_type_settle); -XEN_ERESTART: call again. */
must_check int frame_type_get(struct page_info *page, uint64_t type);
/* Gives it back. Of a table, the work that the last reference causes may be left to whoever wants a
 * type of it next (PARTIAL): for those who take a whole domain apart. */
void frame_type_put(struct page_info *page);
/* As frame_type_put, but tells -XEN_ERESTART when work is left; call frame_type_settle, with a
 * general reference. */
int frame_type_put_preemptible(struct page_info *page);
/* Goes on with undoing a PARTIAL frame. 0 or -XEN_ERESTART. Owner's mm_lock. */
int frame_type_settle(struct page_info *page);

/* Both references at once. */
must_check int frame_get_and_type(struct page_info *page, const struct domain *owner,
                                  uint64_t type);
void frame_put_and_type(struct page_info *page);

#endif
