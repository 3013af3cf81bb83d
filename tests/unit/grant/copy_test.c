/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying to and from granted pages: which bytes, whose pages, and that no use is left over. */
#include "check.h"

#include "world.h"

/* A copy of 16 bytes from the current domain's page 0 to what ref 8 of domain index 1 grants. */
static struct gnttab_copy to_grant(void)
{
    return (struct gnttab_copy){
        .source = {.u.gmfn = world_mfn(0, 0), .domid = DOMID_SELF, .offset = 100},
        .dest = {.u.ref = 8, .domid = 2, .offset = 200},
        .len = 16,
        .flags = GNTCOPY_dest_gref,
        .status = 77,
    };
}

static struct gnttab_copy from_grant(void)
{
    return (struct gnttab_copy){
        .source = {.u.ref = 8, .domid = 2, .offset = 200},
        .dest = {.u.gmfn = world_mfn(0, 0), .domid = DOMID_SELF, .offset = 100},
        .len = 16,
        .flags = GNTCOPY_source_gref,
        .status = 77,
    };
}

static int copy(struct gnttab_copy op)
{
    CHECK_EQ(world_call(GNTTABOP_copy, &op, sizeof(op), 1), 0);
    return op.status;
}

static unsigned char *bytes(unsigned int domain, unsigned int page)
{
    return mfn_to_virt(world_mfn(domain, page));
}

/* Is the page, but for `len` bytes at `at`, filled with what it was at first? */
static bool rest_untouched(unsigned int domain, unsigned int page, unsigned int at,
                           unsigned int len)
{
    for (unsigned int i = 0; i < PAGE_SIZE; i++)
        if ((i < at || i >= at + len) && bytes(domain, page)[i] != 0x10 * (domain + 1) + page)
            return false;
    return true;
}

static void nothing_is_in_use(void)
{
    CHECK_EQ(world_entry(1, 8)->flags & (GTF_reading | GTF_writing), 0);
    for (unsigned int d = 0; d < WORLD_DOMAINS; d++) {
        for (unsigned int i = 0; i < WORLD_PAGES; i++) {
            CHECK_EQ(mfn_to_page(world_mfn(d, i))->count & FRAME_COUNT_MASK, 1);
            CHECK_EQ(mfn_to_page(world_mfn(d, i))->type & TYPE_COUNT_MASK, 0);
        }
    }
    CHECK_EQ(world_domain(1)->refs, world_domain(2)->refs);
}

static void copies_there_and_back(void)
{
    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(copy(to_grant()), GNTST_okay);
    CHECK_EQ(bytes(1, 3)[200], 0x10);
    CHECK_EQ(bytes(1, 3)[215], 0x10);
    CHECK(rest_untouched(1, 3, 200, 16));
    bytes(1, 3)[207] = 0x99;
    CHECK_EQ(copy(from_grant()), GNTST_okay);
    CHECK_EQ(bytes(0, 0)[107], 0x99);
    CHECK(rest_untouched(0, 0, 107, 1));
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

static void between_two_granted_pages(void)
{
    struct gnttab_copy op = from_grant();

    world_begin();
    op = from_grant();
    world_grant(1, 8, 0, 3, GTF_permit_access | GTF_readonly);
    world_grant(2, 9, 0, 5, GTF_permit_access);
    op.dest = (struct gnttab_copy_ptr){.u.ref = 9, .domid = 3, .offset = 4080};
    op.flags |= GNTCOPY_dest_gref;
    CHECK_EQ(copy(op), GNTST_okay);
    CHECK_EQ(bytes(2, 5)[4080], 0x23);
    CHECK_EQ(bytes(2, 5)[4095], 0x23);
    CHECK(rest_untouched(2, 5, 4080, 16));
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

static void stays_inside_the_page(void)
{
    static const struct {
        uint16_t offset, len;
        int status;
    } cases[] = {
        {0, 4096, GNTST_okay},          {4096, 0, GNTST_okay},
        {4095, 1, GNTST_okay},          {4095, 2, GNTST_bad_copy_arg},
        {1, 4096, GNTST_bad_copy_arg},  {0, 4097, GNTST_bad_copy_arg},
        {4097, 0, GNTST_bad_copy_arg},  {65535, 65535, GNTST_bad_copy_arg},
        {65535, 1, GNTST_bad_copy_arg}, {1, 65535, GNTST_bad_copy_arg},
    };
    struct gnttab_copy op;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        op = to_grant();
        op.source.offset = 0;
        op.len = cases[i].len;
        op.dest.offset = cases[i].offset;
        CHECK_EQ(copy(op), cases[i].status);
        op.source.offset = cases[i].offset;
        op.dest.offset = 0;
        CHECK_EQ(copy(op), cases[i].status);
    }
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

static void asks_who_may(void)
{
    struct gnttab_copy op;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access | GTF_readonly);
    CHECK_EQ(copy(to_grant()), GNTST_general_error);
    CHECK(rest_untouched(1, 3, 0, 0));
    CHECK_EQ(copy(from_grant()), GNTST_okay);
    world_grant(1, 8, 2, 3, GTF_permit_access);
    CHECK_EQ(copy(from_grant()), GNTST_general_error);

    op = to_grant(); /* by number, only one's own */
    op.flags = 0;
    op.dest = (struct gnttab_copy_ptr){.u.gmfn = world_mfn(1, 3), .domid = 2};
    CHECK_EQ(copy(op), GNTST_permission_denied);
    op.dest.domid = DOMID_SELF;
    CHECK_EQ(copy(op), GNTST_bad_page);
    op.dest.u.gmfn = ~0UL;
    CHECK_EQ(copy(op), GNTST_bad_page);
    op.dest.u.gmfn = world_mfn(0, 5);
    CHECK_EQ(copy(op), GNTST_okay);
    op.flags = GNTCOPY_dest_gref;
    op.dest = (struct gnttab_copy_ptr){.u.ref = 8, .domid = 99};
    CHECK_EQ(copy(op), GNTST_bad_domain);
    op.dest = (struct gnttab_copy_ptr){.u.ref = 100000, .domid = 2};
    CHECK_EQ(copy(op), GNTST_bad_gntref);
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

/* A page table must not be written to behind the validation's back. */
static void does_not_write_page_tables(void)
{
    struct page_info *table;

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    table = frame_get_mfn(world_mfn(1, 3), world_domain(1));
    CHECK(table != NULL && !frame_type_get(table, TYPE_L1));
    CHECK_EQ(copy(to_grant()), GNTST_permission_denied);
    CHECK(rest_untouched(1, 3, 0, 0));
    CHECK_EQ(copy(from_grant()), GNTST_okay);
    frame_put_and_type(table);

    table = frame_get_mfn(world_mfn(0, 0), world_domain(0));
    CHECK(table != NULL && !frame_type_get(table, TYPE_L4));
    CHECK_EQ(copy(from_grant()), GNTST_permission_denied);
    frame_put_and_type(table);
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

static void a_failed_element_does_not_stop_the_others(void)
{
    struct gnttab_copy ops[3];

    world_begin();
    world_grant(1, 8, 0, 3, GTF_permit_access);
    ops[0] = ops[1] = ops[2] = to_grant();
    ops[1].len = 5000;
    CHECK_EQ(world_call(GNTTABOP_copy, ops, sizeof(ops[0]), 3), 0);
    CHECK_EQ(ops[0].status, GNTST_okay);
    CHECK_EQ(ops[1].status, GNTST_bad_copy_arg);
    CHECK_EQ(ops[2].status, GNTST_okay);
    CHECK_EQ(world_call(GNTTABOP_copy, ops, sizeof(ops[0]), 0), 0); /* the probe of tools */
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

/* A granter whose frame number 0x500 is its page 3; the entry in use is not moved by its map. */
static uint64_t fake_gfn_page;

static struct page_info *fake_gfn_get(struct domain *d, uint64_t gfn)
{
    return gfn == 0x500 ? frame_get_mfn(fake_gfn_page, d) : NULL;
}

static void numbers_of_the_granter(void)
{
    struct guest_ops ops;

    world_begin();
    ops = *world_domain(1)->ops;
    ops.gfn_get = fake_gfn_get;
    world_domain(1)->ops = &ops;
    fake_gfn_page = world_mfn(1, 3);
    world_grant(1, 8, 0, 3, GTF_permit_access);
    CHECK_EQ(copy(to_grant()), GNTST_bad_page); /* a machine frame is no number of its */
    CHECK_EQ(world_entry(1, 8)->flags & (GTF_reading | GTF_writing), 0);
    world_entry(1, 8)->frame = 0x500;
    CHECK_EQ(copy(to_grant()), GNTST_okay);
    CHECK_EQ(bytes(1, 3)[200], 0x10);
    CHECK(rest_untouched(1, 3, 200, 16));
    nothing_is_in_use();
    CHECK_EQ(world_end(), 0);
}

int main(void)
{
    RUN(copies_there_and_back);
    RUN(numbers_of_the_granter);
    RUN(between_two_granted_pages);
    RUN(stays_inside_the_page);
    RUN(asks_who_may);
    RUN(does_not_write_page_tables);
    RUN(a_failed_element_does_not_stop_the_others);
    return check_done();
}
