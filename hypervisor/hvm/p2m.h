/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware guest's physical memory: which machine frame is behind each guest frame, in the very
 * tables that the CPU walks (AMD: nested page tables, APM vol. 2, 15.25; Intel: extended page
 * tables, SDM vol. 3, 28.2).
 *
 * An entry says what it is in bits that the CPU ignores, so that one walk serves the CPU and us:
 *
 *   | 63 .. 56 | type 55 .. 52 | machine frame 51 .. 12 | the CPU's flags 11 .. 0 |
 *
 * Entries change under the lock, and are read without by the domain itself, with interrupts off: a
 * table is freed when all of its CPUs have been interrupted since it was taken out, or when the
 * domain dies. Who looks up a frame takes a reference to it, and then looks whether the entry is
 * still the same.
 *
 * Pages of other domains' are borrowed: the map holds the references that go with them, and lets
 * nobody but the guest's own loads and stores at them. */
#ifndef HVM_P2M_H
#define HVM_P2M_H

#include "machine/paging.h"
#include "machine/spinlock.h"
#include "lib/errno.h"

/* What a guest frame is. */
enum p2m_type {
    P2M_HOLE,   /* nothing: an access is an exit */
    P2M_RAM,    /* a frame of the domain's own */
    P2M_RAM_RO, /* the same, but writes are exits */
    P2M_SHARED, /* a page of the hypervisor's that the guest may write to: grant table, shared info
                 */
    P2M_GRANT, /* a page that was granted to the domain: an entry has its general reference, and one
                  of type writable */
    P2M_GRANT_RO, /* one that it may read only: a general reference */
    P2M_FOREIGN,  /* of a domain that this one controls: as P2M_GRANT */
    P2M_TYPES
};

/* Sets of types. */
#define P2M_SET(type) (1U << (type))
#define P2M_OWN       (P2M_SET(P2M_RAM) | P2M_SET(P2M_RAM_RO)) /* frames of the domain's own */
#define P2M_GRANTS    (P2M_SET(P2M_GRANT) | P2M_SET(P2M_GRANT_RO))
#define P2M_BORROWED  (P2M_GRANTS | P2M_SET(P2M_FOREIGN))
/* What the guest may write to; of the others, what takes its writes and forgets them; and what it
 * may run. */
#define P2M_WRITABLE \
    (P2M_SET(P2M_RAM) | P2M_SET(P2M_SHARED) | P2M_SET(P2M_GRANT) | P2M_SET(P2M_FOREIGN))
#define P2M_FORGETS  (P2M_SET(P2M_RAM_RO) | P2M_SET(P2M_GRANT_RO))
#define P2M_RUNNABLE (P2M_OWN | P2M_SET(P2M_SHARED))

static inline bool p2m_is(enum p2m_type type, unsigned int set)
{
    return set >> type & 1;
}

/* Orders of the mappings that there are: 4 KiB, 2 MiB, 1 GiB. */
#define P2M_ORDER_2M 9
#define P2M_ORDER_1G 18

/* Guest frame numbers that the tables have room for. */
#define P2M_GFN_LIMIT (1ULL << 36)

/* How a kind of CPU wants its entries. */
struct p2m_format {
    uint64_t table;           /* flags of an entry that points to a table */
    uint64_t leaf[P2M_TYPES]; /* of one that maps a page; a hole has none */
    uint64_t large;           /* besides, when the page is larger than 4 KiB */
    bool no_1g;               /* the CPU has no mappings of 1 GiB */
    bool small_only;          /* nor should it have others than of 4 KiB */
    /* Is set in the entry of a page of RAM that was written to: by the CPU; or, on a CPU that does not, it is
     * the right to write. Then the first write is an exit, and p2m_dirty_set() lets those after it pass. */
    uint64_t dirty;
    bool dirty_by_cpu;
};

struct p2m {
    struct spinlock lock;
    pte_t *root; /* level 4 */
    const struct p2m_format *format;
    uint32_t tables, max_tables; /* [lock] below the root: how many there are, and may be */
    uint64_t highest;            /* [lock] highest guest frame that was ever there */
    uint64_t borrowed;           /* [lock] how many entries are of a borrowed page */
    bool closed;                 /* [lock] the domain is dying: nothing comes in any more */
    unsigned int release_next;   /* where p2m_release goes on: an entry of level 3 */
};

/* How many tables a domain may have that nobody gave a number: for 1 GiB in small pages, at least.
 */
#define P2M_TABLES_DEFAULT 1024

/* Makes an empty map. 0 or -XEN_ENOMEM. */
int p2m_init(struct p2m *p2m, const struct p2m_format *format);
/* Frees the tables that map pages, which no CPU uses any more; the upper ones go with p2m_free. 0,
 * or -XEN_ERESTART when `should_stop` said so: call again. Who looks things up meanwhile, does so
 * under the lock. */
int p2m_release(struct p2m *p2m, bool (*should_stop)(void));
void p2m_free(struct p2m *p2m);

/* Maps 2^order guest frames, which have to be holes, in mappings as large as alignment allows;
 * borrowed ones one by one. 0; -XEN_EEXIST when one is no hole; -XEN_EINVAL when out of range;
 * -XEN_ESRCH when the map is closed; -XEN_ENOMEM (what was mapped before is a hole again). The
 * references of a borrowed page are the map's then. */
int p2m_map(struct p2m *p2m, uint64_t gfn, uint64_t mfn, unsigned int order, enum p2m_type type);
/* Makes one guest frame a hole, if it is of that type and maps that frame. -XEN_EINVAL when not;
 * -XEN_ENOMEM when a larger mapping would have to be split. The CPUs may still know the mapping:
 * a frame's last reference sees to that (memory/flush.h). */
int p2m_unmap(struct p2m *p2m, uint64_t gfn, uint64_t mfn, enum p2m_type type);
/* A dying domain's map takes nothing in any more. */
void p2m_close(struct p2m *p2m);
/* Looks at guest frame *gfn of a closed map, and moves *gfn behind what is there. A borrowed page
 * is taken out: *type and *mfn tell, and its references are the caller's. *type is P2M_HOLE where
 * there is none. False: there are no more. */
bool p2m_take_borrowed(struct p2m *p2m, uint64_t *gfn, uint64_t *mfn, enum p2m_type *type);
/* Makes a frame of the domain's own writable or read-only (P2M_RAM, P2M_RAM_RO). -XEN_EINVAL when
 * it is neither; -XEN_ENOMEM. The CPUs may still know it as it was. */
int p2m_retype(struct p2m *p2m, uint64_t gfn, enum p2m_type type);
/* Which of `count` frames (at most 64) from `gfn` on has the CPU written to since this was last
 * asked (or ever, at first)? A bit each, the first one the lowest. What is not writable memory of
 * the domain's is not written to. The CPUs may still know them as written to: they note new writes
 * after a flush. -XEN_ENOMEM: a larger mapping could not be split. */
int p2m_dirty_take(struct p2m *p2m, uint64_t gfn, unsigned int count, uint64_t *bits);
/* Looks at the 2 MiB of guest frame *gfn, then at the 1 GiB, or at the hole around it. If they are
 * all of the domain's own and of one type, contiguous, and aligned, one entry takes the place of
 * their table, which is returned: it is no longer used once the CPUs have been flushed (join.c
 * frees it then); look again, as that entry may be part of a larger one. Otherwise NULL, and *gfn
 * is moved behind the 2 MiB, or what larger there is. What is joined counts as written to. */
void *p2m_join(struct p2m *p2m, uint64_t *gfn);
/* Somebody else than the CPU has written to that frame. */
void p2m_dirty_set(struct p2m *p2m, uint64_t gfn);
/* Sets how many tables it may have. A guest chooses where its frames are, so without a limit it
 * could make tables of all memory. Fewer than there are: no more are made. */
void p2m_limit(struct p2m *p2m, uint64_t tables);
/* What is there; *mfn is set unless it is a hole. */
enum p2m_type p2m_lookup(const struct p2m *p2m, uint64_t gfn, uint64_t *mfn);

#endif
