/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest frames of a hardware guest: looked up, filled, given up, pointed at shared pages. */
#include "hvm/hvm.h"

#include "memory/flush.h"

/* A domain's own vCPUs see tables that stay; others have to keep them from being freed meanwhile.
 */
static enum p2m_type lookup(struct domain *d, uint64_t gfn, uint64_t *mfn)
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

/* The page behind a guest frame, referred to. The entry is looked at again once we have the
 * reference: then nobody can have given the frame up meanwhile and got it back as another. */
struct page_info *hvm_gfn_get(struct domain *d, uint64_t gfn)
{
    uint64_t mfn, again;
    enum p2m_type type = lookup(d, gfn, &mfn);
    struct page_info *page;

    if (type == P2M_HOLE)
        return NULL;
    page = frame_get_mfn(mfn, d);
    if (page && (lookup(d, gfn, &again) != type || again != mfn)) {
        frame_put(page);
        return NULL;
    }
    return page;
}

int hvm_gfn_fill(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order)
{
    int error = p2m_map(&d->hvm->p2m, gfn, mfn, order, P2M_RAM);

    for (uint64_t i = 0; !error && i < 1ULL << order; i++)
        m2p_set(mfn + i, gfn + i);
    return error;
}

int hvm_gfn_drop(struct domain *d, uint64_t gfn)
{
    struct p2m *p2m = &d->hvm->p2m;
    uint64_t mfn;
    enum p2m_type type = lookup(d, gfn, &mfn);
    int error;

    if (type == P2M_HOLE)
        return -XEN_EINVAL;
    error = p2m_unmap(p2m, gfn, mfn, type);
    if (error || type == P2M_SHARED)
        return error;
    /* Only who took the entry out may give the frame up, so there is no race for it. */
    m2p_set(mfn, M2P_INVALID);
    return domain_page_release(mfn_to_page(mfn)) ? 0 : -XEN_EINVAL;
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
    uint64_t mfn, old;
    enum p2m_type type = lookup(d, from, &mfn);
    int error;

    if ((type != P2M_RAM && type != P2M_RAM_RO) || to >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    if (from == to)
        return 0;
    error = p2m_unmap(&d->hvm->p2m, from, mfn, type);
    if (error)
        return error;
    if (lookup(d, to, &old) != P2M_HOLE)
        (void)hvm_gfn_drop(d, to);
    error = put_back(d, to, mfn, type);
    if (error && put_back(d, from, mfn, type))
        (void)domain_page_release(mfn_to_page(mfn));
    return error;
}

/* A shared page is at one place at most: two that move it do so one after the other. Lock held. */
static int share(struct domain *d, uint64_t gfn, uint64_t mfn)
{
    uint64_t old = m2p_table[mfn];
    int error;

    if (old != M2P_INVALID && old != gfn)
        (void)p2m_unmap(&d->hvm->p2m, old, mfn, P2M_SHARED);
    (void)hvm_gfn_drop(d, gfn);
    error = p2m_map(&d->hvm->p2m, gfn, mfn, 0, P2M_SHARED);
    m2p_set(mfn, error ? M2P_INVALID : gfn);
    return error;
}

int hvm_gfn_share(struct domain *d, uint64_t gfn, uint64_t mfn)
{
    int error;

    if (gfn >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
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
