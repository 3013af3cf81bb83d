/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps of hardware guests: the CPU's own interrupt table and task state. (SDM vol. 3, 6.14, 7.7)
 */
#include "hw.h"

#include "private.h"
#include "trap.h"

#define STUB_SIZE       16
#define GATE_INTERRUPT  0xee /* for user code, too */
#define TSS_SELECTOR    0x30
#define TSS_AVAILABLE   0x89
#define FIRST_INTERRUPT 0x20

struct gate {
    uint16_t low, selector;
    uint8_t stack, type;
    uint16_t middle;
    uint32_t high, reserved;
};

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1, ist[7], reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));

bool hw_takes_interrupts;
volatile unsigned int hw_interrupts[256];

extern const char hw_trap_stubs[];
extern uint64_t hw_gdt[];
_Noreturn void hw_user_enter(const void *frame);

static struct gate idt[256];
static struct tss tss;
static page_aligned uint8_t entry_stack[2 * PAGE_SIZE], user_stack[PAGE_SIZE];

void hw_gate_set(unsigned int vector, uint64_t handler)
{
    idt[vector] = (struct gate){
        .low = (uint16_t)handler,
        .selector = HW_CODE64,
        .type = GATE_INTERRUPT,
        .middle = (uint16_t)(handler >> 16),
        .high = (uint32_t)(handler >> 32),
    };
}

void hw_gate_stack(unsigned int vector, const void *top)
{
    tss.ist[0] = (uint64_t)top;
    idt[vector].stack = 1;
}

static void load_tss(void)
{
    uint64_t base = (uint64_t)&tss;

    tss.rsp[0] = (uint64_t)entry_stack + sizeof(entry_stack);
    tss.io_map = sizeof(tss);
    hw_gdt[TSS_SELECTOR / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
                               (uint64_t)TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
    hw_gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
    __asm__ volatile("ltr %w0" ::"r"(TSS_SELECTOR));
}

void hw_traps_load(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)idt};

    __asm__ volatile("lidt %0" ::"m"(pointer) : "memory");
}

void hw_traps_init(void)
{
    for (unsigned int vector = 0; vector < 256; vector++)
        hw_gate_set(vector, (uint64_t)hw_trap_stubs + vector * STUB_SIZE);
    hw_traps_load();
    load_tss();
}

uint64_t fault_address(void)
{
    uint64_t address;

    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    return address;
}

bool trap_is_event(const struct trap_frame *frame)
{
    if (!hw_takes_interrupts || frame->vector < FIRST_INTERRUPT)
        return false;
    hw_interrupts[frame->vector]++;
    apic_write(APIC_EOI, 0);
    return true;
}

struct hw_cpuid hw_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct hw_cpuid r;

    __asm__ volatile("cpuid"
                     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                     : "0"(leaf), "2"(subleaf));
    return r;
}

struct msr_access {
    uint32_t index, low, high;
};

static void read_msr(void *arg)
{
    struct msr_access *access = arg;

    __asm__ volatile("rdmsr" : "=a"(access->low), "=d"(access->high) : "c"(access->index));
}

static void write_msr(void *arg)
{
    const struct msr_access *access = arg;

    __asm__ volatile("wrmsr" ::"c"(access->index), "a"(access->low), "d"(access->high) : "memory");
}

int try_rdmsr(uint32_t index, uint64_t *value)
{
    struct msr_access access = {index, 0, 0};
    int trap = try_call(read_msr, &access);

    *value = (uint64_t)access.high << 32 | access.low;
    return trap;
}

int try_wrmsr(uint32_t index, uint64_t value)
{
    struct msr_access access = {index, (uint32_t)value, (uint32_t)(value >> 32)};

    return try_call(write_msr, &access);
}

/* What hw_user_enter() takes from its stack. */
struct user_frame {
    struct registers registers;
    uint64_t rip, cs, rflags, rsp, ss;
};

static void enter(void *arg)
{
    struct user_frame frame = {
        .registers = *(const struct registers *)arg,
        .rip = (uint64_t)instruction_bytes,
        .cs = HW_USER_CODE,
        .rflags = 2,
        .rsp = (uint64_t)user_stack + sizeof(user_stack),
        .ss = HW_USER_DATA,
    };

    hw_user_enter(&frame);
}

/* INT 0x80 behind the bytes is the way back of those that do not trap. */
int hw_user_execute(const void *bytes, size_t count, struct registers *registers)
{
    static struct registers none;
    int trap;

    registers = registers ? registers : &none;
    bytes_prepare(bytes, count);
    instruction_bytes[count] = 0xcd;
    instruction_bytes[count + 1] = 0x80;
    trap = try_call(enter, registers);
    *registers = (struct registers){trapped.rax, trapped.rbx, trapped.rcx,
                                    trapped.rdx, trapped.rsi, trapped.rdi};
    return trap == 0x80 ? NO_TRAP : trap;
}
