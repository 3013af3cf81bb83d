/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that a PV guest gives up, gets and exchanges: its limits hold, nothing is lost, and
 * a frame that is in use stays. */
#include "check.h"

#include "world.h"

#include "hypercall/memory_op-private.h"
#include "memory/map.h"

#define LIST_IN  (GUEST_MEMORY + 0x1000)
#define LIST_OUT (GUEST_MEMORY + 0x4000)
#define PFN      0x7000ULL

static void begin(void)
{
    world_begin();
    world_domain(0)->pv = (void *)world_domain(0); /* somewhere: nobody looks */
}

static void end(void)
{
    CHECK_EQ(fake_locks_held, 0);
    CHECK_EQ(world_end(), 0);
}

static uint64_t *list(uint64_t address)
{
    return (uint64_t *)(void *)(guest_memory + (address - GUEST_MEMORY));
}

static struct xen_memory_reservation reservation(uint64_t address, uint64_t count,
                                                 unsigned int order)
{
    struct xen_memory_reservation r = {
        .nr_extents = count, .extent_order = order, .domid = DOMID_SELF};

    r.extent_start.p = (xen_pfn_t *)address;
    return r;
}

static long reserve(uint32_t op, struct xen_memory_reservation r)
{
    memcpy(guest_memory, &r, sizeof(r));
    return memory_op_reservation(op, 0, GUEST_MEMORY);
}

static uint32_t tot_pages(void)
{
    return world_domain(0)->tot_pages;
}

/* Gives frames that the world does not know of up, so that its end finds nothing left. */
static void give_up(uint64_t mfn)
{
    struct page_info *page = frame_get_mfn(mfn, world_domain(0));

    CHECK(page != NULL);
    CHECK(domain_page_release(page));
    frame_put(page);
}

static void gives_frames_up(void)
{
    begin();
    list(LIST_IN)[0] = world_mfn(0, 0);
    list(LIST_IN)[1] = world_mfn(0, 1);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 2, 0)), 2);
    CHECK_EQ(tot_pages(), WORLD_PAGES - 2);
    CHECK_EQ(m2p_table[world_mfn(0, 0)], M2P_INVALID);
    /* Neither twice, nor others' frames, nor what the hypervisor writes to. */
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 2, 0)), 0);
    list(LIST_IN)[0] = world_mfn(0, 2);
    list(LIST_IN)[1] = world_mfn(1, 1);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 2, 0)), 1);
    list(LIST_IN)[0] = virt_to_mfn(world_entry(0, 0));
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 1, 0)), 0);
    list(LIST_IN)[0] = ~0ULL;
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 1, 0)), 0);
    CHECK_EQ(tot_pages(), WORLD_PAGES - 3);
    end();
}

static void a_mapped_frame_lingers(void)
{
    struct page_info *page;

    begin();
    page = frame_get_mfn(world_mfn(0, 0), world_domain(0));
    list(LIST_IN)[0] = world_mfn(0, 0);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 1, 0)), 1);
    CHECK_EQ(tot_pages(), WORLD_PAGES);
    CHECK(page_owner(page) == world_domain(0));
    frame_put(page);
    CHECK_EQ(tot_pages(), WORLD_PAGES - 1);
    end();
}

static void populates_up_to_the_limit(void)
{
    uint64_t mfn;

    begin();
    world_domain(0)->max_pages = WORLD_PAGES + 5;
    for (unsigned int i = 0; i < 8; i++)
        list(LIST_IN)[i] = PFN + 4 * i;
    CHECK_EQ(reserve(XENMEM_populate_physmap, reservation(LIST_IN, 8, 2)), 1);
    CHECK_EQ(tot_pages(), WORLD_PAGES + 4);
    mfn = list(LIST_IN)[0];
    CHECK_EQ(mfn % 4, 0);
    CHECK_EQ(m2p_table[mfn + 3], PFN + 3);
    CHECK_EQ(list(LIST_IN)[1], PFN + 4);
    CHECK_EQ(reserve(XENMEM_populate_physmap, reservation(LIST_IN, 1, 10)), 0);
    CHECK_EQ(reserve(XENMEM_populate_physmap, reservation(8, 1, 0)), 0); /* unreadable */
    CHECK_EQ(reserve(XENMEM_populate_physmap, reservation(0, 1, 0)), 0);
    CHECK_EQ(tot_pages(), WORLD_PAGES + 4);
    for (unsigned int i = 0; i < 4; i++)
        give_up(mfn + i);
    end();
}

static void others_are_not_ones_own(void)
{
    struct xen_memory_reservation r = reservation(LIST_IN, 1, 0);

    begin();
    r.domid = 2;
    CHECK_EQ(reserve(XENMEM_populate_physmap, r), -XEN_EPERM);
    CHECK_EQ(memory_op_reservation(XENMEM_populate_physmap, 0, 8), -XEN_EFAULT);
    end();
}

static void goes_on_later(void)
{
    begin();
    world_should_yield = true;
    list(LIST_IN)[0] = world_mfn(0, 0);
    list(LIST_IN)[1] = world_mfn(0, 1);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 2, 0)), 1000);
    CHECK_EQ(world_again[0], __HYPERVISOR_memory_op);
    CHECK_EQ(world_again[2], XENMEM_decrease_reservation | 1 << 6);
    CHECK_EQ(world_again[3], GUEST_MEMORY);
    CHECK_EQ(memory_op_reservation(XENMEM_decrease_reservation, 1, GUEST_MEMORY), 2);
    CHECK_EQ(tot_pages(), WORLD_PAGES - 2);
    CHECK_EQ(memory_op_reservation(XENMEM_decrease_reservation, 9, GUEST_MEMORY), 9);
    end();
}

/* Four single frames for one block of four, or the other way round. */
static struct xen_memory_exchange exchange(bool to_block)
{
    struct xen_memory_exchange x = {0};

    x.in = reservation(LIST_IN, to_block ? 4 : 1, to_block ? 0 : 2);
    x.out = reservation(LIST_OUT, to_block ? 1 : 4, to_block ? 2 : 0);
    return x;
}

static long run_exchange(struct xen_memory_exchange *x)
{
    long result;

    memcpy(guest_memory, x, sizeof(*x));
    result = memory_op_exchange(XENMEM_exchange, 0, GUEST_MEMORY);
    memcpy(x, guest_memory, sizeof(*x));
    return result;
}

static void list_own_frames(void)
{
    for (unsigned int i = 0; i < 4; i++)
        list(LIST_IN)[i] = world_mfn(0, i);
    list(LIST_OUT)[0] = PFN;
}

static void exchanges_singles_for_a_block_and_back(void)
{
    struct xen_memory_exchange x = exchange(true);
    uint64_t block, free_frames;

    begin(); /* at its limit, which is no obstacle */
    list_own_frames();
    CHECK_EQ(run_exchange(&x), 0);
    CHECK_EQ(x.nr_exchanged, 4);
    block = list(LIST_OUT)[0];
    CHECK_EQ(block % 4, 0);
    CHECK_EQ(tot_pages(), WORLD_PAGES);
    CHECK(page_owner(mfn_to_page(block + 3)) == world_domain(0));
    CHECK_EQ(m2p_table[block + 3], PFN + 3);
    CHECK_EQ(m2p_table[world_mfn(0, 0)], M2P_INVALID);
    CHECK_EQ(mfn_to_page(world_mfn(0, 0))->count & FRAME_COUNT_MASK, 0);

    x = exchange(false);
    list(LIST_IN)[0] = block;
    for (unsigned int i = 0; i < 4; i++)
        list(LIST_OUT)[i] = PFN + i;
    free_frames = frames_free_count();
    fake_memory_left = 3; /* not enough for all four */
    CHECK_EQ(run_exchange(&x), -XEN_ENOMEM);
    fake_memory_left = -1;
    CHECK_EQ(frames_free_count(), free_frames);
    CHECK_EQ(mfn_to_page(block)->count & FRAME_COUNT_MASK, 1);
    CHECK_EQ(run_exchange(&x), 0);
    CHECK_EQ(x.nr_exchanged, 1);
    CHECK_EQ(tot_pages(), WORLD_PAGES);
    for (unsigned int i = 0; i < 4; i++)
        give_up(list(LIST_OUT)[i]);
    end();
}

/* Nothing may have changed: same frames, same count, and nothing lost. */
static void refused(struct xen_memory_exchange x, long error)
{
    uint64_t free_before = frames_free_count();

    CHECK_EQ(run_exchange(&x), error);
    CHECK_EQ(x.nr_exchanged, 0);
    CHECK_EQ(tot_pages(), WORLD_PAGES);
    CHECK_EQ(frames_free_count(), free_before);
    for (unsigned int i = 0; i < WORLD_PAGES; i++)
        CHECK(page_owner(mfn_to_page(world_mfn(0, i))) == world_domain(0));
}

static void exchanges_all_or_nothing(void)
{
    struct xen_memory_exchange x = exchange(true);
    struct page_info *page;

    begin();
    list_own_frames();
    list(LIST_IN)[3] = world_mfn(1, 0);
    refused(x, -XEN_EINVAL);
    list(LIST_IN)[3] = world_mfn(0, 0); /* one of them twice */
    refused(x, -XEN_EINVAL);
    list_own_frames();
    page = frame_get_mfn(world_mfn(0, 2), world_domain(0)); /* mapped */
    refused(x, -XEN_EINVAL);
    frame_put(page);
    list(LIST_IN)[1] = virt_to_mfn(world_entry(0, 0));
    refused(x, -XEN_EINVAL);
    list_own_frames();
    fake_memory_left = 1; /* for its own list, but no frames */
    refused(x, -XEN_ENOMEM);
    fake_memory_left = 0;
    refused(x, -XEN_ENOMEM);
    fake_memory_left = -1;
    end();
}

static void refuses_exchanges_that_make_no_sense(void)
{
    struct xen_memory_exchange x = exchange(true);

    begin();
    list_own_frames();
    x.out.nr_extents = 2;
    refused(x, -XEN_EINVAL);
    x = exchange(true);
    x.out.domid = 2;
    refused(x, -XEN_EINVAL);
    x = exchange(true);
    x.in.extent_order = 10;
    refused(x, -XEN_EINVAL);
    x = exchange(true);
    x.in.nr_extents = 1ULL << 62;
    x.out.nr_extents = 1ULL << 60;
    refused(x, -XEN_EINVAL);
    x = exchange(true);
    x.in.extent_start.p = (xen_pfn_t *)8;
    refused(x, -XEN_EFAULT);
    x = exchange(true);
    x.out.extent_start.p = (xen_pfn_t *)8;
    refused(x, -XEN_EFAULT);
    x = exchange(true);
    x.in.domid = x.out.domid = 2;
    refused(x, -XEN_EPERM);
    CHECK_EQ(memory_op_exchange(XENMEM_exchange, 0, 8), -XEN_EFAULT);
    end();
}

/* A guest with numbers of its own: 16 of them. */
static uint64_t mapped[16];

static int fake_fill(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order)
{
    for (uint64_t i = 0; i < 1ULL << order; i++)
        if (gfn + i >= ARRAY_SIZE(mapped) || mapped[gfn + i])
            return -XEN_EEXIST;
    for (uint64_t i = 0; i < 1ULL << order; i++)
        mapped[gfn + i] = mfn + i;
    return 0;
}

static int fake_drop(struct domain *d, uint64_t gfn)
{
    if (gfn >= ARRAY_SIZE(mapped) || !mapped[gfn])
        return -XEN_EINVAL;
    CHECK(domain_page_release(mfn_to_page(mapped[gfn])));
    mapped[gfn] = 0;
    return 0;
}

static void numbers_of_its_own(void)
{
    struct guest_ops ops;
    struct domain *d;

    begin();
    d = world_domain(0);
    ops = *d->ops;
    ops.gfn_fill = fake_fill;
    ops.gfn_drop = fake_drop;
    d->ops = &ops;
    d->pv = NULL;
    d->hvm = (void *)d; /* somewhere: nobody looks */
    d->max_pages = WORLD_PAGES + 16;
    memset(mapped, 0, sizeof(mapped));

    list(LIST_IN)[0] = 4;
    list(LIST_IN)[1] = 0;
    CHECK_EQ(reserve(XENMEM_populate_physmap, reservation(LIST_IN, 2, 2)), 2);
    CHECK_EQ(tot_pages(), WORLD_PAGES + 8);
    CHECK_EQ(list(LIST_IN)[0], 4); /* it is not told machine frames */
    CHECK_EQ(mapped[7], mapped[4] + 3);
    /* Where something is, nothing new goes, and the frames are not kept. */
    list(LIST_IN)[0] = 7;
    CHECK_EQ(reserve(XENMEM_populate_physmap, reservation(LIST_IN, 1, 0)), 0);
    CHECK_EQ(tot_pages(), WORLD_PAGES + 8);
    CHECK_EQ(reserve(XENMEM_increase_reservation, reservation(0, 1, 0)), 0);
    for (unsigned int i = 0; i < 8; i++)
        list(LIST_IN)[i] = i;
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 8, 0)), 8);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, reservation(LIST_IN, 1, 0)), 0);
    CHECK_EQ(tot_pages(), WORLD_PAGES);
    end();
}

/* The hypervisor's map: of the table of a machine with 4 GiB, but no RAM in the third one. */
bool map_lookup(uint64_t va, uint64_t *mfn)
{
    uint64_t chunk = (va - M2P_RW_START) >> 21;

    *mfn = 0x100 + chunk;
    return chunk != 2;
}

static struct xen_machphys_mfn_list m2p_list(uint32_t room, long result)
{
    struct xen_machphys_mfn_list out = {.max_extents = room};
    uint64_t limit = frame_limit;

    out.extent_start.p = (xen_pfn_t *)LIST_OUT;
    memcpy(guest_memory, &out, sizeof(out));
    frame_limit = 1 << 20;
    CHECK_EQ(memory_op_m2p_frames(XENMEM_machphys_mfn_list, 0, GUEST_MEMORY), result);
    frame_limit = limit;
    memcpy(&out, guest_memory, sizeof(out));
    return out;
}

/* Tools map all of the table or nothing, so there is something for a hole in it, too. */
static void tells_where_the_m2p_is(void)
{
    begin();
    m2p_list(4, -XEN_EPERM);
    world_domain(0)->privileged = true;
    list(LIST_OUT)[4] = 7;
    CHECK_EQ(m2p_list(6, 0).nr_extents, 4);
    CHECK(list(LIST_OUT)[0] == 0x100 && list(LIST_OUT)[1] == 0x101);
    CHECK(list(LIST_OUT)[2] == 0x101 && list(LIST_OUT)[3] == 0x103);
    CHECK_EQ(list(LIST_OUT)[4], 7);
    CHECK_EQ(m2p_list(2, 0).nr_extents, 2);
    end();
}

int main(void)
{
    RUN(gives_frames_up);
    RUN(a_mapped_frame_lingers);
    RUN(populates_up_to_the_limit);
    RUN(numbers_of_its_own);
    RUN(others_are_not_ones_own);
    RUN(goes_on_later);
    RUN(exchanges_singles_for_a_block_and_back);
    RUN(exchanges_all_or_nothing);
    RUN(refuses_exchanges_that_make_no_sense);
    RUN(tells_where_the_m2p_is);
    return check_done();
}
