/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ends a hardware guest, and what goes on for ever: "how=" on the command line says what this
 * one does. Whoever it is, only that guest is hit: the hypervisor says why it ended it, or it can
 * be destroyed like any other. (APM vol. 2, 15.7 and 15.12) */
#include "hw.h"

#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include "hw_fatal.h"

#define VECTOR    0x41
#define GRANT_REF 8
#define DOMAINS   500
#define CR0_NW    (1UL << 29)
#define TYPE_USER 0xee /* a 32-bit interrupt gate, for ring 3 */

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

_Noreturn void misaligned_run(void);
extern const char misaligned_code[];
/* These are the 32-bit side's as well. */
struct table_pointer misaligned_gdt_pointer, misaligned_idt_pointer;

static void die_by_triple_fault(void)
{
    static const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none;

    __asm__ volatile("lidt %0\n\tud2" ::"m"(none));
}

static void die_by_code_place(void)
{
    ((void (*)(void))HOLE)();
}

/* Has a page of its own granted to itself at HOLE; its own number is not told, so it tries. */
static bool map_granted(const void *page)
{
    static page_aligned grant_entry_v1_t grants[PAGE_SIZE / sizeof(grant_entry_v1_t)];
    struct xen_add_to_physmap table = {.domid = DOMID_SELF,
                                       .space = XENMAPSPACE_grant_table,
                                       .gpfn = (uint64_t)grants >> PAGE_SHIFT};
    struct gnttab_map_grant_ref map = {
        .host_addr = HOLE, .flags = GNTMAP_host_map, .ref = GRANT_REF};

    if (call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &table))
        return false;
    for (map.dom = 1; map.dom < DOMAINS; map.dom++) {
        grants[GRANT_REF] = (grant_entry_v1_t){.flags = GTF_permit_access,
                                               .domid = map.dom,
                                               .frame = (uint32_t)((uint64_t)page >> PAGE_SHIFT)};
        if (!call3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &map, 1) &&
            map.status == GNTST_okay)
            return true;
    }
    return false;
}

/* Nothing that was granted is ever run. */
static void die_by_granted_code(void)
{
    uint8_t *page = page_alloc();

    page[0] = 0xc3; /* ret */
    ((void (*)(void))page)();
    check(map_granted(page), "a page is granted to its own guest");
    check(*(volatile uint8_t *)HOLE == 0xc3, "and can be read");
    console_flush();
    ((void (*)(void))HOLE)();
}

static void die_by_instruction(void)
{
    __asm__ volatile("fldt (%0)" ::"r"(HOLE));
}

/* Nothing that the CPU reads by itself is where memory is. */
static void die_by_table_place(void)
{
    __asm__ volatile("movq %0, %%cr3" ::"r"(HOLE) : "memory");
}

static void die_by_idt_place(void)
{
    const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) idt = {4095, HOLE};

    __asm__ volatile("lidt %0\n\tud2" ::"m"(idt));
}

static void die_by_stack_place(void)
{
    __asm__ volatile("movq %0, %%rsp\n\tud2" ::"r"(HOLE + PAGE_SIZE));
}

static void die_by_halt(void)
{
    __asm__ volatile("cli; hlt");
}

/* No CPU takes that (#GP). An emulator that does refuses to enter the guest with it. */
static void die_by_control_register(void)
{
    uint64_t cr0;

    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movq %0, %%cr0" ::"r"(cr0 | CR0_NW));
    (void)hw_cpuid(0, 0);
}

/* An instruction that has nothing to do with a device is found in the place of one that had, again
 * and again. A CPU that hands over what it was itself about to execute goes on with that for ever.
 */
static void die_by_changed_code(void)
{
    static const struct hw_code old = {"\x8b\x03", 2}, now = {"\x90", 1};

    for (;;) {
        struct registers r = {.rbx = HOLE};

        (void)hw_execute_stale(&old, &now, false, &r);
    }
}

static void interrupts_on(void)
{
    hw_takes_interrupts = true;
    apic_write(APIC_SVR, 0x1ff);
    __asm__ volatile("sti" ::: "memory");
}

/* A breakpoint on the stack, where the CPU puts the frame of the exception of that breakpoint.
 * (QEMU arms none: there this only keeps a CPU busy.) */
static void live_by_breakpoints(void)
{
    static page_aligned uint64_t stack[512];
    extern const char hw_trap_stubs[];

    hw_gate_set(TRAP_DB,
                (uint64_t)hw_trap_stubs); /* that of #DE: a push is all it has to come to */
    hw_gate_stack(TRAP_DB, &stack[256]);
    __asm__ volatile("movq %0, %%dr0; movq %1, %%dr1; movq %2, %%dr7" ::"r"(&stack[255]),
                     "r"(&stack[254]), "r"(0xdd000aUL));
    __asm__ volatile("leaq %0, %%rsp; 1: movq $1, %1; jmp 1b" ::"m"(stack[256]), "m"(stack[255]));
}

static uint64_t user_gate(const char *handler)
{
    uint64_t at = (uint64_t)handler;

    return (at & 0xffff) | USER32_CODE << 16 | (uint64_t)TYPE_USER << 40 | at >> 16 << 48;
}

/* The stack is not aligned, neither for the code nor for the handler of that, which runs in ring 3,
 * too: so its frame is not aligned either, and there is the exception again. (QEMU checks no
 * alignment: there this only keeps a CPU busy.) */
static void live_by_alignment(void)
{
    static uint64_t gdt[] = {
        0,
        0x00cf9b000000ffff, /* as all tables begin */
        0x00af9b000000ffff,
        0x00cf93000000ffff,
        0x00cffb000000ffff, /* USER32_CODE */
        0x00cff3000000ffff, /* USER32_DATA */
    };
    static uint64_t idt[TRAP_AC + 1];

    idt[TRAP_AC] = user_gate(misaligned_code);
    misaligned_gdt_pointer = (struct table_pointer){sizeof(gdt) - 1, (uint32_t)(uint64_t)gdt};
    misaligned_idt_pointer = (struct table_pointer){sizeof(idt) - 1, (uint32_t)(uint64_t)idt};
    misaligned_run();
}

static void live_by_timer(void)
{
    interrupts_on();
    apic_write(APIC_DIVIDE, 0xb);
    apic_write(APIC_TIMER, 0x20000 | VECTOR);
    apic_write(APIC_INITIAL, 1);
    for (;;)
        __asm__ volatile("pause");
}

static void live_by_interrupts(void)
{
    interrupts_on();
    for (;;)
        apic_write(APIC_ICR, 0x40000 | VECTOR);
}

static bool ignore(struct trap_frame *frame)
{
    return true;
}

/* Non-maskable ones, and with interrupts off. */
static void live_by_nmis(void)
{
    trap_hook = ignore;
    __asm__ volatile("" ::: "memory");
    apic_write(APIC_SVR, 0x1ff);
    for (;;)
        apic_write(APIC_ICR, 0x40400);
}

/* Anything but to be shut down, with pointers to where nothing is mapped. */
static void live_by_calls(void)
{
    for (uint64_t i = 0;; i++) {
        uint64_t nr = i % 64, pointer = (1UL << 40) + i;

        if (nr != __HYPERVISOR_sched_op && nr != __HYPERVISOR_iret)
            (void)hypercall(nr, i / 64 % 16, pointer, pointer, pointer, pointer);
    }
}

static const struct {
    const char *name;
    void (*fn)(void);
} ways[] = {
    {"triple-fault", die_by_triple_fault},
    {"code-place", die_by_code_place},
    {"granted-code", die_by_granted_code},
    {"instruction", die_by_instruction},
    {"table-place", die_by_table_place},
    {"idt-place", die_by_idt_place},
    {"stack-place", die_by_stack_place},
    {"control-register", die_by_control_register},
    {"changed-code", die_by_changed_code},
    {"halt", die_by_halt},
    {"breakpoints", live_by_breakpoints},
    {"alignment", live_by_alignment},
    {"timer", live_by_timer},
    {"interrupts", live_by_interrupts},
    {"nmis", live_by_nmis},
    {"calls", live_by_calls},
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
