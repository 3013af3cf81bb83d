/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU that a hardware guest has: every register and instruction that is not its own is refused
 * as a CPU without it would. (SDM vol. 2 and 3; APM vol. 2, chapter 15) */
#include "hw.h"

#include <xen/version.h>

#define MSR_TSC         0x10
#define MSR_APIC_BASE   0x1b
#define MSR_MISC_ENABLE 0x1a0
#define MSR_EFER        0xc0000080
#define CLOCK_NAP       20000000UL
#define LMA             (1UL << 10)
#define DATA_SELECTOR   0x18

static void check_start(void)
{
    struct hw_cpuid r = hw_cpuid(0x40000000, 0);

    check(hw_start_info->magic == XEN_HVM_START_MAGIC_VALUE, "the start info has its magic");
    check(hw_start_info->memmap_entries > 0 && hw_start_info->rsdp_paddr,
          "it leads to a memory map and to ACPI's tables");
    check(r.b == 0x566e6558 && r.c == 0x65584d4d && r.d == 0x4d4d566e,
          "CPUID says which ABI it is");
    expect(call2(__HYPERVISOR_xen_version, XENVER_version, 0), 4 << 16 | 17, "the version is 4.17");
    expect(execute_text("\x0f\x0b", NULL), TRAP_UD, "UD2");
    expect((long)trapped.rip, (long)instruction_bytes, "is reported where it is");
    expect(hw_user_execute("\x90", 1, NULL), NO_TRAP, "user mode can be gone into and left");
    expect((long)trapped.cs, HW_USER_CODE, "and is what it says");
    expect(hw_user_execute("\xf4", 1, NULL), TRAP_GP, "where nobody may halt");
}

static uint64_t tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

/* The TSC that an instruction reads, the MSR's, and the one that the hypervisor's times are of. */
static void check_tsc(void)
{
    const volatile struct vcpu_time_info *time = &shared_info->vcpu_info[0].time;
    uint64_t before = tsc(), value = 0, after;

    expect(try_rdmsr(MSR_TSC, &value), NO_TRAP, "the TSC is an MSR as well");
    after = tsc();
    check(before <= value && value <= after, "with the same value: %lx, %lx, %lx", before, value,
          after);
    check(after - time->tsc_timestamp < 1UL << 50, "it is %lx behind the shared time's %lx", after,
          time->tsc_timestamp);
}

/* Whatever the rate of its TSC, what the guest makes of it is the hypervisor's time: a timer set by
 * it comes neither before nor long after. */
static void check_clock(void)
{
    bool by_cpu = option("by")[0] == 'c';
    uint32_t wanted = 0;
    uint64_t before, after;

    for (const char *at = option("khz"); *at >= '0' && *at <= '9'; at++)
        wanted = wanted * 10 + (uint32_t)(*at - '0');
    if (wanted) {
        expect(hw_cpuid(0x40000003, 0).c, wanted, "its rate is as it was asked for");
        expect(hw_cpuid(0x40000003, 0).a & 1, !by_cpu, "and RDTSC is %sthe CPU's",
               by_cpu ? "" : "not ");
    }
    before = time_ns();
    nap(CLOCK_NAP);
    after = time_ns();
    check(after - before >= CLOCK_NAP && after - before < 100 * CLOCK_NAP,
          "a nap of %lu ns took %lu", CLOCK_NAP, after - before);
}

static void check_cpuid(void)
{
    static const struct {
        uint32_t first, last;
    } rows[] = {{0, 0x40},
                {0x40000000, 0x40000010},
                {0x40000100, 0x40000104},
                {0x80000000, 0x80000028},
                {0xfffffff0, 0xfffffffe}};
    bool alive = true;

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        for (uint32_t leaf = rows[i].first; leaf <= rows[i].last; leaf++)
            for (uint64_t subleaf = 0; subleaf < 8; subleaf++) {
                struct registers r = {.rax = leaf, .rcx = subleaf};

                alive &= execute_text("\x0f\xa2", &r) == NO_TRAP;
            }
    check(alive, "CPUID of any leaf");
    check(hw_cpuid(1, 0).c >> 31 & 1, "there is a hypervisor");
    check(!(hw_cpuid(1, 0).c & 1U << 5), "there is no VMX");
    check(!(hw_cpuid(0x80000001, 0).c & 1U << 2), "there is no SVM");
    check(!(hw_cpuid(1, 0).c & 1U << 5), "there is no VMX");
}

static bool is_intel(void)
{
    return hw_cpuid(0, 0).b == 0x756e6547; /* "Genu" */
}

/* The instruction that calls the hypervisor, on this kind of CPU or on the other one: VMCALL,
 * VMMCALL. */
static const char *call(bool own)
{
    return is_intel() == own ? "\x0f\x01\xc1" : "\x0f\x01\xd9";
}

static void check_refused(void)
{
    static const struct {
        const char *bytes;
        size_t count;
        int trap;
        const char *name;
    } rows[] = {
        {"\x0f\x01\xd8", 3, TRAP_UD, "VMRUN"},     {"\x0f\x01\xda", 3, TRAP_UD, "VMLOAD"},
        {"\x0f\x01\xdb", 3, TRAP_UD, "VMSAVE"},    {"\x0f\x01\xdc", 3, TRAP_UD, "STGI"},
        {"\x0f\x01\xdd", 3, TRAP_UD, "CLGI"},      {"\x0f\x01\xde", 3, TRAP_UD, "SKINIT"},
        {"\x0f\x01\xdf", 3, TRAP_UD, "INVLPGA"},   {"\x0f\x01\xc2", 3, TRAP_UD, "VMLAUNCH"},
        {"\xf3\x0f\xc7\x30", 4, TRAP_UD, "VMXON"}, {"\x0f\x01\xc8", 3, TRAP_UD, "MONITOR"},
        {"\x0f\x01\xc9", 3, TRAP_UD, "MWAIT"},     {"\x0f\xaa", 2, TRAP_UD, "RSM"},
        {"\x0f\x33", 2, TRAP_GP, "RDPMC"},         {"\x0f\x09", 2, NO_TRAP, "WBINVD"},
        {"\x0f\x31", 2, NO_TRAP, "RDTSC"},         {"\x0f\x06", 2, NO_TRAP, "CLTS"},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        struct registers r = {.rax = (uint64_t)page_alloc()};

        expect(execute(rows[i].bytes, rows[i].count, &r), rows[i].trap, "%s", rows[i].name);
    }
    expect(execute(call(false), 3, NULL), TRAP_UD, "a hypercall as on another kind of CPU");
}

static void check_user(void)
{
    struct registers r = {.rax = __HYPERVISOR_xen_version};

    expect(hw_user_execute(call(true), 3, &r), NO_TRAP, "a hypercall of user code");
    expect((long)r.rax, -XEN_EPERM, "is refused");
    expect(hw_user_execute("\x0f\x32", 2, &r), TRAP_GP, "RDMSR of user code");
    expect(hw_user_execute("\x0f\x20\xe0", 3, &r), TRAP_GP, "reading CR4 of user code");
    expect(hw_user_execute("\x0f\x09", 2, &r), TRAP_GP, "WBINVD of user code");
    expect(hw_user_execute("\xec", 1, &r), TRAP_GP, "IN of user code");
    expect(hw_user_execute("\x6c", 1, &r), TRAP_GP, "INS of user code");
}

/* Rows of indexes, among them everything that runs the hypervisor itself: all that the maps of both
 * kinds of CPU have, and those of hypervisors. */
static const struct {
    uint32_t first, last;
} msrs[] = {
    {0, 0x1fff}, {0x40000000, 0x400001ff}, {0xc0000000, 0xc0001fff}, {0xc0010000, 0xc0011fff}};

/* What a made-up value in would end this kernel, or do something on purpose. */
static bool is_own(uint32_t index)
{
    return index == MSR_APIC_BASE || index == MSR_EFER || (index >= 0x800 && index <= 0x8ff);
}

static bool is_listed(uint32_t index)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
        if (index >= msrs[i].first && index <= msrs[i].last)
            return true;
    return false;
}

static void check_msr_reads(void)
{
    unsigned int readable = 0, strange = 0;
    uint32_t random = 1;
    uint64_t value;

    for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
        for (uint32_t index = msrs[i].first; index <= msrs[i].last; index++) {
            int trap = try_rdmsr(index, &value);

            readable += trap == NO_TRAP;
            strange += trap != NO_TRAP && trap != TRAP_GP;
        }
    check(readable > 20 && readable < 400, "of many MSRs some can be read (%u)", readable);
    for (unsigned int i = 0; i < 2000; i++) {
        random = random * 1664525 + 1013904223;
        strange += !is_listed(random) && try_rdmsr(random, &value) != TRAP_GP;
    }
    expect(strange, 0, "the others are #GP");
    /* Linux reads it before it has a table of interrupts. */
    expect(try_rdmsr(MSR_MISC_ENABLE, &value), is_intel() ? NO_TRAP : TRAP_GP,
           "MISC_ENABLE is Intel's");
}

/* What can be read can be written back, and stays; or there is nothing to write. */
static void check_msr_write_backs(void)
{
    unsigned int strange = 0, changed = 0, choosy = 0;
    uint64_t value, after;

    for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
        for (uint32_t index = msrs[i].first; index <= msrs[i].last; index++) {
            int trap = try_rdmsr(index, &value);

            if (trap != NO_TRAP || index == MSR_TSC)
                continue;
            trap = try_wrmsr(index, value);
            strange += trap != NO_TRAP && trap != TRAP_GP;
            if (trap == TRAP_GP)
                choosy += try_wrmsr(index, 0) != TRAP_GP;
            changed += try_rdmsr(index, &after) != NO_TRAP || after != value;
        }
    expect(strange, 0, "what an MSR has is taken back or #GP");
    expect(choosy, 0, "and not while others are taken");
    expect(changed, 0, "and is there afterwards");
}

static void check_msr_writes(void)
{
    static const uint64_t values[] = {~0UL, 0, 0x8000000000000000, 0x5555555555555555};
    uint64_t efer, value;
    unsigned int strange = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++)
        for (uint32_t index = msrs[i].first; index <= msrs[i].last; index++)
            for (unsigned int j = 0; j < ARRAY_SIZE(values) && !is_own(index); j++) {
                int trap = try_wrmsr(index, values[j]);

                strange += trap != NO_TRAP && trap != TRAP_GP;
            }
    expect(strange, 0, "any value into any MSR is taken or #GP");
    expect(try_rdmsr(MSR_EFER, &efer), NO_TRAP, "EFER can be read");
    check(!(efer & 1UL << 12), "and shows no SVM");
    for (unsigned int bit = 1; bit < 64; bit++)
        if (bit != 10 && bit != 11)
            strange += try_wrmsr(MSR_EFER, efer ^ 1UL << bit) != TRAP_GP;
    expect(strange, 0, "only SCE and NXE of it can be changed while there is paging");
    expect(try_wrmsr(MSR_EFER, efer & ~LMA), NO_TRAP, "LMA is the CPU's");
    check(try_rdmsr(MSR_EFER, &value) == NO_TRAP && value == efer, "and stays");
    check(try_rdmsr(0x277, &value) == NO_TRAP && value != ~0UL, "PAT took no type that is none");
    expect(try_wrmsr(0x277, 0x0007040600070406), NO_TRAP, "but takes the usual ones");
}

static uint64_t cr_read(const char *bytes)
{
    struct registers r = {0};

    (void)execute(bytes, 3, &r);
    return r.rax;
}

static int cr_write(const char *bytes, uint64_t value)
{
    struct registers r = {.rax = value};

    return execute(bytes, 3, &r);
}

#define READ_CR4  "\x0f\x20\xe0"
#define WRITE_CR4 "\x0f\x22\xe0"

/* CR0 is the CPU's own business, and an emulator's that takes what no CPU would. */
static void check_control_registers(void)
{
    uint64_t cr4 = cr_read(READ_CR4);
    unsigned int strange = 0, refused = 0;

    for (unsigned int bit = 0; bit < 64; bit++) {
        bool ends_us =
            bit == 5 || bit == 20 || bit == 21; /* PAE; our pages are also the user's: SMEP, SMAP */
        int trap = ends_us ? TRAP_GP : cr_write(WRITE_CR4, cr4 ^ 1UL << bit);

        refused += trap == TRAP_GP;
        strange += trap != NO_TRAP && trap != TRAP_GP;
        if (trap == NO_TRAP)
            strange += cr_write(WRITE_CR4, cr4) != NO_TRAP;
    }
    check(!strange && refused > 40 && refused < 60, "of CR4 %u bits can't be set", refused);
    expect(cr_write(WRITE_CR4, cr4 & ~(1UL << 5)), TRAP_GP, "64-bit code without PAE");
    expect(cr_write(WRITE_CR4, cr4 | 1UL << 13), TRAP_GP, "VMXE");
    expect((long)cr_read(READ_CR4), (long)cr4, "CR4 is as it was");
}

#define READ_CR0  "\x0f\x20\xc0"
#define WRITE_CR0 "\x0f\x22\xc0"
#define READ_CR3  "\x0f\x20\xd8"
#define WRITE_CR3 "\x0f\x22\xd8"
#define READ_CR8  "\x44\x0f\x20\xc0"
#define WRITE_CR8 "\x44\x0f\x22\xc0"
#define LMSW      "\x0f\x01\xf0"
#define SMSW      "\x0f\x01\xe0"
#define CLTS      "\x0f\x06"

#define CR0_PE (1UL << 0)
#define CR0_MP (1UL << 1)
#define CR0_TS (1UL << 3)
#define CR0_AM (1UL << 18)
#define CR0_NW (1UL << 29)
#define CR0_CD (1UL << 30)
#define CR0_PG (1UL << 31)

/* QEMU's SVM leaves checks out that a CPU makes: with "checks=all" this is another one. */
static bool checks_all(void)
{
    return is_intel() || option("checks")[0] == 'a';
}

/* What of CR0 no CPU takes. (QEMU takes it, and then refuses to go on: hw_fatal.c has one of
 * these.) */
static void check_cr0_nonsense(uint64_t cr0)
{
    const uint64_t bad[] = {
        0,
        ~0UL,
        cr0 & ~CR0_PE,
        cr0 & ~CR0_PG,
        cr0 & ~(CR0_PE | CR0_PG),
        cr0 | CR0_NW,
        cr0 | 1UL << 32,
        cr0 | 1UL << 63,
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
        expect(cr_write(WRITE_CR0, bad[i]), TRAP_GP, "CR0 of %lx", bad[i]);
    expect(cr_write(WRITE_CR0, cr0 | 1UL << 10), NO_TRAP, "a bit of CR0 that is none");
    expect((long)cr_read(READ_CR0), (long)cr0, "is not there");
}

static void check_cr0(void)
{
    uint64_t cr0 = cr_read(READ_CR0);
    struct registers r = {0};

    if (checks_all())
        check_cr0_nonsense(cr0);
    expect(cr_write(WRITE_CR0, cr0 | CR0_CD | CR0_NW), NO_TRAP, "caches off");
    check((cr_read(READ_CR0) & (CR0_CD | CR0_NW)) == (CR0_CD | CR0_NW), "as it reads");
    expect(cr_write(WRITE_CR0, cr0), NO_TRAP, "and on again");
    expect(execute_text(LMSW, &r), NO_TRAP, "LMSW of 0");
    check((cr_read(READ_CR0) & (CR0_PE | CR0_MP)) == CR0_PE, "takes all but the protection");
    r = (struct registers){.rax = ~0UL};
    expect(execute_text(LMSW, &r), NO_TRAP, "LMSW of all ones");
    check(cr_read(READ_CR0) & CR0_TS, "sets TS");
    expect(execute_text(CLTS, &r), NO_TRAP, "CLTS");
    check(!(cr_read(READ_CR0) & CR0_TS), "takes it away");
    expect(cr_write(WRITE_CR0, cr0), NO_TRAP, "CR0 can be written back");
    expect((long)cr_read(READ_CR0), (long)cr0, "and is as it was");
    expect(execute_text(SMSW, &r), NO_TRAP, "SMSW");
    expect((long)r.rax, (long)(uint32_t)cr0, "reads the same");
}

static void check_cr3(void)
{
    uint64_t cr3 = cr_read(READ_CR3);
    unsigned int strange = 0;

    if (!checks_all()) /* QEMU refuses to go on with these, too */
        return;
    for (unsigned int bit = 52; bit < 64; bit++)
        strange += cr_write(WRITE_CR3, cr3 | 1UL << bit) != TRAP_GP;
    expect(strange, 0, "CR3 has no bits where no address is");
    expect((long)cr_read(READ_CR3), (long)cr3, "and is as it was");
}

static void check_cr8(void)
{
    struct registers r = {.rax = 5};

    expect(execute_text(WRITE_CR8, &r), NO_TRAP, "CR8 of 5");
    expect(apic_read(APIC_TPR), 0x50, "is the task priority of the APIC");
    apic_write(APIC_TPR, 0x73);
    expect(execute_text(READ_CR8, &r), NO_TRAP, "CR8 can be read");
    expect((long)r.rax, 7, "and is the upper half of that");
    for (unsigned int bit = 4; bit < 64 && checks_all(); bit++) {
        r.rax = 1UL << bit;
        expect(execute_text(WRITE_CR8, &r), TRAP_GP, "CR8 has no bit %u", bit);
    }
    apic_write(APIC_TPR, 0);
}

/* CR1, CR5 to CR7, CR9 to CR15: read and written. */
static void check_no_registers(void)
{
    static const unsigned int there[] = {0, 2, 3, 4, 8};
    unsigned int strange = 0;

    for (unsigned int cr = 0; cr < 16; cr++)
        for (unsigned int write = 0; write < 2; write++) {
            char bytes[] = {(char)(cr < 8 ? 0x40 : 0x44), 0x0f, (char)(0x20 + 2 * write),
                            (char)(0xc0 | (cr & 7) << 3)};
            bool is_there = false;

            for (unsigned int i = 0; i < ARRAY_SIZE(there); i++)
                is_there |= there[i] == cr;
            if (!is_there)
                strange += execute(bytes, sizeof(bytes), NULL) != TRAP_UD;
        }
    expect(strange, 0, "control registers that are none");
}

static void check_user_registers(void)
{
    static const char *const bytes[] = {READ_CR0,  WRITE_CR0, READ_CR3,       WRITE_CR3,
                                        WRITE_CR4, LMSW,      "\x0f\x20\xd0", "\x0f\x22\xd0"};
    unsigned int strange = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(bytes); i++)
        strange += hw_user_execute(bytes[i], 3, NULL) != TRAP_GP;
    strange += hw_user_execute(READ_CR8, 4, NULL) != TRAP_GP;
    strange += hw_user_execute(WRITE_CR8, 4, NULL) != TRAP_GP;
    strange += hw_user_execute(CLTS, 2, NULL) != TRAP_GP;
    expect(strange, 0, "control registers in user code");
}

/* The hypervisor takes notice of each of these, for hw_fatal.c's sake; the guest gets them all the
 * same. (QEMU checks no alignment.) */
static void check_alignment(void)
{
    uint64_t cr0 = cr_read(READ_CR0);

    if (!checks_all())
        return;
    expect(cr_write(WRITE_CR0, cr0 | CR0_AM), NO_TRAP, "alignment is checked");
    /* PUSHF, OR $AC, POPF; MOV 1(%RSP), %EAX */
    expect(hw_user_execute("\x9c\x81\x0c\x24\x00\x00\x04\x00\x9d\x8b\x44\x24\x01", 13, NULL),
           TRAP_AC, "a word that is not aligned");
    expect((long)trapped.error, 0, "with an error code of 0");
    expect((long)trapped.rip, (long)instruction_bytes + 9, "where it is");
    expect(cr_write(WRITE_CR0, cr0), NO_TRAP, "it is checked no more");
}

#define WRITE_DR0 "\x0f\x23\xc0"
#define READ_DR0  "\x0f\x21\xc0"
#define WRITE_DR6 "\x0f\x23\xf0"
#define READ_DR6  "\x0f\x21\xf0"
#define WRITE_DR7 "\x0f\x23\xf8"
#define READ_DR7  "\x0f\x21\xf8"

/* Traps of instructions that the hypervisor carries out, and of one that it only takes notice of.
 * (QEMU has neither.) */
static void check_debug_traps(void)
{
    struct registers r = {.rax = DATA_SELECTOR};

    if (!checks_all())
        return;
    expect(execute_text("\xf1", NULL), TRAP_DB, "ICEBP");
    expect((long)trapped.rip, (long)instruction_bytes + 1, "is a trap");
    expect(execute_text("\x66\xf1", NULL), TRAP_DB, "ICEBP with a prefix");
    expect((long)trapped.rip, (long)instruction_bytes + 2, "ends behind it, too");
    /* PUSHF, OR $TF, POPF; MOV %EAX, %SS; CPUID */
    expect(execute_text("\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x8e\xd0\x0f\xa2\x90\x90", &r),
           TRAP_DB, "a step over what a move to SS makes one with it");
    expect((long)trapped.rip, (long)instruction_bytes + 13, "ends behind both");
}

/* QEMU's VMRUN does not arm breakpoints: whether they are met, only a CPU can show. */
static void check_debug_registers(void)
{
    uint64_t *watched = page_alloc();

    expect(cr_write(WRITE_DR7, 1UL << 32), TRAP_GP, "DR7 has no upper half");
    expect(cr_write(WRITE_DR6, 1UL << 32), TRAP_GP, "nor has DR6");
    expect(cr_write(WRITE_DR0, (uint64_t)watched), NO_TRAP, "a breakpoint's address is set");
    expect((long)cr_read(READ_DR0), (long)watched, "and can be read");
    expect(cr_write(WRITE_DR7, 0xd0002), NO_TRAP, "a breakpoint is made of it");
    expect((long)cr_read(READ_DR7), 0xd0402, "and is there, with the bit that is always set");
    expect(call2(__HYPERVISOR_xen_version, XENVER_capabilities, watched), 0,
           "the hypervisor may write there");
    expect(cr_write(WRITE_DR7, 0x400), NO_TRAP, "breakpoints can be ended");
    expect(cr_write(WRITE_DR7, 0x2400), NO_TRAP, "debug registers can be watched over");
    expect(cr_write(READ_DR0, 0), TRAP_DB, "then reading one is seen");
    expect((long)trapped.rip, (long)instruction_bytes, "before it is done");
    expect((long)cr_read(READ_DR7), 0x400, "and who sees it may");
    check(cr_read(READ_DR6) & 1UL << 13, "and is told why");
    expect(cr_write(WRITE_DR6, 0xffff0ff0), NO_TRAP, "DR6 is as at the beginning");
    /* PUSHF, OR $TF, POPF; the trap comes behind the instruction that follows them. */
    expect(execute_text("\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x0f\xa2\x90\x90", NULL), TRAP_DB,
           "a step over CPUID");
    expect((long)trapped.rip, (long)instruction_bytes + 11, "ends behind it");
}

#define NMI_TO_ITSELF 0x40400
#define EXITS         100 /* in each of which one could come */

static struct {
    unsigned int count;
    bool nested, at_iret;
} nmis;

static void exits(void)
{
    for (unsigned int i = 0; i < EXITS; i++)
        (void)hw_cpuid(0, 0);
}

static bool is_iret(uint64_t rip)
{
    return !memcmp((const void *)rip, "\x48\xcf", 2);
}

/* The first one's handler asks for another. */
static bool on_nmi(struct trap_frame *frame)
{
    if (frame->vector != TRAP_NMI)
        return false;
    nmis.at_iret |= is_iret(frame->rip);
    if (nmis.count++)
        return true;
    apic_write(APIC_ICR, NMI_TO_ITSELF);
    exits();
    nmis.nested = nmis.count != 1;
    return true;
}

/* A second one that came before the first one's handler has returned would be on the same stack. */
static void check_nmis(void)
{
    uint32_t svr = apic_read(APIC_SVR);

    apic_write(APIC_SVR, 0x1ff);
    trap_hook = on_nmi;
    __asm__ volatile("" ::: "memory");
    apic_write(APIC_ICR, NMI_TO_ITSELF);
    exits();
    trap_hook = NULL;
    apic_write(APIC_SVR, svr);
    expect(nmis.count, 2, "two NMIs come");
    check(!nmis.nested, "the second one waits for the first one's handler");
    check(!nmis.at_iret, "and for that to have returned");
}

static void check_xcr(void)
{
    static const struct {
        uint64_t index, low, high;
    } bad[] = {{0, 0, 0}, {0, 2, 0},   {0, 5, 0},     {0, 3, ~0U},
               {1, 3, 0}, {~0U, 3, 0}, {0, 0x1003, 0}};

    if (!(hw_cpuid(1, 0).c & 1U << 26))
        return;
    expect(cr_write(WRITE_CR4, cr_read(READ_CR4) | 1UL << 18), NO_TRAP, "CR4.OSXSAVE is set");
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct registers r = {.rcx = bad[i].index, .rax = bad[i].low, .rdx = bad[i].high};

        expect(execute_text("\x0f\x01\xd1", &r), TRAP_GP, "XCR%lu of %lx:%lx", bad[i].index,
               bad[i].high, bad[i].low);
    }
    expect(execute_text("\x0f\x01\xd1", (&(struct registers){.rax = 3})), NO_TRAP, "XCR0 of 3");
}

void micro_main(void)
{
    check_start();
    check_tsc();
    check_clock();
    check_cpuid();
    check_refused();
    check_user();
    check_control_registers();
    check_cr0();
    check_cr3();
    check_cr8();
    check_no_registers();
    check_user_registers();
    check_alignment();
    check_debug_registers();
    check_debug_traps();
    check_nmis();
    check_msr_reads();
    check_msr_write_backs();
    check_msr_writes();
    check_xcr();
}
