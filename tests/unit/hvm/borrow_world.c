/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See borrow_world.h. */
#include "borrow_world.h"

#include <stdlib.h>
#include <string.h>

#include "hypercall/memory_op-private.h"
#include "machine/traps.h"
#include "memory/flush.h"

#define CPUS 5
#define NX   (1ULL << 63)

struct hvm_domain borrow_hvm;
unsigned int borrow_flushes, borrow_whole_flushes, borrow_written;
void (*borrow_on_flush)(void);
uint64_t borrow_written_mfn;

static const struct p2m_format format = {
    .table = 7,
    .leaf = {[P2M_RAM] = 0x67,
             [P2M_RAM_RO] = 0x25,
             [P2M_SHARED] = 0x67,
             [P2M_GRANT] = 0x67 | NX,
             [P2M_GRANT_RO] = 0x25 | NX,
             [P2M_FOREIGN] = 0x67 | NX},
    .large = PTE_PSE,
    .dirty = 0x40,
};

static struct hvm_vcpu hvm_vcpu;
static struct guest_ops granter;

static void walk_mode(const struct vcpu *v, struct walk_mode *out)
{
    *out = (struct walk_mode){0}; /* no paging */
}

static const struct hvm_backend backend = {.walk_mode = walk_mode};
const struct hvm_backend *hvm_backend = &backend;

static void no_locks(void)
{
    if (fake_locks_held)
        panic("a lock is held while others are waited for");
}

void tlb_flush_mask(cpumask_t mask)
{
    no_locks();
    if (mask != CPUS)
        panic("other CPUs than the guest's are flushed");
    borrow_flushes++;
    if (borrow_on_flush)
        borrow_on_flush();
}

static void frame_written(struct domain *d, uint64_t mfn)
{
    no_locks();
    borrow_written++;
    borrow_written_mfn = mfn;
}

static void gfn_flush(struct domain *d)
{
    no_locks();
    borrow_whole_flushes++;
}

static const struct guest_ops guest = {
    .grant_map = hvm_grant_map,
    .grant_unmap = hvm_grant_unmap,
    .grant_replace = hvm_grant_replace,
    .grant_flush = hvm_grant_flush,
    .gfn_get = hvm_gfn_get,
    .gfn_fill = hvm_gfn_fill,
    .gfn_drop = hvm_gfn_drop,
    .gfn_share = hvm_gfn_share,
    .gfn_foreign = hvm_gfn_foreign,
    .gfn_move = hvm_gfn_move,
    .gfn_flush = gfn_flush,
};

void borrow_begin(void)
{
    struct domain *d;

    world_begin();
    d = world_domain(0);
    borrow_hvm = (struct hvm_domain){0};
    hvm_vcpu = (struct hvm_vcpu){0};
    spin_init(&borrow_hvm.share_lock);
    if (p2m_init(&borrow_hvm.p2m, &format))
        panic("no room for the map");
    d->hvm = &borrow_hvm;
    current_vcpu()->hvm = &hvm_vcpu;
    d->dirty_cpus = CPUS;
    d->ops = &guest;
    granter = *world_domain(1)->ops;
    granter.frame_written = frame_written;
    world_domain(1)->ops = &granter;
    m2p_set(virt_to_mfn(world_entry(0, 0)), M2P_INVALID);
    for (unsigned int i = 0; i < WORLD_PAGES; i++)
        if (hvm_gfn_fill(d, RAM_GFN + i, world_mfn(0, i), 0))
            panic("no room for the guest's pages");
    borrow_flushes = borrow_whole_flushes = borrow_written = 0;
    borrow_on_flush = NULL;
}

static bool never(void)
{
    return false;
}

unsigned long borrow_end(void)
{
    unsigned long left = 0;

    world_should_yield = false;
    if (hvm_borrowed_release(world_domain(0)) || borrow_hvm.p2m.borrowed)
        left++;
    for (uint64_t i = 0; i < 64; i++) {
        (void)hvm_gfn_drop(world_domain(0), RAM_GFN + i);
        (void)hvm_gfn_drop(world_domain(0), HOLE_GFN + i);
    }
    if (p2m_release(&borrow_hvm.p2m, never))
        left++;
    p2m_free(&borrow_hvm.p2m);
    return left + world_end();
}

long borrow_foreign(domid_t owner, uint64_t index, uint64_t gfn)
{
    struct xen_add_to_physmap_batch batch = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_foreign, .size = 1};
    long result;
    int error = 77;

    batch.u.foreign_domid = owner;
    batch.idxs.p = (xen_ulong_t *)(GUEST_MEMORY + 0x100);
    batch.gpfns.p = (xen_pfn_t *)(GUEST_MEMORY + 0x200);
    batch.errs.p = (int *)(GUEST_MEMORY + 0x300);
    memcpy(guest_memory, &batch, sizeof(batch));
    memcpy(guest_memory + 0x100, &index, sizeof(index));
    memcpy(guest_memory + 0x200, &gfn, sizeof(gfn));
    result = memory_op_add_to_physmap_batch(XENMEM_add_to_physmap_batch, 0, GUEST_MEMORY);
    memcpy(&error, guest_memory + 0x300, sizeof(error));
    return result ? result : error;
}

long borrow_remove(uint64_t gfn)
{
    struct xen_remove_from_physmap op = {.domid = DOMID_SELF, .gpfn = gfn};

    memcpy(guest_memory, &op, sizeof(op));
    return memory_op_remove_from_physmap(XENMEM_remove_from_physmap, 0, GUEST_MEMORY);
}
