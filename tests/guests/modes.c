/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between kernel and user mode, both in ring 3: system calls with whatever flags, HYPERVISOR_iret
 * with whatever frame, single steps across both, and faults on the way. Flags that only the
 * hypervisor may have (IOPL, VM, IF off) never get into a guest; a bad frame is the guest's own
 * fault, at worst a trap. (xen/arch-x86/xen-x86_64.h: struct iret_context) */
#include "micro.h"

#include <xen/sched.h>

static page_aligned uint8_t stack[PAGE_SIZE];

static void iret_now(void *frame)
{
    iret_with(frame);
}

/* HYPERVISOR_iret to kernel mode with this frame, whose RIP is at made-up instructions. */
static int iret_to(const void *bytes, size_t count, struct iret_frame *frame)
{
    static struct iret_frame copy;

    memset(instruction_bytes, 0xcc, 64);
    memcpy(instruction_bytes, bytes, count);
    copy = *frame;
    return try_call(iret_now, &copy);
}

static struct iret_frame kernel_frame(void)
{
    return (struct iret_frame){.rip = (uint64_t)instruction_bytes,
                               .cs = KERNEL_CS,
                               .rflags = FLAG_IF,
                               .rsp = (uint64_t)stack + sizeof(stack) - 64,
                               .ss = USER_SS};
}

static void check_iret(void)
{
    struct iret_frame frame = kernel_frame();

    frame.rax = 0x1111;
    frame.rcx = 0x2222;
    frame.r11 = 0x3333;
    expect(iret_to("\xcc", 1, &frame), TRAP_BP, "IRET goes where it should");
    check(trapped.rax == 0x1111 && trapped.rcx == 0x2222 && trapped.r11 == 0x3333,
          "with RAX, RCX and R11 of the frame");
    /* Values that mean something inside a hypervisor are only values here. */
    for (long value = -200; value < 0; value++) {
        frame.rax = (uint64_t)value;
        if (iret_to("\xcc", 1, &frame) != TRAP_BP || trapped.rax != (uint64_t)value ||
            trapped.rip != (uint64_t)instruction_bytes + 1 || trapped.rcx != 0x2222) {
            check(false, "IRET with RAX %ld: RAX %lx, RIP %lx", value, trapped.rax, trapped.rip);
        }
    }
    check(true, "IRET with errnos in RAX");
    frame = kernel_frame();
    frame.flags = VGCF_in_syscall;
    expect(iret_to("\xcc", 1, &frame), TRAP_BP, "IRET as from a system call");
}

static void check_iret_flags(void)
{
    struct iret_frame frame = kernel_frame();

    for (unsigned int bit = 0; bit < 64; bit++) {
        int trap;

        frame = kernel_frame();
        frame.rflags = FLAG_IF | 1UL << bit;
        trap = iret_to("\x90\xcc", 2, &frame);
        if (bit == 8) {
            expect(trap, TRAP_DB, "IRET with TF");
            expect((long)trapped.rip, (long)instruction_bytes + 1, "steps once");
        } else if (trap != TRAP_BP) {
            check(false, "IRET with flag %u: trap %d", bit, trap);
        } else if (trapped.rflags & (FLAG_IOPL | FLAG_VM)) {
            check(false, "IRET with flag %u: flags %lx", bit, trapped.rflags);
        }
    }
    check(true, "IRET with each flag");
    frame = kernel_frame();
    frame.rflags = ~0UL & ~FLAG_TF;
    expect(iret_to("\xcc", 1, &frame), TRAP_BP, "IRET with all flags");
    expect((long)(trapped.rflags & (FLAG_IOPL | FLAG_VM)), 0, "gives no IOPL and no VM");
    frame = kernel_frame();
    frame.rflags = 0;
    expect(iret_to("\xcc", 1, &frame), TRAP_BP, "IRET with no flags");
    expect((long)(trapped.rflags & FLAG_IF), 0, "means events are masked");
    check(shared_info->vcpu_info[0].evtchn_upcall_mask, "and they are");
}

static void check_iret_selectors(void)
{
    static const uint64_t code[] = {0, 3, 0xe008, 0xe010, 0xe040, 0xe02b, 0x8, 0xfff8, 0xffff, 0x7};
    static const uint64_t data[] = {0xe008, 0xe010, 0xe033, 0xe040, 0x8, 0xfff8, 0xffff, 0x7};

    for (unsigned int i = 0; i < ARRAY_SIZE(code); i++) {
        struct iret_frame frame = kernel_frame();
        int trap;

        frame.cs = code[i] & ~3UL;
        trap = iret_to("\xcc", 1, &frame);
        check(trap == TRAP_GP || trap == TRAP_NP, "IRET with CS %lx (%d)", frame.cs, trap);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(data); i++) {
        struct iret_frame frame = kernel_frame();
        int trap;

        frame.ss = data[i];
        trap = iret_to("\xcc", 1, &frame);
        check(trap == TRAP_GP || trap == TRAP_SS || trap == TRAP_NP, "IRET with SS %lx (%d)",
              data[i], trap);
    }
}

/* The registers that HYPERVISOR_iret leaves alone, in a fault that it ends with. */
static void iret_with_registers(void *frame)
{
    __asm__ volatile("movq %%rdi, %%rsp\n\t"
                     "movl $0xb0b0, %%ebx\n\t"
                     "movl $0xd0d0, %%edx\n\t"
                     "movl $0x5151, %%esi\n\t"
                     "movl $0xd1d1, %%edi\n\t"
                     "movl $0xb9b9, %%ebp\n\t"
                     "movl $0x0808, %%r8d\n\t"
                     "movl $0x0909, %%r9d\n\t"
                     "movl $0x1010, %%r10d\n\t"
                     "movl $0x1212, %%r12d\n\t"
                     "movl $0x1313, %%r13d\n\t"
                     "movl $0x1414, %%r14d\n\t"
                     "movl $0x1515, %%r15d\n\t"
                     "movl $23, %%eax\n\t"
                     "syscall" ::"D"(frame)
                     : "memory");
    __builtin_unreachable();
}

static void check_iret_registers(void)
{
    static struct iret_frame frame;
    int trap;

    frame = kernel_frame();
    frame.rax = 0xa0a0;
    frame.rcx = 0xc0c0;
    frame.r11 = 0x1111;
    frame.cs = 0xe010;
    trap = try_call(iret_with_registers, &frame);
    expect(trap, TRAP_GP, "IRET with a bad CS and all registers in use");
    expect((long)trapped.rax, 0xa0a0, "RAX stays");
    expect((long)trapped.rbx, 0xb0b0, "RBX stays");
    expect((long)trapped.rcx, 0xc0c0, "RCX stays");
    expect((long)trapped.rdx, 0xd0d0, "RDX stays");
    expect((long)trapped.rsi, 0x5151, "RSI stays");
    expect((long)trapped.rdi, 0xd1d1, "RDI stays");
    expect((long)trapped.rbp, 0xb9b9, "RBP stays");
    expect((long)trapped.r8, 0x0808, "R8 stays");
    expect((long)trapped.r9, 0x0909, "R9 stays");
    expect((long)trapped.r10, 0x1010, "R10 stays");
    expect((long)trapped.r11, 0x1111, "R11 stays");
    expect((long)trapped.r12, 0x1212, "R12 stays");
    expect((long)trapped.r13, 0x1313, "R13 stays");
    expect((long)trapped.r14, 0x1414, "R14 stays");
    expect((long)trapped.r15, 0x1515, "R15 stays");
    expect((long)trapped.rip, (long)frame.rip, "RIP is where IRET was to go");
    expect((long)trapped.rsp, (long)frame.rsp, "RSP is what it was to be");
}

/* A code segment in an LDT, which the hypervisor shows to the CPU when it is first asked for. */
static void check_iret_ldt(void)
{
    uint64_t *ldt = page_alloc();
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (uint64_t)ldt};
    struct iret_frame frame = kernel_frame();

    ldt[1] = 0x00affb000000ffffUL;
    (void)map_readonly(ldt);
    op.arg2.nr_ents = 512;
    expect(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), 0, "an LDT is set");
    frame.cs = 1 * 8 + 4;
    expect(iret_to("\xcc", 1, &frame), TRAP_BP, "IRET to a segment of the LDT");
    expect((long)(trapped.cs & 0xfffc), 1 * 8 + 4, "is what runs then");
    op.arg1.linear_addr = 0x40000000;
    expect(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), 0,
           "an LDT is set where nothing is");
    expect(iret_to("\xcc", 1, &frame), TRAP_PF, "IRET to a segment of it");
    expect((long)trapped_address, 0x40000008, "is a fault where it should be");
    op.arg2.nr_ents = 0;
    expect(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), 0, "the LDT is taken away");
    expect(iret_to("\xcc", 1, &frame), TRAP_GP, "IRET to a segment of no LDT");
}

static void check_iret_addresses(void)
{
    static const uint64_t bad[] = {NON_CANONICAL, ~NON_CANONICAL,     0xffff7fffffffffff,
                                   HV_START,      0xffff830000000000, 0x1000,
                                   ~0UL};

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct iret_frame frame = kernel_frame();
        int trap;

        frame.rip = bad[i];
        trap = iret_to("\xcc", 1, &frame);
        check(trap == TRAP_GP || trap == TRAP_PF, "IRET to %lx (%d)", bad[i], trap);
        frame.flags = VGCF_in_syscall;
        trap = iret_to("\xcc", 1, &frame);
        check(trap == TRAP_GP || trap == TRAP_PF, "IRET as from a system call to %lx (%d)", bad[i],
              trap);
    }
}

static void check_user_syscalls(void)
{
    static const uint64_t flags[] = {FLAG_IF,
                                     FLAG_IF | FLAG_AC,
                                     FLAG_IF | FLAG_NT,
                                     FLAG_IF | FLAG_DF,
                                     FLAG_IF | FLAG_IOPL,
                                     FLAG_IF | FLAG_RF,
                                     0,
                                     FLAG_IF | FLAG_AC | FLAG_NT | FLAG_DF | FLAG_IOPL | FLAG_CF};

    for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
        struct registers r = {.rax = ~0UL};

        expect(user_execute("\x0f\x05", 2, flags[i], &r), TRAP_SYSCALL,
               "SYSCALL of user code with flags %lx", flags[i]);
        expect((long)r.rax, -1, "RAX is as it was");
        expect((long)(trapped.rflags & (FLAG_IOPL | FLAG_VM)), 0, "no IOPL is seen");
        expect(user_execute("\xcd\x80", 2, flags[i], &r), 0x80, "INT 0x80 of it");
    }
    expect(user_execute("\x90\x0f\x05", 3, FLAG_IF | FLAG_TF, NULL), TRAP_DB, "single steps");
    expect(user_execute("\x0f\x05", 2, FLAG_IF | FLAG_TF, NULL), TRAP_SYSCALL,
           "a step that is a system call");
}

/* The kernel is interrupted in the middle of things that it does with TF set. */
static unsigned int steps;

static bool count_steps(struct trap_frame *frame)
{
    if (frame->vector != TRAP_DB)
        return false;
    steps++;
    return true;
}

static void check_kernel_steps(void)
{
    uint64_t version;

    trap_hook = count_steps;
    steps = 0;
    version = syscall_with(__HYPERVISOR_xen_version, 0, 0, FLAG_TF | FLAG_IF | 2);
    trap_hook = NULL;
    expect((long)version, 4 << 16 | 17, "a hypercall with TF set");
    check(steps >= 1 && steps <= 3, "is stepped over (%u)", steps);
    for (unsigned int bit = 0; bit < 22; bit++) {
        uint64_t flag = 1UL << bit;

        if (flag & (FLAG_TF | FLAG_IOPL | FLAG_VM | 1UL << 19 | 1UL << 20))
            continue;
        version = syscall_with(__HYPERVISOR_xen_version, 0, 0, FLAG_IF | 2 | flag);
        if (version != (4 << 16 | 17))
            check(false, "a hypercall with flag %u", bit);
    }
    check(true, "a hypercall with each flag");
}

/* User code gets the faults of privileged instructions, whatever the kernel may do. */
static void check_user_faults(void)
{
    static const struct {
        const char *name, *text;
        unsigned int length;
        int trap;
    } cases[] = {
        {"HLT", "\xf4", 1, TRAP_GP},
        {"CLI", "\xfa", 1, TRAP_GP},
        {"MOV from CR0", "\x0f\x20\xc0", 3, TRAP_GP},
        {"MOV to CR3", "\x0f\x22\xd8", 3, TRAP_GP},
        {"RDMSR", "\x0f\x32", 2, TRAP_GP},
        {"WRMSR", "\x0f\x30", 2, TRAP_GP},
        {"IN", "\xe4\x60", 2, TRAP_GP},
        {"INT3", "\xcc", 1, TRAP_BP},
        {"INT 3", "\xcd\x03", 2, TRAP_BP},
        {"INT 0x20, whose handler does not take it", "\xcd\x20", 2, TRAP_GP},
        {"UD2", "\x0f\x0b", 2, TRAP_UD},
    };
    struct registers r;
    uint64_t value;

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++)
        expect(user_execute(cases[i].text, cases[i].length, FLAG_IF, NULL), cases[i].trap,
               "%s of user code", cases[i].name);
    r = (struct registers){.rax = 0x1000};
    expect(user_execute("\x48\x8b\x00", 3, FLAG_IF, &r), TRAP_PF, "a page fault of user code");
    expect((long)trapped.error, 4, "says so");
    r = (struct registers){.rax = 0xffff830000000000};
    expect(user_execute("\x48\x8b\x00", 3, FLAG_IF, &r), TRAP_PF, "user code reads the hypervisor");
    r = (struct registers){.rax = (uint64_t)NON_CANONICAL};
    expect(user_execute("\xff\xe0", 2, FLAG_IF, &r), TRAP_GP, "user code jumps to nowhere");
    expect(user_execute("\x0f\x05", 2, FLAG_IF | FLAG_AC, NULL), TRAP_SYSCALL, "and is well");
    check(try_read((void *)HV_START, &value) == NO_TRAP, "so is the kernel");
    /* Alignment checks are for user code that asks for them. */
    r = (struct registers){.rax = (uint64_t)stack + 1};
    value = (uint64_t)user_execute("\x48\x8b\x00\x0f\x05", 5, FLAG_IF | FLAG_AC, &r);
    check(value == TRAP_AC || value == TRAP_SYSCALL, "a misaligned read with AC (%ld)", value);
}

/* 32-bit user code, at 4 MiB. */
static void check_compatibility(void)
{
    static char *const low = (char *)0x400000;
    uint64_t *code = page_alloc(), *l1 = page_alloc(), *l2 = page_alloc(), *l3 = page_alloc();
    uint64_t slot = root_mfn() << PAGE_SHIFT;

    memcpy(code, "\x0f\x05\xcd\x80\x0f\x0b\xf4", 7);
    l1[0] = mfn_of(code) << PAGE_SHIFT | PTE_READ;
    l2[2] = mfn_of(l1) << PAGE_SHIFT | PTE_TABLE;
    l3[0] = mfn_of(l2) << PAGE_SHIFT | PTE_TABLE;
    (void)map_readonly(l1);
    (void)map_readonly(l2);
    (void)map_readonly(l3);
    expect(mmu_update(slot, mfn_of(l3) << PAGE_SHIFT | PTE_TABLE, MMU_NORMAL_PT_UPDATE), 0,
           "low memory is mapped");
    user_cs = USER_CS32;
    expect(user_run(low, FLAG_IF, NULL), TRAP_UD,
           "SYSCALL of 32-bit code, with no callback for it");
    expect((long)trapped.rip, (long)low, "is reported where it is");
    expect((long)(trapped.cs & 0xffff), USER_CS32, "as of 32-bit code");
    expect(user_run(low + 2, FLAG_IF, NULL), 0x80, "INT 0x80 of it");
    expect((long)trapped.rip, (long)low + 4, "is reported behind it");
    expect(user_run(low + 4, FLAG_IF, NULL), TRAP_UD, "UD2 of it");
    expect(user_run(low + 6, FLAG_IF, NULL), TRAP_GP, "HLT of it");
    user_cs = USER_CS;
    expect(mmu_update(slot, 0, MMU_NORMAL_PT_UPDATE), 0, "low memory is unmapped");
}

static void nap_a_little(void *unused)
{
    nap(5000000);
}

static void check_failsafe(void)
{
    uint16_t selector;

    /* A descriptor goes away while its selector is in use and the vCPU does not run. */
    uint64_t *gdt = page_alloc();
    uint64_t frame_list[1];

    gdt[1] = 0x00cff3000000ffffUL;
    (void)map_readonly(gdt);
    frame_list[0] = mfn_of(gdt);
    expect(call2(__HYPERVISOR_set_gdt, frame_list, 512), 0, "a GDT is set");
    __asm__ volatile(
        "mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%fs\n\tmov %0, %%gs" ::"r"(1 * 8 + 3));
    expect(call2(__HYPERVISOR_update_descriptor, maddr_of(&gdt[1]), 0), 0, "its descriptor goes");
    {
        int trap = try_call(nap_a_little, NULL);

        check(trap == TRAP_FAILSAFE || trap == NO_TRAP, "the failsafe callback is called (%d)",
              trap);
    }
    __asm__ volatile("mov %%ds, %0" : "=r"(selector));
    check(selector == 0 || selector == 11, "and the selector is null or was never reloaded");
    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%fs\n\tmov %0, %%gs" ::"r"(0));
    expect(call2(__HYPERVISOR_set_gdt, frame_list, 0), 0, "the GDT is taken away");
}

void micro_main(void)
{
    user_init();
    check_iret();
    check_iret_flags();
    check_iret_selectors();
    check_iret_addresses();
    check_iret_registers();
    check_iret_ldt();
    check_user_syscalls();
    check_kernel_steps();
    check_user_faults();
    check_compatibility();
    check_failsafe();
}
