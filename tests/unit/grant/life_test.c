/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains that die while they have mapped, or have been mapped. */
#include "check.h"

#include "world.h"

static int map(unsigned int from, grant_ref_t ref, unsigned int slot, uint32_t flags,
               grant_handle_t *handle)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = SLOT_VA(slot), .flags = flags, .ref = ref, .dom = (domid_t)(from + 1)};

    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, &op, sizeof(op), 1), 0);
    *handle = op.handle;
    return op.status;
}

static int unmap(grant_handle_t handle, unsigned int slot)
{
    struct gnttab_unmap_grant_ref op = {.host_addr = SLOT_VA(slot), .handle = handle};

    CHECK_EQ(world_call(GNTTABOP_unmap_grant_ref, &op, sizeof(op), 1), 0);
    return op.status;
}

static void the_mapper_dies(void)
{
    grant_handle_t handle;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    world_grant(1, 9, 0, 4, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_host_map, &handle), GNTST_okay);
    CHECK_EQ(map(1, 9, 1, GNTMAP_host_map | GNTMAP_device_map | GNTMAP_readonly, &handle),
             GNTST_okay);
    CHECK_EQ(map(1, 9, 2, GNTMAP_device_map, &handle), GNTST_okay);
    world_kill(0);
    CHECK(world_gone[0]);
    CHECK_EQ(world_entry(1, 8)->flags, GTF_permit_access); /* the granter can tell */
    CHECK_EQ(world_entry(1, 9)->flags, GTF_permit_access);
    CHECK_EQ(mfn_to_page(world_mfn(1, 3))->count & FRAME_COUNT_MASK, 1);
    CHECK_EQ(mfn_to_page(world_mfn(1, 3))->type & TYPE_COUNT_MASK, 0);
    CHECK_EQ(mfn_to_page(world_mfn(1, 4))->count & FRAME_COUNT_MASK, 1);
    CHECK_EQ(world_end(), 0);
}

static void the_granter_dies(void)
{
    grant_handle_t handle, other;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    world_grant(1, 9, 0, 4, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_host_map, &handle), GNTST_okay);
    world_kill(1);
    CHECK(!world_gone[1]);
    /* The page is as it was, and not given to anybody else. */
    CHECK_EQ(*(unsigned char *)mfn_to_virt(world_mfn(1, 3)), 0x23);
    CHECK(page_owner(mfn_to_page(world_mfn(1, 3))) == world_domain(1));
    /* The other one was not in use: it is gone, and can't be had any more. */
    CHECK_EQ(*(unsigned char *)mfn_to_virt(world_mfn(1, 4)), 0xa5);
    CHECK_EQ(map(1, 9, 1, GNTMAP_host_map, &other), GNTST_bad_domain);
    CHECK_EQ(map(1, 8, 1, GNTMAP_host_map, &other), GNTST_bad_domain);
    CHECK_EQ(unmap(handle, 0), GNTST_okay);
    CHECK(world_gone[1]);
    CHECK_EQ(*(unsigned char *)mfn_to_virt(world_mfn(1, 3)), 0xa5);
    CHECK_EQ(unmap(handle, 0), GNTST_bad_handle);
    CHECK_EQ(world_end(), 0);
}

/* A device mapping alone keeps the page and the domain, too. */
static void the_granter_of_a_device_mapping_dies(void)
{
    struct gnttab_unmap_grant_ref op = {0};
    grant_handle_t handle;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_device_map, &handle), GNTST_okay);
    world_kill(1);
    CHECK(!world_gone[1]);
    CHECK_EQ(*(unsigned char *)mfn_to_virt(world_mfn(1, 3)), 0x23);
    op.dev_bus_addr = world_mfn(1, 3) << PAGE_SHIFT;
    op.handle = handle;
    CHECK_EQ(world_call(GNTTABOP_unmap_grant_ref, &op, sizeof(op), 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK(world_gone[1]);
    CHECK_EQ(world_end(), 0);
}

static void both_die(void)
{
    grant_handle_t handle;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    world_grant(0, 8, 1, 3, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_host_map | GNTMAP_device_map, &handle), GNTST_okay);
    world_run_as(1);
    CHECK_EQ(map(0, 8, 0, GNTMAP_host_map, &handle), GNTST_okay);
    world_kill(0);
    CHECK(!world_gone[0]); /* its page is still mapped */
    CHECK_EQ(world_entry(1, 8)->flags, GTF_permit_access);
    world_kill(1);
    CHECK(world_gone[0]);
    CHECK(world_gone[1]);
    CHECK_EQ(world_end(), 0);
}

static void a_grant_of_its_own_keeps_nobody(void)
{
    grant_handle_t handle;

    world_begin();
    world_grant(0, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(map(0, 8, 0, GNTMAP_host_map | GNTMAP_device_map, &handle), GNTST_okay);
    world_kill(0);
    CHECK(world_gone[0]);
    CHECK_EQ(world_end(), 0);
}

static void releasing_is_done_in_parts(void)
{
    struct gnttab_map_grant_ref ops[200] = {0};
    unsigned int rounds = 0;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    for (unsigned int i = 0; i < 200; i++)
        ops[i] = (struct gnttab_map_grant_ref){.flags = GNTMAP_device_map, .ref = 8, .dom = 2};
    CHECK_EQ(world_call(GNTTABOP_map_grant_ref, ops, sizeof(ops[0]), 200), 0);
    CHECK_EQ(ops[199].status, GNTST_okay);
    world_should_yield = true;
    grant_table_close(world_domain(0));
    while (grant_table_release_mappings(world_domain(0)) == -XEN_ERESTART && rounds < 1000)
        rounds++;
    CHECK(rounds > 0);
    CHECK(rounds < 1000);
    CHECK_EQ(mfn_to_page(world_mfn(1, 3))->count & FRAME_COUNT_MASK, 1);
    CHECK_EQ(world_entry(1, 8)->flags, GTF_permit_access);
    CHECK_EQ(world_end(), 0);
}

static uint64_t written[4];
static unsigned int nr_written;

static void note(struct domain *d, uint64_t mfn)
{
    CHECK(d == world_domain(1));
    if (nr_written < 4)
        written[nr_written++] = mfn;
}

/* Who copies the granter away is told of what others may write to, as long as they may. */
static void what_is_mapped_writable_is_told(void)
{
    grant_handle_t handle, other;
    struct guest_ops ops;

    world_begin();
    ops = *world_domain(1)->ops;
    ops.frame_written = note;
    world_domain(1)->ops = &ops;
    world_grant(1, 8, 0, 3, GTF_permit_access);
    world_grant(1, 9, 0, 4, GTF_permit_access);
    CHECK_EQ(map(1, 8, 0, GNTMAP_host_map, &handle), GNTST_okay);
    CHECK_EQ(map(1, 9, 1, GNTMAP_host_map | GNTMAP_readonly, &other), GNTST_okay);
    nr_written = 0;
    grant_table_tell_written(world_domain(1));
    grant_table_tell_written(world_domain(1));
    CHECK(nr_written == 2 && written[0] == world_mfn(1, 3) && written[1] == written[0]);
    CHECK_EQ(unmap(handle, 0), GNTST_okay);
    nr_written = 0;
    grant_table_tell_written(world_domain(1));
    CHECK_EQ(nr_written, 0);
    CHECK_EQ(unmap(other, 1), GNTST_okay);
    CHECK_EQ(world_end(), 0);
}

int main(void)
{
    RUN(the_mapper_dies);
    RUN(the_granter_dies);
    RUN(the_granter_of_a_device_mapping_dies);
    RUN(both_die);
    RUN(a_grant_of_its_own_keeps_nobody);
    RUN(releasing_is_done_in_parts);
    RUN(what_is_mapped_writable_is_told);
    return check_done();
}
