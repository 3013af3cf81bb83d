/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls of a hardware guest: its pointers are addresses in its own tables, its frames are
 * guest frames; whatever it asks that is not its own to ask is an errno. (xen/hvm/hvm_op.h,
 * xen/memory.h) */
#include "hw.h"

#include <xen/domctl.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>

/* Where the hypervisor finds arguments that it made over for itself. */
#define WINDOW 0x8000000000000000UL
/* More than what a toolstack lets a guest have besides its memory. */
#define MORE_PAGES 2048

static void check_numbers(void)
{
    static const uint64_t unknown[] = {0,  1,   3,   11,  26,   38,         47,        63,
                                       64, 100, 127, 128, 4096, 0x7fffffff, 0xffffffff};

    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++)
        expect(call0(unknown[i]), -XEN_ENOSYS, "hypercall %lx is not for such guests", unknown[i]);
    expect(execute(hypercall_page + 32 * __HYPERVISOR_iret, 2, NULL), TRAP_UD, "there is no iret");
    for (uint64_t nr = 0; nr < 64; nr++)
        for (uint64_t op = 64; op < 80; op++)
            /* Of memory operations these are 0 to 15 again: the bits above say where to go on. */
            if (nr != __HYPERVISOR_memory_op && nr != __HYPERVISOR_iret &&
                hypercall(nr, op, WINDOW, WINDOW, WINDOW, WINDOW) > 0)
                check(false, "call %lu, operation %lu, with pointers that are none", nr, op);
}

static const struct {
    const char *name;
    uint64_t nr, op;
} readers[] = {
    {"version", __HYPERVISOR_xen_version, XENVER_capabilities},
    {"current_reservation", __HYPERVISOR_memory_op, XENMEM_current_reservation},
    {"add_to_physmap", __HYPERVISOR_memory_op, XENMEM_add_to_physmap},
    {"memory_map", __HYPERVISOR_memory_op, XENMEM_memory_map},
    {"evtchn send", __HYPERVISOR_event_channel_op, EVTCHNOP_send},
    {"evtchn alloc", __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound},
    {"poll", __HYPERVISOR_sched_op, SCHEDOP_poll},
    {"get_param", __HYPERVISOR_hvm_op, HVMOP_get_param},
    {"set_param", __HYPERVISOR_hvm_op, HVMOP_set_param},
    {"get_time", __HYPERVISOR_hvm_op, HVMOP_get_time},
    {"mem_type", __HYPERVISOR_hvm_op, HVMOP_get_mem_type},
    {"upcall vector", __HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector},
};

static void check_pointers(void)
{
    static const uint64_t bad[] = {0x100000000, NON_CANONICAL,      ~NON_CANONICAL, ~3UL,    WINDOW,
                                   WINDOW + 64, 0xffff830000000000, HOLE,           HOLE + 1};

    for (unsigned int i = 0; i < ARRAY_SIZE(readers); i++)
        for (unsigned int j = 0; j < ARRAY_SIZE(bad); j++)
            expect(call2(readers[i].nr, readers[i].op, bad[j]), -XEN_EFAULT, "%s at %lx",
                   readers[i].name, bad[j]);
}

static long param_set(uint16_t domid, uint32_t index, uint64_t value)
{
    struct xen_hvm_param op = {.domid = domid, .index = index, .value = value};

    return call2(__HYPERVISOR_hvm_op, HVMOP_set_param, &op);
}

static void check_params(void)
{
    static const uint32_t toolstacks[] = {HVM_PARAM_STORE_PFN,           HVM_PARAM_CONSOLE_PFN,
                                          HVM_PARAM_IOREQ_PFN,           HVM_PARAM_IDENT_PT,
                                          HVM_PARAM_TRIPLE_FAULT_REASON, HVM_PARAM_VIRIDIAN};
    unsigned int taken = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(toolstacks); i++)
        expect(param_set(DOMID_SELF, toolstacks[i], 1), -XEN_EPERM,
               "parameter %u is the toolstack's", toolstacks[i]);
    for (uint32_t index = HVM_NR_PARAMS; index < HVM_NR_PARAMS + 100; index++)
        taken += param_set(DOMID_SELF, index, ~0UL) != -XEN_EINVAL;
    taken += param_set(DOMID_SELF, ~0U, ~0UL) != -XEN_EINVAL;
    expect(taken, 0, "there are no others");
    check(param_set(0, HVM_PARAM_CALLBACK_IRQ, 0) < 0, "dom0's can't be set");
    check(param_set(12345, HVM_PARAM_CALLBACK_IRQ, 0) < 0, "nor nobody's");
    for (unsigned int type = 0; type < 256; type++)
        (void)param_set(DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, (uint64_t)type << 56 | 0xffffffffff);
    expect(param_set(DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, 0), 0, "any callback may be asked for");
}

static void check_upcalls(void)
{
    struct xen_hvm_evtchn_upcall_vector op = {.vcpu = 1, .vector = 0x40};

    expect(call2(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, &op), -XEN_ENOENT,
           "the vector of a vCPU that is not there");
    op.vcpu = ~0U;
    expect(call2(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, &op), -XEN_ENOENT,
           "and of the last that could be");
    op = (struct xen_hvm_evtchn_upcall_vector){.vcpu = 0, .vector = 3};
    expect(call2(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, &op), -XEN_EINVAL,
           "an exception's vector");
}

static long add_to_physmap(unsigned int space, uint64_t index, uint64_t gpfn)
{
    struct xen_add_to_physmap op = {
        .domid = DOMID_SELF, .space = space, .idx = index, .gpfn = gpfn};

    return call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &op);
}

static void check_physmap(void)
{
    static const uint64_t far[] = {1UL << 36, 1UL << 40, 1UL << 52, ~0UL, ~0UL >> PAGE_SHIFT};
    uint64_t *page = page_alloc(), *other = page_alloc();
    uint64_t gfn = (uint64_t)page >> PAGE_SHIFT;

    for (unsigned int i = 0; i < ARRAY_SIZE(far); i++) {
        check(add_to_physmap(XENMAPSPACE_shared_info, 0, far[i]) < 0, "shared info at frame %lx",
              far[i]);
        check(add_to_physmap(XENMAPSPACE_grant_table, 0, far[i]) < 0, "grant table at frame %lx",
              far[i]);
        check(add_to_physmap(XENMAPSPACE_gmfn, gfn, far[i]) < 0, "a page at frame %lx", far[i]);
        check(add_to_physmap(XENMAPSPACE_gmfn, far[i], gfn) < 0, "frame %lx as a page", far[i]);
        check(add_to_physmap(XENMAPSPACE_grant_table, far[i], gfn) < 0, "grant frame %lx", far[i]);
    }
    for (unsigned int space = 6; space < 20; space++)
        check(add_to_physmap(space, 0, gfn) < 0, "address space %u", space);
    page[0] = 0x1234;
    expect(add_to_physmap(XENMAPSPACE_gmfn, gfn, HOLE >> PAGE_SHIFT), 0, "a page can be moved");
    expect(*(volatile uint64_t *)HOLE, 0x1234, "with what is in it");
    expect((long)*(volatile uint64_t *)page, -1, "and is not where it was");
    expect(add_to_physmap(XENMAPSPACE_gmfn, HOLE >> PAGE_SHIFT, (uint64_t)other >> PAGE_SHIFT), 0,
           "moved over another it takes that one's place");
    expect(other[0], 0x1234, "as it was");
    expect(add_to_physmap(XENMAPSPACE_gmfn, HOLE >> PAGE_SHIFT, gfn), -XEN_EINVAL,
           "where nothing is, nothing can be taken");
}

static long reservation(unsigned int op, xen_pfn_t *frames, unsigned long count, unsigned int order,
                        domid_t domid)
{
    struct xen_memory_reservation r = {
        .nr_extents = count, .extent_order = order, .domid = domid, .extent_start.p = frames};

    return call2(__HYPERVISOR_memory_op, op, &r);
}

static void check_reservations(void)
{
    static xen_pfn_t frames[4];
    uint8_t *page = page_alloc();
    unsigned int more = 0;

    frames[0] = 1UL << 40;
    expect(reservation(XENMEM_decrease_reservation, frames, 1, 0, DOMID_SELF), 0,
           "a frame that is none is not given up");
    expect(reservation(XENMEM_populate_physmap, frames, 1, 0, DOMID_SELF), 0, "nor filled");
    frames[0] = HOLE >> PAGE_SHIFT;
    check(reservation(XENMEM_populate_physmap, frames, 1, 30, DOMID_SELF) <= 0, "order 30");
    check(reservation(XENMEM_populate_physmap, frames, 1, 0, 0) < 0, "memory for dom0");
    check(reservation(XENMEM_decrease_reservation, frames, 1, 0, 0) < 0, "memory of dom0's");
    while (more < MORE_PAGES &&
           reservation(XENMEM_populate_physmap, frames, 1, 0, DOMID_SELF) == 1) {
        frames[0]++;
        more++;
    }
    check(more < MORE_PAGES, "the guest gets no more memory than it may have (%u pages)", more);
    memset(page, 0x5a, PAGE_SIZE);
    frames[0] = frames[1] = (uint64_t)page >> PAGE_SHIFT;
    expect(reservation(XENMEM_decrease_reservation, frames, 2, 0, DOMID_SELF), 1,
           "one page twice is given up once");
    expect(*(volatile uint8_t *)page, 0xff, "and is not there any more");
    expect(reservation(XENMEM_populate_physmap, frames, 1, 0, DOMID_SELF), 1, "it can be filled");
    check(!page[0] && !page[PAGE_SIZE - 1], "with a page that tells nothing");
}

static void check_foreign(void)
{
    static struct xen_domctl domctl = {.interface_version = XEN_DOMCTL_INTERFACE_VERSION};
    static struct xen_sysctl sysctl = {.interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    static struct xen_dm_op_buf buffer;
    static struct xen_dm_op dm;
    unsigned int allowed = 0;

    buffer.h.p = &dm;
    buffer.size = sizeof(dm);
    for (unsigned int command = 0; command < 90; command++) {
        domctl.cmd = sysctl.cmd = dm.op = command;
        allowed += call1(__HYPERVISOR_domctl, &domctl) >= 0;
        allowed += call1(__HYPERVISOR_sysctl, &sysctl) >= 0;
        allowed += call3(__HYPERVISOR_dm_op, DOMID_SELF, 1, &buffer) >= 0;
        allowed += call3(__HYPERVISOR_dm_op, 0, 1, &buffer) >= 0;
    }
    expect(allowed, 0, "no domctl, sysctl or dm_op is for a guest");
}

static void check_vcpus(void)
{
    static uint8_t context[8192];
    unsigned int strange = 0;

    check(call3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, context) < 0,
          "a vCPU that is not there");
    check(call3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 0, context) < 0, "one that runs");
    memset(context, 0xff, sizeof(context));
    check(call3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 0, context) < 0,
          "one with nonsense in it");
    expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 0), 1, "and it is up");
    for (uint64_t op = 0; op < 32; op++)
        if (op != VCPUOP_is_up && op != VCPUOP_down)
            strange += call3(__HYPERVISOR_vcpu_op, op, 77, context) >= 0;
    expect(strange, 0, "nothing can be done with vCPU 77");
}

void micro_main(void)
{
    check_numbers();
    check_pointers();
    check_params();
    check_upcalls();
    check_physmap();
    check_reservations();
    check_foreign();
    check_vcpus();
}
