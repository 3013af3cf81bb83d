/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is where in the physical memory of a guest that has frame numbers of its own:
 * XENMEM_add_to_physmap and its kin, and what the tools ask about memory that is not there yet. */
#include "hypercall/memory_op-private.h"

#include "domain/grant_table.h"
#include "machine/layout.h"
#include "memory/frame_type.h"

/* The hypervisor's page that a space and an index in it name. */
static int shared_page(struct domain *d, uint32_t space, uint64_t index, uint64_t *mfn)
{
    switch (space) {
    case XENMAPSPACE_shared_info:
        if (index)
            return -XEN_EINVAL;
        *mfn = virt_to_mfn(d->shared_info);
        return 0;
    case XENMAPSPACE_grant_table:
        if (index >= grant_table_max_frames(d))
            return -XEN_EINVAL;
        return grant_table_frame(d, (uint32_t)index, mfn);
    default: /* devices */
        return -XEN_EOPNOTSUPP;
    }
}

static int add_page(struct domain *d, uint32_t space, uint64_t index, uint64_t gfn)
{
    uint64_t mfn;
    int error;

    if (space == XENMAPSPACE_gmfn || space == XENMAPSPACE_gmfn_range)
        return d->ops->gfn_move(d, index, gfn);
    error = shared_page(d, space, index, &mfn);
    return error ? error : d->ops->gfn_share(d, gfn, mfn);
}

/* A page of a domain's that this one controls. Page tables and the like are nobody's to write to.
 */
static int add_foreign(struct domain *d, struct domain *owner, uint64_t index, uint64_t gfn)
{
    struct page_info *page = guest_frame_get(owner, index);
    int error;

    if (!page)
        return -XEN_EINVAL;
    error = frame_type_get(page, TYPE_WRITABLE);
    if (error) {
        frame_put(page);
        return error;
    }
    error = d->ops->gfn_foreign(d, gfn, page_to_mfn(page));
    if (error)
        frame_put_and_type(page);
    return error;
}

/* The other domain whose pages are asked for, held; or NULL. The rights are those of the domain
 * that gets them, not of who asks for it. */
static struct domain *foreign_owner(const struct domain *d, domid_t domid, int *error)
{
    struct domain *owner = domain_get_by_id(domid);

    if (owner && owner != d && domain_may_control(d, owner))
        return owner;
    *error = !owner ? -XEN_ESRCH : owner == d ? -XEN_EINVAL : -XEN_EPERM;
    if (owner)
        domain_put(owner);
    return NULL;
}

/* The translated guest that is meant, held; or NULL. */
static struct domain *target(domid_t domid, int *error)
{
    struct domain *d = hypercall_domain(domid, error);

    if (d && !d->ops->gfn_share) {
        domain_put(d);
        *error = -XEN_EOPNOTSUPP;
        return NULL;
    }
    return d;
}

/* The pages from number `start` on. 0, an error, or -XEN_ERESTART with what is done. */
static int add_range(struct domain *d, const struct xen_add_to_physmap *in, uint64_t *start)
{
    uint64_t count = in->space == XENMAPSPACE_gmfn_range ? in->size : 1, first = *start;
    int error = 0;

    for (; !error && *start < count; ++*start) {
        if (*start != first && hypercall_should_yield()) {
            error = -XEN_ERESTART;
            break;
        }
        error = add_page(d, in->space, in->idx + *start, in->gpfn + *start);
    }
    d->ops->gfn_flush(d);
    return error;
}

long memory_op_add_to_physmap(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_add_to_physmap in;
    struct domain *d;
    int error;

    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    d = target(in.domid, &error);
    if (!d)
        return error;
    error = add_range(d, &in, &start);
    domain_put(d);
    if (error == -XEN_ERESTART)
        return hypercall_again(__HYPERVISOR_memory_op, 2, (uint64_t)op | start << MEMORY_OP_BITS,
                               arg);
    return error;
}

/* Each page has an error of its own. Goes on at `start`, and stops where others are due. `owner`:
 * whose pages they are, if they are another's. */
static long add_batch(struct domain *d, struct domain *owner,
                      const struct xen_add_to_physmap_batch *in, uint64_t *start)
{
    for (uint64_t i = *start; i < in->size; i++) {
        xen_ulong_t index;
        xen_pfn_t gfn;
        int error;

        if (i != *start && hypercall_should_yield()) {
            *start = i;
            return -XEN_ERESTART;
        }
        if (get_from_guest(&index, guest_element(in->idxs, i)) ||
            get_from_guest(&gfn, guest_element(in->gpfns, i)))
            return -XEN_EFAULT;
        error = owner ? add_foreign(d, owner, index, gfn) : add_page(d, in->space, index, gfn);
        if (put_to_guest(guest_element(in->errs, i), &error))
            return -XEN_EFAULT;
    }
    return 0;
}

long memory_op_add_to_physmap_batch(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_add_to_physmap_batch in;
    struct domain *d, *owner = NULL;
    long result;
    int error = 0;

    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    d = target(in.domid, &error);
    if (!d)
        return error;
    if (in.space == XENMAPSPACE_gmfn_foreign)
        owner = foreign_owner(d, in.u.foreign_domid, &error);
    result = error ? error : add_batch(d, owner, &in, &start);
    d->ops->gfn_flush(d);
    if (owner)
        domain_put(owner);
    domain_put(d);
    if (result == -XEN_ERESTART)
        return hypercall_again(__HYPERVISOR_memory_op, 2, (uint64_t)op | start << MEMORY_OP_BITS,
                               arg);
    return result;
}

long memory_op_remove_from_physmap(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_remove_from_physmap in;
    struct domain *d;
    int error;

    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    d = target(in.domid, &error);
    if (!d)
        return error;
    error = d->ops->gfn_drop(d, in.gpfn);
    d->ops->gfn_flush(d);
    domain_put(d);
    return error;
}

/* Memory is given out at once, not on demand; so there is nothing to aim at, and what is asked for
 * is what there is. */
long memory_op_pod_target(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_pod_target target_op;
    struct domain *d;
    int error;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&target_op, arg))
        return -XEN_EFAULT;
    d = target(target_op.domid, &error);
    if (!d)
        return error;
    target_op.tot_pages = READ_ONCE(d->tot_pages);
    target_op.pod_cache_pages = target_op.pod_entries = 0;
    domain_put(d);
    return put_to_guest(arg, &target_op);
}
