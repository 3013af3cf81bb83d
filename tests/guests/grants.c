/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grants, given to and used by the same guest: a mapping lasts until its handle is given back with
 * the address it is at, a copy stays within its pages, and what was not granted can't be had. Each
 * element of a call has a status of its own. (xen/grant_table.h) */
#include "micro.h"

#include <xen/grant_table.h>

#define FRAMES 4
#define FIRST  8 /* the references before are the toolstack's */

static grant_entry_v1_t *grants; /* FRAMES pages of them */
static domid_t self;

static long op(unsigned int cmd, void *arg)
{
    return call3(__HYPERVISOR_grant_table_op, cmd, arg, 1);
}

static void set_up(void)
{
    uint64_t frames[FRAMES];
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = FRAMES};
    struct gnttab_query_size query = {.dom = DOMID_SELF};

    setup.frame_list.p = frames;
    expect(op(GNTTABOP_setup_table, &setup), 0, "the table is set up");
    expect(setup.status, GNTST_okay, "and is there");
    for (unsigned int i = 0; i < FRAMES; i++) {
        char *page = page_alloc();

        if (!i)
            grants = (grant_entry_v1_t *)page;
        expect(map_page(page, frames[i] << PAGE_SHIFT | PTE_DATA), 0, "frame %u is mapped", i);
    }
    expect(op(GNTTABOP_query_size, &query), 0, "its size is asked");
    check(query.status == GNTST_okay && query.nr_frames >= FRAMES, "and right");
    setup.nr_frames = query.max_nr_frames + 1;
    (void)op(GNTTABOP_setup_table, &setup);
    check(setup.status != GNTST_okay, "a table larger than allowed");
    setup.nr_frames = ~0U;
    (void)op(GNTTABOP_setup_table, &setup);
    check(setup.status != GNTST_okay, "a very large table");
    setup = (struct gnttab_setup_table){.dom = 0, .nr_frames = 1};
    setup.frame_list.p = frames;
    (void)op(GNTTABOP_setup_table, &setup);
    check(setup.status != GNTST_okay, "dom0's table");
    query.dom = 0;
    (void)op(GNTTABOP_query_size, &query);
    check(query.status != GNTST_okay, "the size of dom0's table");
}

static void grant(grant_ref_t ref, uint64_t mfn, uint16_t flags)
{
    grants[ref].domid = self;
    grants[ref].frame = (uint32_t)mfn;
    __atomic_store_n(&grants[ref].flags, (uint16_t)(GTF_permit_access | flags), __ATOMIC_SEQ_CST);
}

static int map_as(struct gnttab_map_grant_ref *map, grant_ref_t ref, const void *va, uint32_t flags)
{
    *map = (struct gnttab_map_grant_ref){
        .host_addr = (uint64_t)va, .flags = flags, .ref = ref, .dom = self};
    if (op(GNTTABOP_map_grant_ref, map))
        return -1000;
    return map->status;
}

static int unmap(const void *va, grant_handle_t handle)
{
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (uint64_t)va, .handle = handle};

    if (op(GNTTABOP_unmap_grant_ref, &unmap))
        return -1000;
    return unmap.status;
}

static void check_maps(void)
{
    uint64_t *page = page_alloc(), *window = page_alloc(), *other = page_alloc();
    struct gnttab_map_grant_ref map, second;

    page[3] = 0x1234;
    grant(FIRST, mfn_of(page), 0);
    expect(map_as(&map, FIRST, window, GNTMAP_host_map), GNTST_okay, "a granted page is mapped");
    expect((long)window[3], 0x1234, "and is that page");
    check(grants[FIRST].flags & GTF_reading, "the entry says that it is used");
    window[4] = 5;
    expect((long)page[4], 5, "it can be written to");
    check(unmap(other, map.handle) < 0, "it can't be unmapped where it is not");
    check(unmap((void *)0x1000, map.handle) < 0, "nor where there is no table");
    check(unmap((void *)0xffff830000000000, map.handle) < 0, "nor in the hypervisor");
    check(unmap(window, map.handle + 1) < 0, "nor by another handle");
    check(unmap(window, ~0U) < 0, "nor by the highest one");
    expect((long)window[3], 0x1234, "and stays");
    expect(map_as(&second, FIRST, other, GNTMAP_host_map | GNTMAP_readonly), GNTST_okay,
           "it is mapped again, read-only");
    expect(try_write(other, 1), TRAP_PF, "and can't be written to there");
    check(unmap(window, second.handle) < 0, "one mapping can't be unmapped by the other's handle");
    expect(unmap(other, second.handle), GNTST_okay, "each by its own");
    expect(try_read(other, NULL), TRAP_PF, "and it is gone");
    /* The guest overwrites the entry itself; the handle then names nothing, but nothing is lost. */
    expect(map_writable(window), 0, "a mapping is overwritten");
    check(unmap(window, map.handle) < 0, "and can't be unmapped any more");
    expect(map_as(&second, FIRST, other, GNTMAP_host_map), GNTST_okay,
           "it can be mapped elsewhere");
    expect(unmap(other, second.handle), GNTST_okay, "and unmapped there");
    check(unmap(other, second.handle) < 0, "but not twice");
    (void)map_writable(other);
}

static void check_bad_maps(void)
{
    uint64_t *page = page_alloc(), *window = page_alloc(), *table = page_alloc();
    struct gnttab_map_grant_ref map;

    check(map_as(&map, FIRST + 1, window, GNTMAP_host_map) < 0, "what is not granted");
    check(map_as(&map, FRAMES * 512, window, GNTMAP_host_map) < 0, "behind the table");
    check(map_as(&map, ~0U, window, GNTMAP_host_map) < 0, "the highest reference");
    grant(FIRST + 1, mfn_of(page), GTF_readonly);
    check(map_as(&map, FIRST + 1, window, GNTMAP_host_map) < 0, "writable, granted read-only");
    check(map_as(&map, FIRST + 1, window, 0) < 0, "no kind of mapping");
    check(map_as(&map, FIRST + 1, (void *)0x1000, GNTMAP_host_map | GNTMAP_readonly) < 0,
          "where there is no table");
    check(map_as(&map, FIRST + 1, (void *)0xffff830000000000, GNTMAP_host_map | GNTMAP_readonly) <
              0,
          "in the hypervisor");
    check(map_as(&map, FIRST + 1, (void *)NON_CANONICAL, GNTMAP_host_map | GNTMAP_readonly) < 0,
          "at a non-canonical address");
    check(map_as(&map, FIRST + 1, (void *)maddr_of(page),
                 GNTMAP_host_map | GNTMAP_readonly | GNTMAP_contains_pte) < 0,
          "in an entry that is none");
    check(map_as(&map, FIRST + 1, (void *)0x200000,
                 GNTMAP_host_map | GNTMAP_readonly | GNTMAP_contains_pte) < 0,
          "in an entry in the hypervisor");
    grants[FIRST + 1].domid = 0;
    check(map_as(&map, FIRST + 1, window, GNTMAP_host_map | GNTMAP_readonly) < 0,
          "what is granted to another");
    grant(FIRST + 2, 0x200, 0);
    check(map_as(&map, FIRST + 2, window, GNTMAP_host_map) < 0, "the hypervisor's frame");
    grant(FIRST + 2, 0x1000, 0);
    check(map_as(&map, FIRST + 2, window, GNTMAP_host_map) < 0, "another's frame");
    grant(FIRST + 2, ~0U, 0);
    check(map_as(&map, FIRST + 2, window, GNTMAP_host_map) < 0, "no frame");
    (void)map_readonly(table);
    (void)mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table));
    grant(FIRST + 2, mfn_of(table), 0);
    check(map_as(&map, FIRST + 2, window, GNTMAP_host_map) < 0, "a page table, writable");
    grant(FIRST + 2, mfn_of(page), 0);
    expect(map_as(&map, FIRST + 2, entry_of(window, 1) ? (void *)entry_address(window, 1) : NULL,
                  GNTMAP_host_map | GNTMAP_contains_pte),
           GNTST_okay, "by its entry");
    expect(unmap((void *)entry_address(window, 1), map.handle), GNTST_okay, "and unmapped by it");
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table));
    map.dom = 4000;
    (void)op(GNTTABOP_map_grant_ref, &map);
    check(map.status < 0, "of nobody");
    (void)map_writable(window);
}

/* A granted page that is mapped writable somewhere can't become a page table; one whose mapping
 * lasts can be given up, and stays. */
static void check_types(void)
{
    uint64_t *page = page_alloc(), *window = page_alloc();
    struct gnttab_map_grant_ref map;

    grant(FIRST + 3, mfn_of(page), 0);
    expect(map_as(&map, FIRST + 3, window, GNTMAP_host_map), GNTST_okay,
           "a page is mapped by grant");
    (void)map_readonly(page);
    check(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(page)) < 0, "and can't be a page table then");
    expect(unmap(window, map.handle), GNTST_okay, "it is unmapped");
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(page)), 0, "and can");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(page)), 0, "and is none again");
    (void)map_writable(page);
    (void)map_writable(window);
    for (unsigned int i = 0; i < 50; i++) {
        if (map_as(&map, FIRST + 3, window, GNTMAP_host_map) || unmap(window, map.handle))
            check(false, "round %u", i);
    }
    check(true, "a page is mapped and unmapped again and again");
    /* This one is left for the domain's end to clean up. */
    expect(map_as(&map, FIRST + 3, window, GNTMAP_host_map | GNTMAP_device_map), GNTST_okay,
           "and left mapped");
}

static int copy_with(struct gnttab_copy copy)
{
    if (op(GNTTABOP_copy, &copy))
        return -1000;
    return copy.status;
}

static struct gnttab_copy copy_of(uint64_t from, uint64_t to)
{
    struct gnttab_copy copy = {.len = 64};

    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.source.u.gmfn = from;
    copy.dest.u.gmfn = to;
    return copy;
}

static void check_copies(void)
{
    uint64_t *from = page_alloc(), *to = page_alloc(), *table = page_alloc();
    struct gnttab_copy copy = copy_of(mfn_of(from), mfn_of(to));

    from[2] = 0x77;
    expect(copy_with(copy), GNTST_okay, "a copy within a guest");
    expect((long)to[2], 0x77, "is made");
    copy.len = PAGE_SIZE;
    expect(copy_with(copy), GNTST_okay, "a copy of a whole page");
    copy.source.offset = 1;
    check(copy_with(copy) < 0, "one that leaves its source");
    copy.source.offset = 0;
    copy.dest.offset = 1;
    check(copy_with(copy) < 0, "one that leaves its destination");
    copy.dest.offset = 0xffff;
    copy.len = 0xffff;
    check(copy_with(copy) < 0, "the largest numbers there are");
    copy = copy_of(0x200, mfn_of(to));
    check(copy_with(copy) < 0, "from the hypervisor");
    copy = copy_of(mfn_of(from), 0x200);
    check(copy_with(copy) < 0, "to the hypervisor");
    copy = copy_of(0x1000, mfn_of(to));
    check(copy_with(copy) < 0, "from another's frame");
    copy = copy_of(~0UL, mfn_of(to));
    check(copy_with(copy) < 0, "from no frame");
    (void)map_readonly(table);
    (void)mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table));
    copy = copy_of(mfn_of(from), mfn_of(table));
    check(copy_with(copy) < 0, "to a page table");
    copy = copy_of(mfn_of(from), root_mfn());
    check(copy_with(copy) < 0, "to the root");
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table));
    copy = copy_of(mfn_of(from), mfn_of(to));
    copy.source.domid = 0;
    check(copy_with(copy) < 0, "from dom0's frame, by number");
    grant(FIRST + 4, mfn_of(to), GTF_readonly);
    copy = copy_of(mfn_of(from), 0);
    copy.dest.u.ref = FIRST + 4;
    copy.dest.domid = self;
    copy.flags = GNTCOPY_dest_gref;
    check(copy_with(copy) < 0, "to what is granted read-only");
    grant(FIRST + 4, mfn_of(to), 0);
    expect(copy_with(copy), GNTST_okay, "to what is granted");
    copy.dest.u.ref = ~0U;
    check(copy_with(copy) < 0, "to the highest reference");
}

static void check_versions(void)
{
    struct gnttab_set_version version = {.version = 77};
    struct gnttab_swap_grant_ref swap = {.ref_a = FIRST, .ref_b = ~0U};

    check(op(GNTTABOP_set_version, &version) < 0, "an unknown version");
    check(op(GNTTABOP_swap_grant_ref, &swap) < 0 || swap.status < 0, "a swap with no reference");
    check(call3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, &swap, ~0U) < 0,
          "a list that is longer than any");
    expect(call3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, 0, 0), 0, "an empty list");
    check(call3(__HYPERVISOR_grant_table_op, GNTTABOP_transfer, 0x1000, 1) < 0, "a bad transfer");
}

/* The own number, which the toolstack does not tell: the entry for the console is granted to dom0,
 * so what is granted to us must be found by trying. */
static void find_self(void)
{
    uint64_t *page = page_alloc(), *window = page_alloc();
    struct gnttab_map_grant_ref map;

    for (self = 1; self < 500; self++) {
        grant(FIRST, mfn_of(page), 0);
        if (map_as(&map, FIRST, window, GNTMAP_host_map) == GNTST_okay)
            break;
    }
    check(self < 500, "the own number is found (%u)", self);
    (void)unmap(window, map.handle);
    (void)map_writable(window);
    grants[FIRST].flags = 0;
}

void micro_main(void)
{
    set_up();
    find_self();
    check_maps();
    check_bad_maps();
    check_types();
    check_copies();
    check_versions();
}
