/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table itself: its size and growth, versions, swapping; and the call as such. */
#include "check.h"

#include "world.h"

static void tells_and_takes_its_size(void)
{
    struct gnttab_query_size query = {.dom = DOMID_SELF};
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 2};
    uint64_t mfn[2] = {0}, same;

    world_begin();
    CHECK_EQ(world_call(GNTTABOP_query_size, &query, sizeof(query), 1), 0);
    CHECK_EQ(query.status, GNTST_okay);
    CHECK_EQ(query.nr_frames, 1);
    CHECK_EQ(query.max_nr_frames, 2);
    query.dom = 2;
    CHECK_EQ(world_call(GNTTABOP_query_size, &query, sizeof(query), 1), 0);
    CHECK_EQ(query.status, GNTST_permission_denied);

    setup.frame_list.p = (xen_pfn_t *)(GUEST_MEMORY + 4096);
    CHECK_EQ(world_call(GNTTABOP_setup_table, &setup, sizeof(setup), 1), 0);
    CHECK_EQ(setup.status, GNTST_okay);
    memcpy(mfn, guest_memory + 4096, sizeof(mfn));
    CHECK(mfn[0] && mfn[1] && mfn[0] != mfn[1]);
    CHECK(page_owner(mfn_to_page(mfn[1])) == world_domain(0));
    CHECK_EQ(grant_table_frame(world_domain(0), 1, &same), 0);
    CHECK_EQ(same, mfn[1]);
    CHECK_EQ(((unsigned char *)mfn_to_virt(mfn[1]))[0], 0);
    setup.nr_frames = 3;
    CHECK_EQ(world_call(GNTTABOP_setup_table, &setup, sizeof(setup), 1), 0);
    CHECK_EQ(setup.status, GNTST_general_error);
    setup.nr_frames = 1;
    setup.frame_list.p = (xen_pfn_t *)8;
    CHECK_EQ(world_call(GNTTABOP_setup_table, &setup, sizeof(setup), 1), -XEN_EFAULT);
    CHECK_EQ(grant_table_frame(world_domain(0), 2, &same), -XEN_EINVAL);
    CHECK_EQ(grant_table_frame(world_domain(0), UINT32_MAX, &same), -XEN_EINVAL);
    CHECK_EQ(world_end(), 0);
}

static void growing_may_fail(void)
{
    uint64_t mfn;

    world_begin();
    for (long left = 0; left < 2; left++) {
        fake_memory_left = left;
        CHECK_EQ(grant_table_grow(world_domain(0), 2), -XEN_ENOMEM);
        CHECK_EQ(grant_table_frames(world_domain(0)), 1);
    }
    fake_memory_left = -1;
    CHECK_EQ(grant_table_grow(world_domain(0), 2), 0);
    grant_table_close(world_domain(1));
    CHECK_EQ(grant_table_frame(world_domain(1), 1, &mfn), -XEN_EINVAL);
    CHECK_EQ(world_end(), 0);
}

static void making_one_may_fail(void)
{
    struct domain *d;
    long left = 0;

    world_begin();
    d = world_domain(0);
    grant_table_destroy(d);
    CHECK_EQ(grant_table_init(d, 0, 0), -XEN_EINVAL);
    CHECK_EQ(grant_table_init(d, 5000, 0), -XEN_EINVAL);
    CHECK_EQ(grant_table_init(d, 1, 20000), -XEN_EINVAL);
    do {
        fake_memory_left = left++;
    } while (grant_table_init(d, -1, -1) == -XEN_ENOMEM && left < 100);
    fake_memory_left = -1;
    CHECK(left > 5);
    CHECK(left < 100);
    CHECK_EQ(grant_table_max_frames(d), 64);
    CHECK_EQ(world_end(), 0);
}

static void version_one_only(void)
{
    struct gnttab_set_version set = {.version = 2};
    struct gnttab_get_version get = {.dom = DOMID_SELF};

    world_begin();
    CHECK_EQ(world_call(GNTTABOP_set_version, &set, sizeof(set), 1), -XEN_ENOSYS);
    CHECK_EQ(set.version, 1);
    set.version = 1;
    CHECK_EQ(world_call(GNTTABOP_set_version, &set, sizeof(set), 1), 0);
    set.version = 3;
    CHECK_EQ(world_call(GNTTABOP_set_version, &set, sizeof(set), 1), -XEN_EINVAL);
    CHECK_EQ(world_call(GNTTABOP_get_version, &get, sizeof(get), 1), 0);
    CHECK_EQ(get.version, 1);
    get.dom = 3;
    CHECK_EQ(world_call(GNTTABOP_get_version, &get, sizeof(get), 1), -XEN_EPERM);
    CHECK_EQ(world_end(), 0);
}

static void swaps_what_is_not_in_use(void)
{
    struct gnttab_swap_grant_ref swap = {.ref_a = 8, .ref_b = 9};
    struct gnttab_map_grant_ref map = {
        .host_addr = SLOT_VA(0), .flags = GNTMAP_host_map, .ref = 9, .dom = 1};

    world_begin();
    world_grant(0, 8, 1, 3, GTF_permit_access);
    CHECK_EQ(world_call(GNTTABOP_swap_grant_ref, &swap, sizeof(swap), 1), 0);
    CHECK_EQ(swap.status, GNTST_okay);
    CHECK_EQ(world_entry(0, 8)->flags, 0);
    CHECK_EQ(world_entry(0, 9)->frame, world_mfn(0, 3));
    swap.ref_b = 512;
    CHECK_EQ(world_call(GNTTABOP_swap_grant_ref, &swap, sizeof(swap), 1), 0);
    CHECK_EQ(swap.status, GNTST_bad_gntref);
    world_run_as(1);
    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &map, sizeof(map), 1), 0);
    CHECK_EQ(map.status, GNTST_okay);
    world_run_as(0);
    swap.ref_b = 9;
    CHECK_EQ(world_call(GNTTABOP_swap_grant_ref, &swap, sizeof(swap), 1), 0);
    CHECK_EQ(swap.status, GNTST_eagain);
    CHECK_EQ(world_end(), 0);
}

static void does_not_transfer(void)
{
    struct gnttab_transfer transfer = {.mfn = 5, .domid = 2, .ref = 1};

    world_begin();
    CHECK_EQ(world_call(GNTTABOP_transfer, &transfer, sizeof(transfer), 1), 0);
    CHECK_EQ(transfer.status, GNTST_general_error);
    CHECK_EQ(world_end(), 0);
}

static void unknown_and_unreadable_calls(void)
{
    char element[64] = {0};

    world_begin();
    CHECK_EQ(world_call(GNTTABOP_cache_flush, element, sizeof(element), 1), -XEN_ENOSYS);
    CHECK_EQ(world_call(13, element, sizeof(element), 0), -XEN_ENOSYS);
    CHECK_EQ(world_call(UINT32_MAX, element, sizeof(element), 0), -XEN_ENOSYS);
    for (unsigned int command = 0; command <= GNTTABOP_swap_grant_ref; command++) {
        CHECK_EQ(hypercall_grant_table_op(command, 8, 1, 0, 0), -XEN_EFAULT);
        CHECK_EQ(hypercall_grant_table_op(command, 8, 0, 0, 0), 0);
        CHECK_EQ(hypercall_grant_table_op(command, GUEST_MEMORY, UINT32_MAX, 0, 0), -XEN_EINVAL);
    }
    CHECK_EQ(world_end(), 0);
}

/* Nothing stays BUSY when the array ends in the void: what was read is unmapped. */
static void an_array_that_breaks_off(void)
{
    struct gnttab_map_grant_ref map = {
        .host_addr = SLOT_VA(0), .flags = GNTMAP_host_map, .ref = 8, .dom = 2};
    struct gnttab_unmap_grant_ref unmap = {.host_addr = SLOT_VA(0)};
    uint64_t last = GUEST_MEMORY + GUEST_MEMORY_SIZE - sizeof(unmap);

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &map, sizeof(map), 1), 0);
    unmap.handle = map.handle;
    memcpy(guest_memory + (last - GUEST_MEMORY), &unmap, sizeof(unmap));
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, last, 2, 0, 0), -XEN_EFAULT);
    CHECK_EQ(mfn_to_page(world_mfn(1, 3))->count & FRAME_COUNT_MASK, 1);
    CHECK_EQ(world_flushes, 1);
    CHECK_EQ(world_end(), 0);
}

static void goes_on_later(void)
{
    struct gnttab_copy ops[3] = {0};

    world_begin();
    world_should_yield = true;
    memcpy(guest_memory, ops, sizeof(ops));
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_copy, GUEST_MEMORY, 3, 0, 0), 1000);
    CHECK_EQ(world_again[0], __HYPERVISOR_grant_table_op);
    CHECK_EQ(world_again[1], 3);
    CHECK_EQ(world_again[2], GNTTABOP_copy);
    CHECK_EQ(world_again[3], GUEST_MEMORY + sizeof(ops[0]));
    CHECK_EQ(world_again[4], 2);
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_copy, GUEST_MEMORY, 1, 0, 0), 0);
    CHECK_EQ(world_end(), 0);
}

int main(void)
{
    RUN(tells_and_takes_its_size);
    RUN(growing_may_fail);
    RUN(making_one_may_fail);
    RUN(version_one_only);
    RUN(swaps_what_is_not_in_use);
    RUN(does_not_transfer);
    RUN(unknown_and_unreadable_calls);
    RUN(an_array_that_breaks_off);
    RUN(goes_on_later);
    return check_done();
}
