/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of other domains' in a hardware guest's map: those that were granted to it, and those of
 * domains that it controls. An entry has the references that the page needs (hvm/p2m.h), and they
 * are dropped when the entry is gone and no CPU knows it any more. A granted page is taken out by
 * its handle only: so there are as many entries as the granter is told of. */
#include "hvm/hvm.h"

#include <xen/grant_table.h>

#include "memory/flush.h"
#include "memory/frame_type.h"

/* Looks at the map before others may be due. */
#define STEPS_AT_A_TIME 512

static enum p2m_type grant_type(uint32_t flags)
{
    return flags & GNTMAP_readonly ? P2M_GRANT_RO : P2M_GRANT;
}

/* The guest is to see the page at once, not what was there before; and so are its device models. */
static int borrow(struct domain *d, uint64_t gfn, uint64_t mfn, enum p2m_type type)
{
    uint64_t before;
    bool was_hole;
    int error;

    if (gfn >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    was_hole = hvm_gfn_lookup(d, gfn, &before) == P2M_HOLE;
    error = hvm_gfn_make_way(d, gfn);
    if (!error)
        error = p2m_map(&d->hvm->p2m, gfn, mfn, 0, type);
    if (!was_hole)
        d->ops->gfn_flush(d);
    return error;
}

/* Besides what says how it is mapped there may be a mapping for devices, which is none of ours. */
static bool flags_valid(uint32_t flags)
{
    return (flags & ~(uint32_t)(GNTMAP_readonly | GNTMAP_device_map)) == GNTMAP_host_map;
}

int hvm_grant_map(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn)
{
    if (!flags_valid(flags))
        return GNTST_general_error;
    switch (borrow(v->domain, where >> PAGE_SHIFT, mfn, grant_type(flags))) {
    case 0:
        return GNTST_okay;
    case -XEN_EINVAL:
        return GNTST_bad_virt_addr;
    default:
        return GNTST_general_error;
    }
}

int hvm_grant_unmap(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn)
{
    uint64_t gfn = where >> PAGE_SHIFT;

    if (gfn >= P2M_GFN_LIMIT)
        return GNTST_bad_virt_addr;
    return p2m_unmap(&v->domain->hvm->p2m, gfn, mfn, grant_type(flags)) ? GNTST_general_error
                                                                        : GNTST_okay;
}

/* There is no second entry that could take its place: those are in the guest's own tables. */
int hvm_grant_replace(struct vcpu *v, uint64_t where, uint64_t new_va, uint32_t flags, uint64_t mfn)
{
    return new_va ? GNTST_general_error : hvm_grant_unmap(v, where, flags, mfn);
}

void hvm_grant_flush(struct domain *d)
{
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
}

int hvm_gfn_foreign(struct domain *d, uint64_t gfn, uint64_t mfn)
{
    return borrow(d, gfn, mfn, P2M_FOREIGN);
}

void hvm_borrowed_put(uint64_t mfn, enum p2m_type type)
{
    if (!p2m_is(type, P2M_WRITABLE)) {
        frame_put(mfn_to_page(mfn));
        return;
    }
    guest_frame_written(mfn);
    frame_put_and_type(mfn_to_page(mfn));
}

/* What its CPUs may still know is of address spaces that none of them enters again. */
int hvm_borrowed_release(struct domain *d)
{
    struct p2m *p2m = &d->hvm->p2m;
    enum p2m_type type;
    uint64_t mfn;

    p2m_close(p2m);
    for (unsigned int done = 1; p2m_take_borrowed(p2m, &d->hvm->borrowed_next, &mfn, &type);
         done++) {
        if (type != P2M_HOLE)
            hvm_borrowed_put(mfn, type);
        if (done % STEPS_AT_A_TIME == 0 && hypercall_should_yield())
            return -XEN_ERESTART;
    }
    return 0;
}
