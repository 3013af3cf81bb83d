/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest can't survive. Where the hypervisor has no way of telling a guest what happened to
 * it, it ends that guest, and only that: "how=" on the command line says what this one does. It has
 * no last line; one that gets there was not ended. (xen/arch-x86/xen-x86_64.h) */
#include "micro.h"

#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/sched.h>

static char *unmapped_page(void)
{
    char *page = page_alloc();

    (void)map_page(page, 0);
    return page;
}

static _Noreturn void trap_with_stack(uint64_t stack)
{
    __asm__ volatile("movq %0, %%rsp\n\tud2" ::"r"(stack) : "memory");
    __builtin_unreachable();
}

static void die_by_handler(void)
{
    (void)call1(__HYPERVISOR_set_trap_table, 0);
    __asm__ volatile("ud2");
}

static void die_by_stack(void)
{
    trap_with_stack((uint64_t)unmapped_page() + 512);
}

static void die_by_hypervisor_stack(void)
{
    trap_with_stack(0xffff830000100000);
}

static void die_by_table_stack(void)
{
    trap_with_stack((uint64_t)start_info->pt_base + 512);
}

/* The page-fault handler is where the guest can't go: each fault brings another, until the stack
 * ends. */
static void die_by_handler_place(void)
{
    static struct trap_info table[2] = {
        {.vector = TRAP_PF, .cs = USER_CS, .address = 0xffff830000100000}};

    (void)call1(__HYPERVISOR_set_trap_table, table);
    *(volatile char *)unmapped_page() = 1;
}

static void die_by_iret_stack(void)
{
    iret_with((void *)unmapped_page());
}

static void die_by_iret_hypervisor(void)
{
    iret_with((void *)0xffff830000100000);
}

static void die_by_iret_user(void)
{
    struct iret_frame frame = {.rip = VIRT_BASE,
                               .cs = USER_CS,
                               .rflags = FLAG_IF,
                               .ss = USER_SS,
                               .rsp = VIRT_BASE + PAGE_SIZE};

    iret_with(&frame);
}

static void die_by_user_trap(void)
{
    user_init();
    (void)call2(__HYPERVISOR_stack_switch, USER_SS, NON_CANONICAL);
    (void)user_execute("\x0f\x0b", 2, FLAG_IF, NULL);
}

static void die_by_event(void)
{
    struct callback_register reg = {.type = CALLBACKTYPE_event, .address = 0};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_unmask unmask;
    struct evtchn_send send;

    (void)call2(__HYPERVISOR_callback_op, CALLBACKOP_register, &reg);
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, &ipi);
    send.port = unmask.port = ipi.port;
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_unmask, &unmask);
    shared_info->vcpu_info[0].evtchn_upcall_mask = 0;
    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

/* vCPU 1 ends the guest while vCPU 0 has a large tree of tables checked and undone, again and
 * again. */
static void end_it(void)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_crash};

    nap(300000000);
    (void)call2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &shutdown);
}

static void die_half_way(void)
{
    uint64_t *window = page_alloc(), *data = page_alloc(), *l2 = page_alloc();

    for (unsigned int i = 0; i < 512; i++) {
        uint64_t mfn = spare_mfn();

        (void)map_page(window, mfn << PAGE_SHIFT | PTE_DATA);
        for (unsigned int j = 0; j < 512; j++)
            window[j] = mfn_of(data) << PAGE_SHIFT | PTE_READ;
        l2[i] = mfn << PAGE_SHIFT | PTE_TABLE;
    }
    (void)map_writable(window);
    (void)map_readonly(l2);
    expect(vcpu_start(1, end_it), 0, "vCPU 1 is started");
    for (;;) {
        (void)mmuext(MMUEXT_PIN_L2_TABLE, mfn_of(l2));
        (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l2));
    }
}

static void die_by_itself(void)
{
    finish(SHUTDOWN_crash);
}

static const struct {
    const char *name;
    void (*fn)(void);
} ways[] = {
    {"handler", die_by_handler},
    {"stack", die_by_stack},
    {"hypervisor-stack", die_by_hypervisor_stack},
    {"table-stack", die_by_table_stack},
    {"handler-place", die_by_handler_place},
    {"iret-stack", die_by_iret_stack},
    {"iret-hypervisor", die_by_iret_hypervisor},
    {"iret-user", die_by_iret_user},
    {"user-trap", die_by_user_trap},
    {"event", die_by_event},
    {"half-way", die_half_way},
    {"itself", die_by_itself},
};

void micro_main(void)
{
    const char *how = option("how");

    print("fatal: %s\n", how);
    console_flush();
    for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++)
        if (strlen(how) == strlen(ways[i].name) && !memcmp(how, ways[i].name, strlen(how)))
            ways[i].fn();
    check(false, "the guest still lives");
}
