/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables; see compat_layout.h. The structures of 32-bit guests follow from the public headers
 * and the i386 ABI: long words, frame numbers and guest handles have 4 bytes, and 8-byte numbers
 * are aligned to 4. */
#include "hypercall/compat_layout.h"

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "lib/string.h"

struct compat_reservation {
    uint32_t extent_start, nr_extents, extent_order, mem_flags;
    uint16_t domid;
};

struct compat_memory_map {
    uint32_t nr_entries, buffer;
};

struct compat_add_to_physmap {
    uint16_t domid, size;
    uint32_t space, idx, gpfn;
};

struct compat_remove_from_physmap {
    uint16_t domid;
    uint32_t gpfn;
};

struct compat_poll {
    uint32_t ports, nr_ports, timeout[2];
};

struct compat_singleshot {
    uint32_t timeout_abs_ns[2], flags;
};

#define PAIR(compat, there, native, here, back)                                       \
    {                                                                                 \
        offsetof(struct compat, there), sizeof(((struct compat *)0)->there),          \
            offsetof(struct native, here), sizeof(((struct native *)0)->here), (back) \
    }
#define IN(compat, native, field)     PAIR(compat, field, native, field, false)
#define BACK(compat, native, field)   PAIR(compat, field, native, field, true)
#define HANDLE(compat, native, field) PAIR(compat, field, native, field.p, false)

#define LAYOUT(compat, native, list)                                                      \
    {                                                                                     \
        .fields = (list), .count = ARRAY_SIZE(list), .there_size = sizeof(struct compat), \
        .here_size = sizeof(struct native)                                                \
    }

static const struct compat_field reservation_fields[] = {
    HANDLE(compat_reservation, xen_memory_reservation, extent_start),
    IN(compat_reservation, xen_memory_reservation, nr_extents),
    IN(compat_reservation, xen_memory_reservation, extent_order),
    IN(compat_reservation, xen_memory_reservation, mem_flags),
    IN(compat_reservation, xen_memory_reservation, domid),
};

static const struct compat_field map_fields[] = {
    BACK(compat_memory_map, xen_memory_map, nr_entries),
    HANDLE(compat_memory_map, xen_memory_map, buffer),
};

static const struct compat_field add_fields[] = {
    IN(compat_add_to_physmap, xen_add_to_physmap, domid),
    IN(compat_add_to_physmap, xen_add_to_physmap, size),
    IN(compat_add_to_physmap, xen_add_to_physmap, space),
    IN(compat_add_to_physmap, xen_add_to_physmap, idx),
    IN(compat_add_to_physmap, xen_add_to_physmap, gpfn),
};

static const struct compat_field remove_fields[] = {
    IN(compat_remove_from_physmap, xen_remove_from_physmap, domid),
    IN(compat_remove_from_physmap, xen_remove_from_physmap, gpfn),
};

static const struct compat_field poll_fields[] = {
    HANDLE(compat_poll, sched_poll, ports),
    IN(compat_poll, sched_poll, nr_ports),
    IN(compat_poll, sched_poll, timeout),
};

static const struct compat_field singleshot_fields[] = {
    IN(compat_singleshot, vcpu_set_singleshot_timer, timeout_abs_ns),
    IN(compat_singleshot, vcpu_set_singleshot_timer, flags),
};

static const struct compat_layout reservation =
    LAYOUT(compat_reservation, xen_memory_reservation, reservation_fields);
static const struct compat_layout memory_map =
    LAYOUT(compat_memory_map, xen_memory_map, map_fields);
static const struct compat_layout add =
    LAYOUT(compat_add_to_physmap, xen_add_to_physmap, add_fields);
static const struct compat_layout removal =
    LAYOUT(compat_remove_from_physmap, xen_remove_from_physmap, remove_fields);
static const struct compat_layout poll = LAYOUT(compat_poll, sched_poll, poll_fields);
static const struct compat_layout singleshot =
    LAYOUT(compat_singleshot, vcpu_set_singleshot_timer, singleshot_fields);

_Static_assert(sizeof(struct compat_reservation) == 20 && sizeof(struct compat_poll) == 16 &&
                   sizeof(struct compat_add_to_physmap) == 16 &&
                   sizeof(struct compat_singleshot) == 12,
               "as the i386 ABI lays them out");
_Static_assert(sizeof(struct xen_memory_reservation) <= COMPAT_SIZE_MAX, "the largest");

const struct compat_layout *compat_memory_layout(uint32_t op)
{
    switch (op) {
    case XENMEM_populate_physmap:
    case XENMEM_decrease_reservation:
        return &reservation;
    case XENMEM_memory_map:
        return &memory_map;
    case XENMEM_add_to_physmap:
        return &add;
    case XENMEM_remove_from_physmap:
        return &removal;
    default:
        return NULL;
    }
}

const struct compat_layout *compat_sched_layout(uint32_t op)
{
    return op == SCHEDOP_poll ? &poll : NULL;
}

const struct compat_layout *compat_vcpu_layout(uint32_t op)
{
    return op == VCPUOP_set_singleshot_timer ? &singleshot : NULL;
}

void compat_to_native(const struct compat_layout *layout, void *here, const void *there)
{
    memset(here, 0, layout->here_size);
    for (unsigned int i = 0; i < layout->count; i++) {
        const struct compat_field *field = &layout->fields[i];

        memcpy((char *)here + field->here, (const char *)there + field->there,
               MIN(field->here_size, field->there_size));
    }
}

void compat_from_native(const struct compat_layout *layout, void *there, const void *here)
{
    for (unsigned int i = 0; i < layout->count; i++) {
        const struct compat_field *field = &layout->fields[i];

        if (field->back)
            memcpy((char *)there + field->there, (const char *)here + field->here,
                   MIN(field->here_size, field->there_size));
    }
}
