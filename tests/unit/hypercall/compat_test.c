/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls of 32-bit code: what their handlers get to see, and what goes back. */
#include "check.h"

#include "hvm/hvm.h"
#include "hypercall/compat.h"
#include "hypercall/hvm.h"
#include "lib/errno.h"
#include "machine/machine.h"

#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/version.h>

#define MEMORY_SIZE 16384

static uint8_t memory[MEMORY_SIZE]; /* the guest's, from address 0 */
static uint8_t window[HVM_WINDOW_SIZE];
static struct hvm_vcpu hvm;
static struct vcpu vcpu = {.hvm = &hvm};
static bool no_window;
static struct cpu_user_regs regs[1];

/* What a handler was called with, and what it does. */
static const char *called;
static uint64_t arg[3];
static long result;
static void (*act)(void);

static long note(const char *name, uint64_t a1, uint64_t a2, uint64_t a3)
{
    called = name;
    arg[0] = a1;
    arg[1] = a2;
    arg[2] = a3;
    if (act)
        act();
    return result;
}

#define HANDLER(name)                   \
    HYPERCALL(name)                     \
    {                                   \
        return note(#name, a1, a2, a3); \
    }

HANDLER(memory_op)
HANDLER(set_timer_op)
HANDLER(xen_version)
HANDLER(console_io)
HANDLER(grant_table_op)
HANDLER(vm_assist)
HANDLER(vcpu_op)
HANDLER(sched_op)
HANDLER(event_channel_op)
HANDLER(hvm_op)

bool hvm_window_make(struct vcpu *v)
{
    if (!no_window)
        v->hvm->window = window;
    return !no_window;
}

static void *place(uint64_t address, size_t len)
{
    uint64_t offset = address - HVM_WINDOW;

    if (hvm.window_open && address >= HVM_WINDOW)
        return offset <= HVM_WINDOW_SIZE && len <= HVM_WINDOW_SIZE - offset ? window + offset
                                                                            : NULL;
    return address <= MEMORY_SIZE && len <= MEMORY_SIZE - address ? memory + address : NULL;
}

int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    void *from = place(src, len);

    if (from)
        memcpy(dst, from, len);
    return from ? 0 : -XEN_EFAULT;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    void *to = place(dst, len);

    if (to)
        memcpy(to, src, len);
    return to ? 0 : -XEN_EFAULT;
}

static void begin(void)
{
    fake_machine_init(1);
    memset(memory, 0, sizeof(memory));
    memset(window, 0xa5, sizeof(window));
    memset(&hvm, 0, sizeof(hvm));
    fake_current[0] = &vcpu;
    no_window = false;
    called = NULL;
    act = NULL;
    result = 0;
}

static long call(uint32_t nr, uint64_t a1, uint64_t a2, uint64_t a3)
{
    /* What a 64-bit kernel left above is not the argument's. */
    regs->rax = 0xdead00000000 | nr;
    regs->rbx = 0xdead00000000 | a1;
    regs->rcx = 0xdead00000000 | a2;
    regs->rdx = 0xdead00000000 | a3;
    return hypercall_compat(regs);
}

static void words_at(uint64_t address, unsigned int count, const uint32_t *words)
{
    memcpy(memory + address, words, count * sizeof(*words));
}

static uint32_t word_at(uint64_t address)
{
    uint32_t word;

    memcpy(&word, memory + address, sizeof(word));
    return word;
}

#define WORDS(address, ...) \
    words_at(address, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

static void same_structures_go_through(void)
{
    begin();
    result = 4 << 16 | 17;
    CHECK_EQ(call(__HYPERVISOR_xen_version, XENVER_version, 0, 0), 4 << 16 | 17);
    CHECK_STR(called, "xen_version");
    CHECK_EQ(arg[0], XENVER_version);
    CHECK_EQ(call(__HYPERVISOR_hvm_op, 1, 0x8000, 0), result);
    CHECK(arg[0] == 1 && arg[1] == 0x8000);
    CHECK_STR(called, "hvm_op");
    CHECK_EQ(call(__HYPERVISOR_event_channel_op, EVTCHNOP_send, 0x100, 0), result);
    CHECK_STR(called, "event_channel_op");
    CHECK_EQ(call(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 1, 0x200), result);
    CHECK(arg[1] == 1 && arg[2] == 0x200);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_maximum_gpfn, 0x100, 0), result);
    CHECK_STR(called, "memory_op");
    CHECK_EQ(call(__HYPERVISOR_grant_table_op, GNTTABOP_query_size, 0x100, 1), result);
    CHECK_EQ(arg[2], 1);
    CHECK_EQ(call(__HYPERVISOR_set_timer_op, 0x89abcdef, 0x01234567, 0), result);
    CHECK_EQ(arg[0], 0x0123456789abcdef);
    CHECK_EQ(call(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0), result);
    CHECK_EQ(call(__HYPERVISOR_console_io, 0, 5, 0x300), result);
    CHECK_EQ(arg[2], 0x300);
    CHECK(!hvm.window);
}

static void what_is_not_known_is_refused(void)
{
    static const uint32_t unknown[] = {__HYPERVISOR_multicall,
                                       __HYPERVISOR_mmu_update,
                                       __HYPERVISOR_domctl,
                                       __HYPERVISOR_dm_op,
                                       63,
                                       0x80000000};

    begin();
    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++)
        CHECK_EQ(call(unknown[i], 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_acquire_resource, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_get_vnumainfo, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(call(__HYPERVISOR_grant_table_op, GNTTABOP_copy, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(call(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(call(__HYPERVISOR_xen_version, XENVER_platform_parameters, 0, 0), -XEN_ENOSYS);
    CHECK(!called);
}

static void see_add(void)
{
    struct xen_add_to_physmap in;

    CHECK_EQ(arg[1], HVM_WINDOW);
    CHECK_EQ(copy_from_guest(&in, arg[1], sizeof(in)), 0);
    CHECK(in.domid == DOMID_SELF && in.size == 3 && in.space == 2);
    CHECK(in.idx == 0xfffffff0 && in.gpfn == 0x12345);
}

static void structures_are_made_over(void)
{
    begin();
    WORDS(0x100, DOMID_SELF | 3 << 16, 2, 0xfffffff0, 0x12345, 0x77777777);
    act = see_add;
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, 0x100, 0), 0);
    CHECK_STR(called, "memory_op");
    CHECK(!hvm.window_open);
    CHECK_EQ(word_at(0x100), DOMID_SELF | 3 << 16);
    CHECK_EQ(word_at(0x110), 0x77777777);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, MEMORY_SIZE - 8, 0), -XEN_EFAULT);
    no_window = true;
    called = NULL;
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, 0x100, 0), -XEN_ENOMEM);
    CHECK(!called);
}

static void answer_map(void)
{
    struct xen_memory_map map;

    CHECK_EQ(copy_from_guest(&map, arg[1], sizeof(map)), 0);
    CHECK(map.nr_entries == 20 && guest_address(map.buffer) == 0x400);
    map.nr_entries = 5;
    map.buffer.p = NULL;
    CHECK_EQ(copy_to_guest(arg[1], &map, sizeof(map)), 0);
}

static void answers_go_back(void)
{
    begin();
    WORDS(0x100, 20, 0x400);
    act = answer_map;
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_memory_map, 0x100, 0), 0);
    CHECK_EQ(word_at(0x100), 5);
    CHECK_EQ(word_at(0x104), 0x400); /* that one does not */
    result = -XEN_ENOSYS;
    WORDS(0x100, 20, 0x400);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_memory_map, 0x100, 0), -XEN_ENOSYS);
    CHECK_EQ(word_at(0x100), 20);
}

static unsigned int expected;

static void see_list(void)
{
    struct xen_memory_reservation in;

    CHECK_EQ(copy_from_guest(&in, arg[1], sizeof(in)), 0);
    CHECK(in.nr_extents == expected && in.extent_order == 9 && in.mem_flags == 1);
    CHECK_EQ(in.domid, DOMID_SELF);
    for (unsigned int i = 0; i < expected; i++) {
        uint64_t gfn;

        if (copy_from_guest(&gfn, guest_element(in.extent_start, i), 8) || gfn != 0xf0000000 + i)
            CHECK(false);
    }
}

static void lists_are_made_over(void)
{
    begin();
    for (uint32_t i = 0; i < 3000; i++)
        WORDS(0x200 + 4 * i, 0xf0000000 + i);
    act = see_list;
    result = expected = 100;
    WORDS(0x100, 0x200, 100, 9, 1, DOMID_SELF);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, 0x100, 0), 100);
    expected = 1024; /* no more at a time */
    WORDS(0x100, 0x200, 3000, 9, 1, DOMID_SELF);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, 0x100, 0), 100);
    called = NULL;
    WORDS(0x100, MEMORY_SIZE - 40, 11, 9, 1, DOMID_SELF);
    CHECK_EQ(call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, 0x100, 0), -XEN_EFAULT);
    CHECK(!called);
}

static void see_poll(void)
{
    struct sched_poll in;

    CHECK_EQ(copy_from_guest(&in, arg[1], sizeof(in)), 0);
    CHECK(guest_address(in.ports) == 0x500 && in.nr_ports == 1);
    CHECK_EQ(in.timeout, 0x1122334455667788);
}

static void see_timer(void)
{
    struct vcpu_set_singleshot_timer in;

    CHECK_EQ(copy_from_guest(&in, arg[2], sizeof(in)), 0);
    CHECK(in.timeout_abs_ns == 0x1122334455667788 && in.flags == 1);
}

static void times_have_all_their_bits(void)
{
    begin();
    WORDS(0x100, 0x500, 1, 0x55667788, 0x11223344);
    act = see_poll;
    CHECK_EQ(call(__HYPERVISOR_sched_op, SCHEDOP_poll, 0x100, 0), 0);
    WORDS(MEMORY_SIZE - 12, 0x55667788, 0x11223344, 1);
    act = see_timer;
    CHECK_EQ(call(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, MEMORY_SIZE - 12), 0);
    CHECK_STR(called, "vcpu_op");
}

static void interrupt(void)
{
    uint64_t args[] = {arg[0] | 7 << 6, arg[1]};

    CHECK(compat_again(__HYPERVISOR_memory_op, 2, args));
}

static void a_call_is_made_again_with_the_guests_own(void)
{
    uint64_t args[1] = {5};

    begin();
    WORDS(0x100, 0x200, 100, 0, 0, DOMID_SELF);
    act = interrupt;
    call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, 0x100, 0);
    CHECK_EQ(regs->rbx, XENMEM_populate_physmap | 7 << 6);
    CHECK_EQ(regs->rcx, 0x100);
    CHECK(!compat_again(__HYPERVISOR_memory_op, 1, args)); /* none is being made */
    CHECK_EQ(regs->rbx, XENMEM_populate_physmap | 7 << 6);
}

int main(void)
{
    RUN(same_structures_go_through);
    RUN(what_is_not_known_is_refused);
    RUN(structures_are_made_over);
    RUN(answers_go_back);
    RUN(lists_are_made_over);
    RUN(times_have_all_their_bits);
    RUN(a_call_is_made_again_with_the_guests_own);
    return check_done();
}
