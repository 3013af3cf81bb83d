/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileged instructions of a kernel in ring 3. Some are carried out for it, within what it may
 * know and change; all others are #GP at the instruction, whatever they would do on a computer of
 * its own. (xen/arch-x86/xen-x86_64.h; SDM vol. 2 for which are privileged) */
#include "micro.h"

#include <xen/physdev.h>
#include <xen/version.h>

#define MSR_EFER 0xc0000080u

/* A string with its length, and a name. */
#define CASE(name, text)             \
    {                                \
        name, text, sizeof(text) - 1 \
    }

struct instruction {
    const char *name, *text;
    unsigned int length;
};

static void check_refused(void)
{
    static const struct instruction refused[] = {
        CASE("HLT", "\xf4"),
        CASE("LGDT", "\x0f\x01\x17"),
        CASE("LIDT", "\x0f\x01\x1f"),
        CASE("LLDT", "\x0f\x00\xd0"),
        CASE("LTR", "\x0f\x00\xd8"),
        CASE("LMSW", "\x0f\x01\xf0"),
        CASE("INVLPG", "\x0f\x01\x3f"),
        CASE("SWAPGS", "\x0f\x01\xf8"),
        CASE("SYSRET", "\x48\x0f\x07"),
        CASE("RDPMC", "\x0f\x33"),
        CASE("IN from port 0x60", "\xe4\x60"),
        CASE("OUT to port 0x64", "\xe6\x64"),
        CASE("INS", "\x6c"),
        CASE("OUTS", "\x6e"),
        CASE("CLI", "\xfa"),
        CASE("STI", "\xfb"),
        CASE("a LOCK prefix too many bytes",
             "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66"
             "\x66\x90"),
        CASE("MOV to CR8", "\x44\x0f\x22\xc0"),
        CASE("MOV from CR8", "\x44\x0f\x20\xc0"),
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        struct registers r = {.rdi = (uint64_t)instruction_bytes, .rdx = 0x60};

        expect(execute(refused[i].text, refused[i].length, &r), TRAP_GP, "%s", refused[i].name);
        expect((long)trapped.rip, (long)instruction_bytes, "%s is reported where it is",
               refused[i].name);
    }
}

static void check_undefined(void)
{
    static const struct instruction undefined[] = {
        CASE("UD2", "\x0f\x0b"),
        CASE("UD2 and half of the emulation prefix", "\x0f\x0bxe"),
        CASE("the emulation prefix with no CPUID", "\x0f\x0bxen\x90\x90"),
        CASE("VMMCALL", "\x0f\x01\xd9"),
        CASE("VMCALL", "\x0f\x01\xc1"),
        CASE("MOV to CR1", "\x0f\x22\xc8"),
        CASE("MOV from CR1", "\x0f\x20\xc8"),
        CASE("RSM", "\x0f\xaa"),
        CASE("INTO", "\xce"),
        CASE("SYSENTER, with no callback for it", "\x0f\x34"),
        CASE("SYSEXIT", "\x0f\x35"),
        CASE("LOCK NOP", "\xf0\x90"),
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(undefined); i++) {
        int trap = execute(undefined[i].text, undefined[i].length, NULL);

        /* Which of the two is up to the CPU for some of them. */
        check(trap == TRAP_UD || trap == TRAP_GP, "%s is undefined (%d)", undefined[i].name, trap);
        expect((long)trapped.rip, (long)instruction_bytes, "%s is reported where it is",
               undefined[i].name);
    }
}

static void check_control_registers(void)
{
    struct registers r = {0};
    uint64_t cr0, cr4;

    expect(execute_text("\x0f\x20\xc0", &r), NO_TRAP, "CR0 can be read");
    cr0 = r.rax;
    check((cr0 & 0x80000001) == 0x80000001, "and has paging and protection");
    expect(execute_text("\x0f\x22\xc0", &r), NO_TRAP, "it may be written as it is");
    r.rax = cr0 ^ 1UL << 16;
    expect(execute_text("\x0f\x22\xc0", &r), TRAP_GP, "write protection stays");
    r.rax = cr0 & ~(1UL << 31);
    expect(execute_text("\x0f\x22\xc0", &r), TRAP_GP, "paging stays");
    r.rax = cr0 | 8;
    expect(execute_text("\x0f\x22\xc0", &r), NO_TRAP, "TS can be set");
    expect(execute_text("\xd9\xd0", &r), TRAP_NM, "and an FPU instruction faults");
    expect(execute_text("\xd9\xd0", &r), NO_TRAP, "once");
    r.rax = cr0 | 8;
    (void)execute_text("\x0f\x22\xc0", &r);
    expect(execute_text("\x0f\x06", &r), NO_TRAP, "CLTS is carried out");
    expect(execute_text("\xd9\xd0", &r), NO_TRAP, "and FPU instructions go on");
    r.rax = 0x1234;
    expect(execute_text("\x0f\x22\xd0", &r), NO_TRAP, "CR2 can be written");
    expect((long)shared_info->vcpu_info[0].arch.cr2, 0x1234, "and is in the vCPU's information");
    expect(execute_text("\x0f\x20\xe0", &r), NO_TRAP, "CR4 can be read");
    cr4 = r.rax;
    expect(execute_text("\x0f\x22\xe0", &r), NO_TRAP, "it may be written as it is");
    r.rax = ~0UL;
    (void)execute_text("\x0f\x22\xe0", &r);
    (void)execute_text("\x0f\x20\xe0", &r);
    check(!(r.rax & (1UL << 13 | 1UL << 14 | 1UL << 17 | 1UL << 20 | 1UL << 21 | 1UL << 22)),
          "no VMX, SMX, PCID, SMEP, SMAP, PKE comes of a write to CR4");
    r.rax = cr4;
    (void)execute_text("\x0f\x22\xe0", &r);
    r.rax = 0x200000;
    expect(execute_text("\x0f\x22\xd8", &r), TRAP_GP, "CR3 can't be the hypervisor's frame");
    r.rax = ~0UL;
    expect(execute_text("\x0f\x22\xd8", &r), TRAP_GP, "nor no frame");
    r.rax = root_mfn() << PAGE_SHIFT;
    expect(execute_text("\x0f\x22\xd8", &r), NO_TRAP, "it may be what it is");
}

static void check_debug_registers(void)
{
    struct registers r = {.rax = 0xffff830000000000};
    static volatile uint64_t watched[sizeof(xen_capabilities_info_t) / 8];

    expect(execute_text("\x0f\x23\xc0", &r), TRAP_GP, "DR0 can't be in the hypervisor");
    r.rax = NON_CANONICAL;
    expect(execute_text("\x0f\x23\xc0", &r), TRAP_GP, "nor non-canonical");
    r.rax = 1UL << 13;
    expect(execute_text("\x0f\x23\xf8", &r), TRAP_GP, "DR7.GD can't be set");
    r.rax = (uint64_t)watched;
    expect(execute_text("\x0f\x23\xc0", &r), NO_TRAP, "DR0 can be set");
    r.rax = 0xd0002;
    expect(execute_text("\x0f\x23\xf8", &r), NO_TRAP, "and a data breakpoint be made of it");
    expect(try_write(watched, 1), TRAP_DB, "which is met");
    expect(execute_text("\x0f\x21\xf0", &r), NO_TRAP, "DR6 can be read");
    expect((long)(r.rax & 0xf), 1, "and tells which");
    expect(call2(__HYPERVISOR_xen_version, XENVER_capabilities, watched), 0,
           "the hypervisor may write to a watched place");
    r.rax = 0x400;
    expect(execute_text("\x0f\x23\xf8", &r), NO_TRAP, "breakpoints can be ended");
    expect(try_write(watched, 1), NO_TRAP, "and are");
}

static bool is_readable(uint32_t index, uint64_t *value)
{
    struct registers r = {.rcx = index};
    int trap = execute_text("\x0f\x32", &r);

    *value = r.rdx << 32 | r.rax;
    if (trap != NO_TRAP && trap != TRAP_GP)
        check(false, "MSR %x: trap %d", index, trap);
    return trap == NO_TRAP;
}

static int write_msr(uint32_t index, uint64_t value)
{
    struct registers r = {.rcx = index, .rax = (uint32_t)value, .rdx = value >> 32};

    return execute_text("\x0f\x30", &r);
}

static void check_msrs(void)
{
    /* Among them what runs the hypervisor: SYSENTER, STAR, SFMASK, VM_HSAVE, APIC_BASE, MTRRs. */
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x2ff},
                  {0x400, 0x4ff},
                  {0x800, 0x83f},
                  {0xc0000080, 0xc0000084},
                  {0xc0010010, 0xc0010030},
                  {0xc0010100, 0xc0010140},
                  {0x40000000, 0x40000100}};
    static const uint32_t forbidden[] = {0x1b,       0x174,      0x175,      0x176,      0x2ff,
                                         0x277,      0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
                                         0xc0010114, 0xc0010117, 0x1d9,      0x10};
    unsigned int readable = 0;
    uint64_t value, efer;

    for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++)
        for (uint32_t index = ranges[i].first; index <= ranges[i].last; index++)
            readable += is_readable(index, &value);
    check(readable > 3 && readable < 200, "of many MSRs some can be read (%u)", readable);
    for (unsigned int i = 0; i < ARRAY_SIZE(forbidden); i++)
        expect(write_msr(forbidden[i], 0), TRAP_GP, "MSR %x can't be written", forbidden[i]);
    check(is_readable(MSR_EFER, &efer), "EFER can be read");
    expect(write_msr(MSR_EFER, efer), NO_TRAP, "and written as it is");
    expect(write_msr(MSR_EFER, efer & ~1UL), TRAP_GP, "but SYSCALL can't be taken away");
    expect(write_msr(MSR_EFER, efer & ~(1UL << 11)), TRAP_GP, "nor NX");
    expect(write_msr(0xc0000100, NON_CANONICAL), TRAP_GP, "FS can't be non-canonical");
    expect(write_msr(0xc0000101, NON_CANONICAL), TRAP_GP, "nor GS");
    expect(write_msr(0xc0000102, NON_CANONICAL), TRAP_GP, "nor the user's GS");
    expect(write_msr(0xc0000101, 0x123000), NO_TRAP, "GS can be set");
    check(is_readable(0xc0000101, &value) && value == 0x123000, "and read");
    expect(write_msr(0xc0000101, 0), NO_TRAP, "and be 0 again");
}

static void check_cpuid(void)
{
    struct registers r = {.rax = 0x40000000};

    expect(execute_text("\x0f\x0bxen\x0f\xa2", &r), NO_TRAP, "forced CPUID");
    check(r.rbx == 0x566e6558 && r.rcx == 0x65584d4d && r.rdx == 0x4d4d566e,
          "says which ABI it is");
    for (uint64_t leaf = 0; leaf < 0x40; leaf++)
        for (uint64_t subleaf = 0; subleaf < 8; subleaf++) {
            r = (struct registers){.rax = leaf, .rcx = subleaf};
            if (execute_text("\x0f\x0bxen\x0f\xa2", &r) != NO_TRAP)
                check(false, "leaf %lx, %lx", leaf, subleaf);
        }
    r = (struct registers){.rax = ~0UL, .rcx = ~0UL};
    expect(execute_text("\x0f\x0bxen\x0f\xa2", &r), NO_TRAP, "CPUID of a leaf that is not there");
    r = (struct registers){.rax = 1};
    (void)execute_text("\x0f\x0bxen\x0f\xa2", &r);
    check(r.rcx >> 31 & 1, "CPUID says that there is a hypervisor");
    check(!(r.rcx & (1UL << 5 | 1UL << 17)), "and no VMX, no PCID");
}

static void check_interrupts(void)
{
    struct registers r = {0};

    expect(execute_text("\xcc", &r), TRAP_BP, "INT3");
    expect((long)trapped.rip, (long)instruction_bytes + 1, "is reported behind it");
    expect(execute_text("\xcd\x03", &r), TRAP_BP, "INT 3 in two bytes");
    expect(execute_text("\xcd\x04", &r), TRAP_OF, "INT 4");
    expect(execute_text("\xcd\x80", &r), 0x80, "INT 0x80, whose handler takes all");
    expect((long)trapped.rip, (long)instruction_bytes + 2, "is reported behind it");
    expect(execute_text("\x48\x31\xc9\x48\xf7\xf1", &r), TRAP_DE, "a division by 0");
    r.rax = NON_CANONICAL;
    check(execute_text("\x48\x8b\x00", &r) == TRAP_GP, "a read from a non-canonical address");
    r.rax = NON_CANONICAL;
    expect(execute_text("\xff\xe0", &r), TRAP_GP, "a jump to a non-canonical address");
    r.rax = HV_START;
    expect(execute_text("\xff\xe0", &r), TRAP_PF, "a jump into the M2P");
    r.rax = 0xffff830000100000;
    expect(execute_text("\xff\xe0", &r), TRAP_PF, "a jump into the hypervisor");
    r.rax = 0xffff828000200000;
    expect(execute_text("\xff\xe0", &r), TRAP_PF, "a jump into its image");
}

/* INT with a vector that the hypervisor has no gate of its own for is a #GP, from whose error code
 * the vector can be told; a CPU, that is. QEMU's gives twice the number. */
static void check_other_interrupts(void)
{
    struct registers r = {0};

    expect(execute_text("\xcd\x20", &r), TRAP_GP, "INT 0x20, whose handler takes none");
    if (trapped.error == 0x20 * 16 + 2) {
        skip("INT with other vectors: the hypervisor goes by the emulator's error codes");
        return;
    }
    expect((long)trapped.error, 0x20 * 8 + 2, "has an error code that says which");
    expect((long)trapped.rip, (long)instruction_bytes, "and is reported where it is");
    expect(execute_text("\xcd\x02", &r), TRAP_GP, "INT 2, whose handler takes none");
    expect(execute_text("\xcd\x08", &r), TRAP_GP, "INT 8, whose handler takes none");
    expect(execute_text("\xcd\x90", &r), 0x90, "INT 0x90, whose handler takes all");
    expect((long)trapped.rip, (long)instruction_bytes + 2, "is reported behind it");
    expect(execute_text("\xcd\xff", &r), 0xff, "INT 0xff");
    user_init();
    expect(user_execute("\xcd\x90", 2, FLAG_IF, NULL), 0x90, "INT 0x90 of user code");
    expect(user_execute("\xcd\x21", 2, FLAG_IF, NULL), TRAP_GP, "INT 0x21 of user code");
}

static bool is_fault(int trap)
{
    return trap == TRAP_PF || trap == TRAP_GP;
}

static void check_io(void)
{
    uint8_t *end = page_alloc();
    uint8_t *behind = page_alloc();
    struct physdev_set_iopl iopl = {.iopl = 1};
    struct physdev_set_iobitmap bitmap = {.nr_ports = 65536};
    struct registers r = {.rdx = 0x60, .rdi = (uint64_t)end, .rcx = 2 * PAGE_SIZE};

    expect(call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), 0, "IOPL 1");
    expect(execute_text("\xec", &r), NO_TRAP, "lets a kernel read a port that it does not own");
    expect((long)(r.rax & 0xff), 0xff, "as all ones");
    r.rdx = 0xcf8;
    expect(execute_text("\xef", &r), NO_TRAP, "and write to one, with no effect");
    r.rdx = 0xffff;
    expect(execute_text("\xed", &r), NO_TRAP, "and read 4 bytes at the last port");
    expect(execute_text("\xfa", &r), NO_TRAP, "CLI is nothing then");
    expect(execute_text("\xfb", &r), NO_TRAP, "so is STI");
    r.rdx = 0x60;
    (void)map_page(behind, 0);
    expect(execute_text("\xf3\x6c", &r), TRAP_PF, "a long INS runs to the end of what is mapped");
    expect((long)trapped_address, (long)behind, "which is where it faults");
    expect((long)trapped.rcx, PAGE_SIZE, "having done that much");
    expect(end[0] + end[PAGE_SIZE - 1], 2 * 0xff, "of which all is there");
    r.rdi = HV_START + 0x1000;
    r.rcx = 1;
    check(is_fault(execute_text("\xf3\x6c", &r)), "an INS into the M2P");
    r.rdi = 0xffff830000000000;
    check(is_fault(execute_text("\xf3\x6d", &r)), "an INS into the hypervisor");
    r.rsi = 0xffff830000000000;
    check(is_fault(execute_text("\xf3\x6f", &r)), "an OUTS from the hypervisor");
    iopl.iopl = 4;
    expect(call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL, "IOPL 4");
    iopl.iopl = 0;
    expect(call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), 0, "IOPL 0");
    bitmap.bitmap.p = (void *)0x1000;
    expect(call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0,
           "an I/O bitmap that is not there");
    r.rdx = 0x60;
    expect(execute_text("\xec", &r), TRAP_GP, "allows nothing");
    bitmap.nr_ports = 65537;
    expect(call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL,
           "an I/O bitmap of too many ports");
    bitmap.nr_ports = 0;
    bitmap.bitmap.p = NULL;
    (void)call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &bitmap);
}

static void check_xcr(void)
{
    struct registers r = {0};

    (void)execute_text("\x0f\x20\xe0", &r);
    r.rax |= 1UL << 18;
    expect(execute_text("\x0f\x22\xe0", &r), NO_TRAP, "CR4.OSXSAVE is set");
    r = (struct registers){.rcx = 0, .rax = 0};
    expect(execute_text("\x0f\x01\xd1", &r), TRAP_GP, "XCR0 without x87");
    r = (struct registers){.rcx = 0, .rax = 5};
    expect(execute_text("\x0f\x01\xd1", &r), TRAP_GP, "XCR0 with AVX and no SSE");
    r = (struct registers){.rcx = 0, .rax = 3, .rdx = ~0U};
    expect(execute_text("\x0f\x01\xd1", &r), TRAP_GP, "XCR0 with all upper bits");
    r = (struct registers){.rcx = 1, .rax = 3};
    expect(execute_text("\x0f\x01\xd1", &r), TRAP_GP, "XCR1");
    r = (struct registers){.rcx = 0, .rax = 3};
    check(execute_text("\x0f\x01\xd1", &r) == NO_TRAP, "XCR0 with x87 and SSE");
    expect(execute_text("\x0f\x09", &r), NO_TRAP, "WBINVD is carried out");
    expect(execute_text("\x0f\x31", &r), NO_TRAP, "RDTSC");
}

void micro_main(void)
{
    check_refused();
    check_undefined();
    check_control_registers();
    check_debug_registers();
    check_msrs();
    check_cpuid();
    check_interrupts();
    check_other_interrupts();
    check_io();
    check_xcr();
}
