/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that are written to, for who copies a guest away: by the guest's CPU, by others. */
#include "check.h"

#include "dm_op_world.h"

#include "domain/grant_table.h"

#include "hypercall/domctl-private.h"

#define CHECK_END() CHECK_EQ(dm_world_end(), 0)
#define BITMAP      (CALLER_ADDRESS + 1024)
#define PAGES       (FIRST_PAGE + RAM_PAGES + 10) /* with holes before and behind them */

static uint32_t found;
static uint64_t mapped; /* by a back end: the guest's number; 0: none */

void grant_table_tell_written(struct domain *d)
{
    if (mapped)
        hvm_gfn_written(d, mapped);
}

static long call(uint32_t what)
{
    struct xen_domctl_shadow_op op = {.op = what, .pages = PAGES};
    long result;

    op.dirty_bitmap.p = (uint8_t *)BITMAP;
    result = domctl_log_dirty(&world_guest, &op);
    found = op.stats.dirty_count;
    return result;
}

static bool noted(uint64_t gfn)
{
    return caller_memory[BITMAP - CALLER_ADDRESS + gfn / 8] >> gfn % 8 & 1;
}

/* All pages have been looked at once, and are clean. */
static void begin(void)
{
    dm_world_begin();
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
}

static void it_has_to_be_on(void)
{
    dm_world_begin();
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_EINVAL);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), -XEN_EINVAL);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_PEEK), -XEN_EOPNOTSUPP);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_EINVAL);
    CHECK_END();
}

static void all_that_is_there_is_new_at_first(void)
{
    dm_world_begin();
    memset(caller_memory, 0xa5, sizeof(caller_memory));
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(found, RAM_PAGES);
    for (uint64_t gfn = 0; gfn < PAGES; gfn++)
        CHECK_EQ(noted(gfn), gfn >= FIRST_PAGE && gfn < FIRST_PAGE + RAM_PAGES);
    CHECK_EQ(caller_memory[BITMAP - CALLER_ADDRESS + (PAGES + 7) / 8], 0xa5);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(found, 0);
    CHECK_END();
}

static void writes_are_noted_once(void)
{
    unsigned int flushed;

    begin();
    hvm_gfn_written(&world_guest, FIRST_PAGE + 3);
    hvm_gfn_written(&world_guest, FIRST_PAGE + RAM_PAGES - 1);
    hvm_gfn_written(&world_guest, FIRST_PAGE + RAM_PAGES); /* nothing is there */
    hvm_gfn_written(&world_guest, ~0ULL);
    flushed = flushes;
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK(found == 2 && noted(FIRST_PAGE + 3) && noted(FIRST_PAGE + RAM_PAGES - 1));
    CHECK(!noted(FIRST_PAGE + RAM_PAGES));
    CHECK_EQ(flushes, flushed + 1);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(found, 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    hvm_gfn_written(&world_guest, FIRST_PAGE + 3); /* nobody asks */
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(found, 0);
    CHECK_END();
}

static void what_a_back_end_has_mapped_is_written_to(void)
{
    begin();
    mapped = FIRST_PAGE + 5;
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK(found == 1 && noted(FIRST_PAGE + 5));
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(found, 1);
    mapped = 0;
    CHECK_END();
}

static void a_long_look_goes_on_where_it_was(void)
{
    begin();
    hvm_gfn_written(&world_guest, FIRST_PAGE);
    hvm_gfn_written(&world_guest, FIRST_PAGE + 200);
    yields_after = 5;
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_ERESTART);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK(found == 2 && noted(FIRST_PAGE) && noted(FIRST_PAGE + 200));
    CHECK_END();
}

/* Once nobody asks any more, pages are in one piece again. */
static void what_was_split_is_joined(void)
{
    struct xen_domctl_shadow_op op = {.op = XEN_DOMCTL_SHADOW_OP_CLEAN, .pages = 0x1000};
    struct p2m *p2m = &world_guest.hvm->p2m;
    uint64_t tables, free;

    dm_world_begin();
    for (unsigned int i = 2; i < 6; i++)
        CHECK_EQ(p2m_map(p2m, i << 9, 0x1000 + (i << 9), 9, P2M_RAM), 0);
    tables = p2m->tables;
    free = frames_free_count();
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(domctl_log_dirty(&world_guest, &op), 0);
    CHECK_EQ(p2m->tables, tables + 4);
    flushes = 0;
    yields_after = 5;
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_OFF), -XEN_ERESTART);
    CHECK(p2m->tables > tables && p2m->tables < tables + 4);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK(p2m->tables == tables && flushes == 2);
    CHECK(frames_free_count() == free && free_at_flush < free); /* first the flush */
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK_EQ(flushes, 2);
    CHECK_END();
}

static void a_bitmap_that_is_not_there_is_an_error(void)
{
    struct xen_domctl_shadow_op op = {.op = XEN_DOMCTL_SHADOW_OP_CLEAN, .pages = PAGES};

    begin();
    op.dirty_bitmap.p = (uint8_t *)0x100;
    CHECK_EQ(domctl_log_dirty(&world_guest, &op), -XEN_EFAULT);
    op.pages = P2M_GFN_LIMIT + 1;
    CHECK_EQ(domctl_log_dirty(&world_guest, &op), -XEN_EINVAL);
    hvm_gfn_written(&world_guest, FIRST_PAGE);
    op.dirty_bitmap.p = NULL; /* only to forget */
    op.pages = PAGES;
    CHECK_EQ(domctl_log_dirty(&world_guest, &op), 0);
    CHECK_EQ(op.stats.dirty_count, 1);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(found, 0);
    CHECK_END();
}

static void a_device_model_tells_what_it_wrote(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_modified_memory, .u.modified_memory.nr_extents = 2};
    struct xen_dm_op_modified_memory_extent *extents;
    struct xen_dm_op screen = {.op = XEN_DMOP_track_dirty_vram,
                               .u.track_dirty_vram = {.nr = 8, .first_pfn = FIRST_PAGE}};

    begin();
    extents = (void *)dm_data();
    extents[0] = (struct xen_dm_op_modified_memory_extent){.nr = 3, .first_pfn = FIRST_PAGE + 10};
    extents[1] = (struct xen_dm_op_modified_memory_extent){.nr = 1, .first_pfn = FIRST_PAGE + 99};
    CHECK_EQ(dm_call(&op, sizeof(op), 2 * sizeof(*extents)), 0);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK(found == 4 && noted(FIRST_PAGE + 12) && noted(FIRST_PAGE + 99));
    extents[1].nr = ~0U;
    CHECK_EQ(dm_call(&op, sizeof(op), 2 * sizeof(*extents)), -XEN_EINVAL);
    extents[1] = (struct xen_dm_op_modified_memory_extent){.nr = 2, .first_pfn = ~0ULL};
    CHECK_EQ(dm_call(&op, sizeof(op), 2 * sizeof(*extents)), -XEN_EINVAL);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);

    /* It does not get to know what is noted for another. */
    hvm_gfn_written(&world_guest, FIRST_PAGE + 2);
    CHECK_EQ(dm_call(&screen, sizeof(screen), 1), 0);
    CHECK_EQ(dm_data()[0], 0xff);
    CHECK_EQ(call(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK(found == 1 && noted(FIRST_PAGE + 2));
    CHECK_END();
}

int main(void)
{
    RUN(it_has_to_be_on);
    RUN(all_that_is_there_is_new_at_first);
    RUN(writes_are_noted_once);
    RUN(what_a_back_end_has_mapped_is_written_to);
    RUN(a_long_look_goes_on_where_it_was);
    RUN(what_was_split_is_joined);
    RUN(a_bitmap_that_is_not_there_is_an_error);
    RUN(a_device_model_tells_what_it_wrote);
    return check_done();
}
