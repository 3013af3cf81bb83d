/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's frames come and go only as it may have them: no more than it was given, none of
 * another's, none that is in use as something. A list of extents is done as far as it can be, and
 * the result says how far. (xen/memory.h) */
#include "micro.h"

#include <xen/memory.h>

static long reserve(unsigned int op, uint64_t *list, unsigned long count, unsigned int order,
                    domid_t domid)
{
    struct xen_memory_reservation args = {
        .nr_extents = count, .extent_order = order, .domid = domid};

    args.extent_start.p = list;
    return call2(__HYPERVISOR_memory_op, op, &args);
}

static long give(uint64_t mfn)
{
    return reserve(XENMEM_decrease_reservation, &mfn, 1, 0, DOMID_SELF);
}

static long pages_now(void)
{
    domid_t domid = DOMID_SELF;

    return call2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &domid);
}

static void check_give_and_take(void)
{
    uint64_t pfn = spare_pfn(), mfn = mfn_of_pfn(pfn), list = pfn;
    uint64_t *window = page_alloc();
    const volatile uint64_t *m2p = (uint64_t *)HV_START;
    long before = pages_now();

    expect(before, (long)start_info->nr_pages, "the guest has what it was told");
    (void)map_page(window, mfn << PAGE_SHIFT | PTE_DATA);
    window[7] = 0x5ec2e7;
    (void)map_writable(window);
    expect(give(mfn), 1, "a frame is given up");
    expect(pages_now(), before - 1, "and there is one less");
    expect((long)m2p[mfn], -1, "it has no guest frame number any more");
    check(map_page(window, mfn << PAGE_SHIFT | PTE_DATA) < 0, "and can't be mapped");
    expect(give(mfn), 0, "nor given up again");
    expect(reserve(XENMEM_populate_physmap, &list, 1, 0, DOMID_SELF), 1, "a frame is got for it");
    expect(pages_now(), before, "and there is as much as before");
    expect((long)m2p[list], (long)pfn, "it has the guest frame number that was asked for");
    expect(map_page(window, list << PAGE_SHIFT | PTE_DATA), 0, "it can be mapped");
    /* A frame that a guest gets back may come with what that guest left in it. */
    check(window[7] == 0 || window[7] == 0x5ec2e7, "and nothing of others is in it");
    ((uint64_t *)start_info->mfn_list)[pfn] = list;
    (void)map_writable(window);
}

static void check_limits(void)
{
    uint64_t *list = page_alloc();
    unsigned long got = 0;
    long result;

    for (unsigned int i = 0; i < 512; i++)
        list[i] = start_info->nr_pages + i;
    /* The toolstack allows a little more than the guest has, and no more than that. */
    while (got < 4096 && (result = reserve(XENMEM_populate_physmap, list, 64, 0, DOMID_SELF)) > 0) {
        for (long i = 0; i < result; i++) /* the frames that came are forgotten */
            list[i] = start_info->nr_pages + (unsigned long)i;
        got += (unsigned long)result;
    }
    check(got < 4096, "a guest does not get all it wants (%lu)", got);
    expect(reserve(XENMEM_populate_physmap, list, 1, 0, DOMID_SELF), 0, "and nothing more");
    expect(reserve(XENMEM_increase_reservation, list, 1, 0, DOMID_SELF), 0, "in no other way");
    check(reserve(XENMEM_populate_physmap, list, 1, 9, DOMID_SELF) <= 0, "nor in large pieces");
    check(reserve(XENMEM_populate_physmap, list, 1, 40, DOMID_SELF) <= 0, "nor in enormous ones");
    check(reserve(XENMEM_populate_physmap, list, 1, ~0U, DOMID_SELF) <= 0, "nor larger");
    check(reserve(XENMEM_populate_physmap, list, ~0UL, 0, DOMID_SELF) <= 0, "nor very many");
    check(reserve(XENMEM_decrease_reservation, list + 300, 1, 40, DOMID_SELF) <= 0,
          "enormous pieces can't be given up");
}

static void check_bad_lists(void)
{
    uint64_t bad[] = {0x200, 0x1000, ~0UL, 1UL << 40};
    uint64_t *list = page_alloc();
    long before = pages_now();

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
        check(give(bad[i]) <= 0, "frame %lx can't be given up", bad[i]);
    (void)give(start_info->shared_info >> PAGE_SHIFT);
    check(time_ns() > 0 && shared_info->vcpu_info[0].evtchn_upcall_mask,
          "the shared info is there whatever is done with its frame");
    list[0] = spare_mfn();
    list[1] = 0x200;
    list[2] = spare_mfn();
    expect(reserve(XENMEM_decrease_reservation, list, 3, 0, DOMID_SELF), 1,
           "a list ends at what can't be given up");
    expect(pages_now(), before - 1, "and one is gone");
    check(reserve(XENMEM_decrease_reservation, list, 1, 0, 0) <= 0, "dom0's memory");
    check(reserve(XENMEM_populate_physmap, list, 1, 0, 0) <= 0, "more memory for dom0");
    check(reserve(XENMEM_increase_reservation, list, 1, 0, 4000) <= 0, "memory for nobody");
    check(reserve(XENMEM_decrease_reservation, (void *)0x1000, 5, 0, DOMID_SELF) <= 0,
          "a list that is not there");
    check(reserve(XENMEM_decrease_reservation, (void *)0xffff830000000000, 5, 0, DOMID_SELF) <= 0,
          "a list in the hypervisor");
    check(reserve(XENMEM_claim_pages, NULL, 1000, 0, DOMID_SELF) < 0, "a claim");
    (void)map_readonly(list);
    check(reserve(XENMEM_populate_physmap, list, 1, 0, DOMID_SELF) <= 1, "a read-only list");
    (void)map_writable(list);
}

static long exchange(uint64_t *in, unsigned int in_order, unsigned long in_count, uint64_t *out,
                     unsigned int out_order, unsigned long out_count, unsigned int bits)
{
    struct xen_memory_exchange x = {
        .in = {.nr_extents = in_count, .extent_order = in_order, .domid = DOMID_SELF},
        .out = {.nr_extents = out_count,
                .extent_order = out_order,
                .domid = DOMID_SELF,
                .mem_flags = XENMEMF_address_bits(bits)},
    };

    x.in.extent_start.p = in;
    x.out.extent_start.p = out;
    return call2(__HYPERVISOR_memory_op, XENMEM_exchange, &x);
}

static void check_exchange(void)
{
    const volatile uint64_t *m2p = (uint64_t *)HV_START;
    uint64_t in[2], out[2], pfn[2];
    uint64_t *mapped = page_alloc();
    long before = pages_now();

    for (unsigned int i = 0; i < 2; i++) {
        pfn[i] = out[i] = spare_pfn();
        in[i] = mfn_of_pfn(pfn[i]);
    }
    expect(exchange(in, 0, 1, out, 0, 1, 32), 0, "a frame is exchanged for one below 4 GiB");
    check(out[0] < 1UL << 20, "and that is where it is");
    expect((long)m2p[out[0]], (long)pfn[0], "at the same guest frame number");
    expect(pages_now(), before, "there are as many as before");
    check(exchange(in, 0, 1, out, 0, 1, 32) < 0, "one that was given can't be given again");
    in[0] = mfn_of(mapped);
    out[0] = 0;
    check(exchange(in, 0, 1, out, 0, 1, 0) < 0, "a mapped frame can't be exchanged");
    in[0] = root_mfn();
    check(exchange(in, 0, 1, out, 0, 1, 0) < 0, "nor the root");
    in[0] = 0x200;
    check(exchange(in, 0, 1, out, 0, 1, 0) < 0, "nor the hypervisor's");
    in[0] = in[1];
    check(exchange(in, 0, 2, out, 1, 1, 0) < 0, "nor one frame twice");
    in[0] = in[1];
    check(exchange(in, 0, 1, out, 0, 2, 0) < 0, "nor one for two");
    check(exchange(in, 64, 1, out, 64, 1, 0) < 0, "nor at impossible orders");
    check(exchange(in, 0, 1UL << 60, out, 0, 1UL << 60, 0) < 0, "nor without end");
    check(exchange((void *)0x1000, 0, 1, out, 0, 1, 0) < 0, "nor a list that is not there");
    check(exchange(in, 0, 1, (void *)0x1000, 0, 1, 0) < 0, "nor into a list that is not there");
    expect(pages_now(), before, "after all that there are as many as before");
}

static void check_questions(void)
{
    static const struct {
        const char *name;
        unsigned int op;
    } refused[] = {
        {"set_memory_map", XENMEM_set_memory_map},
        {"machine_memory_map", XENMEM_machine_memory_map},
        {"acquire_resource", XENMEM_acquire_resource},
        {"get_pod_target", XENMEM_get_pod_target},
    };
    uint64_t *args = page_alloc();
    domid_t domid = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        memset(args, 0, PAGE_SIZE);
        check(call2(__HYPERVISOR_memory_op, refused[i].op, args) < 0, "%s is refused",
              refused[i].name);
    }
    check(call2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &domid) < 0,
          "dom0's size is not told");
    domid = 4000;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &domid), -XEN_ESRCH,
           "nobody has no size");
    check(call2(__HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0) > 0x1000, "there is RAM");
    for (unsigned int op = 0; op < 64; op++)
        if (op != XENMEM_increase_reservation && op != XENMEM_decrease_reservation &&
            op != XENMEM_populate_physmap && op != XENMEM_maximum_ram_page) {
            memset(args, 0xff, PAGE_SIZE);
            (void)call2(__HYPERVISOR_memory_op, op, args);
            (void)call2(__HYPERVISOR_memory_op, op | 1UL << 63, args);
        }
    check(true, "all sub-operations survive all ones");
}

void micro_main(void)
{
    check_give_and_take();
    check_exchange();
    check_limits();
    check_bad_lists();
    check_questions();
}
