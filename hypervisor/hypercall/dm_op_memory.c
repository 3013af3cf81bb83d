/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model and the guest's memory: what of its screen has changed, what can't be written to,
 * and where device memory lies now. */
#include "hypercall/dm_op-private.h"

#include <xen/hvm/hvm_op.h>

#include "hvm/hvm.h"
#include "lib/bits.h"
#include "memory/flush.h"

/* A screen of 64 MiB. */
#define TRACK_PAGES_MAX 16384
#define PAGES_AT_A_TIME 64
/* Of one extent that was written to: 64 MiB. Device models tell of what they wrote page by page. */
#define EXTENT_PAGES_MAX 16384

static bool pages_valid(uint64_t first, uint64_t count)
{
    return first < P2M_GFN_LIMIT && count <= P2M_GFN_LIMIT - first;
}

/* 64 pages' bits, from `first` on. While somebody copies the guest away the notes are that one's;
 * then all of the screen may have changed. */
static int dirty_word(struct domain *d, uint64_t first, unsigned int count, uint64_t *word)
{
    *word = ~0ULL;
    return READ_ONCE(d->hvm->log_dirty.on) ? 0 : p2m_dirty_take(&d->hvm->p2m, first, count, word);
}

/* The CPU notes writes in the guest's tables; so there is nothing to turn on or off. Those that
 * come while this looks are found now or next time: the CPUs are made to note them anew at its end.
 */
long dm_op_track_dirty_vram(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_track_dirty_vram *track = &op->u.track_dirty_vram;
    int error = 0;

    if (track->pad || track->nr > TRACK_PAGES_MAX || !pages_valid(track->first_pfn, track->nr))
        return -XEN_EINVAL;
    if (data->size < DIV_ROUND_UP(track->nr, 8))
        return -XEN_EINVAL;
    for (uint32_t i = 0; !error && i < track->nr; i += 64) {
        unsigned int count = MIN(track->nr - i, 64U);
        uint64_t word;

        error = dirty_word(d, track->first_pfn + i, count, &word);
        if (!error)
            error = copy_to_guest(data->address + i / 8, &word, DIV_ROUND_UP(count, 8));
    }
    if (track->nr)
        tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    return error;
}

/* Notes what is left of the extents: the structure says where to go on. */
long dm_op_modified_memory(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    struct xen_dm_op_modified_memory *modified = &op->u.modified_memory;
    struct xen_dm_op_modified_memory_extent extent;

    if (data->size / sizeof(extent) < modified->nr_extents ||
        modified->opaque > modified->nr_extents)
        return -XEN_EINVAL;
    for (; modified->opaque < modified->nr_extents; modified->opaque++) {
        if (copy_from_guest(&extent, data->address + modified->opaque * sizeof(extent),
                            sizeof(extent)))
            return -XEN_EFAULT;
        if (extent.pad || extent.nr > EXTENT_PAGES_MAX || !pages_valid(extent.first_pfn, extent.nr))
            return -XEN_EINVAL;
        for (uint32_t i = 0; i < extent.nr; i++)
            hvm_gfn_written(d, extent.first_pfn + i);
        if (modified->opaque + 1 < modified->nr_extents && hypercall_should_yield()) {
            modified->opaque++;
            return -XEN_ERESTART;
        }
    }
    modified->opaque = 0;
    return 0;
}

static int set_page_type(struct domain *d, uint64_t gfn, uint16_t type)
{
    switch (type) {
    case HVMMEM_ram_rw:
        return p2m_retype(&d->hvm->p2m, gfn, P2M_RAM);
    case HVMMEM_ram_ro:
        return p2m_retype(&d->hvm->p2m, gfn, P2M_RAM_RO);
    default: /* to be asked about: a hole */
        return hvm_gfn_make_way(d, gfn);
    }
}

long dm_op_set_mem_type(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    struct xen_dm_op_set_mem_type *set = &op->u.set_mem_type;
    long error = 0;

    if (set->pad || set->mem_type > HVMMEM_mmio_dm || !pages_valid(set->first_pfn, set->nr))
        return -XEN_EINVAL;
    for (unsigned int done = 1; !error && set->nr; done++) {
        error = set_page_type(d, set->first_pfn, set->mem_type);
        set->first_pfn++;
        set->nr--;
        if (!error && set->nr && done % PAGES_AT_A_TIME == 0 && hypercall_should_yield())
            error = -XEN_ERESTART;
    }
    d->ops->gfn_flush(d);
    return error;
}

long dm_op_relocate_memory(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    struct xen_dm_op_relocate_memory *move = &op->u.relocate_memory;
    long error = 0;

    if (move->pad || !pages_valid(move->src_gfn, move->size) ||
        !pages_valid(move->dst_gfn, move->size))
        return -XEN_EINVAL;
    for (unsigned int done = 1; !error && move->size; done++) {
        error = d->ops->gfn_move(d, move->src_gfn, move->dst_gfn);
        move->src_gfn++;
        move->dst_gfn++;
        move->size--;
        if (!error && move->size && done % PAGES_AT_A_TIME == 0 && hypercall_should_yield())
            error = -XEN_ERESTART;
    }
    d->ops->gfn_flush(d);
    return error;
}

/* All memory that a guest has is RAM, which is coherent however its page tables want it cached. */
long dm_op_pin_memory_cacheattr(struct domain *d, struct xen_dm_op *op,
                                const struct dm_op_data *data)
{
    const struct xen_dm_op_pin_memory_cacheattr *pin = &op->u.pin_memory_cacheattr;

    if (pin->pad || pin->end < pin->start || pin->end >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    switch (pin->type) {
    case XEN_DMOP_MEM_CACHEATTR_UC:
    case XEN_DMOP_MEM_CACHEATTR_WC:
    case XEN_DMOP_MEM_CACHEATTR_WT:
    case XEN_DMOP_MEM_CACHEATTR_WP:
    case XEN_DMOP_MEM_CACHEATTR_WB:
    case XEN_DMOP_MEM_CACHEATTR_UCM:
    case XEN_DMOP_DELETE_MEM_CACHEATTR:
        return 0;
    default:
        return -XEN_EINVAL;
    }
}
