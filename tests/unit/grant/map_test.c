/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapping granted pages: what is marked in the entry, who is refused, what unmapping undoes. */
#include "check.h"

#include "world.h"

#define RW 0
#define RO GNTMAP_readonly

static grant_handle_t handle;
static uint64_t bus_address;

/* Maps ref of the domain at a slot of the current one. */
static int map(unsigned int from, grant_ref_t ref, unsigned int slot, uint32_t flags)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = flags & GNTMAP_contains_pte ? SLOT_MACHINE(slot) : SLOT_VA(slot),
        .flags = flags & (GNTMAP_device_map | GNTMAP_host_map) ? flags : flags | GNTMAP_host_map,
        .ref = ref,
        .dom = (domid_t)(from + 1),
        .status = 77,
    };

    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1), 0);
    handle = op.handle;
    bus_address = op.dev_bus_addr;
    return op.status;
}

static int unmap_at(grant_handle_t which, uint64_t host_addr, uint64_t dev_bus_addr)
{
    struct gnttab_unmap_grant_ref op = {
        .host_addr = host_addr, .dev_bus_addr = dev_bus_addr, .handle = which, .status = 77};

    CHECK_EQ(world_call(GNTTABOP_unmap_grant_ref, &op, sizeof(op), 1), 0);
    return op.status;
}

static uint16_t used_bits(unsigned int domain, grant_ref_t ref)
{
    return world_entry(domain, ref)->flags & (GTF_reading | GTF_writing);
}

/* References to a page besides its owner's own; and of those that may write. */
static uint64_t users(unsigned int domain, unsigned int page)
{
    return (mfn_to_page(world_mfn(domain, page))->count & FRAME_COUNT_MASK) - 1;
}

static uint64_t writers(unsigned int domain, unsigned int page)
{
    return mfn_to_page(world_mfn(domain, page))->type & TYPE_COUNT_MASK;
}

static void maps_and_unmaps(void)
{
    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_okay);
    CHECK_EQ(world_slots(0)[0].mfn, world_mfn(1, 3));
    CHECK(world_slots(0)[0].writable);
    CHECK_EQ(bus_address, world_mfn(1, 3) << PAGE_SHIFT);
    CHECK_EQ(used_bits(1, 8), GTF_reading | GTF_writing);
    CHECK_EQ(users(1, 3), 1);
    CHECK_EQ(writers(1, 3), 1);
    CHECK_EQ(unmap_at(handle, SLOT_VA(0), 0), GNTST_okay);
    CHECK_EQ(world_flushes, 1);
    CHECK_EQ(world_slots(0)[0].mfn, 0);
    CHECK_EQ(used_bits(1, 8), 0);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(writers(1, 3), 0);
    CHECK_EQ(world_end(), 0);
}

static void readonly_takes_no_write_access(void)
{
    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access | GTF_readonly);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_general_error);
    CHECK_EQ(used_bits(1, 8), 0);
    CHECK_EQ(map(1, 8, 0, RO), GNTST_okay);
    CHECK(!world_slots(0)[0].writable);
    CHECK_EQ(used_bits(1, 8), GTF_reading);
    CHECK_EQ(writers(1, 3), 0);
    CHECK_EQ(map(1, 8, 1, RW), GNTST_general_error); /* not by way of an older use, either */
    CHECK_EQ(used_bits(1, 8), GTF_reading);
    CHECK_EQ(unmap_at(handle, SLOT_VA(1), 0), GNTST_bad_handle);
    CHECK_EQ(world_end(), 0);
}

static void refuses_what_was_not_granted(void)
{
    world_begin();
    CHECK_EQ(map(1, 8, 0, RW), GNTST_general_error); /* nothing there */
    world_grant(1, 8, 2, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_general_error); /* for somebody else */
    world_grant(1, 8, 0, 3, GTF_accept_transfer);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_general_error);
    world_grant(1, 8, 0, 3, GTF_transitive);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_general_error);
    world_grant(1, 8, 0, 3, GTF_permit_access | GTF_sub_page);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_general_error);
    CHECK_EQ(map(1, 512, 0, RW), GNTST_bad_gntref); /* in a frame that is not there yet */
    CHECK_EQ(map(1, UINT32_MAX, 0, RW), GNTST_bad_gntref);
    CHECK_EQ(map(7, 8, 0, RW), GNTST_bad_domain);
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_device_map | GNTMAP_host_map | GNTMAP_contains_pte), GNTST_okay);
    CHECK_EQ(users(1, 3), 2);
    CHECK_EQ(world_end(), 0);
}

/* A granter that names frames which it does not have, or must not be written to. */
static void refuses_frames_that_are_not_the_granters(void)
{
    struct page_info *table;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    world_entry(1, 8)->frame = (uint32_t)world_mfn(2, 0);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_bad_page);
    world_entry(1, 8)->frame = UINT32_MAX;
    CHECK_EQ(map(1, 8, 0, RW), GNTST_bad_page);
    world_entry(1, 8)->frame = (uint32_t)frames_free_count(); /* free */
    CHECK_EQ(map(1, 8, 0, RO), GNTST_bad_page);
    CHECK_EQ(used_bits(1, 8), 0); /* no mark is left behind */

    table = mfn_to_page(world_mfn(1, 4));
    CHECK(frame_get(table, world_domain(1)));
    CHECK_EQ(frame_type_get(table, TYPE_L1), 0);
    world_grant(1, 9, 0, 4, GTF_permit_access);
    CHECK_EQ(map(1, 9, 0, RW), GNTST_permission_denied);
    CHECK_EQ(used_bits(1, 9), 0);
    CHECK_EQ(users(1, 4), 1); /* the test's own */
    CHECK_EQ(map(1, 9, 0, RO), GNTST_okay);
    frame_put_and_type(table);
    CHECK_EQ(world_end(), 0);
}

static void a_place_that_can_not_be_mapped(void)
{
    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, WORLD_SLOTS, RW), GNTST_bad_virt_addr);
    CHECK_EQ(used_bits(1, 8), 0);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(map(1, 8, WORLD_SLOTS, GNTMAP_device_map | GNTMAP_host_map), GNTST_bad_virt_addr);
    CHECK_EQ(users(1, 3), 0); /* not half of it, either */
    CHECK_EQ(writers(1, 3), 0);
    CHECK_EQ(world_end(), 0);
}

/* As long as the entry is in use, it means the page that it meant at first. */
static void a_used_entry_can_not_be_turned(void)
{
    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, RO), GNTST_okay);
    world_grant(1, 8, 0, 4, GTF_permit_access | GTF_reading);
    CHECK_EQ(map(1, 8, 1, RW), GNTST_okay);
    CHECK_EQ(world_slots(0)[1].mfn, world_mfn(1, 3));
    world_grant(1, 8, 2, 4, GTF_permit_access);
    world_run_as(2);
    CHECK_EQ(map(1, 8, 0, RO), GNTST_general_error); /* one user at a time */
    CHECK_EQ(world_end(), 0);
}

static void bits_go_with_the_last_user_of_their_kind(void)
{
    grant_handle_t first, second, third;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, RO), GNTST_okay);
    first = handle;
    CHECK_EQ(used_bits(1, 8), GTF_reading);
    CHECK_EQ(map(1, 8, 1, RW), GNTST_okay);
    second = handle;
    CHECK_EQ(map(1, 8, 2, RW | GNTMAP_contains_pte), GNTST_okay);
    third = handle;
    CHECK_EQ(users(1, 3), 3);
    CHECK_EQ(unmap_at(second, SLOT_VA(1), 0), GNTST_okay);
    CHECK_EQ(used_bits(1, 8), GTF_reading | GTF_writing);
    CHECK_EQ(unmap_at(third, SLOT_MACHINE(2), 0), GNTST_okay);
    CHECK_EQ(used_bits(1, 8), GTF_reading);
    CHECK_EQ(unmap_at(first, SLOT_VA(0), 0), GNTST_okay);
    CHECK_EQ(used_bits(1, 8), 0);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(world_end(), 0);
}

static void wrong_handles_and_addresses(void)
{
    grant_handle_t good;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(unmap_at(0, SLOT_VA(0), 0), GNTST_bad_handle); /* none was ever given out */
    CHECK_EQ(map(1, 8, 0, RW), GNTST_okay);
    good = handle;
    CHECK_EQ(unmap_at(good + 1, SLOT_VA(0), 0), GNTST_bad_handle);
    CHECK_EQ(unmap_at(UINT32_MAX, SLOT_VA(0), 0), GNTST_bad_handle);
    CHECK_EQ(unmap_at(good, SLOT_VA(1), 0), GNTST_general_error); /* another entry */
    CHECK_EQ(unmap_at(good, 5, 0), GNTST_bad_virt_addr);
    CHECK_EQ(unmap_at(good, 0, 0), GNTST_okay);   /* asks for nothing */
    CHECK_EQ(unmap_at(good, 0, 123), GNTST_okay); /* which it was not mapped for */
    CHECK_EQ(users(1, 3), 1);
    world_run_as(2);
    CHECK_EQ(unmap_at(good, SLOT_VA(0), 0), GNTST_bad_handle); /* another's handle */
    world_run_as(0);
    CHECK_EQ(unmap_at(good, SLOT_VA(0), 0), GNTST_okay);
    CHECK_EQ(unmap_at(good, SLOT_VA(0), 0), GNTST_bad_handle);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(world_end(), 0);
}

static void host_and_device_go_one_by_one(void)
{
    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_device_map | GNTMAP_host_map), GNTST_okay);
    CHECK_EQ(bus_address, world_mfn(1, 3) << PAGE_SHIFT);
    CHECK_EQ(unmap_at(handle, SLOT_VA(0), bus_address + PAGE_SIZE), GNTST_general_error);
    CHECK_EQ(world_slots(0)[0].mfn, world_mfn(1, 3)); /* nothing was done */
    CHECK_EQ(unmap_at(handle, SLOT_VA(0), 0), GNTST_okay);
    CHECK_EQ(users(1, 3), 1);
    CHECK_EQ(used_bits(1, 8), GTF_reading | GTF_writing);
    CHECK_EQ(unmap_at(handle, SLOT_VA(0), 0), GNTST_okay); /* already so */
    CHECK_EQ(users(1, 3), 1);
    CHECK_EQ(unmap_at(handle, 0, bus_address), GNTST_okay);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(used_bits(1, 8), 0);
    CHECK_EQ(unmap_at(handle, 0, bus_address), GNTST_bad_handle);
    CHECK_EQ(map(1, 8, 0, GNTMAP_device_map), GNTST_okay);
    CHECK_EQ(world_slots(0)[0].mfn, 0);
    CHECK_EQ(unmap_at(handle, SLOT_VA(0), bus_address), GNTST_okay);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(world_end(), 0);
}

static void a_batch_has_one_flush_and_no_double_unmapping(void)
{
    struct gnttab_unmap_grant_ref ops[4] = {0};

    world_begin();
    for (unsigned int i = 0; i < 3; i++) {
        world_grant(1, 8 + i, 0, i, GTF_permit_access);
        CHECK_EQ(map(1, 8 + i, i, RW), GNTST_okay);
        ops[i] = (struct gnttab_unmap_grant_ref){.host_addr = SLOT_VA(i), .handle = handle};
    }
    ops[3] = ops[2];
    CHECK_EQ(world_call(GNTTABOP_unmap_grant_ref, ops, sizeof(ops[0]), 4), 0);
    CHECK_EQ(ops[0].status, GNTST_okay);
    CHECK_EQ(ops[2].status, GNTST_okay);
    CHECK_EQ(ops[3].status, GNTST_bad_handle);
    CHECK_EQ(world_flushes, 1);
    CHECK_EQ(users(1, 2), 0);
    CHECK_EQ(world_end(), 0);
}

static void replaces_the_mapping_by_another(void)
{
    struct gnttab_unmap_and_replace op = {
        .host_addr = SLOT_VA(0), .new_addr = SLOT_VA(5), .status = 77};
    struct page_info *own;

    world_begin();
    own = frame_get_mfn(world_mfn(0, 2), world_domain(0));
    CHECK(own != NULL && !frame_type_get(own, TYPE_WRITABLE));
    world_slots(0)[5] = (struct slot){world_mfn(0, 2), true};
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, RW), GNTST_okay);
    op.handle = handle;
    CHECK_EQ(world_call(GNTTABOP_unmap_and_replace, &op, sizeof(op), 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK_EQ(world_slots(0)[0].mfn, world_mfn(0, 2));
    CHECK_EQ(world_slots(0)[5].mfn, 0);
    CHECK_EQ(users(1, 3), 0);
    CHECK_EQ(users(0, 2), 1);
    CHECK_EQ(world_end(), 0);
}

static void runs_out_of_handles(void)
{
    unsigned int mapped = 0;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    while (map(1, 8, 0, GNTMAP_device_map) == GNTST_okay && mapped < 1000)
        mapped++;
    CHECK_EQ(mapped, 256); /* one page of them */
    CHECK_EQ(map(1, 8, 0, GNTMAP_device_map), GNTST_no_space);
    CHECK_EQ(users(1, 3), 256);
    CHECK_EQ(unmap_at(17, 0, world_mfn(1, 3) << PAGE_SHIFT), GNTST_okay);
    CHECK_EQ(map(1, 8, 0, GNTMAP_device_map), GNTST_okay);
    CHECK_EQ(handle, 17);
    CHECK_EQ(world_end(), 0);
}

static void own_pages_too(void)
{
    world_begin();
    world_grant(0, 8, 0, 1, GTF_permit_access);
    CHECK_EQ(map(0, 8, 0, RW), GNTST_okay);
    CHECK_EQ(users(0, 1), 1);
    CHECK_EQ(world_end(), 0);
}

int main(void)
{
    RUN(maps_and_unmaps);
    RUN(readonly_takes_no_write_access);
    RUN(refuses_what_was_not_granted);
    RUN(refuses_frames_that_are_not_the_granters);
    RUN(a_place_that_can_not_be_mapped);
    RUN(a_used_entry_can_not_be_turned);
    RUN(bits_go_with_the_last_user_of_their_kind);
    RUN(wrong_handles_and_addresses);
    RUN(host_and_device_go_one_by_one);
    RUN(a_batch_has_one_flush_and_no_double_unmapping);
    RUN(replaces_the_mapping_by_another);
    RUN(runs_out_of_handles);
    RUN(own_pages_too);
    return check_done();
}
