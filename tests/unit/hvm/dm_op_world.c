/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See dm_op_world.h. */
#include "dm_op_world.h"

#include <stdlib.h>
#include <string.h>

#include "hvm/platform/platform.h"
#include "hypercall/hvm.h"
#include "memory/flush.h"

#define BUFFERS_AT 0
#define OP_AT      64
#define DATA_AT    128

uint8_t caller_memory[CALLER_SIZE];
bool caller_privileged;
unsigned int calls_again, shutdowns, nmis, flushes, yields_after;
uint64_t free_at_flush;
typeof(line) line;

static struct domain dom;
static struct vcpu dom_vcpu;

static bool inside(uint64_t address, size_t len)
{
    return address >= CALLER_ADDRESS && len <= CALLER_SIZE &&
           address - CALLER_ADDRESS <= CALLER_SIZE - len;
}

int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    if (!inside(src, len))
        return -XEN_EFAULT;
    memcpy(dst, caller_memory + (src - CALLER_ADDRESS), len);
    return 0;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    if (!inside(dst, len))
        return -XEN_EFAULT;
    memcpy(caller_memory + (dst - CALLER_ADDRESS), src, len);
    return 0;
}

bool hypercall_should_yield(void)
{
    return yields_after && !--yields_after;
}

long hypercall_again(unsigned int nr, unsigned int nr_args, ...)
{
    calls_again++;
    return 4711;
}

void domain_put(struct domain *d)
{
    if (!d->refs--)
        abort();
}

struct domain *hypercall_domain(domid_t domid, int *error)
{
    struct domain *d = domid == world_guest.domid ? &world_guest : NULL;

    if (domid == 0 || domid == DOMID_SELF)
        d = &dom;
    *error = !d ? -XEN_ESRCH : -XEN_EPERM;
    if (!d || (d != &dom && !caller_privileged))
        return NULL;
    d->refs++;
    return d;
}

void domain_shutdown(struct domain *d, uint8_t reason)
{
    shutdowns += reason <= SHUTDOWN_MAX;
}

void hvm_nmi(struct vcpu *v)
{
    nmis++;
}

void tlb_flush_mask(cpumask_t mask)
{
    flushes++;
    free_at_flush = frames_free_count();
}

/* The frame stays, as the caller's: it is only taken out. */
int hvm_gfn_make_way(struct domain *d, uint64_t gfn)
{
    uint64_t mfn;
    enum p2m_type type = p2m_lookup(&d->hvm->p2m, gfn, &mfn);

    return type == P2M_HOLE ? 0 : p2m_unmap(&d->hvm->p2m, gfn, mfn, type);
}

uint64_t hvm_gfn_highest(const struct domain *d)
{
    return d->hvm->p2m.highest;
}

static int move(struct domain *d, uint64_t from, uint64_t to)
{
    uint64_t mfn;
    enum p2m_type type = p2m_lookup(&d->hvm->p2m, from, &mfn);

    if (type == P2M_HOLE || p2m_unmap(&d->hvm->p2m, from, mfn, type))
        return -XEN_EINVAL;
    (void)hvm_gfn_make_way(d, to);
    return p2m_map(&d->hvm->p2m, to, mfn, 0, type);
}

static void flush(struct domain *d)
{
    flushes++;
}

int hvm_pci_intx_level(struct domain *d, unsigned int device, unsigned int pin, bool level)
{
    line.a = device;
    line.b = pin;
    line.level = level;
    line.calls++;
    return device < 32 && pin < 4 ? 0 : -XEN_EIO;
}

int hvm_isa_irq_level(struct domain *d, unsigned int irq, bool level)
{
    line.a = irq;
    line.level = level;
    line.calls++;
    return irq < 16 ? 0 : -XEN_EIO;
}

int hvm_pci_link_route(struct domain *d, unsigned int link, unsigned int irq)
{
    line.a = link;
    line.b = irq;
    line.calls++;
    return link < 4 && irq < 16 ? 0 : -XEN_EIO;
}

int hvm_msi_inject(struct domain *d, uint64_t address, uint32_t data)
{
    line.address = address;
    line.a = data;
    line.calls++;
    return 0;
}

static const struct guest_ops ops = {.gfn_move = move, .gfn_flush = flush};
static const struct p2m_format format = {
    .table = 7,
    .leaf = {[P2M_RAM] = 0x67, [P2M_RAM_RO] = 0x25, [P2M_SHARED] = 0x67},
    .large = 0x80,
    .dirty = 0x40,
};

void dm_world_begin(void)
{
    world_begin();
    memset(caller_memory, 0, sizeof(caller_memory));
    calls_again = shutdowns = nmis = flushes = yields_after = 0;
    memset(&line, 0, sizeof(line));
    caller_privileged = true;
    dom = (struct domain){.domid = WORLD_EMULATOR, .refs = 1};
    dom_vcpu = (struct vcpu){.domain = &dom};
    fake_current[0] = &dom_vcpu;
    world_guest.ops = &ops;
    if (p2m_init(&world_guest.hvm->p2m, &format) ||
        p2m_map(&world_guest.hvm->p2m, FIRST_PAGE, 0x200, 8, P2M_RAM))
        abort();
}

unsigned long dm_world_end(void)
{
    p2m_free(&world_guest.hvm->p2m);
    return world_end() + (world_guest.refs - 1) + (dom.refs - 1);
}

long dm_call(struct xen_dm_op *op, size_t size, size_t extra)
{
    struct xen_dm_op_buf *buffers = (struct xen_dm_op_buf *)(caller_memory + BUFFERS_AT);
    long result;

    buffers[0].h.p = (void *)(CALLER_ADDRESS + OP_AT);
    buffers[0].size = size;
    buffers[1].h.p = (void *)(CALLER_ADDRESS + DATA_AT);
    buffers[1].size = extra;
    memcpy(caller_memory + OP_AT, op, sizeof(*op));
    result = hypercall_dm_op(world_guest.domid, extra ? 2 : 1, CALLER_ADDRESS + BUFFERS_AT, 0, 0);
    memcpy(op, caller_memory + OP_AT, sizeof(*op));
    return result;
}

uint8_t *dm_data(void)
{
    return caller_memory + DATA_AT;
}
