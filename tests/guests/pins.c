/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame is one thing at a time: page table of a level, descriptors, or writable. It becomes a
 * table by being pinned or referred to, once its whole content has been checked, and stays one as
 * long as it is. Whatever a guest tries that would make it two things fails with -EINVAL and
 * changes nothing. (xen/xen.h: mmuext_op) */
#include "micro.h"

#include <xen/memory.h>

/* A page that is mapped read-only and so can be a table. Its content is written before. */
static uint64_t *table_page(uint64_t first)
{
    uint64_t *table = page_alloc();

    table[0] = first;
    (void)map_readonly(table);
    return table;
}

static void check_levels(void)
{
    uint64_t *data = page_alloc();
    uint64_t *l1 = table_page(mfn_of(data) << PAGE_SHIFT | PTE_DATA);
    uint64_t *l2 = table_page(mfn_of(l1) << PAGE_SHIFT | PTE_TABLE);
    uint64_t *l3 = table_page(mfn_of(l2) << PAGE_SHIFT | PTE_TABLE);
    uint64_t *l4 = table_page(mfn_of(l3) << PAGE_SHIFT | PTE_TABLE);
    uint64_t *const tables[] = {l1, l2, l3, l4};

    expect(mmuext(MMUEXT_PIN_L4_TABLE, mfn_of(l4)), 0, "a tree is pinned by its root");
    for (unsigned int level = 1; level <= 4; level++) {
        uint64_t mfn = mfn_of(tables[level - 1]);

        for (unsigned int as = 1; as <= 4; as++)
            if (as != level)
                expect(mmuext(MMUEXT_PIN_L1_TABLE + as - 1, mfn), -XEN_EINVAL,
                       "a level-%u table can't be pinned as level %u", level, as);
        check(map_writable(tables[level - 1]) < 0, "a level-%u table can't be written to", level);
        check(mmuext(MMUEXT_CLEAR_PAGE, mfn) < 0, "nor cleared");
    }
    expect(mmuext(MMUEXT_PIN_L4_TABLE, mfn_of(l4)), -XEN_EINVAL, "it can't be pinned twice");
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(l1)), 0, "a table inside can be pinned too");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l4)), 0, "the root is unpinned");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l4)), -XEN_EINVAL, "it can't be unpinned twice");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l2)), -XEN_EINVAL, "nor what was not pinned");
    expect(map_writable(l3), 0, "what hung below is free again");
    check(map_writable(l1) < 0, "but not what is pinned itself");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l1)), 0, "until it is unpinned");
    expect(map_writable(l1), 0, "and then free as well");
}

static void check_content(void)
{
    uint64_t *data = page_alloc(), *bad, *l2;

    bad = table_page(0x200000 | PTE_DATA);
    check(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(bad)) < 0, "a table that maps the hypervisor");
    bad = page_alloc();
    bad[511] = mfn_of(bad) << PAGE_SHIFT | PTE_DATA;
    (void)map_readonly(bad);
    check(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(bad)) < 0, "a table that maps itself writable");
    expect(map_writable(bad), 0, "a refused table is an ordinary page");
    bad[511] = mfn_of(bad) << PAGE_SHIFT | PTE_READ;
    (void)map_readonly(bad);
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(bad)), 0, "a table that maps itself read-only");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(bad)), 0, "is unpinned");
    bad = page_alloc();
    bad[0] = mfn_of(data) << PAGE_SHIFT | PTE_DATA;
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(bad)), -XEN_EINVAL,
           "a table that is mapped writable");
    /* A level-1 table that fails inside a level-2 one takes that with it, and nothing stays. */
    l2 = page_alloc();
    for (unsigned int i = 0; i < 40; i++)
        l2[i] = mfn_of(table_page(mfn_of(data) << PAGE_SHIFT | PTE_DATA)) << PAGE_SHIFT | PTE_TABLE;
    l2[40] = mfn_of(table_page(0x200000 | PTE_DATA)) << PAGE_SHIFT | PTE_TABLE;
    (void)map_readonly(l2);
    check(mmuext(MMUEXT_PIN_L2_TABLE, mfn_of(l2)) < 0, "a bad table deep inside");
    expect(map_writable(va_of_mfn((l2[0] & PTE_ADDR) >> PAGE_SHIFT)), 0,
           "the good ones next to it are free again");
    expect(map_writable(l2), 0, "and so is the one above");
}

/* Tables of a level that refer to one of the same level: some hypervisors take that, none may let a
 * table be written to through it. */
static void check_loops(void)
{
    for (unsigned int level = 2; level <= 4; level++) {
        uint64_t *loop = page_alloc();
        unsigned int pin = MMUEXT_PIN_L1_TABLE + level - 1;
        long error;

        loop[1] = mfn_of(loop) << PAGE_SHIFT | PTE_TABLE;
        (void)map_readonly(loop);
        error = mmuext(pin, mfn_of(loop));
        check(error == -XEN_EINVAL || error == 0, "level %u: a table that refers to itself", level);
        if (!error)
            expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(loop)), 0, "and is unpinned");
        expect(map_writable(loop), 0, "is an ordinary page afterwards");
    }
    {
        uint64_t *one = page_alloc(), *two = page_alloc();
        long error;

        one[0] = mfn_of(two) << PAGE_SHIFT | PTE_TABLE;
        two[0] = mfn_of(one) << PAGE_SHIFT | PTE_TABLE;
        (void)map_readonly(one);
        (void)map_readonly(two);
        error = mmuext(MMUEXT_PIN_L3_TABLE, mfn_of(one));
        check(error < 0, "two tables that refer to each other");
        expect(map_writable(one), 0, "the first is an ordinary page afterwards");
        expect(map_writable(two), 0, "and the second");
    }
    {
        uint64_t root = root_mfn() << PAGE_SHIFT;
        long error = mmu_update(root + 8 * 100, root | PTE_TABLE, MMU_NORMAL_PT_UPDATE);

        check(error < 0, "the root in the root, writable or not as a table (%ld)", error);
        error = mmu_update(root + 8 * 100, root | PTE_READ, MMU_NORMAL_PT_UPDATE);
        check(error == 0 || error == -XEN_EINVAL, "the root in the root, read-only");
        expect(mmu_update(root + 8 * 100, 0, MMU_NORMAL_PT_UPDATE), 0, "can be taken away");
    }
}

static void check_roots(void)
{
    uint64_t *data = page_alloc();
    uint64_t *l1 = table_page(mfn_of(data) << PAGE_SHIFT | PTE_DATA);
    uint64_t *empty = table_page(0);
    uint64_t root = root_mfn();

    check(mmuext(MMUEXT_NEW_BASEPTR, mfn_of(data)) < 0, "a writable page is no root");
    check(mmuext(MMUEXT_NEW_BASEPTR, mfn_of(l1)) < 0, "a level-1 table is no root");
    check(mmuext(MMUEXT_NEW_BASEPTR, 0x200) < 0, "the hypervisor's frame is no root");
    check(mmuext(MMUEXT_NEW_BASEPTR, ~0UL) < 0, "there is no such root");
    check(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(data)) < 0, "a writable page is no user root");
    expect(mmuext(MMUEXT_NEW_BASEPTR, root), 0, "the root may be set again");
    expect((long)root_mfn(), (long)root, "and is the one there was");
    expect(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(empty)), 0, "an empty user root");
    check(map_writable(empty) < 0, "is a table while it is set");
    expect(mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0, "the user root is taken away");
    expect(map_writable(empty), 0, "and is a page again");
    expect(mmuext(MMUEXT_UNPIN_TABLE, root), 0, "the root in use is unpinned");
    check(map_writable(va_of_mfn(root)) < 0, "and still a table");
    expect(mmuext(MMUEXT_PIN_L4_TABLE, root), 0, "and pinned again");
}

static void check_foreign(void)
{
    uint64_t mfn = mfn_of(page_alloc());

    for (unsigned int cmd = 0; cmd < 21; cmd++) {
        if (mmuext_foreign(cmd, mfn, 0) >= 0)
            check(false, "mmuext_op %u on dom0 is refused", cmd);
        if (mmuext_foreign(cmd, mfn, DOMID_XEN) >= 0)
            check(false, "mmuext_op %u on the hypervisor is refused", cmd);
        if (mmuext_foreign(cmd, mfn, 4000) >= 0)
            check(false, "mmuext_op %u on nobody is refused", cmd);
    }
    check(true, "mmuext_op on other domains is refused");
    check(mmuext(MMUEXT_PIN_L1_TABLE, 0x1000) < 0, "another's frame can't be pinned");
    check(mmuext(MMUEXT_UNPIN_TABLE, 0x1000) < 0, "nor unpinned");
    check(mmuext(MMUEXT_CLEAR_PAGE, 0x1000) < 0, "nor cleared");
    check(mmuext(MMUEXT_PIN_L1_TABLE, ~0UL) < 0, "no frame at all can't be pinned");
    check(mmuext(MMUEXT_MARK_SUPER, mfn) < 0, "superpages are not to be had");
    check(mmuext(MMUEXT_FLUSH_CACHE, 0) < 0, "caches are flushed for owners of devices only");
    {
        struct mmuext_op copy = {.cmd = MMUEXT_COPY_PAGE, .arg1.mfn = mfn, .arg2.src_mfn = 0x1000};

        check(call4(__HYPERVISOR_mmuext_op, &copy, 1, 0, DOMID_SELF) < 0,
              "another's frame can't be copied from");
    }
}

static long give_up(uint64_t mfn)
{
    struct xen_memory_reservation list = {.nr_extents = 1, .domid = DOMID_SELF};

    list.extent_start.p = &mfn;
    return call2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &list);
}

/* A frame that is given up stays until nothing refers to it any more. */
static void check_given_up(void)
{
    uint64_t *data = page_alloc(), *mapped = page_alloc(), value;
    uint64_t *l1 = table_page(mfn_of(data) << PAGE_SHIFT | PTE_DATA);
    uint64_t mfn = mfn_of(l1), mapped_mfn = mfn_of(mapped);

    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0, "a table is pinned");
    (void)give_up(mfn);
    check(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0, "a pinned table that was given up is no new one");
    expect(try_read(l1, &value), NO_TRAP, "it is still mapped");
    expect((long)(value & PTE_ADDR), (long)(mfn_of(data) << PAGE_SHIFT),
           "and still holds what it did");
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn);
    expect(map_page(l1, 0), 0, "its last mapping goes");

    mapped[0] = 0x1122334455667788;
    (void)give_up(mapped_mfn);
    expect((long)mapped[0], 0x1122334455667788, "a page given up is there as long as it is mapped");
    expect(map_page(mapped, 0), 0, "its last mapping goes");
    check(map_page(mapped, mapped_mfn << PAGE_SHIFT | PTE_DATA) < 0, "and it is nobody's then");
    expect(give_up(mapped_mfn), 0, "it can't be given up twice");
    check(mmu_update(mapped_mfn << PAGE_SHIFT, 0, MMU_MACHPHYS_UPDATE) < 0, "nor be in the M2P");
}

static void check_copies(void)
{
    uint64_t *from = page_alloc();
    uint64_t to = spare_mfn();
    struct mmuext_op copy = {.cmd = MMUEXT_COPY_PAGE, .arg1.mfn = to, .arg2.src_mfn = mfn_of(from)};
    uint64_t *window = page_alloc();

    from[5] = 0xabcdef;
    expect(call4(__HYPERVISOR_mmuext_op, &copy, 1, 0, DOMID_SELF), 0, "a page is copied");
    (void)map_page(window, to << PAGE_SHIFT | PTE_DATA);
    expect((long)window[5], 0xabcdef, "and is the same");
    expect(mmuext(MMUEXT_CLEAR_PAGE, to), 0, "a page is cleared");
    expect((long)window[5], 0, "and is empty");
    (void)map_writable(window);
}

void micro_main(void)
{
    check_levels();
    check_content();
    check_loops();
    check_roots();
    check_foreign();
    check_given_up();
    check_copies();
}
