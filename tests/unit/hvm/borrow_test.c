/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other domains' pages in a hardware guest's map, granted ones and those of a domain that it
 * controls: who may use them how, what can't be done with them, and that every reference is dropped
 * once, after the flush. */
#include "check.h"

#include "borrow_world.h"

#define NX  (1ULL << 63)
#define REF 8

static uint64_t seen_users;
static bool seen;
static grant_handle_t handle;

/* References to a page of domain 1's besides its own; and of those that may write. */
static uint64_t users(unsigned int page)
{
    return (mfn_to_page(world_mfn(1, page))->count & FRAME_COUNT_MASK) - 1;
}

static uint64_t writers(unsigned int page)
{
    return mfn_to_page(world_mfn(1, page))->type & TYPE_COUNT_MASK;
}

/* References while the CPUs are flushed. */
static void see_users(void)
{
    seen_users = users(3);
    seen = true;
}

static void end(void)
{
    CHECK_EQ(borrow_end(), 0);
    seen = false;
}

static bool is(uint64_t gfn, enum p2m_type type)
{
    uint64_t mfn;

    return p2m_lookup(&borrow_hvm.p2m, gfn, &mfn) == type;
}

static int map_flags(grant_ref_t ref, uint64_t gfn, uint32_t flags)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = gfn << PAGE_SHIFT, .flags = flags, .ref = ref, .dom = 2, .status = 77};

    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1), 0);
    handle = op.handle;
    return op.status;
}

/* Page 3 of domain 1's. */
static int map(uint64_t gfn, uint32_t readonly)
{
    world_grant(1, REF, 0, 3, GTF_permit_access);
    return map_flags(REF, gfn, GNTMAP_host_map | readonly);
}

static int unmap(grant_handle_t which, uint64_t gfn)
{
    struct gnttab_unmap_grant_ref op = {
        .host_addr = gfn << PAGE_SHIFT, .handle = which, .status = 77};

    CHECK_EQ(world_call(GNTTABOP_unmap_grant_ref, &op, sizeof(op), 1), 0);
    return op.status;
}

static uint16_t used_bits(void)
{
    return world_entry(1, REF)->flags & (GTF_reading | GTF_writing);
}

static uint64_t *granted(void)
{
    return mfn_to_virt(world_mfn(1, 3));
}

/* The hypervisor's own way to the guest's memory. */
static bool write_word(uint64_t gfn, uint64_t value)
{
    return !hvm_copy_to(gfn << PAGE_SHIFT, &value, sizeof(value));
}

static uint64_t read_word(uint64_t gfn)
{
    uint64_t value = 0;

    CHECK_EQ(hvm_copy_from(&value, gfn << PAGE_SHIFT, sizeof(value)), 0);
    return value;
}

/* The entry that the CPU finds, all of whose tables are there. */
static uint64_t cpu_entry(uint64_t gfn)
{
    const pte_t *table = borrow_hvm.p2m.root;

    for (unsigned int level = 4; level > 1; level--)
        table = mfn_to_virt((table[gfn >> (9 * (level - 1)) & 511] & PTE_ADDR) >> PAGE_SHIFT);
    return table[gfn & 511];
}

static void a_grant_is_there_until_it_is_given_back(void)
{
    borrow_begin();
    CHECK_EQ(map(HOLE_GFN, 0), GNTST_okay);
    CHECK(is(HOLE_GFN, P2M_GRANT));
    CHECK_EQ(cpu_entry(HOLE_GFN) & (0xfff | NX | PTE_ADDR),
             0x67 | NX | world_mfn(1, 3) << PAGE_SHIFT);
    CHECK(users(3) == 1 && writers(3) == 1 && used_bits() == (GTF_reading | GTF_writing));
    CHECK(write_word(HOLE_GFN, 0x1234));
    CHECK(granted()[0] == 0x1234 && read_word(HOLE_GFN) == 0x1234);
    CHECK(users(3) == 1 && writers(3) == 1 && fake_locks_held == 0);
    CHECK_EQ(borrow_whole_flushes, 0); /* nothing was there before */
    borrow_on_flush = see_users;
    CHECK_EQ(unmap(handle, HOLE_GFN), GNTST_okay);
    CHECK(borrow_flushes == 1 && seen && seen_users == 1);
    CHECK(is(HOLE_GFN, P2M_HOLE) && users(3) == 0 && writers(3) == 0 && used_bits() == 0);
    CHECK(borrow_written == 1 && borrow_written_mfn == world_mfn(1, 3));
    CHECK(!write_word(HOLE_GFN, 5) && granted()[0] == 0x1234);
    end();
}

/* Nobody else gets them while they are looked at, as interrupts are off then. */
static void its_own_pages_are_looked_at_without_a_reference(void)
{
    struct page_info *page;
    uint64_t count;

    borrow_begin();
    page = mfn_to_page(world_mfn(0, 0));
    count = page->count;
    page->count |= FRAME_COUNT_MASK; /* no more can be had */
    CHECK(write_word(RAM_GFN, 0x77) && read_word(RAM_GFN) == 0x77 && irq_enabled());
    CHECK_EQ(page->count, count | FRAME_COUNT_MASK);
    irq_disable();
    CHECK(read_word(RAM_GFN) == 0x77 && !irq_enabled());
    CHECK(!write_word(HOLE_GFN, 1) && !irq_enabled());
    irq_enable();
    CHECK(!write_word(HOLE_GFN, 1) && irq_enabled());
    page->count = count;
    end();
}

static void nobody_writes_to_a_read_only_one(void)
{
    borrow_begin();
    granted()[0] = 0x77;
    CHECK_EQ(map(HOLE_GFN, GNTMAP_readonly), GNTST_okay);
    CHECK(is(HOLE_GFN, P2M_GRANT_RO) && users(3) == 1 && writers(3) == 0);
    CHECK_EQ(cpu_entry(HOLE_GFN) & 0xfff, 0x25);
    CHECK(read_word(HOLE_GFN) == 0x77 && !write_word(HOLE_GFN, 5));
    CHECK_EQ(granted()[0], 0x77);
    CHECK_EQ(fake_locks_held, 0);
    CHECK_EQ(p2m_retype(&borrow_hvm.p2m, HOLE_GFN, P2M_RAM), -XEN_EINVAL);
    CHECK_EQ(unmap(handle, HOLE_GFN), GNTST_okay);
    CHECK(users(3) == 0 && borrow_written == 0);
    world_grant(1, REF, 0, 3, GTF_permit_access | GTF_readonly);
    CHECK_EQ(map_flags(REF, HOLE_GFN, GNTMAP_host_map), GNTST_general_error);
    CHECK(is(HOLE_GFN, P2M_HOLE));
    end();
}

static void nor_to_memory_that_is_read_only(void)
{
    borrow_begin();
    CHECK(write_word(RAM_GFN, 0x11));
    CHECK_EQ(p2m_retype(&borrow_hvm.p2m, RAM_GFN, P2M_RAM_RO), 0);
    CHECK(!write_word(RAM_GFN, 5) && read_word(RAM_GFN) == 0x11);
    CHECK(!write_word(HOLE_GFN, 5));
    end();
}

static void only_its_handle_takes_it_out(void)
{
    grant_handle_t first;
    struct domain *d;
    uint64_t table;

    borrow_begin();
    d = world_domain(0);
    table = virt_to_mfn(world_entry(0, 0));
    CHECK_EQ(map(HOLE_GFN, 0), GNTST_okay);
    first = handle;
    CHECK_EQ(hvm_gfn_drop(d, HOLE_GFN), -XEN_EPERM);
    CHECK_EQ(hvm_gfn_share(d, HOLE_GFN, table), -XEN_EPERM);
    CHECK_EQ(hvm_gfn_move(d, RAM_GFN, HOLE_GFN), -XEN_EPERM);
    CHECK(is(RAM_GFN, P2M_RAM) && m2p_table[world_mfn(0, 0)] == RAM_GFN);
    CHECK_EQ(hvm_gfn_move(d, HOLE_GFN, RAM_GFN), -XEN_EINVAL);
    CHECK_EQ(hvm_gfn_fill(d, HOLE_GFN, 7, 0), -XEN_EEXIST);
    CHECK_EQ(map_flags(REF, HOLE_GFN, GNTMAP_host_map), GNTST_general_error);
    CHECK_EQ(map_flags(REF, HOLE_GFN + 1, GNTMAP_host_map | GNTMAP_readonly), GNTST_okay);
    CHECK_EQ(unmap(first, HOLE_GFN + 1), GNTST_general_error);
    CHECK_EQ(unmap(handle, HOLE_GFN), GNTST_general_error);
    CHECK_EQ(unmap(first, RAM_GFN), GNTST_general_error);
    CHECK_EQ(unmap(first, P2M_GFN_LIMIT), GNTST_bad_virt_addr);
    CHECK(is(HOLE_GFN, P2M_GRANT) && is(HOLE_GFN + 1, P2M_GRANT_RO) && users(3) == 2);
    CHECK_EQ(unmap(first, HOLE_GFN), GNTST_okay);
    CHECK_EQ(unmap(handle, HOLE_GFN + 1), GNTST_okay);
    CHECK_EQ(users(3), 0);
    end();
}

static void replacing_is_unmapping(void)
{
    struct gnttab_unmap_and_replace op = {
        .host_addr = HOLE_GFN << PAGE_SHIFT, .new_addr = RAM_GFN << PAGE_SHIFT, .status = 77};

    borrow_begin();
    CHECK_EQ(map(HOLE_GFN, 0), GNTST_okay);
    op.handle = handle;
    CHECK_EQ(world_call(GNTTABOP_unmap_and_replace, &op, sizeof(op), 1), 0);
    CHECK(op.status == GNTST_general_error && is(HOLE_GFN, P2M_GRANT) && is(RAM_GFN, P2M_RAM));
    op.new_addr = 0;
    CHECK_EQ(world_call(GNTTABOP_unmap_and_replace, &op, sizeof(op), 1), 0);
    CHECK(op.status == GNTST_okay && is(HOLE_GFN, P2M_HOLE) && users(3) == 0);
    end();
}

static void memory_makes_way_for_it(void)
{
    struct domain *d;

    borrow_begin();
    d = world_domain(0);
    CHECK_EQ(map(RAM_GFN + 2, 0), GNTST_okay);
    CHECK(is(RAM_GFN + 2, P2M_GRANT) && d->tot_pages == WORLD_PAGES - 1 &&
          borrow_whole_flushes == 1);
    CHECK_EQ(m2p_table[world_mfn(0, 2)], M2P_INVALID);
    CHECK_EQ(unmap(handle, RAM_GFN + 2), GNTST_okay);
    CHECK(is(RAM_GFN + 2, P2M_HOLE));
    end();
}

static void what_can_not_be_mapped_leaves_nothing(void)
{
    borrow_begin();
    world_grant(1, REF, 0, 3, GTF_permit_access);
    CHECK_EQ(map_flags(REF, HOLE_GFN, GNTMAP_host_map | GNTMAP_contains_pte), GNTST_general_error);
    CHECK_EQ(map_flags(REF, HOLE_GFN, GNTMAP_host_map | GNTMAP_application_map),
             GNTST_general_error);
    CHECK_EQ(map_flags(REF, P2M_GFN_LIMIT, GNTMAP_host_map), GNTST_bad_virt_addr);
    CHECK_EQ(map_flags(REF, ~0ULL >> PAGE_SHIFT, GNTMAP_host_map), GNTST_bad_virt_addr);
    fake_memory_left = 1; /* the handles' page, but no tables */
    CHECK_EQ(map_flags(REF, HOLE_GFN << 18, GNTMAP_host_map), GNTST_general_error);
    fake_memory_left = -1;
    CHECK(users(3) == 0 && writers(3) == 0 && used_bits() == 0 && borrow_hvm.p2m.borrowed == 0);
    CHECK_EQ(p2m_map(&borrow_hvm.p2m, HOLE_GFN & ~1ULL, 8, 1, P2M_GRANT), -XEN_EINVAL);
    CHECK_EQ(map_flags(REF, HOLE_GFN, GNTMAP_host_map | GNTMAP_device_map), GNTST_okay);
    CHECK_EQ(users(3), 2);
    end();
}

/* Domain 2 maps what the guest grants to it. */
static int map_onward(uint64_t gfn)
{
    struct gnttab_map_grant_ref op = {.host_addr = SLOT_VA(0),
                                      .flags = GNTMAP_host_map | GNTMAP_readonly,
                                      .ref = REF,
                                      .dom = 1,
                                      .status = 77};

    world_grant(0, REF, 2, 0, GTF_permit_access);
    world_entry(0, REF)->frame = (uint32_t)gfn;
    world_run_as(2);
    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1), 0);
    world_run_as(0);
    return op.status;
}

static void not_the_guests_to_give(void)
{
    struct gnttab_copy copy = {.len = 8};
    uint64_t bits;

    borrow_begin();
    CHECK_EQ(map(HOLE_GFN, 0), GNTST_okay);
    CHECK(!hvm_gfn_get(world_domain(0), HOLE_GFN));
    CHECK_EQ(map_onward(HOLE_GFN), GNTST_bad_page);
    CHECK_EQ(map_onward(RAM_GFN), GNTST_okay);
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.source.u.gmfn = HOLE_GFN;
    copy.dest.u.gmfn = RAM_GFN;
    CHECK_EQ(world_call(GNTTABOP_copy, &copy, sizeof(copy), 1), 0);
    CHECK_EQ(copy.status, GNTST_bad_page);
    CHECK_EQ(p2m_dirty_take(&borrow_hvm.p2m, HOLE_GFN, 8, &bits), 0);
    CHECK_EQ(bits, 0);
    end();
}

static void nor_what_it_has_granted_to_itself(void)
{
    struct gnttab_map_grant_ref op = {.host_addr = HOLE_GFN << PAGE_SHIFT,
                                      .flags = GNTMAP_host_map | GNTMAP_readonly,
                                      .ref = REF,
                                      .dom = 1,
                                      .status = 77};

    borrow_begin();
    world_grant(0, REF, 0, 0, GTF_permit_access);
    world_entry(0, REF)->frame = (uint32_t)RAM_GFN;
    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1), 0);
    CHECK(op.status == GNTST_okay && is(HOLE_GFN, P2M_GRANT_RO));
    CHECK(!hvm_gfn_get(world_domain(0), HOLE_GFN));
    CHECK(!write_word(HOLE_GFN, 5) && write_word(RAM_GFN, 6) && read_word(HOLE_GFN) == 6);
    CHECK_EQ(m2p_table[world_mfn(0, 0)], RAM_GFN);
    end();
}

static void who_controls_a_domain_maps_its_pages(void)
{
    borrow_begin();
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), HOLE_GFN), -XEN_EPERM);
    CHECK_EQ(users(3), 0);
    world_domain(0)->privileged = true;
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), HOLE_GFN), 0);
    CHECK(is(HOLE_GFN, P2M_FOREIGN) && users(3) == 1 && writers(3) == 1);
    CHECK(write_word(HOLE_GFN, 0x99) && granted()[0] == 0x99);
    CHECK(!hvm_gfn_get(world_domain(0), HOLE_GFN));
    CHECK_EQ(map_onward(HOLE_GFN), GNTST_bad_page);
    borrow_on_flush = see_users;
    CHECK_EQ(borrow_remove(HOLE_GFN), 0);
    CHECK(borrow_flushes == 1 && seen && seen_users == 1);
    CHECK(is(HOLE_GFN, P2M_HOLE) && users(3) == 0 && writers(3) == 0);
    CHECK(borrow_written == 1 && borrow_written_mfn == world_mfn(1, 3));
    CHECK_EQ(borrow_remove(HOLE_GFN), -XEN_EINVAL);
    end();
}

static void what_is_not_mapped_for_it(void)
{
    struct page_info *table;

    borrow_begin();
    world_domain(0)->privileged = true;
    CHECK_EQ(borrow_foreign(1, RAM_GFN, HOLE_GFN), -XEN_EINVAL); /* its own */
    CHECK_EQ(borrow_foreign(9, RAM_GFN, HOLE_GFN), -XEN_ESRCH);
    CHECK_EQ(borrow_foreign(DOMID_SELF, RAM_GFN, HOLE_GFN), -XEN_ESRCH);
    CHECK_EQ(borrow_foreign(2, world_mfn(2, 0), HOLE_GFN), -XEN_EINVAL); /* a third one's */
    CHECK_EQ(borrow_foreign(2, ~0ULL, HOLE_GFN), -XEN_EINVAL);
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), P2M_GFN_LIMIT), -XEN_EINVAL);
    table = mfn_to_page(world_mfn(1, 4));
    CHECK(frame_get(table, world_domain(1)));
    CHECK_EQ(frame_type_get(table, TYPE_L1), 0);
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 4), HOLE_GFN), -XEN_EBUSY);
    CHECK_EQ(users(4), 1); /* the test's */
    frame_put_and_type(table);
    CHECK(is(HOLE_GFN, P2M_HOLE) && users(3) == 0 && writers(3) == 0);
    end();
}

static void whatever_comes_in_its_place_drops_it(void)
{
    struct domain *d;
    uint64_t table;

    borrow_begin();
    d = world_domain(0);
    d->privileged = true;
    table = virt_to_mfn(world_entry(0, 0));
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), HOLE_GFN), 0);
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 5), HOLE_GFN), 0); /* another */
    CHECK(users(3) == 0 && users(5) == 1);
    CHECK_EQ(hvm_gfn_share(d, HOLE_GFN, table), 0);
    CHECK(users(5) == 0 && is(HOLE_GFN, P2M_SHARED));
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), HOLE_GFN), 0); /* which makes way, too */
    CHECK_EQ(hvm_gfn_move(d, RAM_GFN, HOLE_GFN), 0);
    CHECK(users(3) == 0 && is(HOLE_GFN, P2M_RAM));
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), HOLE_GFN), 0);
    CHECK_EQ(d->tot_pages, WORLD_PAGES - 1);
    CHECK_EQ(map(HOLE_GFN, 0), GNTST_okay);
    CHECK(is(HOLE_GFN, P2M_GRANT) && users(3) == 1);
    CHECK_EQ(borrow_remove(HOLE_GFN), -XEN_EPERM);
    end();
}

static void a_dying_guest_lets_go_of_all(void)
{
    struct domain *d;

    borrow_begin();
    d = world_domain(0);
    d->privileged = true;
    CHECK_EQ(map(HOLE_GFN, 0), GNTST_okay);
    CHECK_EQ(map(HOLE_GFN + 1, GNTMAP_readonly), GNTST_okay);
    for (unsigned int i = 0; i < 3; i++)
        CHECK_EQ(borrow_foreign(2, world_mfn(1, i), (HOLE_GFN << 9) + i), 0);
    CHECK_EQ(borrow_hvm.p2m.borrowed, 5);
    world_should_yield = true;
    CHECK_EQ(hvm_borrowed_release(d), -XEN_ERESTART);
    CHECK(borrow_hvm.p2m.borrowed < 5 || borrow_hvm.borrowed_next);
    while (hvm_borrowed_release(d) == -XEN_ERESTART)
        ;
    CHECK(users(0) == 0 && users(1) == 0 && users(2) == 0 && users(3) == 0 && writers(3) == 0);
    CHECK(is(HOLE_GFN, P2M_HOLE) && is(HOLE_GFN << 9, P2M_HOLE) && is(RAM_GFN, P2M_RAM));
    CHECK_EQ(borrow_foreign(2, world_mfn(1, 3), HOLE_GFN), -XEN_ESRCH);
    CHECK_EQ(users(3), 0);
    end();
}

int main(void)
{
    RUN(a_grant_is_there_until_it_is_given_back);
    RUN(its_own_pages_are_looked_at_without_a_reference);
    RUN(nobody_writes_to_a_read_only_one);
    RUN(nor_to_memory_that_is_read_only);
    RUN(only_its_handle_takes_it_out);
    RUN(replacing_is_unmapping);
    RUN(memory_makes_way_for_it);
    RUN(what_can_not_be_mapped_leaves_nothing);
    RUN(not_the_guests_to_give);
    RUN(nor_what_it_has_granted_to_itself);
    RUN(who_controls_a_domain_maps_its_pages);
    RUN(what_is_not_mapped_for_it);
    RUN(whatever_comes_in_its_place_drops_it);
    RUN(a_dying_guest_lets_go_of_all);
    return check_done();
}
