/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XENMEM_acquire_resource: the frames that the hypervisor shares with a guest, so that the tools
 * can map them by number. */
#include "hypercall/memory_op-private.h"

#include "domain/grant_table.h"
#include "hvm/hvm.h"

/* The frames of one call; the tools ask for a few. */
#define MAX_FRAMES_A_CALL 512

/* What a kind of resource has to offer. */
struct resource {
    /* How many frames it has at most; 0 when there is no such id. */
    uint32_t (*size)(struct domain *d, uint32_t id);
    /* One frame's number. 0 or a negative errno. */
    int (*frame)(struct domain *d, uint32_t id, uint32_t index, uint64_t *mfn);
};

static uint32_t grant_size(struct domain *d, uint32_t id)
{
    return id == XENMEM_resource_grant_table_id_shared ? grant_table_max_frames(d) : 0;
}

static int grant_frame(struct domain *d, uint32_t id, uint32_t index, uint64_t *mfn)
{
    return grant_table_frame(d, index, mfn);
}

/* The tools learn how many there are of any server, be it there or not. */
static uint32_t ioreq_size(struct domain *d, uint32_t id)
{
    return d->hvm ? IOREQ_FRAMES : 0;
}

static int ioreq_frame(struct domain *d, uint32_t id, uint32_t index, uint64_t *mfn)
{
    if (id > UINT16_MAX)
        return -XEN_EINVAL;
    return ioreq_server_frame(d, current_domain()->domid, (ioservid_t)id, index, mfn);
}

static const struct resource resources[] = {
    [XENMEM_resource_ioreq_server] = {ioreq_size, ioreq_frame},
    [XENMEM_resource_grant_table] = {grant_size, grant_frame},
};

static long put_frames(const struct resource *resource, struct domain *d,
                       const struct xen_mem_acquire_resource *in)
{
    for (uint32_t i = 0; i < in->nr_frames; i++) {
        xen_pfn_t mfn;
        int error = resource->frame(d, in->id, (uint32_t)in->frame + i, &mfn);

        if (!error)
            error = put_to_guest(guest_element(in->frame_list, i), &mfn);
        if (error)
            return error;
    }
    return 0;
}

static long acquire(const struct resource *resource, struct domain *d,
                    struct xen_mem_acquire_resource *in, uint64_t arg)
{
    uint32_t size = resource->size(d, in->id);

    if (!size)
        return -XEN_EINVAL;
    if (!guest_address(in->frame_list)) {
        if (in->nr_frames)
            return -XEN_EINVAL;
        in->nr_frames = size;
        return put_to_guest(arg, in);
    }
    if (in->nr_frames > MAX_FRAMES_A_CALL)
        return -XEN_E2BIG;
    if (in->frame >= size || in->nr_frames > size - in->frame)
        return -XEN_EINVAL;
    return put_frames(resource, d, in);
}

long memory_op_acquire(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_mem_acquire_resource in;
    struct domain *d;
    long result;
    int error;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    if (in.pad)
        return -XEN_EINVAL;
    if (in.type >= ARRAY_SIZE(resources) || !resources[in.type].size)
        return -XEN_EOPNOTSUPP;
    d = hypercall_domain(in.domid, &error);
    if (!d)
        return error;
    result = acquire(&resources[in.type], d, &in, arg);
    domain_put(d);
    return result;
}
