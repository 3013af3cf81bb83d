/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long calls. A hypercall that works on a long list, or on a large tree of page tables, stops now
 * and then for events and for other guests, and goes on as if nothing had been: what it says in the
 * end is right, and everything was done once. Here a timer ticks all the time. (xen/xen.h) */
#include "micro.h"

#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#define TICK_NS 1000000UL
#define UPDATES 20000
#define TABLES  512
#define ROUNDS  10
#define PRESENT (PTE_P | PTE_US | PTE_A)

/* A call may be over, or the machine busy, before the timer ticks: then it is made again. */
#define TRIES   100

/* How often the timer ticked in the middle of a call. */
static volatile unsigned int interruptions;
static evtchn_port_t timer_port;

/* A call that stopped has its guest sent back to the SYSCALL instruction that made it. */
static bool in_a_call(const struct trap_frame *frame)
{
    const uint8_t *code = (const uint8_t *)frame->rip;

    return frame->rip - (uint64_t)hypercall_page < PAGE_SIZE && code[0] == 0x0f && code[1] == 0x05;
}

static bool count_ticks(struct trap_frame *frame)
{
    if (frame->vector != TRAP_EVENT)
        return false;
    interruptions += in_a_call(frame);
    shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
    __atomic_store_n(&shared_info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    __atomic_and_fetch(&shared_info->evtchn_pending[timer_port / 64], ~(1UL << (timer_port % 64)),
                       __ATOMIC_SEQ_CST);
    return true;
}

static void start_ticking(void)
{
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER};
    struct vcpu_set_periodic_timer timer = {.period_ns = TICK_NS};
    struct evtchn_unmask unmask;

    expect(call2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a timer is bound");
    timer_port = unmask.port = bind.port;
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_unmask, &unmask);
    trap_hook = count_ticks;
    shared_info->vcpu_info[0].evtchn_upcall_mask = 0;
    expect(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, &timer), 0, "and ticks");
}

static void stop_ticking(void)
{
    (void)call2(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0);
    shared_info->vcpu_info[0].evtchn_upcall_mask = 1;
    trap_hook = NULL;
}

/* A list of updates, made of a short one again and again; the last entries tell whether it was all.
 */
static void check_updates(void)
{
    static struct mmu_update list[UPDATES];
    uint64_t *page = page_alloc();
    uint64_t pte = mfn_of(page) << PAGE_SHIFT | PTE_DATA, entry = entry_address(page, 1);
    unsigned int before, done = 0, tries = 0;

    for (unsigned int i = 0; i < UPDATES; i++)
        list[i] = (struct mmu_update){entry, i % 2 ? pte : pte & ~PTE_RW};
    list[UPDATES - 1].val = pte | 7UL << 9;
    do {
        before = interruptions;
        expect(call4(__HYPERVISOR_mmu_update, list, UPDATES, &done, DOMID_SELF), 0,
               "%u updates in one call", UPDATES);
        expect(done, UPDATES, "are all made");
        check((*entry_of(page, 1) & 7UL << 9) == 7UL << 9, "up to the last");
    } while (interruptions == before && ++tries < TRIES);
    check(tries < TRIES, "and it stopped for the timer");
    list[UPDATES - 10].val = 0x200000 | PTE_DATA;
    check(call4(__HYPERVISOR_mmu_update, list, UPDATES, &done, DOMID_SELF) < 0,
          "an error near the end of a long list");
    expect(done, UPDATES - 10, "is told with how far it came");
    (void)map_writable(page);
}

static void check_multicall(void)
{
    static struct multicall_entry calls[2000];
    static struct mmu_update list[100];
    uint64_t *page = page_alloc();
    uint64_t pte = mfn_of(page) << PAGE_SHIFT | PTE_DATA, entry = entry_address(page, 1);
    unsigned int before, wrong = 0, tries = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(list); i++)
        list[i] = (struct mmu_update){entry, i % 2 ? pte : pte & ~PTE_RW};
    do {
        for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
            calls[i] =
                (struct multicall_entry){.op = __HYPERVISOR_mmu_update,
                                         .result = 77,
                                         .args = {(uint64_t)list, ARRAY_SIZE(list), 0, DOMID_SELF}};
        before = interruptions;
        expect(call2(__HYPERVISOR_multicall, calls, ARRAY_SIZE(calls)), 0,
               "long calls in a long multicall");
        for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
            wrong += calls[i].result != 0;
        expect(wrong, 0, "are all made");
    } while (interruptions == before && ++tries < TRIES);
    check(tries < TRIES, "and it stopped for the timer");
}

/* A frame that one entry of the big tree maps writable, the last to be undone. It can become a table
 * as soon as nothing is left of the tree. */
static uint64_t written_mfn;

static void check_undone(void)
{
    expect(mmuext(MMUEXT_PIN_L1_TABLE, written_mfn), 0, "what it mapped writable can be a table");
    expect(mmuext(MMUEXT_UNPIN_TABLE, written_mfn), 0, "and is none again");
}

/* A level-2 table full of level-1 tables full of entries, none of them mapped anywhere. */
static uint64_t big_tree(void)
{
    uint64_t *window = page_alloc(), *data = page_alloc(), *l2 = page_alloc();

    (void)map_readonly(data);
    written_mfn = spare_mfn();
    (void)mmuext(MMUEXT_CLEAR_PAGE, written_mfn);
    for (unsigned int i = 0; i < TABLES; i++) {
        uint64_t mfn = spare_mfn();

        (void)map_page(window, mfn << PAGE_SHIFT | PTE_DATA);
        for (unsigned int j = 0; j < 512; j++)
            window[j] = mfn_of(data) << PAGE_SHIFT | PRESENT;
        if (!i)
            window[0] = written_mfn << PAGE_SHIFT | PTE_DATA;
        l2[i] = mfn << PAGE_SHIFT | PTE_TABLE;
    }
    (void)map_writable(window);
    (void)map_readonly(l2);
    return mfn_of(l2);
}

static void check_tree(uint64_t l2)
{
    uint64_t *l3 = page_alloc(), *l4 = page_alloc();
    unsigned int before, round = 0;
    bool pin_stopped = false, unpin_stopped = false;

    for (unsigned int i = 0; i < 512; i++)
        l3[i] = l2 << PAGE_SHIFT | PTE_TABLE;
    for (unsigned int i = 0; i < 256; i++)
        l4[i] = mfn_of(l3) << PAGE_SHIFT | PTE_TABLE;
    (void)map_readonly(l3);
    (void)map_readonly(l4);
    do {
        before = interruptions;
        expect(mmuext(MMUEXT_PIN_L4_TABLE, mfn_of(l4)), 0, "a large tree is pinned");
        pin_stopped |= interruptions != before;
        check(mmuext(MMUEXT_PIN_L3_TABLE, l2) < 0, "its tables are what they are");
        before = interruptions;
        expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l4)), 0, "it is unpinned");
        unpin_stopped |= interruptions != before;
        check_undone();
    } while (++round < 3 || (!(pin_stopped && unpin_stopped) && round < TRIES));
    check(pin_stopped, "and stopped for the timer");
    check(unpin_stopped, "and stopped for the timer as well");
    expect(map_writable(l4), 0, "nothing of it is a table any more");
    expect(map_writable(l3), 0, "nor below");
    expect(map_writable(va_of_mfn(l2)), 0, "nor below that");
    expect(map_readonly(va_of_mfn(l2)), 0, "it is read-only again");
}

/* The tree as the user's: its root is put in use, and left for another. */
static void check_old_root(uint64_t l2)
{
    uint64_t *l3 = page_alloc(), *l4 = page_alloc(), *other = page_alloc();

    l3[0] = l2 << PAGE_SHIFT | PTE_TABLE;
    l4[0] = mfn_of(l3) << PAGE_SHIFT | PTE_TABLE;
    (void)map_readonly(l3);
    (void)map_readonly(l4);
    (void)map_readonly(other);
    for (unsigned int round = 0; round < ROUNDS; round++) {
        expect(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(l4)), 0, "a large tree is the user's");
        check(mmuext(MMUEXT_PIN_L1_TABLE, written_mfn) < 0, "what it maps writable is no table");
        expect(mmuext(MMUEXT_NEW_USER_BASEPTR, round % 2 ? mfn_of(other) : 0), 0,
               "and left for %s", round % 2 ? "another" : "none");
        check_undone();
    }
    expect(mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0, "the user has none");
    expect(map_writable(l4), 0, "the old root is no table any more");
    expect(map_writable(other), 0, "nor the other");
}

/* The tree as part of the address space: put there, taken away, by entries of the tables above. */
static void check_hanging(uint64_t l2)
{
    uint64_t *l3 = page_alloc();
    uint64_t root = root_mfn() << PAGE_SHIFT;

    (void)map_readonly(l3);
    expect(mmu_update(root + 8 * 10, mfn_of(l3) << PAGE_SHIFT | PTE_TABLE, MMU_NORMAL_PT_UPDATE), 0,
           "an empty table is put into the root");
    for (unsigned int round = 0; round < 4; round++) {
        expect(mmu_update(maddr_of(&l3[round]), l2 << PAGE_SHIFT | PTE_TABLE, MMU_NORMAL_PT_UPDATE),
               0, "a large tree is put into it");
        expect(try_read((void *)((10UL << 39) + ((uint64_t)round << 30)), NULL), NO_TRAP,
               "and can be read through");
        expect(mmu_update(maddr_of(&l3[round]), 0, MMU_NORMAL_PT_UPDATE), 0, "and taken away");
        check_undone();
    }
    expect(mmuext(MMUEXT_PIN_L2_TABLE, l2), 0, "its table can be pinned");
    expect(mmuext(MMUEXT_UNPIN_TABLE, l2), 0, "and unpinned");
    expect(mmu_update(root + 8 * 10, 0, MMU_NORMAL_PT_UPDATE), 0, "the empty table is taken away");
    expect(map_writable(l3), 0, "and is a page again");
}

static void check_reservations(void)
{
    static uint64_t list[500];
    struct xen_memory_reservation args = {.nr_extents = ARRAY_SIZE(list), .domid = DOMID_SELF};

    for (unsigned int i = 0; i < ARRAY_SIZE(list); i++)
        list[i] = spare_mfn();
    args.extent_start.p = list;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &args), ARRAY_SIZE(list),
           "many frames are given up in one call");
    for (unsigned int i = 0; i < ARRAY_SIZE(list); i++)
        list[i] = 100000 + i;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &args), ARRAY_SIZE(list),
           "and many are got");
}

void micro_main(void)
{
    uint64_t l2 = big_tree();

    start_ticking();
    check_updates();
    check_multicall();
    check_tree(l2);
    check_old_root(l2);
    check_hanging(l2);
    check_reservations();
    stop_ticking();
}
