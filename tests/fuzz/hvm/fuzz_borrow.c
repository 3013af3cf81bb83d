/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A script of what a hardware guest does to its map, in which pages of its own, of the hypervisor's
 * and of other domains' are, while those grant, end, and so on. Whatever is in the map must be
 * referred to as often as it is there, be its owner's still, and be writable only where it may be;
 * and at the end nothing may be left.
 */
#include <string.h>

#include "fuzz.h"

#include "borrow_world.h"

#define REFS    4
#define HANDLES 8
#define PLACES  8 /* of each kind, so that the steps meet */

struct script {
    const uint8_t *data;
    size_t len;
};

static uint8_t next(struct script *s)
{
    if (!s->len)
        return 0;
    s->len--;
    return *s->data++;
}

/* Where there is memory at first, where there is none, and seldom nowhere. */
static uint64_t some_gfn(struct script *s)
{
    uint8_t byte = next(s);

    if (byte == 255)
        return P2M_GFN_LIMIT + next(s);
    return (byte & 1 ? RAM_GFN : HOLE_GFN) + byte / 2 % PLACES;
}

static bool alive(unsigned int index)
{
    return !world_gone[index] && world_domain(index)->life == DOMAIN_ALIVE;
}

static struct domain *guest(void)
{
    return world_domain(0);
}

static unsigned int some_owner(struct script *s)
{
    return 1 + next(s) % (WORLD_DOMAINS - 1);
}

/* To the guest, or from it; of a page that may be anything. */
static void grant_something(struct script *s)
{
    unsigned int from = next(s) % WORLD_DOMAINS;
    uint8_t how = next(s);
    grant_ref_t ref = next(s) % REFS;

    if (!alive(from))
        return;
    world_grant(from, ref, next(s) % WORLD_DOMAINS, next(s) % WORLD_PAGES,
                (uint16_t)(GTF_permit_access | (how & 1 ? GTF_readonly : 0)));
    if (from == 0)
        world_entry(0, ref)->frame = (uint32_t)some_gfn(s);
}

static void map(struct script *s)
{
    static const uint32_t flags[] = {GNTMAP_host_map, GNTMAP_host_map | GNTMAP_readonly,
                                     GNTMAP_host_map | GNTMAP_application_map, GNTMAP_contains_pte};
    struct gnttab_map_grant_ref op = {.flags = flags[next(s) % 4]};

    op.host_addr = some_gfn(s) << PAGE_SHIFT;
    op.ref = next(s) % REFS;
    op.dom = (domid_t)(next(s) % WORLD_DOMAINS + 1);
    FUZZ_ASSERT(!world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1));
    FUZZ_ASSERT(op.status <= 0);
}

static void unmap(struct script *s)
{
    struct gnttab_unmap_grant_ref ops[3] = {0};

    for (unsigned int i = 0; i < 3; i++) {
        ops[i].handle = next(s) % HANDLES;
        ops[i].host_addr = some_gfn(s) << PAGE_SHIFT;
    }
    FUZZ_ASSERT(!world_call(GNTTABOP_unmap_grant_ref, ops, sizeof(ops[0]), 3));
}

/* By its handle, where it is: what a script hits by chance only. */
static void unmap_one(struct script *s)
{
    for (uint64_t i = 0; i < 2 * PLACES; i++) {
        struct gnttab_unmap_grant_ref op = {.handle = next(s) % HANDLES};

        op.host_addr = ((i & 1 ? RAM_GFN : HOLE_GFN) + i / 2) << PAGE_SHIFT;
        FUZZ_ASSERT(!world_call(GNTTABOP_unmap_grant_ref, &op, sizeof(op), 1));
    }
}

static void replace(struct script *s)
{
    struct gnttab_unmap_and_replace op = {.handle = next(s) % HANDLES};

    op.host_addr = some_gfn(s) << PAGE_SHIFT;
    op.new_addr = next(s) % 4 ? 0 : some_gfn(s) << PAGE_SHIFT;
    FUZZ_ASSERT(!world_call(GNTTABOP_unmap_and_replace, &op, sizeof(op), 1));
}

static void foreign(struct script *s)
{
    unsigned int owner = some_owner(s), page = next(s) % (WORLD_PAGES + 1);

    guest()->privileged = next(s) % 8;
    (void)borrow_foreign((domid_t)(owner + 1),
                         alive(owner) && page < WORLD_PAGES ? world_mfn(owner, page) : next(s),
                         some_gfn(s));
}

static void remove_page(struct script *s)
{
    (void)borrow_remove(some_gfn(s));
}

static void move(struct script *s)
{
    uint64_t from = some_gfn(s);

    (void)hvm_gfn_move(guest(), from, some_gfn(s));
}

static void share(struct script *s)
{
    (void)hvm_gfn_share(guest(), some_gfn(s), virt_to_mfn(world_entry(0, 0)));
}

static void fill(struct script *s)
{
    struct page_info *page = domain_page_alloc(guest(), 0, ALLOC_ANY);

    if (page && hvm_gfn_fill(guest(), some_gfn(s), page_to_mfn(page), 0))
        (void)domain_page_release(page);
}

static void retype(struct script *s)
{
    uint64_t gfn = some_gfn(s), bits;

    if (gfn < P2M_GFN_LIMIT) {
        (void)p2m_retype(&borrow_hvm.p2m, gfn, next(s) & 1 ? P2M_RAM : P2M_RAM_RO);
        (void)p2m_dirty_take(&borrow_hvm.p2m, gfn, 4, &bits);
        p2m_dirty_set(&borrow_hvm.p2m, gfn);
    }
}

/* The hypervisor's own access: what it may write to is what the guest may. */
static void access(struct script *s)
{
    uint64_t gfn = some_gfn(s), mfn = 0, value = next(s);
    enum p2m_type type = p2m_lookup(&borrow_hvm.p2m, gfn, &mfn);
    bool done = !hvm_copy_to((gfn & 0xfffff) << PAGE_SHIFT | 8, &value, sizeof(value));

    FUZZ_ASSERT(gfn >= P2M_GFN_LIMIT || done == p2m_is(type, P2M_WRITABLE));
    FUZZ_ASSERT(!!hvm_copy_from(&value, (gfn & 0xfffff) << PAGE_SHIFT | 8, sizeof(value)) ==
                (gfn >= P2M_GFN_LIMIT || type == P2M_HOLE));
}

static void kill(struct script *s)
{
    unsigned int index = some_owner(s);

    if (next(s) < 32)
        world_kill(index);
}

/* How often the map has that frame, as one of these types. */
static uint64_t times(uint64_t mfn, unsigned int types)
{
    uint64_t count = 0, found;

    for (uint64_t i = 0; i < 2 * PLACES; i++) {
        enum p2m_type type =
            p2m_lookup(&borrow_hvm.p2m, (i & 1 ? RAM_GFN : HOLE_GFN) + i / 2, &found);

        count += p2m_is(type, types) && found == mfn;
    }
    return count;
}

/* Nobody else uses it: there are no mappings for devices, and only the guest makes any. */
static void check_references(const struct page_info *page, uint64_t mfn)
{
    if (page->count & FRAME_HYPERVISOR) /* given back, and a part of the grant table now */
        return;
    FUZZ_ASSERT((page->count & FRAME_COUNT_MASK) ==
                times(mfn, P2M_BORROWED) + !!(page->count & FRAME_ALLOCATED));
    FUZZ_ASSERT((page->type & TYPE_COUNT_MASK) == times(mfn, P2M_BORROWED & P2M_WRITABLE));
    FUZZ_ASSERT(!(page->type & TYPE_COUNT_MASK) || (page->type & TYPE_MASK) == TYPE_WRITABLE);
}

static void check_entry(uint64_t gfn)
{
    uint64_t mfn;
    enum p2m_type type = p2m_lookup(&borrow_hvm.p2m, gfn, &mfn);
    const struct page_info *page;

    if (type == P2M_HOLE)
        return;
    page = mfn_to_page(mfn);
    FUZZ_ASSERT(page_owner(page) != NULL);
    if (p2m_is(type, P2M_OWN)) {
        FUZZ_ASSERT(page_owner(page) == guest() && (page->count & FRAME_ALLOCATED));
        FUZZ_ASSERT(times(mfn, P2M_OWN) == 1 && m2p_table[mfn] == gfn);
    } else if (type == P2M_SHARED) {
        FUZZ_ASSERT(times(mfn, P2M_SET(P2M_SHARED)) == 1 && m2p_table[mfn] == gfn);
    } else {
        check_references(page, mfn);
    }
}

static void check(void)
{
    for (uint64_t i = 0; i < PLACES; i++) {
        check_entry(RAM_GFN + i);
        check_entry(HOLE_GFN + i);
    }
    for (unsigned int owner = 0; owner < WORLD_DOMAINS; owner++)
        for (unsigned int i = 0; alive(owner) && i < WORLD_PAGES; i++)
            if (page_owner(mfn_to_page(world_mfn(owner, i))) == world_domain(owner))
                check_references(mfn_to_page(world_mfn(owner, i)), world_mfn(owner, i));
    FUZZ_ASSERT(!fake_locks_held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const steps[])(struct script * s) = {
        grant_something, grant_something, map,  map,   map,  unmap,  unmap_one, replace,
        foreign,         remove_page,     move, share, fill, retype, access,    kill};
    struct script s = {data, len};

    borrow_begin();
    while (s.len) {
        steps[next(&s) % (sizeof(steps) / sizeof(steps[0]))](&s);
        check();
    }
    FUZZ_ASSERT(borrow_end() == 0);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    return fuzz_seed_script(n, data);
}
