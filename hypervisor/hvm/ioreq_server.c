/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers of I/O requests: made, given ranges, taken down; see ioreq.h. */
#include "hvm/ioreq-private.h"

#include "domain/rangeset.h"
#include "lib/string.h"
#include "memory/allocator.h"

#include <xen/hvm/hvm_op.h>

_Static_assert(HVM_MAX_VCPUS * sizeof(struct ioreq) <= PAGE_SIZE, "a slot for each vCPU");
_Static_assert(sizeof(struct buffered_iopage) <= PAGE_SIZE, "ABI");
_Static_assert(IOREQ_RANGE_KINDS == XEN_DMOP_IO_RANGE_PCI + 1, "ABI");

/* The highest number that there is of each kind. */
static const uint64_t range_limits[IOREQ_RANGE_KINDS] = {
    [XEN_DMOP_IO_RANGE_PORT] = UINT16_MAX,
    [XEN_DMOP_IO_RANGE_MEMORY] = (1ULL << 52) - 1,
    [XEN_DMOP_IO_RANGE_PCI] = UINT32_MAX,
};

static size_t ports_size(const struct domain *d)
{
    return d->max_vcpus * sizeof(evtchn_port_t);
}

/* Closed ports are left alone, so it does not matter how far making it has come. */
static void close_ports(struct domain *d, struct ioreq_server *server)
{
    for (unsigned int i = 0; server->ports && i < d->max_vcpus; i++)
        if (server->ports[i])
            evtchn_close_internal(d, server->ports[i]);
    if (server->ring_port)
        evtchn_close_internal(d, server->ring_port);
}

/* Gives back all that a server has, be it complete or not. */
static void server_clear(struct domain *d, struct ioreq_server *server)
{
    close_ports(d, server);
    hv_free(server->ports, ports_size(d));
    for (unsigned int i = 0; i < IOREQ_RANGE_KINDS; i++)
        rangeset_destroy(server->ranges[i]);
    if (server->slots)
        domain_hv_page_give_up(server->slots);
    if (server->ring)
        domain_hv_page_give_up(server->ring);
    *server = (struct ioreq_server){0};
}

static int make_ports(struct domain *d, struct ioreq_server *server)
{
    int error = 0;

    server->ports = hv_alloc(ports_size(d));
    if (!server->ports)
        return -XEN_ENOMEM;
    for (unsigned int i = 0; !error && i < d->max_vcpus; i++)
        error = evtchn_alloc_internal(d, server->emulator, i, &server->ports[i]);
    if (!error && server->ring)
        error = evtchn_alloc_internal(d, server->emulator, 0, &server->ring_port);
    return error;
}

static int make_parts(struct domain *d, struct ioreq_server *server)
{
    for (unsigned int i = 0; i < IOREQ_RANGE_KINDS; i++) {
        server->ranges[i] = rangeset_create();
        if (!server->ranges[i])
            return -XEN_ENOMEM;
    }
    server->slots = domain_hv_page_alloc(d);
    if (server->buffering)
        server->ring = domain_hv_page_alloc(d);
    if (!server->slots || (server->buffering && !server->ring))
        return -XEN_ENOMEM;
    return make_ports(d, server);
}

void ioreq_slots_name_ports(const struct domain *d, struct ioreq_server *server)
{
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        WRITE_ONCE(server->slots[i].vp_eport, server->ports[i]);
}

/* In a free place. */
static int server_make(struct domain *d, struct ioreq_server *server, domid_t emulator,
                       uint8_t buffering)
{
    int error;

    *server = (struct ioreq_server){.used = true, .emulator = emulator, .buffering = buffering};
    error = make_parts(d, server);
    if (error)
        server_clear(d, server);
    else
        ioreq_slots_name_ports(d, server);
    return error;
}

static struct ioreq_server *free_place(struct ioreq_domain *io, ioservid_t *id)
{
    for (*id = 0; *id < IOREQ_SERVERS; ++*id)
        if (!io->server[*id].used)
            return &io->server[*id];
    return NULL;
}

int ioreq_server_create(struct domain *d, domid_t emulator, uint8_t buffering, ioservid_t *id)
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    struct ioreq_server *server;
    int error = -XEN_EINVAL;
    ioservid_t place;

    if (buffering > HVM_IOREQSRV_BUFIOREQ_ATOMIC)
        return -XEN_EINVAL;
    spin_lock(&io->lock);
    server = free_place(io, &place);
    if (!io->closed)
        error = server ? server_make(d, server, emulator, buffering) : -XEN_ENOSPC;
    spin_unlock(&io->lock);
    if (!error)
        *id = place;
    return error;
}

/* Who waits for that server, waits no longer. Lock held. */
static void lose_requests(struct domain *d, ioservid_t id)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        struct ioreq_vcpu *io = &v->hvm->ioreq;

        if (io->state != IOREQ_ASKED || io->server != id)
            continue;
        io->state = IOREQ_LOST;
        vcpu_wake(v, VCPU_IOREQ);
    }
}

void ioreq_domain_init(struct domain *d)
{
    spin_init(&d->hvm->ioreq.lock);
}

void ioreq_domain_close(struct domain *d)
{
    struct ioreq_domain *io = &d->hvm->ioreq;

    spin_lock(&io->lock);
    io->closed = true;
    for (ioservid_t id = 0; id < IOREQ_SERVERS; id++) {
        if (!io->server[id].used)
            continue;
        lose_requests(d, id);
        server_clear(d, &io->server[id]);
    }
    spin_unlock(&io->lock);
}

/* The server that an emulator means; NULL and *error. Lock held. */
static struct ioreq_server *server_of(struct domain *d, domid_t emulator, ioservid_t id, int *error)
{
    struct ioreq_server *server = &d->hvm->ioreq.server[id < IOREQ_SERVERS ? id : 0];

    *error = 0;
    if (id >= IOREQ_SERVERS || !server->used)
        *error = -XEN_ENOENT;
    else if (server->emulator != emulator)
        *error = -XEN_EPERM;
    return *error ? NULL : server;
}

int ioreq_server_destroy(struct domain *d, domid_t emulator, ioservid_t id)
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    struct ioreq_server *server;
    int error;

    spin_lock(&io->lock);
    server = server_of(d, emulator, id, &error);
    if (server) {
        lose_requests(d, id);
        server_clear(d, server);
    }
    spin_unlock(&io->lock);
    return error;
}

int ioreq_server_enable(struct domain *d, domid_t emulator, ioservid_t id, bool enabled)
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    struct ioreq_server *server;
    int error;

    spin_lock(&io->lock);
    server = server_of(d, emulator, id, &error);
    if (server) {
        if (enabled)
            ioreq_slots_name_ports(d, server);
        server->enabled = enabled;
    }
    spin_unlock(&io->lock);
    return error;
}

int ioreq_server_ring_port(struct domain *d, domid_t emulator, ioservid_t id, evtchn_port_t *port)
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    const struct ioreq_server *server;
    int error;

    spin_lock(&io->lock);
    server = server_of(d, emulator, id, &error);
    if (server)
        *port = server->ring_port;
    spin_unlock(&io->lock);
    return error;
}

int ioreq_server_frame(struct domain *d, domid_t emulator, ioservid_t id, uint32_t index,
                       uint64_t *mfn)
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    const struct ioreq_server *server;
    const void *page = NULL;
    int error;

    spin_lock(&io->lock);
    server = server_of(d, emulator, id, &error);
    if (server && index < IOREQ_FRAMES)
        page = index == XENMEM_resource_ioreq_server_frame_bufioreq ? (const void *)server->ring
                                                                    : server->slots;
    if (page)
        *mfn = virt_to_mfn(page);
    else if (!error)
        error = -XEN_EINVAL;
    spin_unlock(&io->lock);
    return error;
}

static bool range_valid(uint32_t kind, uint64_t first, uint64_t last)
{
    return kind < IOREQ_RANGE_KINDS && first <= last && last <= range_limits[kind];
}

static unsigned int count_ranges(struct rangeset *set)
{
    uint64_t from = 0, first, last;
    unsigned int count = 0;

    for (; rangeset_next(set, from, &first, &last); from = last + 1)
        count++;
    return count;
}

static int range_add(struct rangeset *set, uint64_t first, uint64_t last)
{
    if (rangeset_overlaps(set, first, last))
        return -XEN_EEXIST;
    if (count_ranges(set) >= IOREQ_RANGES_MAX)
        return -XEN_ENOSPC;
    return rangeset_add(set, first, last);
}

/* Does a range go on at both sides of that part of it? Ends of ranges are far below overflowing. */
static bool splits(struct rangeset *set, uint64_t first, uint64_t last)
{
    return first && rangeset_contains(set, first - 1, last + 1);
}

static int range_take(struct rangeset *set, uint64_t first, uint64_t last)
{
    if (!rangeset_contains(set, first, last))
        return -XEN_ENOENT;
    if (splits(set, first, last) && count_ranges(set) >= IOREQ_RANGES_MAX)
        return -XEN_ENOSPC;
    return rangeset_remove(set, first, last);
}

static int range_change(struct domain *d, domid_t emulator, ioservid_t id, uint32_t kind,
                        uint64_t first, uint64_t last,
                        int (*change)(struct rangeset *set, uint64_t first, uint64_t last))
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    struct ioreq_server *server;
    int error;

    if (!range_valid(kind, first, last))
        return -XEN_EINVAL;
    spin_lock(&io->lock);
    server = server_of(d, emulator, id, &error);
    if (server)
        error = change(server->ranges[kind], first, last);
    spin_unlock(&io->lock);
    return error;
}

int ioreq_range_map(struct domain *d, domid_t emulator, ioservid_t id, uint32_t kind,
                    uint64_t first, uint64_t last)
{
    return range_change(d, emulator, id, kind, first, last, range_add);
}

int ioreq_range_unmap(struct domain *d, domid_t emulator, ioservid_t id, uint32_t kind,
                      uint64_t first, uint64_t last)
{
    return range_change(d, emulator, id, kind, first, last, range_take);
}
