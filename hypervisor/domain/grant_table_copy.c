/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GNTTABOP_copy: moves bytes between a page of the caller and a granted one, or between two
 * granted ones, without a mapping. Network back ends live on it. */
#include "domain/grant_table-private.h"

#include "domain/guest_ops.h"
#include "lib/string.h"
#include "memory/frame_type.h"

/* One end of a copy, with the references that it needs. */
struct end {
    struct domain *granter; /* NULL: the caller's own page */
    grant_ref_t ref;
    uint64_t mfn;
    bool readonly;
};

static int16_t open_granted(struct end *end, const struct gnttab_copy_ptr *ptr)
{
    int16_t status;

    end->granter =
        domain_get_by_id(ptr->domid == DOMID_SELF ? current_domain()->domid : ptr->domid);
    if (!end->granter)
        return GNTST_bad_domain;
    end->ref = ptr->u.ref;
    status = grant_pin(end->granter, end->ref, current_domain(), end->readonly, &end->mfn);
    if (status != GNTST_okay)
        domain_put(end->granter);
    return status;
}

/* By frame number: of the caller's own memory only. */
static int16_t open_own(struct end *end, const struct gnttab_copy_ptr *ptr)
{
    struct page_info *page;

    if (ptr->domid != DOMID_SELF)
        return GNTST_permission_denied;
    page = guest_frame_get(current_domain(), ptr->u.gmfn);
    if (!page)
        return GNTST_bad_page;
    if (!end->readonly && frame_type_get(page, TYPE_WRITABLE)) {
        frame_put(page);
        return GNTST_permission_denied;
    }
    end->mfn = page_to_mfn(page);
    return GNTST_okay;
}

static int16_t end_open(struct end *end, const struct gnttab_copy_ptr *ptr, bool granted,
                        bool readonly)
{
    *end = (struct end){.readonly = readonly};
    return granted ? open_granted(end, ptr) : open_own(end, ptr);
}

static void end_close(const struct end *end)
{
    grant_frame_put(end->mfn, end->readonly);
    if (!end->granter)
        return;
    grant_unpin(end->granter, end->ref, end->readonly);
    domain_put(end->granter);
}

static bool inside_page(const struct gnttab_copy_ptr *ptr, uint16_t len)
{
    return (uint32_t)ptr->offset + len <= PAGE_SIZE;
}

static void copy_bytes(const struct end *dest, uint16_t dest_offset, const struct end *source,
                       uint16_t source_offset, uint16_t len)
{
    memmove((char *)mfn_to_virt(dest->mfn) + dest_offset,
            (const char *)mfn_to_virt(source->mfn) + source_offset, len);
}

void grant_copy(struct gnttab_copy *op)
{
    struct end source, dest;

    if (!inside_page(&op->source, op->len) || !inside_page(&op->dest, op->len)) {
        op->status = GNTST_bad_copy_arg;
        return;
    }
    op->status = end_open(&source, &op->source, op->flags & GNTCOPY_source_gref, true);
    if (op->status != GNTST_okay)
        return;
    op->status = end_open(&dest, &op->dest, op->flags & GNTCOPY_dest_gref, false);
    if (op->status == GNTST_okay) {
        copy_bytes(&dest, op->dest.offset, &source, op->source.offset, op->len);
        end_close(&dest);
    }
    end_close(&source);
}
