/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapping granted pages and taking the mappings out again.
 *
 * A mapping is up to two uses of the entry: one for the host's page tables, one for devices. Each
 * pins the entry on its own. The references to the frame that go with a host mapping belong to
 * the page-table entry, those of a device mapping to the handle. */
#include "domain/grant_table-private.h"

#include "domain/guest_ops.h"
#include "machine/layout.h"

#define MAP_KINDS (GNTMAP_device_map | GNTMAP_host_map)

static void unpin_and_put(struct domain *granter, grant_ref_t ref, uint64_t mfn, bool readonly)
{
    /* The frame first: once unpinned, the granter may think that nobody uses it. */
    grant_frame_put(mfn, readonly);
    grant_unpin(granter, ref, readonly);
}

static int16_t map_host(struct gnttab_map_grant_ref *op, struct domain *granter)
{
    struct vcpu *v = current_vcpu();
    bool readonly = op->flags & GNTMAP_readonly;
    int16_t status;
    uint64_t mfn;

    status = grant_pin(granter, op->ref, v->domain, readonly, &mfn);
    if (status != GNTST_okay)
        return status;
    status = (int16_t)v->domain->ops->grant_map(v, op->host_addr, op->flags, mfn);
    if (status == GNTST_okay)
        op->dev_bus_addr = mfn << PAGE_SHIFT;
    else
        unpin_and_put(granter, op->ref, mfn, readonly);
    return status;
}

/* There is no IOMMU between a PV guest and its devices: they use machine addresses. */
static int16_t map_device(struct gnttab_map_grant_ref *op, struct domain *granter)
{
    uint64_t mfn;
    int16_t status =
        grant_pin(granter, op->ref, current_domain(), op->flags & GNTMAP_readonly, &mfn);

    if (status == GNTST_okay)
        op->dev_bus_addr = mfn << PAGE_SHIFT;
    return status;
}

/* Both kinds or none. Whatever the kind, the address for devices is told: Linux, which asks for a host
 * mapping only, has disks write there. */
static int16_t map_kinds(struct gnttab_map_grant_ref *op, struct domain *granter)
{
    int16_t status = GNTST_okay;

    op->dev_bus_addr = 0;
    if (op->flags & GNTMAP_device_map)
        status = map_device(op, granter);
    if (status != GNTST_okay || !(op->flags & GNTMAP_host_map))
        return status;
    status = map_host(op, granter);
    if (status != GNTST_okay && (op->flags & GNTMAP_device_map))
        unpin_and_put(granter, op->ref, op->dev_bus_addr >> PAGE_SHIFT,
                      op->flags & GNTMAP_readonly);
    return status;
}

static int16_t map_from(struct gnttab_map_grant_ref *op, struct domain *granter)
{
    struct grant_table *t = current_domain()->grants;
    struct maptrack *entry;
    int16_t status;

    if (maptrack_take(t, &op->handle))
        return GNTST_no_space;
    status = map_kinds(op, granter);
    if (status != GNTST_okay) {
        maptrack_free(t, op->handle);
        return status;
    }
    entry = maptrack_entry(t, op->handle);
    entry->granter = granter;
    entry->ref = op->ref;
    entry->flags = (uint16_t)op->flags;
    domain_get(granter);
    maptrack_publish(t, op->handle);
    return GNTST_okay;
}

void grant_map(struct gnttab_map_grant_ref *op)
{
    struct domain *granter;

    if (!(op->flags & MAP_KINDS) || !current_domain()->ops->grant_map) {
        op->status = GNTST_bad_gntref;
        return;
    }
    granter = domain_get_by_id(op->dom);
    if (!granter) {
        op->status = GNTST_bad_domain;
        return;
    }
    op->status = map_from(op, granter);
    domain_put(granter);
}

/* Which of the handle's mappings are meant: those whose address is given. */
static uint16_t kinds_meant(const struct grant_unmap *op, const struct maptrack *entry)
{
    uint16_t kinds = 0;

    if (op->host_addr)
        kinds |= GNTMAP_host_map;
    if (op->dev_bus_addr)
        kinds |= GNTMAP_device_map;
    return kinds & entry->flags;
}

/* The frame of an entry that is in use can't change. */
static uint64_t frame_of(const struct maptrack *entry)
{
    struct grant_table *t = entry->granter->grants;
    uint64_t mfn;

    spin_lock(&t->lock);
    mfn = grant_active(t, entry->ref)->mfn;
    spin_unlock(&t->lock);
    return mfn;
}

static int16_t unmap_host(const struct grant_unmap *op, const struct maptrack *entry, bool replace)
{
    struct vcpu *v = current_vcpu();
    const struct guest_ops *ops = v->domain->ops;

    if (!replace)
        return (int16_t)ops->grant_unmap(v, op->host_addr, entry->flags, frame_of(entry));
    if (!ops->grant_replace)
        return GNTST_general_error;
    return (int16_t)ops->grant_replace(v, op->host_addr, op->new_addr, entry->flags,
                                       frame_of(entry));
}

static int16_t unmap_kinds(struct grant_unmap *op, const struct maptrack *entry, bool replace)
{
    uint16_t kinds = kinds_meant(op, entry);
    int16_t status = GNTST_okay;

    if ((kinds & GNTMAP_device_map) && op->dev_bus_addr != frame_of(entry) << PAGE_SHIFT)
        return GNTST_general_error;
    if (kinds & GNTMAP_host_map)
        status = unmap_host(op, entry, replace);
    if (status == GNTST_okay)
        op->gone = kinds;
    return status;
}

void grant_unmap_begin(struct grant_unmap *op, bool replace)
{
    struct grant_table *t = current_domain()->grants;
    struct maptrack *entry = maptrack_claim(t, op->handle);

    op->gone = 0;
    if (!entry) {
        op->status = GNTST_bad_handle;
        return;
    }
    op->status = unmap_kinds(op, entry, replace);
    if (!op->gone)
        maptrack_publish(t, op->handle);
}

void grant_unmap_flush(void)
{
    struct domain *d = current_domain();

    if (d->ops->grant_flush)
        d->ops->grant_flush(d);
}

void grant_unmap_end(struct grant_unmap *op)
{
    struct grant_table *t = current_domain()->grants;
    struct domain *granter;
    struct maptrack *entry;
    bool readonly;

    if (!op->gone)
        return;
    entry = maptrack_entry(t, op->handle);
    granter = entry->granter;
    readonly = entry->flags & GNTMAP_readonly;
    for (uint16_t kind = 1; kind <= GNTMAP_host_map; kind <<= 1)
        if (op->gone & kind)
            unpin_and_put(granter, entry->ref, frame_of(entry), readonly);
    entry->flags &= (uint16_t)~op->gone;
    if (entry->flags & MAP_KINDS) {
        maptrack_publish(t, op->handle);
        return;
    }
    maptrack_free(t, op->handle);
    domain_put(granter);
}

/* The domain that made this mapping is dying. */
static void release_mapping(struct grant_table *t, grant_handle_t handle, struct maptrack *entry)
{
    struct domain *granter = entry->granter;
    bool readonly = entry->flags & GNTMAP_readonly;

    if (entry->flags & GNTMAP_device_map)
        unpin_and_put(granter, entry->ref, frame_of(entry), readonly);
    if (entry->flags & GNTMAP_host_map)
        grant_unpin(granter, entry->ref, readonly);
    maptrack_free(t, handle);
    domain_put(granter);
}

int grant_table_release_mappings(struct domain *d)
{
    struct grant_table *t = d->grants;

    for (; t->release_next < t->maptrack_pages * HANDLES_PER_PAGE; t->release_next++) {
        struct maptrack *entry = maptrack_claim(t, t->release_next);

        if (entry)
            release_mapping(t, t->release_next, entry);
        if (t->release_next % HANDLES_PER_PAGE == 0 && hypercall_should_yield()) {
            t->release_next++;
            return -XEN_ERESTART;
        }
    }
    return 0;
}
