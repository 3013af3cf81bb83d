/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls answer nonsense with an errno and do nothing: an unknown number or sub-operation is
 * -ENOSYS, memory that the guest can't reach is -EFAULT (so is the hypervisor's own range, even the
 * part that guests may read), what only dom0 may do is refused. (xen/xen.h and the header of each
 * call.) */
#include "micro.h"

#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#define M2P_SEEN   HV_START             /* a guest may read this */
#define DIRECT_MAP 0xffff830000000000UL /* and this is the hypervisor's */
#define UNMAPPED   0x1000UL

static void check_numbers(void)
{
    static const uint64_t unknown[] = {11,  38,  43,  47,   50,         63,         64,        100,
                                       127, 128, 255, 4096, 0x7fffffff, 0x80000000, 0xffffffff};

    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++)
        expect(call0(unknown[i]), -XEN_ENOSYS, "hypercall %lx is unknown", unknown[i]);
}

static void check_operations(void)
{
    static const struct {
        const char *name;
        uint64_t nr;
    } calls[] = {
        {"memory_op", __HYPERVISOR_memory_op},
        {"xen_version", __HYPERVISOR_xen_version},
        {"grant_table_op", __HYPERVISOR_grant_table_op},
        {"sched_op", __HYPERVISOR_sched_op},
        {"callback_op", __HYPERVISOR_callback_op},
        {"event_channel_op", __HYPERVISOR_event_channel_op},
        {"physdev_op", __HYPERVISOR_physdev_op},
        {"vcpu_op", __HYPERVISOR_vcpu_op},
    };
    static struct mmuext_op op = {.cmd = 99};

    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
        expect(call3(calls[i].nr, 63, 0, 0), -XEN_ENOSYS, "%s has no sub-operation 63",
               calls[i].name);
    expect(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_ENOSYS,
           "mmuext_op has no command 99");
    check(call3(__HYPERVISOR_console_io, 99, 0, 0) < 0, "console_io has no command 99");
    expect(call2(__HYPERVISOR_vm_assist, VMASST_CMD_enable, 99), -XEN_EINVAL, "vm_assist 99");
    expect(call2(__HYPERVISOR_vm_assist, 99, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS,
           "vm_assist command 99");
}

/* Each of these reads a structure at the pointer before it does anything. */
static const struct {
    const char *name;
    uint64_t nr, before[2], after[3];
    unsigned int place; /* which argument the pointer is, 0 to 2 */
} readers[] = {
    {"set_trap_table", __HYPERVISOR_set_trap_table, {0}, {0}, 0},
    {"mmu_update", __HYPERVISOR_mmu_update, {0}, {1, 0, DOMID_SELF}, 0},
    {"mmuext_op", __HYPERVISOR_mmuext_op, {0}, {1, 0, DOMID_SELF}, 0},
    {"set_gdt", __HYPERVISOR_set_gdt, {0}, {512}, 0},
    {"multicall", __HYPERVISOR_multicall, {0}, {1}, 0},
    {"get_features", __HYPERVISOR_xen_version, {XENVER_get_features}, {0}, 1},
    {"capabilities", __HYPERVISOR_xen_version, {XENVER_capabilities}, {0}, 1},
    {"decrease_reservation", __HYPERVISOR_memory_op, {XENMEM_decrease_reservation}, {0}, 1},
    {"current_reservation", __HYPERVISOR_memory_op, {XENMEM_current_reservation}, {0}, 1},
    {"exchange", __HYPERVISOR_memory_op, {XENMEM_exchange}, {0}, 1},
    {"memory_map", __HYPERVISOR_memory_op, {XENMEM_memory_map}, {0}, 1},
    {"machphys_mapping", __HYPERVISOR_memory_op, {XENMEM_machphys_mapping}, {0}, 1},
    {"grant copy", __HYPERVISOR_grant_table_op, {GNTTABOP_copy}, {1}, 1},
    {"grant map", __HYPERVISOR_grant_table_op, {GNTTABOP_map_grant_ref}, {1}, 1},
    {"grant unmap", __HYPERVISOR_grant_table_op, {GNTTABOP_unmap_grant_ref}, {1}, 1},
    {"setup_table", __HYPERVISOR_grant_table_op, {GNTTABOP_setup_table}, {1}, 1},
    {"shutdown", __HYPERVISOR_sched_op, {SCHEDOP_shutdown}, {0}, 1},
    {"poll", __HYPERVISOR_sched_op, {SCHEDOP_poll}, {0}, 1},
    {"callback register", __HYPERVISOR_callback_op, {CALLBACKOP_register}, {0}, 1},
    {"evtchn send", __HYPERVISOR_event_channel_op, {EVTCHNOP_send}, {0}, 1},
    {"evtchn alloc_unbound", __HYPERVISOR_event_channel_op, {EVTCHNOP_alloc_unbound}, {0}, 1},
    {"evtchn close", __HYPERVISOR_event_channel_op, {EVTCHNOP_close}, {0}, 1},
    {"set_iopl", __HYPERVISOR_physdev_op, {PHYSDEVOP_set_iopl}, {0}, 1},
    {"register_vcpu_info", __HYPERVISOR_vcpu_op, {VCPUOP_register_vcpu_info, 0}, {0}, 2},
    {"set_singleshot_timer", __HYPERVISOR_vcpu_op, {VCPUOP_set_singleshot_timer, 0}, {0}, 2},
    {"register_runstate", __HYPERVISOR_vcpu_op, {VCPUOP_register_runstate_memory_area, 0}, {0}, 2},
    {"get_runstate_info", __HYPERVISOR_vcpu_op, {VCPUOP_get_runstate_info, 0}, {0}, 2},
};

static long call_reader(unsigned int i, uint64_t pointer)
{
    uint64_t args[5] = {0};
    unsigned int place = readers[i].place;

    for (unsigned int j = 0; j < place; j++)
        args[j] = readers[i].before[j];
    args[place] = pointer;
    for (unsigned int j = 0; j < ARRAY_SIZE(readers[i].after); j++)
        if (place + 1 + j < ARRAY_SIZE(args))
            args[place + 1 + j] = readers[i].after[j];
    return hypercall(readers[i].nr, args[0], args[1], args[2], args[3], args[4]);
}

static void bad_pointer(unsigned int i, uint64_t pointer)
{
    long result = call_reader(i, pointer);

    /* A call that returns how much it did may say that it was nothing. */
    if (result == 0 && readers[i].nr == __HYPERVISOR_memory_op &&
        readers[i].before[0] == XENMEM_decrease_reservation)
        check(true, "%s at %lx does nothing", readers[i].name, pointer);
    else
        expect(result, -XEN_EFAULT, "%s at %lx", readers[i].name, pointer);
}

static void check_pointers(void)
{
    char *pages = page_alloc();
    char *last = page_alloc();
    const uint64_t bad[] = {
        UNMAPPED,       M2P_SEEN, DIRECT_MAP,         HV_END - 8, NON_CANONICAL,
        ~NON_CANONICAL, ~3UL,     (uint64_t)last - 1, /* it begins where the guest may, and goes on
                                                         where nothing is */
    };

    memset(pages, 0, PAGE_SIZE);
    expect(map_page(last, 0), 0, "a page can be unmapped");
    for (unsigned int i = 0; i < ARRAY_SIZE(readers); i++)
        for (unsigned int j = 0; j < ARRAY_SIZE(bad); j++)
            bad_pointer(i, bad[j]);
}

/* A result has to be written to a page that only can be read. */
static void check_readonly_results(void)
{
    struct evtchn_alloc_unbound *port = page_alloc();
    long before, error;

    *port = (struct evtchn_alloc_unbound){.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    expect(map_readonly(port), 0, "a page can be made read-only");
    error = call2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, port);
    expect(error, -XEN_EFAULT, "alloc_unbound into a read-only page");
    before = call2(__HYPERVISOR_xen_version, XENVER_extraversion, port);
    expect(before, -XEN_EFAULT, "xen_version into a read-only page");
    expect((long)port->port, 0, "the read-only page is as it was");
}

static void check_privilege(void)
{
    static struct xen_domctl domctl = {.cmd = XEN_DOMCTL_pausedomain,
                                       .interface_version = XEN_DOMCTL_INTERFACE_VERSION};
    static struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_physinfo,
                                       .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    static struct xen_platform_op platform = {.cmd = XENPF_settime64,
                                              .interface_version = XENPF_INTERFACE_VERSION};
    static struct sched_remote_shutdown shutdown = {.domain_id = 0, .reason = SHUTDOWN_crash};
    static struct xen_memory_map map;
    static struct physdev_setup_gsi gsi = {.gsi = 9};

    for (unsigned int cmd = 0; cmd < 90; cmd++) {
        domctl.cmd = cmd;
        if (call1(__HYPERVISOR_domctl, &domctl) >= 0)
            check(false, "domctl %u is refused", cmd);
    }
    check(true, "all domctls are refused");
    for (unsigned int cmd = 0; cmd < 32; cmd++) {
        sysctl.cmd = cmd;
        if (call1(__HYPERVISOR_sysctl, &sysctl) >= 0)
            check(false, "sysctl %u is refused", cmd);
    }
    check(true, "all sysctls are refused");
    for (unsigned int cmd = 0; cmd < 70; cmd++) {
        platform.cmd = cmd;
        if (call1(__HYPERVISOR_platform_op, &platform) >= 0)
            check(false, "platform_op %u is refused", cmd);
    }
    check(true, "all platform_ops are refused");
    check(call1(__HYPERVISOR_xsm_op, &sysctl) < 0, "xsm_op is refused");
    check(call2(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, &shutdown) < 0,
          "dom0 can't be shut down from here");
    check(call2(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, &map) < 0,
          "the machine's memory map is not shown");
    check(call2(__HYPERVISOR_memory_op, XENMEM_set_memory_map, &map) < 0,
          "a memory map can't be set");
    check(call2(__HYPERVISOR_physdev_op, PHYSDEVOP_setup_gsi, &gsi) < 0,
          "an interrupt can't be set up");
    check(call3(__HYPERVISOR_console_io, CONSOLEIO_read, 1, page_alloc()) < 0,
          "the machine's console can't be read");
    check(call3(__HYPERVISOR_console_io, CONSOLEIO_write, -1, page_alloc()) < 0,
          "a negative number of characters can't be written");
}

static void check_multicall(void)
{
    static struct multicall_entry calls[600];
    struct multicall_entry *edge = page_alloc();
    char *behind = page_alloc();

    calls[0].op = __HYPERVISOR_multicall;
    calls[1].op = ~0UL;
    calls[2] = (struct multicall_entry){.op = __HYPERVISOR_xen_version};
    calls[3] = (struct multicall_entry){.op = __HYPERVISOR_set_trap_table, .args = {UNMAPPED}};
    expect(call2(__HYPERVISOR_multicall, calls, 4), 0, "a multicall with bad entries is made");
    expect((long)calls[0].result, -XEN_EINVAL, "a multicall in a multicall");
    expect((long)calls[1].result, -XEN_ENOSYS, "an unknown call in a multicall");
    expect((long)calls[2].result, 4 << 16 | 17, "the entries behind are made");
    expect((long)calls[3].result, -XEN_EFAULT, "a bad pointer in a multicall");
    expect(call2(__HYPERVISOR_multicall, 0, 0), 0, "a multicall of nothing");
    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
        calls[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version};
    expect(call2(__HYPERVISOR_multicall, calls, ARRAY_SIZE(calls)), 0, "a long multicall");
    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
        if (calls[i].result != (4 << 16 | 17))
            check(false, "entry %u of a long multicall is made", i);

    (void)map_page(behind, 0);
    edge += PAGE_SIZE / sizeof(*edge) - 1;
    *edge = (struct multicall_entry){.op = __HYPERVISOR_xen_version};
    expect(call2(__HYPERVISOR_multicall, edge, 2), -XEN_EFAULT, "a multicall that ends in nothing");
    expect((long)edge->result, 4 << 16 | 17, "what comes before that is made");
}

static void check_small_calls(void)
{
    struct callback_register callback = {.type = CALLBACKTYPE_syscall, .address = NON_CANONICAL};
    struct callback_unregister event = {.type = CALLBACKTYPE_event};
    static struct trap_info traps[2] = {{.vector = 1, .address = NON_CANONICAL}};
    uint64_t value;

    expect(call2(__HYPERVISOR_callback_op, CALLBACKOP_register, &callback), -XEN_EINVAL,
           "a callback at a non-canonical address");
    callback.type = 77;
    check(call2(__HYPERVISOR_callback_op, CALLBACKOP_register, &callback) < 0,
          "a callback of an unknown type");
    expect(call2(__HYPERVISOR_callback_op, CALLBACKOP_unregister, &event), -XEN_EINVAL,
           "the event callback can't be taken away");
    expect(call1(__HYPERVISOR_set_trap_table, traps), -XEN_EINVAL,
           "a trap handler at a non-canonical address");
    for (unsigned int which = 0; which < 3; which++)
        expect(call2(__HYPERVISOR_set_segment_base, which, NON_CANONICAL), -XEN_EINVAL,
               "segment base %u non-canonical", which);
    expect(call2(__HYPERVISOR_set_segment_base, 4, 0), -XEN_EINVAL, "segment base of nothing");
    expect(call2(__HYPERVISOR_set_segment_base, 3, 0xffff), 0,
           "a bad selector for the user's GS becomes null");
    for (unsigned int i = 0; i < 4; i++) {
        check(call2(__HYPERVISOR_set_debugreg, i, DIRECT_MAP) < 0,
              "a breakpoint %u in the hypervisor", i);
        check(call2(__HYPERVISOR_set_debugreg, i, NON_CANONICAL) < 0,
              "a non-canonical breakpoint %u", i);
    }
    /* A result that is a value may look like any errno. */
    for (long error = -90; error < -80; error++) {
        expect(call2(__HYPERVISOR_set_debugreg, 0, error), 0, "a breakpoint at %lx", error);
        expect(call1(__HYPERVISOR_get_debugreg, 0), error, "is read");
    }
    check(call2(__HYPERVISOR_set_debugreg, 8, 0) < 0, "there is no debug register 8");
    check(call2(__HYPERVISOR_set_debugreg, 7, 1UL << 13) < 0, "DR7.GD can't be set");
    expect(call3(__HYPERVISOR_update_va_mapping, DIRECT_MAP, 0, 0), -XEN_EINVAL,
           "update_va_mapping of the hypervisor's");
    expect(call3(__HYPERVISOR_update_va_mapping, NON_CANONICAL, 0, 0), -XEN_EINVAL,
           "update_va_mapping of a non-canonical address");
    expect(call3(__HYPERVISOR_update_va_mapping, UNMAPPED, 0, 0), -XEN_EINVAL,
           "update_va_mapping where there is no table");
    expect(try_read((void *)DIRECT_MAP, &value), TRAP_PF, "the hypervisor's memory can't be read");
}

void micro_main(void)
{
    check_numbers();
    check_operations();
    check_pointers();
    check_readonly_results();
    check_privilege();
    check_multicall();
    check_small_calls();
}
