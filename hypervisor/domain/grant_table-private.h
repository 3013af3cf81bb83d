/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the grant table share with each other. */
#ifndef DOMAIN_GRANT_TABLE_PRIVATE_H
#define DOMAIN_GRANT_TABLE_PRIVATE_H

#include "domain/grant_table.h"

#include "domain/domain.h"
#include "machine/spinlock.h"

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define HANDLES_PER_PAGE  (PAGE_SIZE / sizeof(struct maptrack))
#define ACTIVE_ORDER      1 /* pages for one frame's active entries */

/* An entry of the shared table that somebody uses. It keeps what the first user found in the
 * shared entry, since the granter may write there what it likes. */
struct active {
    uint32_t mfn;
    uint32_t readers, writers; /* users of each kind; both 0: not in use, the rest is stale */
    domid_t domid;             /* who uses it */
};

enum maptrack_state {
    MAPTRACK_FREE, /* ref is the next free handle */
    MAPTRACK_BUSY, /* being mapped or unmapped by one vCPU, which alone may touch it */
    MAPTRACK_LIVE,
};

/* A mapping that the domain has made. */
struct maptrack {
    struct domain *granter; /* held */
    uint32_t ref;
    uint16_t flags; /* GNTMAP_*; device_map and host_map go as they are unmapped */
    uint16_t state;
};

_Static_assert(sizeof(struct active) * ENTRIES_PER_FRAME <= PAGE_SIZE << ACTIVE_ORDER, "fits");
_Static_assert(sizeof(struct maptrack) == 16, "divides a page");

struct grant_table {
    struct spinlock lock; /* of all that follows, but the limits */
    unsigned int max_frames, max_maptrack;
    unsigned int frames;            /* in use; never shrinks */
    bool closed;                    /* the domain is dying: no growth, no new use */
    struct grant_entry_v1 **shared; /* max_frames pointers */
    struct active **active;         /* likewise */
    unsigned int maptrack_pages;
    struct maptrack **maptrack;  /* max_maptrack pointers */
    grant_handle_t free_handle;  /* head of the free ones */
    grant_handle_t release_next; /* where release_mappings goes on */
};

#define NO_HANDLE UINT32_MAX

/* grant_table.c: an entry's two halves. The lock is held and ref < grant_table_entries(). */
static inline uint32_t grant_table_entries(const struct grant_table *t)
{
    return t->frames * (uint32_t)ENTRIES_PER_FRAME;
}

static inline struct grant_entry_v1 *grant_shared(const struct grant_table *t, grant_ref_t ref)
{
    return &t->shared[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

static inline struct active *grant_active(const struct grant_table *t, grant_ref_t ref)
{
    return &t->active[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

/* grant_table_pin.c: takes an entry into use for `user`, and takes the references to its frame
 * that a mapping needs: general, and type writable unless readonly. GNTST_*; the granter is held
 * by the caller. */
int16_t grant_pin(struct domain *granter, grant_ref_t ref, const struct domain *user, bool readonly,
                  uint64_t *mfn);
/* One user less. The references to the frame are not touched. */
void grant_unpin(struct domain *granter, grant_ref_t ref, bool readonly);
/* Drops references as grant_pin takes them. */
void grant_frame_put(uint64_t mfn, bool readonly);

/* grant_table_maptrack.c: handles. A BUSY handle's entry is the caller's own. */
int maptrack_take(struct grant_table *t, grant_handle_t *handle);
/* Makes a LIVE handle BUSY; NULL when it is not live. */
struct maptrack *maptrack_claim(struct grant_table *t, grant_handle_t handle);
struct maptrack *maptrack_entry(const struct grant_table *t, grant_handle_t handle);
/* BUSY becomes LIVE. */
void maptrack_publish(struct grant_table *t, grant_handle_t handle);
/* BUSY becomes FREE. */
void maptrack_free(struct grant_table *t, grant_handle_t handle);

#endif
