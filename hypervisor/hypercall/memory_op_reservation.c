/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames come and go: XENMEM_increase_reservation, decrease_reservation, populate_physmap, and
 * the questions and promises about how many there are. */
#include "hypercall/memory_op-private.h"

#include "memory/allocator.h"

/* One extent is done in one go: larger ones would keep others waiting. The tools fall back to
 * smaller extents when a call does none. */
#define MAX_ORDER 9

/* A copy of the caller's structure, and how far the work is. */
struct reservation {
    struct domain *d;
    uint64_t list; /* address of the extents, 0: none */
    uint64_t count, done;
    unsigned int order, address_bits;
};

/* One extent. 0; 1 when the rest can't be had either, so that the count so far is the result;
 * or a negative errno, which has the same effect. */
typedef int (*extent_fn)(const struct reservation *r);

static uint64_t extent_address(const struct reservation *r)
{
    return r->list + r->done * sizeof(xen_pfn_t);
}

static struct page_info *extent_alloc(const struct reservation *r)
{
    return domain_page_alloc(r->d, r->order, r->address_bits);
}

static int increase_extent(const struct reservation *r)
{
    struct page_info *page = extent_alloc(r);
    xen_pfn_t mfn;

    if (!page)
        return -XEN_ENOMEM;
    mfn = page_to_mfn(page);
    return r->list ? put_to_guest(extent_address(r), &mfn) : 0;
}

/* Fresh frames for a guest that gives them numbers of its own. */
static int fill_extent(const struct reservation *r, xen_pfn_t gfn, struct page_info *page)
{
    int error = r->d->ops->gfn_fill(r->d, gfn, page_to_mfn(page), r->order);

    for (uint64_t i = 0; error && i < 1ULL << r->order; i++)
        domain_page_release(page + i);
    return error;
}

static int populate_extent(const struct reservation *r)
{
    struct page_info *page;
    xen_pfn_t gpfn, mfn;

    if (get_from_guest(&gpfn, extent_address(r)))
        return -XEN_EFAULT;
    page = extent_alloc(r);
    if (!page)
        return -XEN_ENOMEM;
    if (r->d->ops->gfn_fill)
        return fill_extent(r, gpfn, page);
    mfn = page_to_mfn(page);
    for (uint64_t i = 0; i < 1ULL << r->order; i++)
        m2p_set(mfn + i, gpfn + i);
    return put_to_guest(extent_address(r), &mfn);
}

/* Drops the allocation's reference of one frame, by the guest's number for it; the frame itself
 * goes with its last mapping. */
static int release_frame(struct domain *d, uint64_t mfn)
{
    struct page_info *page;
    bool released = false;

    if (d->ops->gfn_drop)
        return d->ops->gfn_drop(d, mfn);
    page = frame_get_mfn(mfn, d);
    if (!page)
        return -XEN_EINVAL;
    /* Grant table and shared info are assigned, but not the guest's to give away. */
    if (!(READ_ONCE(page->count) & FRAME_HYPERVISOR)) {
        released = domain_page_release(page);
        if (released)
            m2p_set(mfn, M2P_INVALID);
    }
    frame_put(page);
    return released ? 0 : -XEN_EINVAL;
}

static int decrease_extent(const struct reservation *r)
{
    xen_pfn_t mfn;

    if (get_from_guest(&mfn, extent_address(r)))
        return -XEN_EFAULT;
    for (uint64_t i = 0; i < 1ULL << r->order; i++) {
        int error = release_frame(r->d, mfn + i);

        if (error)
            return error;
    }
    return 0;
}

static extent_fn extent_handler(uint32_t op)
{
    switch (op) {
    case XENMEM_increase_reservation:
        return increase_extent;
    case XENMEM_decrease_reservation:
        return decrease_extent;
    default:
        return populate_extent;
    }
}

/* Address bits as XENMEMF has them, 0: any. */
static unsigned int address_bits_of(uint32_t mem_flags)
{
    unsigned int bits = XENMEMF_get_address_bits(mem_flags);

    return bits && bits < ALLOC_ANY ? bits : ALLOC_ANY;
}

/* Does extents until all are done or one fails. Whether to go on later. */
static bool run_extents(struct reservation *r, extent_fn fn)
{
    uint64_t first = r->done;

    for (; r->done < r->count; r->done++) {
        if (r->done != first && hypercall_should_yield())
            return true;
        if (fn(r))
            return false;
    }
    return false;
}

long memory_op_reservation(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_memory_reservation in;
    struct reservation r;
    bool again = false;
    int error;

    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    if (in.nr_extents > UINT64_MAX >> MEMORY_OP_BITS || start > in.nr_extents)
        return (long)MIN(start, (uint64_t)INT64_MAX);
    if (in.extent_order > MAX_ORDER)
        return (long)start;
    if (!guest_address(in.extent_start) && op != XENMEM_increase_reservation)
        return in.nr_extents ? (long)start : 0;

    r = (struct reservation){
        .list = guest_address(in.extent_start),
        .count = in.nr_extents,
        .done = start,
        .order = in.extent_order,
        .address_bits = address_bits_of(in.mem_flags),
    };
    r.d = hypercall_domain(in.domid, &error);
    if (!r.d)
        return start ? (long)start : error;
    /* Frames that have no number yet are for guests that see machine frames. */
    if (r.d->pv || (r.d->hvm && op != XENMEM_increase_reservation))
        again = run_extents(&r, extent_handler(op));
    if (op == XENMEM_decrease_reservation && r.d->ops->gfn_flush)
        r.d->ops->gfn_flush(r.d);
    domain_put(r.d);
    if (again)
        return hypercall_again(__HYPERVISOR_memory_op, 2, (uint64_t)op | r.done << MEMORY_OP_BITS,
                               arg);
    return (long)r.done;
}

/* What is known of its highest page; of PV, what the guest itself says, which may be nonsense. */
static long highest_pfn(const struct domain *d)
{
    uint64_t count;

    if (d->ops->gfn_highest)
        return (long)d->ops->gfn_highest(d);
    count = READ_ONCE(d->shared_info->arch.max_pfn);

    return count && count <= INT64_MAX ? (long)count - 1 : 0;
}

long memory_op_query(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_memory_domain in;
    struct domain *d;
    long result;
    int error;

    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    d = hypercall_domain(in.domid, &error);
    if (!d)
        return error;
    if (op == XENMEM_current_reservation)
        result = READ_ONCE(d->tot_pages);
    else if (op == XENMEM_maximum_reservation)
        result = READ_ONCE(d->max_pages);
    else
        result = highest_pfn(d);
    domain_put(d);
    return result;
}

/* One claim is checked at a time, so that two can't be given the same free memory. */
static struct spinlock claim_lock = SPINLOCK_INIT;

/* Makes the domain's claim be that many pages more than it has. */
static long claim_set(struct domain *d, uint64_t pages)
{
    uint64_t others, wanted = 0;
    long result = 0;

    spin_lock(&claim_lock);
    spin_lock(&d->page_lock);
    others = READ_ONCE(frames_claimed) - d->claimed_pages;
    if (pages > d->tot_pages)
        wanted = pages - d->tot_pages;
    if (pages && (pages < d->tot_pages || pages > d->max_pages))
        result = -XEN_EINVAL;
    else if (wanted + others > frames_free_count())
        result = -XEN_ENOMEM;
    if (!result) {
        __atomic_fetch_add(&frames_claimed, wanted - d->claimed_pages, __ATOMIC_RELAXED);
        d->claimed_pages = (uint32_t)wanted;
    }
    spin_unlock(&d->page_lock);
    spin_unlock(&claim_lock);
    return result;
}

long memory_op_claim(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_memory_reservation in;
    struct domain *d;
    long result;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    if (guest_address(in.extent_start) || in.extent_order || in.mem_flags)
        return -XEN_EINVAL;
    d = domain_get_by_id(in.domid == DOMID_SELF ? current_domain()->domid : in.domid);
    if (!d)
        return -XEN_ESRCH;
    result = d->life == DOMAIN_ALIVE ? claim_set(d, in.nr_extents) : -XEN_ESRCH;
    domain_put(d);
    return result;
}
