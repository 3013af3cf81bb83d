/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two vCPUs at the same tables, frames, grants and ports, for a short time each. Which of them wins
 * does not matter; neither may ever have a writable mapping of what is a page table, the hypervisor
 * must not hang, and afterwards everything can be taken apart again. */
#include "micro.h"

#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

/* How long a race takes: at least the first, on a slow machine up to the second. */
#define SHORT_NS 1500000000UL
#define LONG_NS  60000000000UL
#define ROUNDS   20
#define PRESENT  (PTE_P | PTE_US | PTE_A)

static void (*volatile job)(void);
static volatile bool busy;
static volatile unsigned long rounds_there;

/* vCPU 1: makes the job again and again, while there is one. It must not trap. */
static void other_vcpu(void)
{
    for (;;) {
        void (*now)(void) = job;

        busy = now;
        if (now) {
            now();
            rounds_there++;
        } else {
            (void)call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
        }
    }
}

/* Both at once, until each was made some times. */
static void race(void (*here)(void), void (*there)(void), const char *what)
{
    uint64_t start = time_ns(), took = 0;
    unsigned long rounds = 0;

    rounds_there = 0;
    job = there;
    while (took < SHORT_NS || ((rounds < ROUNDS || rounds_there < ROUNDS) && took < LONG_NS)) {
        here();
        rounds++;
        took = time_ns() - start;
    }
    job = NULL;
    while (busy)
        (void)call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
    check(rounds >= ROUNDS && rounds_there >= ROUNDS, "%s: %lu rounds here, %lu there", what,
          rounds, rounds_there);
}

static uint64_t *data, *l1, *l2, *alias;
static volatile unsigned int wrong;

static void pin_and_unpin(void)
{
    if (mmuext(MMUEXT_PIN_L2_TABLE, mfn_of(l2)) == 0) {
        /* Pinned by us, so until we unpin it nobody may be able to write to it. */
        if (map_page(alias, mfn_of(l1) << PAGE_SHIFT | PTE_DATA) == 0)
            wrong++;
        (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l2));
    }
}

static void update_table(void)
{
    (void)mmu_update(maddr_of(&l1[3]), mfn_of(data) << PAGE_SHIFT | PTE_DATA, MMU_NORMAL_PT_UPDATE);
    (void)mmu_update(maddr_of(&l1[3]), 0, MMU_NORMAL_PT_UPDATE);
    (void)mmu_update(maddr_of(&l2[1]), mfn_of(l1) << PAGE_SHIFT | PTE_TABLE, MMU_NORMAL_PT_UPDATE);
    (void)mmu_update(maddr_of(&l2[1]), 0, MMU_NORMAL_PT_UPDATE);
}

/* Makes the table writable when it may, fills it with nonsense, and makes it read-only again. */
static void spoil(void)
{
    static uint64_t *window;

    if (!window)
        window = page_alloc();
    if (map_page(window, mfn_of(l1) << PAGE_SHIFT | PTE_DATA) == 0) {
        window[5] = 0x200000 | PTE_DATA;
        window[5] = 0;
        (void)map_page(window, mfn_of(window) << PAGE_SHIFT | PTE_DATA);
    }
}

static void check_tables(void)
{
    data = page_alloc();
    l1 = page_alloc();
    l2 = page_alloc();
    alias = page_alloc();
    l1[0] = mfn_of(data) << PAGE_SHIFT | PRESENT;
    l2[0] = mfn_of(l1) << PAGE_SHIFT | PTE_TABLE;
    (void)map_readonly(l1);
    (void)map_readonly(l2);
    race(update_table, pin_and_unpin, "updates against pins");
    race(spoil, pin_and_unpin, "writable mappings against pins");
    race(pin_and_unpin, pin_and_unpin, "pins against pins");
    expect(wrong, 0, "a pinned table could never be mapped writable");
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l2));
    (void)map_writable(alias);
    expect(map_writable(l2), 0, "the upper table is a page again");
    expect(map_writable(l1), 0, "and the lower");
}

static uint64_t *roots[2];

static void change_root(void)
{
    static unsigned int which;

    (void)mmuext(MMUEXT_NEW_BASEPTR, mfn_of(roots[which++ % 2]));
}

static void change_entries(void)
{
    uint64_t table = mfn_of(l2) << PAGE_SHIFT | PTE_TABLE;

    for (unsigned int i = 0; i < 2; i++) {
        (void)mmu_update(maddr_of(&roots[i][20]), table, MMU_NORMAL_PT_UPDATE);
        (void)mmu_update(maddr_of(&roots[i][20]), 0, MMU_NORMAL_PT_UPDATE);
        (void)mmuext(MMUEXT_PIN_L4_TABLE, mfn_of(roots[i]));
        (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(roots[i]));
    }
}

static void check_roots(void)
{
    uint64_t old = root_mfn();

    memset(l2, 0, PAGE_SIZE);
    (void)map_readonly(l2);
    for (unsigned int i = 0; i < 2; i++) {
        roots[i] = page_alloc();
        memcpy(roots[i], va_of_mfn(old), PAGE_SIZE);
        memset(&roots[i][256], 0, 16 * 8);
        (void)map_readonly(roots[i]);
    }
    race(change_root, change_entries, "roots against their entries");
    expect(mmuext(MMUEXT_NEW_BASEPTR, old), 0, "the old root is set again");
    for (unsigned int i = 0; i < 2; i++) {
        (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(roots[i]));
        expect(map_writable(roots[i]), 0, "root %u is a page again", i);
    }
    expect(map_writable(l2), 0, "and the table below");
}

/* Selectors of an LDT are loaded whenever a vCPU comes onto a CPU, which may find the LDT's page
 * not mapped; the other vCPU has the tables' types changed meanwhile, which makes CPUs wait for
 * each other. */
static uint64_t *ldt;

static void sleep_with_ldt(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (uint64_t)ldt};

    op.arg2.nr_ents = 512;
    (void)call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" ::"r"(1 * 8 + 7));
    for (unsigned int i = 0; i < 4; i++) {
        /* The root is set again, which empties the window; then the vCPU leaves its CPU. */
        (void)mmuext(MMUEXT_NEW_BASEPTR, root_mfn());
        nap(50000);
    }
    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" ::"r"(0));
    op.arg2.nr_ents = 0;
    (void)call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void change_types(void)
{
    /* Each round makes the page writable, by a mapping that is used, and a table again. */
    (void)map_page(alias, mfn_of(l1) << PAGE_SHIFT | PTE_DATA);
    ((volatile uint64_t *)alias)[7] = 0;
    (void)map_page(alias, mfn_of(alias) << PAGE_SHIFT | PTE_DATA);
    (void)mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(l1));
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l1));
}

static void check_ldt(void)
{
    ldt = page_alloc();
    ldt[1] = 0x00cff3000000ffffUL;
    (void)map_readonly(ldt);
    memset(l1, 0, PAGE_SIZE);
    (void)map_readonly(l1);
    race(sleep_with_ldt, change_types, "an LDT against types that change");
    expect(map_writable(ldt), 0, "the LDT is a page again");
    expect(map_writable(l1), 0, "and the table");
}

static uint64_t frame_pfn;
static volatile uint64_t frame_mfn;

static void give_and_get(void)
{
    uint64_t list = frame_mfn;
    struct xen_memory_reservation args = {.nr_extents = 1, .domid = DOMID_SELF};

    args.extent_start.p = &list;
    if (call2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &args) != 1)
        return;
    list = frame_pfn;
    if (call2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &args) == 1)
        frame_mfn = list;
}

static void use_frame(void)
{
    uint64_t mfn = frame_mfn;

    (void)map_page(alias, mfn << PAGE_SHIFT | PTE_DATA);
    (void)map_page(alias, mfn << PAGE_SHIFT | PTE_READ);
    (void)mmuext(MMUEXT_PIN_L1_TABLE, mfn);
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn);
    (void)mmuext(MMUEXT_CLEAR_PAGE, mfn);
    (void)map_page(alias, 0);
}

static void check_frames(void)
{
    domid_t domid = DOMID_SELF;
    long before = call2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &domid);

    frame_pfn = spare_pfn();
    frame_mfn = mfn_of_pfn(frame_pfn);
    race(give_and_get, use_frame, "a frame that goes against its use");
    check(before - call2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &domid) <= 1,
          "there is as much memory as before");
    (void)map_writable(alias);
}

static evtchn_port_t shared_port;

static void open_ports(void)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};
    struct evtchn_close close;

    if (call2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &alloc))
        return;
    shared_port = bind.remote_port = alloc.port;
    if (!call2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, &bind)) {
        close.port = bind.local_port;
        (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &close);
    }
    close.port = alloc.port;
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &close);
}

static void close_ports(void)
{
    struct evtchn_send send = {.port = shared_port};
    struct evtchn_close close = {.port = shared_port};

    if (!send.port || send.port == start_info->console.domU.evtchn ||
        send.port == start_info->store_evtchn)
        return;
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &close);
}

/* A vCPU's first context is checked whole; a bad one leaves it as it was. */
static long initialise(struct vcpu_guest_context *context)
{
    return call3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, context);
}

static void check_contexts(void)
{
    static struct vcpu_guest_context good, bad;
    uint64_t page = mfn_of(page_alloc());

    good = (struct vcpu_guest_context){.flags = VGCF_in_kernel,
                                       .ctrlreg = {[3] = root_mfn() << PAGE_SHIFT}};
    expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_up, 1), -XEN_EINVAL, "a vCPU with no context");
    bad = good, bad.ctrlreg[3] = 0x200000;
    check(initialise(&bad) < 0, "a root in the hypervisor");
    bad = good, bad.ctrlreg[3] = ~0UL;
    check(initialise(&bad) < 0, "a root that is nowhere");
    bad = good, bad.ctrlreg[3] = page << PAGE_SHIFT;
    check(initialise(&bad) < 0, "a root that is a writable page");
    bad = good, bad.ctrlreg[1] = page << PAGE_SHIFT;
    check(initialise(&bad) < 0, "a user root that is a writable page");
    bad = good, bad.gdt_ents = 7169;
    check(initialise(&bad) < 0, "a GDT of too many entries");
    bad = good, bad.gdt_ents = 512, bad.gdt_frames[0] = 0x200;
    check(initialise(&bad) < 0, "a GDT in the hypervisor");
    bad = good, bad.gdt_ents = 512, bad.gdt_frames[0] = page;
    check(initialise(&bad) < 0, "a GDT that is a writable page");
    bad = good, bad.ldt_ents = 9000;
    check(initialise(&bad) < 0, "an LDT of too many entries");
    expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_up, 1), -XEN_EINVAL, "it still has no context");
    check(call3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, 0x1000) < 0,
          "a context that is nowhere");
    check(map_writable(va_of_mfn(page)) == 0, "what was refused is an ordinary page");
}

void micro_main(void)
{
    long error;

    check_contexts();
    error = vcpu_start(1, other_vcpu);

    expect(error, 0, "vCPU 1 is started");
    check(vcpu_start(1, other_vcpu) < 0, "and not twice");
    if (error)
        return;
    check_tables();
    check_roots();
    check_ldt();
    check_frames();
    race(open_ports, close_ports, "ports that open against ports that close");
    expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_down, 1), 0, "vCPU 1 is taken down");
    expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 1), 0, "and is down");
}
