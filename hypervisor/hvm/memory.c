/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest frames of a hardware guest: looked up, filled, given up, pointed at shared pages. */
#include "hvm/hvm.h"

#include "memory/flush.h"

/* Tables are freed only when the CPUs of the domain's own vCPUs have been flushed; others have to
 * keep them from being freed meanwhile. */
enum p2m_type hvm_gfn_lookup(struct domain *d, uint64_t gfn, uint64_t *mfn)
{
    struct p2m *p2m = &d->hvm->p2m;
    enum p2m_type type;

    if (d == current_domain())
        return p2m_lookup(p2m, gfn, mfn);
    spin_lock(&p2m->lock);
    type = p2m_lookup(p2m, gfn, mfn);
    spin_unlock(&p2m->lock);
    return type;
}

/* The entry is looked at again once we have the reference: then nobody can have given the frame up
 * meanwhile and got it back as another. */
struct page_info *hvm_gfn_hold(struct domain *d, uint64_t gfn, enum p2m_type type, uint64_t mfn)
{
    struct page_info *page = frame_get_mfn(mfn, d);
    uint64_t again;

    if (page && (hvm_gfn_lookup(d, gfn, &again) != type || again != mfn)) {
        frame_put(page);
        return NULL;
    }
    return page;
}

/* What is borrowed is not the domain's to grant, nor to register, even if it has granted it to
 * itself. */
struct page_info *hvm_gfn_get(struct domain *d, uint64_t gfn)
{
    uint64_t mfn;
    enum p2m_type type = hvm_gfn_lookup(d, gfn, &mfn);

    if (type == P2M_HOLE || p2m_is(type, P2M_BORROWED))
        return NULL;
    return hvm_gfn_hold(d, gfn, type, mfn);
}

int hvm_gfn_fill(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order)
{
    int error = p2m_map(&d->hvm->p2m, gfn, mfn, order, P2M_RAM);

    if (error)
        return error;
    for (uint64_t i = 0; i < 1ULL << order; i++)
        m2p_set(mfn + i, gfn + i);
    /* While writes are noted, pages stay in parts. */
    if (!READ_ONCE(d->hvm->log_dirty.on))
        hvm_gfn_join(d, gfn);
    return 0;
}

/* Only who took the entry out may give the frame up, so there is no race for it. */
int hvm_gfn_drop(struct domain *d, uint64_t gfn)
{
    struct p2m *p2m = &d->hvm->p2m;
    uint64_t mfn;
    enum p2m_type type = hvm_gfn_lookup(d, gfn, &mfn);
    int error;

    if (type == P2M_HOLE)
        return -XEN_EINVAL;
    if (p2m_is(type, P2M_GRANTS))
        return -XEN_EPERM;
    error = p2m_unmap(p2m, gfn, mfn, type);
    if (error || type == P2M_SHARED)
        return error;
    if (type == P2M_FOREIGN) {
        tlb_flush_mask(READ_ONCE(d->dirty_cpus));
        hvm_borrowed_put(mfn, type);
        return 0;
    }
    m2p_set(mfn, M2P_INVALID);
    return domain_page_release(mfn_to_page(mfn)) ? 0 : -XEN_EINVAL;
}

int hvm_gfn_make_way(struct domain *d, uint64_t gfn)
{
    uint64_t mfn;

    return hvm_gfn_lookup(d, gfn, &mfn) == P2M_HOLE ? 0 : hvm_gfn_drop(d, gfn);
}

/* Puts a frame that was taken out where nothing is; what can't be put anywhere is given up. */
static int put_back(struct domain *d, uint64_t gfn, uint64_t mfn, enum p2m_type type)
{
    int error = p2m_map(&d->hvm->p2m, gfn, mfn, 0, type);

    m2p_set(mfn, error ? M2P_INVALID : gfn);
    return error;
}

int hvm_gfn_move(struct domain *d, uint64_t from, uint64_t to)
{
    uint64_t mfn;
    enum p2m_type type = hvm_gfn_lookup(d, from, &mfn);
    int error;

    if (!p2m_is(type, P2M_OWN) || to >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    if (from == to)
        return 0;
    error = p2m_unmap(&d->hvm->p2m, from, mfn, type);
    if (error)
        return error;
    error = hvm_gfn_make_way(d, to);
    if (!error)
        error = put_back(d, to, mfn, type);
    if (error && put_back(d, from, mfn, type))
        (void)domain_page_release(mfn_to_page(mfn));
    return error;
}

static bool is_borrowed(struct domain *d, uint64_t gfn)
{
    uint64_t mfn;

    return p2m_is(hvm_gfn_lookup(d, gfn, &mfn), P2M_BORROWED);
}

/* A shared page is at one place at most: two that move it do so one after the other. Lock held. */
static int share(struct domain *d, uint64_t gfn, uint64_t mfn)
{
    uint64_t old = m2p_table[mfn];
    int error;

    if (is_borrowed(d, gfn)) /* since a moment ago */
        return -XEN_EEXIST;
    error = hvm_gfn_make_way(d, gfn);
    if (error)
        return error;
    if (old != M2P_INVALID && old != gfn)
        (void)p2m_unmap(&d->hvm->p2m, old, mfn, P2M_SHARED);
    error = p2m_map(&d->hvm->p2m, gfn, mfn, 0, P2M_SHARED);
    m2p_set(mfn, error ? M2P_INVALID : gfn);
    return error;
}

int hvm_gfn_share(struct domain *d, uint64_t gfn, uint64_t mfn)
{
    int error = 0;

    if (gfn >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    if (is_borrowed(d, gfn)) /* another domain's page is not dropped with a lock held */
        error = hvm_gfn_drop(d, gfn);
    if (error)
        return error;
    spin_lock(&d->hvm->share_lock);
    error = share(d, gfn, mfn);
    spin_unlock(&d->hvm->share_lock);
    /* The guest is to see the page at once, not what was there before. */
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    return error;
}

uint64_t hvm_gfn_highest(const struct domain *d)
{
    return READ_ONCE(d->hvm->p2m.highest);
}
