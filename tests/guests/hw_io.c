/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports and memory behind which there is nothing, and the local APIC. What is not there reads as
 * all ones and takes writes silently, whatever instruction asks. (SDM vol. 3, chapter 11) */
#include "hw.h"

#include <xen/memory.h>

#define PORT_LOG 0xe9 /* what is written there is shown */

#define APIC_CURRENT 0x390
#define MSR_BASE     0x1b
#define X2APIC_ID    0x802
#define X2APIC_ICR   0x830
#define VECTOR       0x41

static uint32_t in(uint16_t port, unsigned int size)
{
    uint32_t value = 0;

    if (size == 1)
        __asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
    else if (size == 2)
        __asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
    else
        __asm__ volatile("inl %w1, %0" : "+a"(value) : "d"(port));
    return value;
}

static void check_ports(void)
{
    unsigned int strange = 0;

    for (unsigned int port = 0; port < 0x10000; port++)
        strange += in((uint16_t)port, 1) != 0xff;
    expect(strange, 0, "all ports read as ones");
    for (unsigned int port = 3; port < 0x10000; port += 61) {
        strange += in((uint16_t)port, 2) != 0xffff;
        strange += in((uint16_t)port, 4) != 0xffffffff;
        if (port != PORT_LOG)
            __asm__ volatile("outl %0, %w1" ::"a"(0x12345678), "d"(port));
    }
    expect(strange, 0, "by any size, and may be written to");
    expect(in(0xffff, 4), 0xffffffff, "even the last by four bytes");
}

static void check_port_strings(void)
{
    uint8_t *page = page_alloc();
    struct registers r = {.rdx = 0x60, .rdi = (uint64_t)page, .rcx = PAGE_SIZE};

    expect(execute_text("\xf3\x6c", &r), NO_TRAP, "a page by REP INS");
    check(!r.rcx && r.rdi == (uint64_t)page + PAGE_SIZE, "to its end");
    expect(page[0] + page[PAGE_SIZE - 1], 2 * 0xff, "all of it ones");
    r = (struct registers){.rdx = 0x60, .rdi = 0x100000000, .rcx = 2};
    expect(execute_text("\xf3\x6c", &r), TRAP_PF, "INS to where nothing is mapped");
    expect((long)trapped_address, 0x100000000, "which says where");
    r = (struct registers){.rdx = 0x60, .rdi = HOLE, .rcx = 8};
    expect(execute_text("\xf3\x6c", &r), NO_TRAP, "INS to where no memory is");
    r = (struct registers){.rdx = 0x60, .rsi = HOLE, .rcx = 8};
    expect(execute_text("\xf3\x6f", &r), NO_TRAP, "OUTS from there");
    r = (struct registers){.rdx = 0x60, .rdi = NON_CANONICAL, .rcx = 1};
    check(execute_text("\x6c", &r) != NO_TRAP, "INS to an address that is none");
}

/* Each with RAX = 0x11, RBX the hole, RCX = 4, RSI and RDI as told; what RAX is afterwards. */
static const struct {
    const char *name, *bytes;
    size_t count;
    uint64_t rax;
} accesses[] = {
    {"MOV, 1 byte", "\x8a\x03", 2, 0xff},
    {"MOV, 2 bytes", "\x66\x8b\x03", 3, 0xffff},
    {"MOV, 4 bytes", "\x8b\x03", 2, 0xffffffff},
    {"MOV, 8 bytes", "\x48\x8b\x03", 3, ~0UL},
    {"MOV to it", "\x48\x89\x03", 3, 0x11},
    {"MOVZX", "\x0f\xb6\x03", 3, 0xff},
    {"MOVSX", "\x48\x0f\xbe\x03", 4, ~0UL},
    {"AND", "\x23\x03", 2, 0x11},
    {"AND to it", "\x21\x03", 2, 0x11},
    {"XOR", "\x48\x33\x03", 3, ~0x11UL},
    {"ADD", "\x48\x03\x03", 3, 0x10},
    {"SUB", "\x48\x2b\x03", 3, 0x12},
    {"INC of it", "\xff\x03", 2, 0x11},
    {"NOT of it", "\xf7\x13", 2, 0x11},
    {"SHL of it", "\xd3\x23", 2, 0x11},
    {"XCHG", "\x87\x03", 2, 0xffffffff},
    {"LOCK XADD", "\xf0\x0f\xc1\x03", 4, 0xffffffff},
    {"LOCK CMPXCHG", "\xf0\x0f\xb1\x0b", 4, 0xffffffff},
    {"BTS of it", "\x0f\xab\x03", 3, 0x11},
    {"PUSH of it", "\xff\x33\x58", 3, ~0UL}, /* and POP RAX */
    {"IMUL", "\x48\x0f\xaf\x03", 4, ~0x10UL},
    {"CMOV", "\x0f\x44\x03\xb8\x11\x00\x00\x00", 8, 0x11},
};

static void check_holes(void)
{
    static uint64_t words[4] = {1, 2, 3, 4};
    struct registers r;

    for (unsigned int i = 0; i < ARRAY_SIZE(accesses); i++) {
        r = (struct registers){.rax = 0x11, .rbx = HOLE, .rcx = 4};
        if (execute(accesses[i].bytes, accesses[i].count, &r) != NO_TRAP)
            check(false, "%s: trap %lu", accesses[i].name, trapped.vector);
        else
            expect((long)r.rax, (long)accesses[i].rax, "%s where nothing is", accesses[i].name);
    }
    r = (struct registers){.rsi = HOLE, .rdi = (uint64_t)words, .rcx = 4};
    expect(execute_text("\xf3\x48\xa5", &r), NO_TRAP, "REP MOVS from there");
    check(words[0] == ~0UL && words[3] == ~0UL && !r.rcx, "brings ones");
    r = (struct registers){.rsi = (uint64_t)words, .rdi = HOLE, .rcx = 4};
    expect(execute_text("\xf3\x48\xa5", &r), NO_TRAP, "REP MOVS to there");
    r = (struct registers){.rax = 0xff, .rdi = HOLE, .rcx = 100};
    expect(execute_text("\xf3\xae", &r), NO_TRAP, "REPE SCAS over it");
    expect((long)r.rcx, 0, "finds ones to the end");
    r = (struct registers){.rsi = HOLE, .rdi = HOLE + 64, .rcx = 16};
    expect(execute_text("\xf3\xa6", &r), NO_TRAP, "REPE CMPS within it");
    r = (struct registers){.rax = 0, .rdi = HOLE, .rcx = 0x4000};
    expect(execute_text("\xf3\xaa", &r), NO_TRAP, "a long REP STOS");
}

/* At the end of memory, an access of which a part is memory. */
static void check_edge(void)
{
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
    uint8_t *page = page_alloc(), *next = page_alloc();
    xen_pfn_t frame = (uint64_t)next >> PAGE_SHIFT;
    volatile uint64_t *edge = (uint64_t *)(page + PAGE_SIZE - 4);

    op.extent_start.p = &frame;
    expect(call2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &op), 1,
           "a page is given up");
    *(uint32_t *)(page + PAGE_SIZE - 4) = 0x01020304;
    check(*edge == 0xffffffff01020304, "a read over the edge is memory and ones");
    *edge = 0x55555555aaaaaaaa;
    check(*(uint32_t *)(page + PAGE_SIZE - 4) == 0xaaaaaaaa, "a write over it reaches the memory");
    expect(call2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &op), 1, "a page comes back");
    check(!next[0] && !next[PAGE_SIZE - 1], "with nothing in it");
}

/* The instruction is another one when the hypervisor looks at it than the CPU has stopped at
 * (stale.c). RBX is the hole; what RAX, 0x11 before, may be afterwards. The old ones all access it.
 */
static const struct {
    const char *name;
    struct hw_code old, now;
    uint64_t rax, or_rax;
} changes[] = {
    {"a write is a read", {"\x89\x03", 2}, {"\x8b\x03", 2}, 0x11, 0xffffffff},
    {"a read is a longer one",
     {"\x8b\x03", 2},
     {"\x48\x8b\x83\x00\x00\x00\x00", 7},
     0xffffffff,
     ~0UL},
    {"a read is a shorter one", {"\x48\x8b\x83\x00\x00\x00\x00", 7}, {"\x8a\x03", 2}, ~0UL, 0xff},
    {"a read is one of memory",
     {"\x8b\x03", 2},
     {"\x8b\x05\x00\x00\x00\x00", 6}, /* of what is behind it */
     0xffffffff,
     0xc3c3c3c3},
};

/* Instructions that user code may not make, in the place of one that it may. A CPU that sees the
 * new ones by itself refuses them as well; one that hands over the old one does not get there. */
static const struct {
    const char *name;
    struct hw_code now;
    int trap;
} denied[] = {
    {"a string from a port", {"\x6d", 1}, TRAP_GP},
    {"a string to a port", {"\x6f", 1}, TRAP_GP},
    {"a page of the kernel's", {"\x8b\x05\x00\x10\x00\x00", 6}, TRAP_PF},
    {"a write to a page of the kernel's", {"\x89\x05\x00\x10\x00\x00", 6}, TRAP_PF},
};

static void check_changes(void)
{
    static const struct hw_code old = {"\x8b\x03", 2};

    for (unsigned int i = 0; i < ARRAY_SIZE(changes); i++)
        for (unsigned int user = 0; user < 2; user++) {
            struct registers r = {.rax = 0x11, .rbx = HOLE};
            int trap = hw_execute_stale(&changes[i].old, &changes[i].now, user, &r);

            expect(trap, NO_TRAP, "code that changes: %s", changes[i].name);
            check(r.rax == changes[i].rax || r.rax == changes[i].or_rax,
                  "it is the one or the other: %lx", r.rax);
        }
    for (unsigned int i = 0; i < ARRAY_SIZE(denied); i++) {
        struct registers r = {.rax = 0x11, .rbx = HOLE};
        int trap = hw_execute_stale(&old, &denied[i].now, true, &r);

        check(trap == denied[i].trap || (trap == NO_TRAP && r.rax == 0xffffffff),
              "code that changes reaches not %s: trap %d, %lx", denied[i].name, trap, r.rax);
    }
}

/* What an instruction does to its own bytes, and to those behind it. */
static void check_own_bytes(void)
{
    struct registers r = {.rdx = 0x60, .rdi = (uint64_t)instruction_bytes, .rcx = 2};

    expect(execute_text("\xf3\x6c", &r), NO_TRAP, "REP INS over itself");
    check(!r.rcx && instruction_bytes[0] == 0xff && instruction_bytes[1] == 0xff,
          "goes on to its end");
    apic_write(APIC_TPR, 0x90);
    r = (struct registers){.rsi = APIC_BASE + APIC_TPR, .rdi = (uint64_t)instruction_bytes + 1};
    expect(execute_text("\xa4\xcc", &r), NO_TRAP, "a device's byte becomes the next instruction");
    expect(instruction_bytes[1], 0x90, "which is NOP");
    apic_write(APIC_TPR, 0);
}

static void check_apic_registers(void)
{
    unsigned int strange = 0;

    check((apic_read(APIC_VERSION) & 0xff) >= 0x10, "the local APIC has a version");
    expect(apic_read(APIC_ID) >> 24, 0, "and is the first");
    for (uint32_t offset = 0; offset < 0x1000; offset++)
        strange += *(volatile uint8_t *)(APIC_BASE + offset) != 0 && offset % 16 >= 4;
    expect(strange, 0, "between its registers is nothing");
    for (uint32_t offset = 0; offset < 0xff8; offset += 3)
        *(volatile uint64_t *)(APIC_BASE + offset) = ~0UL;
    check((apic_read(APIC_VERSION) & 0xff) >= 0x10, "wrong sizes are not taken");
    for (uint32_t offset = 0x400; offset < 0x1000; offset += 4)
        apic_write(offset, ~0U);
    check((apic_read(APIC_VERSION) & 0xff) >= 0x10, "nor what is behind the last register");
}

static void pause_for(uint64_t ns)
{
    uint64_t end = time_ns() + ns;

    while (time_ns() < end)
        __asm__ volatile("pause");
}

static void interrupts_for(uint64_t ns)
{
    __asm__ volatile("sti");
    pause_for(ns);
    __asm__ volatile("cli");
}

static void check_apic_interrupts(void)
{
    hw_takes_interrupts = true;
    apic_write(APIC_SVR, 0x1ff);
    apic_write(APIC_TPR, 0);
    apic_write(APIC_ICR, 0x40000 | VECTOR);
    interrupts_for(1000000);
    expect(hw_interrupts[VECTOR], 1, "an interrupt to oneself");
    apic_write(APIC_TPR, 0xf0);
    apic_write(APIC_ICR, 0x40000 | VECTOR);
    interrupts_for(1000000);
    expect(hw_interrupts[VECTOR], 1, "waits for the task priority");
    apic_write(APIC_TPR, 0);
    interrupts_for(1000000);
    expect(hw_interrupts[VECTOR], 2, "and then comes");
    for (uint32_t mode = 0; mode < 8; mode++) {
        if (mode == 4 || mode == 5) /* NMI, INIT */
            continue;
        apic_write(APIC_ICR2, 0x7f000000);
        apic_write(APIC_ICR, mode << 8 | VECTOR);
        apic_write(APIC_ICR, 0x40000 | mode << 8 | 3); /* a vector that is none */
    }
    apic_write(APIC_DIVIDE, 0xb);
    apic_write(APIC_TIMER, 0x20000 | (VECTOR + 1));
    apic_write(APIC_INITIAL, 1000000); /* 10 ms */
    interrupts_for(200000000);
    apic_write(APIC_INITIAL, 0);
    check(hw_interrupts[VECTOR + 1] >= 2 && hw_interrupts[VECTOR + 1] <= 40,
          "a timer of 10 ms comes %u times in 200 ms", hw_interrupts[VECTOR + 1]);
}

static void check_x2apic(void)
{
    uint64_t base, value;
    unsigned int strange = 0;

    expect(try_rdmsr(MSR_BASE, &base), NO_TRAP, "the APIC's base can be read");
    expect(try_rdmsr(X2APIC_ID, &value), TRAP_GP, "there are no x2APIC registers");
    expect(try_wrmsr(MSR_BASE, base | 1), TRAP_GP, "the base has reserved bits");
    expect(try_wrmsr(MSR_BASE, base | 1UL << 60), TRAP_GP, "above the address as well");
    if (!(hw_cpuid(1, 0).c & 1U << 21))
        return;
    expect(try_wrmsr(MSR_BASE, base | 1U << 10), NO_TRAP, "x2APIC mode");
    check(try_rdmsr(X2APIC_ID, &value) == NO_TRAP && !value, "has the id in an MSR");
    expect(try_wrmsr(MSR_BASE, base), TRAP_GP, "there is no way back to the old mode");
    for (uint32_t index = 0x800; index <= 0x8ff; index++) {
        int trap = try_rdmsr(index, &value);

        strange += trap != NO_TRAP && trap != TRAP_GP;
        if (index != X2APIC_ICR && index != 0x83f)
            strange += try_wrmsr(index, ~0UL) != TRAP_GP;
    }
    expect(strange, 0, "no register of it takes all ones");
    expect(try_wrmsr(X2APIC_ICR, 0x40000 | (VECTOR + 2)), NO_TRAP, "an interrupt to oneself");
    interrupts_for(1000000);
    expect(hw_interrupts[VECTOR + 2], 1, "comes");
    check(*(volatile uint32_t *)(APIC_BASE + APIC_VERSION) == ~0U, "the page is nothing any more");
}

void micro_main(void)
{
    check_ports();
    check_port_strings();
    check_holes();
    check_edge();
    check_changes();
    check_own_bytes();
    check_apic_registers();
    check_apic_interrupts();
    check_x2apic();
}
