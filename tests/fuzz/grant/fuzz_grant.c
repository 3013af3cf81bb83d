/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A script of what three domains do to each other with grants: each input byte sequence is
 * a list of steps. Whatever they do, no page may go to somebody else while it is mapped, and at the
 * end nothing may be left over.
 */
#include <string.h>

#include "fuzz.h"

#include "world.h"

/* Few entries, so that the steps meet. */
#define REFS    6
#define HANDLES 8

/* What is left of the script. */
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

static uint32_t next32(struct script *s)
{
    uint32_t value = next(s);

    return value | (uint32_t)next(s) << 8 | (uint32_t)next(s) << 16 | (uint32_t)next(s) << 24;
}

/* Mostly a small number, now and then any. */
static uint32_t number(struct script *s, uint32_t limit)
{
    uint8_t byte = next(s);

    return byte < 240 ? byte % limit : next32(s);
}

static unsigned int some_domain(struct script *s)
{
    return next(s) % WORLD_DOMAINS;
}

static bool alive(unsigned int index)
{
    return !world_gone[index] && world_domain(index)->life == DOMAIN_ALIVE;
}

/* The guest's own writes: anything, anywhere in its table, at any time. */
static void write_entry(struct script *s)
{
    unsigned int index = some_domain(s);
    uint8_t how = next(s);
    grant_ref_t ref = next(s) % REFS;

    if (!alive(index))
        return;
    if (how < 200) {
        world_grant(index, ref, some_domain(s), next(s) % WORLD_PAGES,
                    how < 150 ? GTF_permit_access : (uint16_t)next32(s));
        return;
    }
    *world_entry(index, ref) =
        (struct grant_entry_v1){(uint16_t)next32(s), (domid_t)number(s, 4), number(s, FAKE_FRAMES)};
}

static uint64_t some_address(struct script *s, uint32_t flags)
{
    uint32_t slot = number(s, WORLD_SLOTS + 1);

    return flags & GNTMAP_contains_pte ? SLOT_MACHINE((uint64_t)slot) : SLOT_VA((uint64_t)slot);
}

static void map(struct script *s)
{
    struct gnttab_map_grant_ref op = {.flags = number(s, 32)};

    op.host_addr = some_address(s, op.flags);
    op.ref = number(s, REFS);
    op.dom = (domid_t)(some_domain(s) + 1);
    FUZZ_ASSERT(!world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1));
    FUZZ_ASSERT(op.status <= 0);
    FUZZ_ASSERT(op.status != GNTST_okay || alive(op.dom - 1u));
}

static void unmap(struct script *s)
{
    struct gnttab_unmap_grant_ref ops[4] = {0};
    unsigned int count = next(s) % 4 + 1;

    for (unsigned int i = 0; i < count; i++) {
        ops[i].handle = number(s, HANDLES);
        ops[i].host_addr = next(s) % 4 ? some_address(s, next(s)) : 0;
        ops[i].dev_bus_addr = next(s) % 4 ? 0 : (uint64_t)number(s, FAKE_FRAMES) << PAGE_SHIFT;
    }
    FUZZ_ASSERT(!world_call(GNTTABOP_unmap_grant_ref, ops, sizeof(ops[0]), count));
}

static void replace(struct script *s)
{
    struct gnttab_unmap_and_replace op = {.handle = number(s, HANDLES)};

    op.host_addr = some_address(s, 0);
    op.new_addr = next(s) % 4 ? some_address(s, 0) : 0;
    FUZZ_ASSERT(!world_call(GNTTABOP_unmap_and_replace, &op, sizeof(op), 1));
}

static void copy_end(struct script *s, struct gnttab_copy_ptr *end, bool granted)
{
    if (granted)
        end->u.ref = number(s, REFS);
    else
        end->u.gmfn = number(s, FAKE_FRAMES);
    end->domid = next(s) % 2 ? DOMID_SELF : (domid_t)number(s, 4);
    end->offset = (uint16_t)(next(s) * 17u);
}

static void copy(struct script *s)
{
    struct gnttab_copy op = {.flags = next(s) % 4, .len = (uint16_t)(next(s) * 17u)};

    copy_end(s, &op.source, op.flags & GNTCOPY_source_gref);
    copy_end(s, &op.dest, op.flags & GNTCOPY_dest_gref);
    FUZZ_ASSERT(!world_call(GNTTABOP_copy, &op, sizeof(op), 1));
    FUZZ_ASSERT(op.status != GNTST_okay ||
                (op.source.offset + op.len <= PAGE_SIZE && op.dest.offset + op.len <= PAGE_SIZE));
}

static void swap(struct script *s)
{
    struct gnttab_swap_grant_ref op = {.ref_a = number(s, REFS), .ref_b = number(s, REFS)};

    FUZZ_ASSERT(!world_call(GNTTABOP_swap_grant_ref, &op, sizeof(op), 1));
}

/* Any call with any elements. */
static void anything(struct script *s)
{
    uint8_t elements[256];
    unsigned int command = number(s, 14);

    for (unsigned int i = 0; i < sizeof(elements); i++)
        elements[i] = next(s);
    (void)world_call(command, elements, 32, next(s) % 8);
}

static void run_as(struct script *s)
{
    unsigned int index = some_domain(s);

    if (alive(index))
        world_run_as(index);
}

static void kill(struct script *s)
{
    unsigned int index = some_domain(s);

    /* Rarely; and not who runs, since a domain is killed from outside. */
    if (next(s) < 64 && current_domain() != world_domain(index))
        world_kill(index);
}

/* What is mapped belongs to who it was mapped from, and is referred to. */
static void check(void)
{
    for (unsigned int d = 0; d < WORLD_DOMAINS; d++) {
        for (unsigned int i = 0; i < WORLD_SLOTS; i++) {
            const struct slot *slot = &world_slots(d)[i];
            const struct page_info *page;

            if (!slot->mfn)
                continue;
            page = mfn_to_page(slot->mfn);
            FUZZ_ASSERT(page->count & FRAME_COUNT_MASK);
            FUZZ_ASSERT(page_owner(page) != NULL);
            FUZZ_ASSERT(!slot->writable || ((page->type & TYPE_MASK) == TYPE_WRITABLE &&
                                            (page->type & TYPE_COUNT_MASK)));
        }
    }
    FUZZ_ASSERT(!fake_locks_held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const steps[])(struct script * s) = {write_entry, write_entry, map,  map,
                                                       unmap,       unmap,       copy, replace,
                                                       swap,        run_as,      kill, anything};
    struct script s = {data, len};

    world_begin();
    while (s.len) {
        steps[next(&s) % (sizeof(steps) / sizeof(steps[0]))](&s);
        check();
    }
    FUZZ_ASSERT(world_end() == 0);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    return fuzz_seed_script(n, data);
}
