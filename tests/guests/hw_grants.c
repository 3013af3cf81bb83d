/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two hardware guests, of which one grants pages to the other. That one maps them in its own
 * physical memory: what it may only read, it can't write to in any way; what it may write to is
 * nothing that it could pass on; and a mapping lasts until its handle is given back, or until its
 * guest dies. (xen/grant_table.h)
 *
 * Words: from= the number of the one that grants; without it this is that one. */
#include "hw.h"

#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/version.h>

#define FRAMES     4 /* of the grant table */
#define DOMAINS    500
#define REF_WRITE  8    /* and on: to domain 0, 1, ... */
#define REF_READ   1024 /* the same, of the page that can only be read */
#define REF_OWN    8
#define MAGIC      0x6772616e746564UL
#define TOLD       0x1234
#define PATIENCE   120000000000UL
#define MOMENT     20000000UL
#define HOLE_PAGE  (HOLE >> PAGE_SHIFT)
#define AT(number) ((volatile uint64_t *)(HOLE + (number)*PAGE_SIZE))

static page_aligned grant_entry_v1_t grants[FRAMES * PAGE_SIZE / sizeof(grant_entry_v1_t)];
static domid_t granter, self;

static long add_to_physmap(unsigned int space, uint64_t index, uint64_t gpfn)
{
    struct xen_add_to_physmap op = {
        .domid = DOMID_SELF, .space = space, .idx = index, .gpfn = gpfn};

    return call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &op);
}

static void set_up(void)
{
    for (unsigned int i = 0; i < FRAMES; i++)
        expect(add_to_physmap(XENMAPSPACE_grant_table, i, ((uint64_t)grants >> PAGE_SHIFT) + i), 0,
               "frame %u of the table is there", i);
}

static void grant(grant_ref_t ref, domid_t domid, const void *page, uint16_t flags)
{
    grants[ref].domid = domid;
    grants[ref].frame = (uint32_t)((uint64_t)page >> PAGE_SHIFT);
    __atomic_store_n(&grants[ref].flags, (uint16_t)(GTF_permit_access | flags), __ATOMIC_SEQ_CST);
}

/* The one that grants. */

static unsigned int in_use(void)
{
    unsigned int count = 0;

    for (domid_t domid = 1; domid < DOMAINS; domid++) {
        count += !!(grants[REF_WRITE + domid].flags & (GTF_reading | GTF_writing));
        count += !!(grants[REF_READ + domid].flags & (GTF_reading | GTF_writing));
    }
    return count;
}

static void give(void)
{
    volatile uint64_t *written = page_alloc(), *read = page_alloc();
    uint64_t deadline = time_ns() + PATIENCE;

    written[0] = read[0] = MAGIC;
    for (domid_t domid = 1; domid < DOMAINS; domid++) {
        grant(REF_WRITE + domid, domid, (void *)written, 0);
        grant(REF_READ + domid, domid, (void *)read, GTF_readonly);
    }
    print("ready\n");
    while (written[2] != TOLD && time_ns() < deadline)
        nap(MOMENT);
    expect((long)written[2], TOLD, "the other says that it is done");
    expect((long)written[1], TOLD, "what it has written is here");
    expect((long)read[1], 0, "and nothing where it may not write");
    expect((long)read[0], (long)MAGIC, "nor has it changed anything there");
    check(in_use() == 2 || time_ns() >= deadline, "it has left two mappings");
    while (in_use() && time_ns() < deadline)
        nap(MOMENT);
    expect(in_use(), 0, "which end with it");
}

/* The one that maps. */

static long op(unsigned int command, void *arg)
{
    return call3(__HYPERVISOR_grant_table_op, command, arg, 1);
}

static int map_of(domid_t domid, grant_ref_t ref, uint64_t gfn, uint32_t flags,
                  grant_handle_t *handle)
{
    struct gnttab_map_grant_ref map = {
        .host_addr = gfn << PAGE_SHIFT, .flags = flags | GNTMAP_host_map, .ref = ref, .dom = domid};

    if (op(GNTTABOP_map_grant_ref, &map))
        return -1000;
    *handle = map.handle;
    return map.status;
}

static int unmap(uint64_t gfn, grant_handle_t handle)
{
    struct gnttab_unmap_grant_ref unmap = {.host_addr = gfn << PAGE_SHIFT, .handle = handle};

    if (op(GNTTABOP_unmap_grant_ref, &unmap))
        return -1000;
    return unmap.status;
}

/* The own number, which the toolstack does not tell: what is granted to us is found by trying. */
static void find_self(grant_handle_t *handle)
{
    for (self = 1; self < DOMAINS; self++)
        if (map_of(granter, REF_WRITE + self, HOLE_PAGE, 0, handle) == GNTST_okay)
            break;
    check(self < DOMAINS, "a page is granted, and mapped (by domain %u)", self);
}

static long mem_type(uint64_t gfn)
{
    struct xen_hvm_get_mem_type arg = {.domid = DOMID_SELF, .pfn = gfn};
    long error = call2(__HYPERVISOR_hvm_op, HVMOP_get_mem_type, &arg);

    return error ? error : arg.mem_type;
}

static long ask_version(void *where)
{
    return call2(__HYPERVISOR_xen_version, XENVER_capabilities, where);
}

static void check_writable(void)
{
    volatile domid_t *question = (void *)(HOLE + 2048);

    expect((long)AT(0)[0], (long)MAGIC, "it is that page");
    AT(0)[1] = TOLD;
    expect((long)AT(0)[1], TOLD, "it can be written to");
    expect(ask_version((void *)(HOLE + 512)), 0, "by the hypervisor, too");
    check(*(volatile char *)(HOLE + 512) != 0, "which has written there");
    *question = DOMID_SELF;
    check(call2(__HYPERVISOR_memory_op, XENMEM_current_reservation, question) > 0,
          "and reads what is there");
    expect(mem_type(HOLE_PAGE), HVMMEM_ram_rw, "it counts as memory");
}

static void check_readonly(grant_handle_t *handle)
{
    grant_handle_t other = 0;

    expect(map_of(granter, REF_READ + self, HOLE_PAGE + 1, 0, &other), GNTST_general_error,
           "what is granted for reading is not mapped for writing");
    expect(map_of(granter, REF_READ + self, HOLE_PAGE + 1, GNTMAP_readonly, handle), GNTST_okay,
           "but for reading");
    expect((long)AT(1)[0], (long)MAGIC, "it can be read");
    AT(1)[0] = 5;
    expect((long)AT(1)[0], (long)MAGIC, "what is written to it gets lost");
    __atomic_fetch_add((uint64_t *)AT(1), 1, __ATOMIC_SEQ_CST);
    expect((long)AT(1)[0], (long)MAGIC, "in one step, too");
    expect(ask_version((void *)(HOLE + PAGE_SIZE + 8)), -XEN_EFAULT,
           "the hypervisor does not write to it");
    expect((long)AT(1)[1], 0, "nor has it");
    expect(mem_type(HOLE_PAGE + 1), HVMMEM_ram_ro, "it counts as read-only memory");
}

static long reservation(unsigned int command, xen_pfn_t gfn)
{
    struct xen_memory_reservation r = {
        .nr_extents = 1, .domid = DOMID_SELF, .extent_start.p = &gfn};

    return call2(__HYPERVISOR_memory_op, command, &r);
}

static void check_lasting(grant_handle_t handle)
{
    struct xen_remove_from_physmap removal = {.domid = DOMID_SELF, .gpfn = HOLE_PAGE};
    uint64_t *page = page_alloc();
    grant_handle_t second = 0;

    page[0] = 0x77;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, &removal), -XEN_EPERM,
           "it can't be taken out as memory");
    expect(reservation(XENMEM_decrease_reservation, HOLE_PAGE), 0, "nor given up");
    expect(reservation(XENMEM_populate_physmap, HOLE_PAGE), 0, "nor filled");
    check(add_to_physmap(XENMAPSPACE_gmfn, (uint64_t)page >> PAGE_SHIFT, HOLE_PAGE) < 0,
          "nor covered by a page");
    check(add_to_physmap(XENMAPSPACE_shared_info, 0, HOLE_PAGE) < 0, "nor by the shared page");
    check(add_to_physmap(XENMAPSPACE_gmfn, HOLE_PAGE, HOLE_PAGE + 9) < 0, "nor moved");
    check(map_of(granter, REF_WRITE + self, HOLE_PAGE, 0, &second) < 0, "nor covered by itself");
    check(unmap(HOLE_PAGE + 1, handle) < 0, "it is not unmapped where it is not");
    check(unmap(HOLE_PAGE, handle + 100) < 0, "nor by another handle");
    expect(page[0], 0x77, "pages stay where they are");
    expect((long)AT(0)[0], (long)MAGIC, "and so does it");
}

/* Nothing of it can be passed on. */
static void check_onward(void)
{
    struct gnttab_copy copy = {.len = 8};
    uint64_t *page = page_alloc();
    grant_handle_t handle = 0;

    grant(REF_OWN, self, (void *)HOLE, 0);
    check(map_of(self, REF_OWN, HOLE_PAGE + 9, 0, &handle) < 0,
          "a page of another's can't be granted");
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.source.u.gmfn = HOLE_PAGE;
    copy.dest.u.gmfn = (uint64_t)page >> PAGE_SHIFT;
    expect(op(GNTTABOP_copy, &copy), 0, "a copy of it");
    check(copy.status < 0, "is not made by its number");
    grants[REF_OWN].flags = 0;
    page[0] = 0x99;
    grant(REF_OWN, self, page, 0);
    expect(map_of(self, REF_OWN, HOLE_PAGE + 9, GNTMAP_readonly, &handle), GNTST_okay,
           "one's own page is granted to oneself");
    AT(9)[0] = 5;
    expect((long)AT(9)[0], 0x99, "and can't be written to where it is read-only");
    page[0] = 0x98;
    expect((long)AT(9)[0], 0x98, "but where it was");
    expect(unmap(HOLE_PAGE + 9, handle), GNTST_okay, "it is given back");
    expect(page[0], 0x98, "and stays");
    grants[REF_OWN].flags = 0;
}

/* Where there is memory, too; and again and again. */
static void check_places(void)
{
    volatile uint64_t *page = page_alloc();
    uint64_t gfn = (uint64_t)page >> PAGE_SHIFT;
    grant_handle_t handle = 0;

    page[0] = 0x55;
    expect(map_of(granter, REF_WRITE + self, gfn, 0, &handle), GNTST_okay,
           "it is mapped where there is memory");
    expect((long)page[0], (long)MAGIC, "and is what is there at once");
    expect(unmap(gfn, handle), GNTST_okay, "it is unmapped");
    expect((long)page[0], -1, "nothing is there any more, at once");
    check(map_of(granter, REF_WRITE + self, 1UL << 36, 0, &handle) < 0, "beyond all frames");
    check(map_of(granter, REF_WRITE + self, HOLE_PAGE + 9, GNTMAP_contains_pte, &handle) < 0,
          "by the address of an entry");
    check(map_of(granter, REF_WRITE + self + 1, HOLE_PAGE + 9, 0, &handle) < 0,
          "what is granted to another");
    check(map_of(0, 8, HOLE_PAGE + 9, 0, &handle) < 0, "what dom0 has not granted");
    for (unsigned int i = 0; i < 50; i++)
        if (map_of(granter, REF_WRITE + self, HOLE_PAGE + 9, 0, &handle) || AT(9)[0] != MAGIC ||
            unmap(HOLE_PAGE + 9, handle) || AT(9)[0] != ~0UL)
            check(false, "round %u", i);
    check(true, "a page is mapped and unmapped again and again");
}

static void check_foreign(void)
{
    static xen_ulong_t index = 0x100;
    static xen_pfn_t gfn = HOLE_PAGE + 9;
    static int error;
    struct xen_add_to_physmap_batch batch = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_foreign, .size = 1};

    batch.u.foreign_domid = granter;
    batch.idxs.p = &index;
    batch.gpfns.p = &gfn;
    batch.errs.p = &error;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap_batch, &batch), -XEN_EPERM,
           "what was not granted can't be had by number");
    batch.u.foreign_domid = 0;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap_batch, &batch), -XEN_EPERM,
           "nor anything of dom0's");
}

static void take(void)
{
    grant_handle_t writable = 0, readonly = 0;

    find_self(&writable);
    check_writable();
    check_readonly(&readonly);
    check_lasting(writable);
    check_onward();
    check_places();
    check_foreign();
    expect(unmap(HOLE_PAGE, writable), GNTST_okay, "the first one is given back");
    expect((long)AT(0)[0], -1, "and is there no more");
    expect(map_of(granter, REF_WRITE + self, HOLE_PAGE, 0, &writable), GNTST_okay,
           "and mapped again");
    /* This one and the one that is read-only are left for the domain's end to clean up. */
    AT(0)[2] = TOLD;
}

static domid_t number(const char *text)
{
    domid_t value = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        value = (domid_t)(value * 10 + *text - '0');
    return value;
}

void micro_main(void)
{
    granter = number(option("from"));
    set_up();
    if (granter)
        take();
    else
        give();
}
