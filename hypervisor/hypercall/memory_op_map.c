/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies where: the machine's and a guest's memory map, and the machine-to-phys table. */
#include "hypercall/memory_op-private.h"

#include "lib/string.h"
#include "machine/layout.h"
#include "memory/allocator.h"
#include "memory/e820.h"
#include "memory/map.h"

#define GUEST_MAP_ENTRIES ARRAY_SIZE(((struct e820_map *)0)->entry)

/* How much of the table one entry of the frame list stands for. */
#define M2P_CHUNK_SIZE (2ULL << 20)

/* Writes as many entries as there is room for and tells how many. */
static long put_map(const struct e820_map *map, struct xen_memory_map *out, uint64_t arg)
{
    unsigned int count = MIN(map->count, out->nr_entries);

    if (count &&
        copy_to_guest(guest_address(out->buffer), map->entry, count * sizeof(map->entry[0])))
        return -XEN_EFAULT;
    out->nr_entries = count;
    return put_to_guest(arg, out);
}

/* A copy of the caller's map, made under the lock; NULL when there is none. */
static struct e820_map *map_copy(struct domain *d, int *error)
{
    struct e820_map *copy = hv_alloc(sizeof(*copy));
    bool present;

    *error = -XEN_ENOMEM;
    if (!copy)
        return NULL;
    spin_lock(&d->lock);
    present = d->e820;
    if (present)
        memcpy(copy, d->e820, sizeof(*copy));
    spin_unlock(&d->lock);
    if (present)
        return copy;
    *error = -XEN_ENOSYS;
    hv_free(copy, sizeof(*copy));
    return NULL;
}

long memory_op_memory_map(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_memory_map out;
    struct e820_map *map;
    long result;
    int error;

    if (get_from_guest(&out, arg))
        return -XEN_EFAULT;
    map = map_copy(current_domain(), &error);
    if (!map)
        return error;
    result = put_map(map, &out, arg);
    hv_free(map, sizeof(*map));
    return result;
}

long memory_op_machine_map(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_memory_map out;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&out, arg))
        return -XEN_EFAULT;
    /* The ABI asks for room for one more than there are. */
    if (out.nr_entries < machine_e820.count + 1)
        return -XEN_EINVAL;
    return put_map(&machine_e820, &out, arg);
}

static void map_replace(struct domain *d, struct e820_map *map)
{
    struct e820_map *old;

    spin_lock(&d->lock);
    old = d->e820;
    d->e820 = map;
    spin_unlock(&d->lock);
    hv_free(old, sizeof(*old));
}

long memory_op_set_map(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_foreign_memory_map in;
    struct e820_map *map;
    struct domain *d;
    int error;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&in, arg))
        return -XEN_EFAULT;
    if (in.map.nr_entries > GUEST_MAP_ENTRIES)
        return -XEN_EINVAL;
    d = hypercall_domain(in.domid, &error);
    if (!d)
        return error;
    map = hv_alloc(sizeof(*map));
    error = map ? copy_from_guest(map->entry, guest_address(in.map.buffer),
                                  in.map.nr_entries * sizeof(map->entry[0]))
                : -XEN_ENOMEM;
    if (!error) {
        map->count = in.map.nr_entries;
        map_replace(d, map);
    } else {
        hv_free(map, sizeof(*map));
    }
    domain_put(d);
    return error;
}

long memory_op_m2p_range(uint32_t op, uint64_t start, uint64_t arg)
{
    struct xen_machphys_mapping out = {
        .v_start = M2P_RO_START,
        .v_end = M2P_RO_END,
        .max_mfn = frame_limit - 1,
    };

    /* An ordinary guest may move to a larger machine. */
    if (!current_domain()->hardware)
        out.max_mfn = (M2P_RO_END - M2P_RO_START) / sizeof(uint64_t) - 1;
    return put_to_guest(arg, &out);
}

/* Tools map all chunks or none. In the place of one that is a hole, where there is no RAM, they get the
 * one before it: what they read of frames there is true of others, whose owner's own table says so. */
long memory_op_m2p_frames(uint32_t op, uint64_t start, uint64_t arg)
{
    uint64_t chunks = DIV_ROUND_UP(frame_limit * sizeof(uint64_t), M2P_CHUNK_SIZE);
    struct xen_machphys_mfn_list out;
    xen_pfn_t mfn = 0;

    if (!current_domain()->privileged)
        return -XEN_EPERM;
    if (get_from_guest(&out, arg))
        return -XEN_EFAULT;
    out.nr_extents = (unsigned int)MIN(chunks, (uint64_t)out.max_extents);
    for (unsigned int i = 0; i < out.nr_extents; i++) {
        uint64_t found;

        if (map_lookup(M2P_RW_START + i * M2P_CHUNK_SIZE, &found))
            mfn = found;
        if (put_to_guest(guest_element(out.extent_start, i), &mfn))
            return -XEN_EFAULT;
    }
    return put_to_guest(arg, &out);
}
