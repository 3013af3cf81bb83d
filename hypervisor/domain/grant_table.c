/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grant table's life: its frames, their growth, its end. */
#include "domain/grant_table-private.h"

#include "lib/print.h"
#include "memory/allocator.h"

#define DEFAULT_FRAMES   64
#define DEFAULT_MAPTRACK 1024
#define LIMIT_FRAMES     4096
#define LIMIT_MAPTRACK   16384

static struct grant_table *table_alloc(unsigned int max_frames, unsigned int max_maptrack)
{
    struct grant_table *t = hv_alloc(sizeof(*t));

    if (!t)
        return NULL;
    spin_init(&t->lock);
    t->max_frames = max_frames;
    t->max_maptrack = max_maptrack;
    t->free_handle = NO_HANDLE;
    t->shared = hv_alloc(max_frames * sizeof(t->shared[0]));
    t->active = hv_alloc(max_frames * sizeof(t->active[0]));
    t->maptrack = hv_alloc(MAX(max_maptrack, 1u) * sizeof(t->maptrack[0]));
    return t;
}

static void table_free(struct grant_table *t)
{
    /* There are no frames without arrays. NOLINTBEGIN(clang-analyzer-core.NullDereference) */
    for (unsigned int i = 0; i < t->frames; i++) {
        domain_hv_page_free(t->shared[i]);
        pages_free(t->active[i], ACTIVE_ORDER);
    }
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
    for (unsigned int i = 0; i < t->maptrack_pages; i++)
        pages_free(t->maptrack[i], 0);
    hv_free(t->shared, t->max_frames * sizeof(t->shared[0]));
    hv_free(t->active, t->max_frames * sizeof(t->active[0]));
    hv_free(t->maptrack, MAX(t->max_maptrack, 1u) * sizeof(t->maptrack[0]));
    hv_free(t, sizeof(*t));
}

int grant_table_init(struct domain *d, int32_t max_frames, int32_t max_maptrack)
{
    struct grant_table *t;
    int error;

    if (max_frames < 0)
        max_frames = DEFAULT_FRAMES;
    if (max_maptrack < 0)
        max_maptrack = DEFAULT_MAPTRACK;
    if (!max_frames || max_frames > LIMIT_FRAMES || max_maptrack > LIMIT_MAPTRACK)
        return -XEN_EINVAL;
    t = table_alloc((unsigned int)max_frames, (unsigned int)max_maptrack);
    if (!t)
        return -XEN_ENOMEM;
    d->grants = t;
    error = t->shared && t->active && t->maptrack ? grant_table_grow(d, 1) : -XEN_ENOMEM;
    if (error)
        grant_table_destroy(d);
    return error;
}

/* One frame more. The lock is held. */
static int add_frame(struct domain *d, struct grant_table *t)
{
    struct active *active = pages_alloc(ACTIVE_ORDER);
    struct grant_entry_v1 *shared;

    if (!active)
        return -XEN_ENOMEM;
    shared = domain_hv_page_alloc(d);
    if (!shared) {
        pages_free(active, ACTIVE_ORDER);
        return -XEN_ENOMEM;
    }
    t->active[t->frames] = active;
    t->shared[t->frames] = shared;
    t->frames++;
    return 0;
}

static int grow_locked(struct domain *d, struct grant_table *t, uint32_t frames)
{
    int error = 0;

    if (t->closed || frames > t->max_frames)
        return -XEN_EINVAL;
    while (!error && t->frames < frames)
        error = add_frame(d, t);
    return error;
}

int grant_table_grow(struct domain *d, uint32_t frames)
{
    struct grant_table *t = d->grants;
    int error;

    spin_lock(&t->lock);
    error = grow_locked(d, t, frames);
    spin_unlock(&t->lock);
    return error;
}

int grant_table_frame(struct domain *d, uint32_t index, uint64_t *mfn)
{
    struct grant_table *t = d->grants;
    int error = -XEN_EINVAL;

    spin_lock(&t->lock);
    if (index < t->max_frames)
        error = grow_locked(d, t, index + 1);
    if (!error)
        *mfn = virt_to_mfn(t->shared[index]);
    spin_unlock(&t->lock);
    return error;
}

uint32_t grant_table_frames(const struct domain *d)
{
    return READ_ONCE(d->grants->frames);
}

uint32_t grant_table_max_frames(const struct domain *d)
{
    return d->grants->max_frames;
}

static bool in_use(const struct active *a)
{
    return a->readers || a->writers;
}

static int16_t swap_locked(struct grant_table *t, grant_ref_t a, grant_ref_t b)
{
    struct grant_entry_v1 entry;

    if (t->closed || a >= grant_table_entries(t) || b >= grant_table_entries(t))
        return GNTST_bad_gntref;
    if (a == b)
        return GNTST_okay;
    if (in_use(grant_active(t, a)) || in_use(grant_active(t, b)))
        return GNTST_eagain;
    entry = *grant_shared(t, a);
    *grant_shared(t, a) = *grant_shared(t, b);
    *grant_shared(t, b) = entry;
    return GNTST_okay;
}

int16_t grant_table_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
    int16_t status;

    spin_lock(&d->grants->lock);
    status = swap_locked(d->grants, a, b);
    spin_unlock(&d->grants->lock);
    return status;
}

void grant_table_dump(struct domain *d)
{
    struct grant_table *t = d->grants;

    spin_lock(&t->lock);
    printk("d%u grant table: %u of %u frames\n", d->domid, t->frames, t->max_frames);
    for (grant_ref_t ref = 0; ref < grant_table_entries(t); ref++) {
        const struct active *a = grant_active(t, ref);

        if (in_use(a))
            printk("  ref %u: frame %x used by d%u, %u readers, %u writers\n", ref, a->mfn,
                   a->domid, a->readers, a->writers);
    }
    spin_unlock(&t->lock);
}

void grant_table_close(struct domain *d)
{
    spin_lock(&d->grants->lock);
    d->grants->closed = true;
    spin_unlock(&d->grants->lock);
}

void grant_table_destroy(struct domain *d)
{
    if (!d->grants)
        return;
    table_free(d->grants);
    d->grants = NULL;
}
