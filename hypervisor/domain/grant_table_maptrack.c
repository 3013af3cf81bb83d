/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles: what a domain has mapped, by a number that it unmaps with.
 *
 *   FREE --take--> BUSY --publish--> LIVE --claim--> BUSY --publish, or free--> ...
 *
 * The lock guards the states and the list of free ones; a BUSY entry belongs to one vCPU, so
 * that no handle can be unmapped twice at a time. */
#include "domain/grant_table-private.h"

#include "memory/allocator.h"

struct maptrack *maptrack_entry(const struct grant_table *t, grant_handle_t handle)
{
    return &t->maptrack[handle / HANDLES_PER_PAGE][handle % HANDLES_PER_PAGE];
}

static void put_free(struct grant_table *t, grant_handle_t handle)
{
    struct maptrack *entry = maptrack_entry(t, handle);

    *entry = (struct maptrack){.state = MAPTRACK_FREE, .ref = t->free_handle};
    t->free_handle = handle;
}

/* A page of handles more. The lock is held. */
static int add_page(struct grant_table *t)
{
    grant_handle_t first = t->maptrack_pages * (grant_handle_t)HANDLES_PER_PAGE;
    struct maptrack *page;

    if (t->maptrack_pages == t->max_maptrack)
        return -XEN_ENOSPC;
    page = pages_alloc(0);
    if (!page)
        return -XEN_ENOMEM;
    t->maptrack[t->maptrack_pages++] = page;
    for (unsigned int i = HANDLES_PER_PAGE; i-- > 0;)
        put_free(t, first + i);
    return 0;
}

int maptrack_take(struct grant_table *t, grant_handle_t *handle)
{
    int error = 0;

    spin_lock(&t->lock);
    if (t->free_handle == NO_HANDLE)
        error = add_page(t);
    if (!error) {
        struct maptrack *entry = maptrack_entry(t, t->free_handle);

        *handle = t->free_handle;
        t->free_handle = entry->ref;
        entry->state = MAPTRACK_BUSY;
    }
    spin_unlock(&t->lock);
    return error;
}

struct maptrack *maptrack_claim(struct grant_table *t, grant_handle_t handle)
{
    struct maptrack *entry = NULL;

    spin_lock(&t->lock);
    if (handle < t->maptrack_pages * HANDLES_PER_PAGE) {
        entry = maptrack_entry(t, handle);
        if (entry->state == MAPTRACK_LIVE)
            entry->state = MAPTRACK_BUSY;
        else
            entry = NULL;
    }
    spin_unlock(&t->lock);
    return entry;
}

void maptrack_publish(struct grant_table *t, grant_handle_t handle)
{
    spin_lock(&t->lock);
    maptrack_entry(t, handle)->state = MAPTRACK_LIVE;
    spin_unlock(&t->lock);
}

void maptrack_free(struct grant_table *t, grant_handle_t handle)
{
    spin_lock(&t->lock);
    put_free(t, handle);
    spin_unlock(&t->lock);
}
