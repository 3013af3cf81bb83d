/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions on device memory: decoded, and carried out as this computer's own CPU carries them
 * out on ordinary memory. */
#include "check.h"

#include <sys/mman.h>

#include "hvm/mmio_insn.h"

static uint64_t cell; /* the device: eight bytes */
static unsigned int reads, writes;

static uint64_t device_read(void *ctx, uint64_t gpa, unsigned int size)
{
    uint64_t value = 0;

    reads++;
    memcpy(&value, &cell, size);
    return value;
}

static void device_write(void *ctx, uint64_t gpa, unsigned int size, uint64_t value)
{
    writes++;
    memcpy(&cell, &value, size);
}

static const struct mmio_device device = {device_read, device_write, NULL};

#define FLAGS 0x8d5ULL /* OF SF ZF AF PF CF */

/* Instructions whose memory operand is [rdi], without prefix games; the CPU itself is the judge. */
static const struct {
    uint8_t length;
    uint8_t bytes[10];
} samples[] = {
    {2, {0x8b, 0x07}},                /* mov eax, [rdi] */
    {3, {0x48, 0x8b, 0x17}},          /* mov rdx, [rdi] */
    {3, {0x66, 0x8b, 0x0f}},          /* mov cx, [rdi] */
    {2, {0x8a, 0x27}},                /* mov ah, [rdi] */
    {3, {0x40, 0x8a, 0x37}},          /* mov sil, [rdi] */
    {3, {0x44, 0x89, 0x07}},          /* mov [rdi], r8d */
    {2, {0x88, 0x3f}},                /* mov [rdi], bh */
    {3, {0x66, 0x89, 0x07}},          /* mov [rdi], ax */
    {6, {0xc7, 0x07, 1, 2, 3, 0x84}}, /* mov dword [rdi], imm */
    {7, {0x48, 0xc7, 0x07, 1, 2, 3, 0x84}},
    {5, {0x66, 0xc7, 0x07, 1, 0x82}},
    {3, {0xc6, 0x07, 0x9a}},
    {3, {0x0f, 0xb6, 0x07}},       /* movzx eax, byte [rdi] */
    {4, {0x66, 0x0f, 0xb6, 0x07}}, /* movzx ax, byte [rdi] */
    {3, {0x0f, 0xb7, 0x17}},       /* movzx edx, word [rdi] */
    {3, {0x0f, 0xbe, 0x07}},       /* movsx eax, byte [rdi] */
    {4, {0x48, 0x0f, 0xbf, 0x0f}}, /* movsx rcx, word [rdi] */
    {3, {0x48, 0x63, 0x07}},       /* movsxd rax, [rdi] */
    {2, {0x87, 0x07}},             /* xchg [rdi], eax */
    {2, {0x86, 0x27}},             /* xchg [rdi], ah */
    {2, {0x01, 0x07}},
    {2, {0x09, 0x07}},
    {2, {0x11, 0x07}},
    {2, {0x19, 0x07}},
    {2, {0x21, 0x07}},
    {2, {0x29, 0x07}},
    {2, {0x31, 0x07}},
    {2, {0x39, 0x07}},
    {2, {0x02, 0x07}},
    {2, {0x0a, 0x07}},
    {2, {0x12, 0x07}},
    {2, {0x1a, 0x07}},
    {2, {0x22, 0x07}},
    {2, {0x2a, 0x07}},
    {2, {0x32, 0x07}},
    {2, {0x3a, 0x07}},
    {3, {0x4c, 0x03, 0x07}},
    {3, {0x4c, 0x3b, 0x07}},
    {3, {0x66, 0x2b, 0x07}},
    {3, {0x83, 0x07, 0xfe}},
    {3, {0x83, 0x2f, 0x7f}},
    {3, {0x83, 0x3f, 0x80}},
    {6, {0x81, 0x37, 0xff, 0, 0xff, 0x80}},
    {3, {0x80, 0x17, 0xff}},
    {4, {0xf0, 0x83, 0x0f, 0x10}}, /* lock or dword [rdi], imm8 */
    {2, {0x85, 0x07}},
    {2, {0x84, 0x27}},
    {3, {0xf6, 0x07, 0x81}},
    {6, {0xf7, 0x07, 0, 0, 0, 0x80}},
};

static unsigned char *code;

/* Runs the instruction on the CPU, with the registers of `regs` and rdi at `memory`. */
static void run_natively(const uint8_t *bytes, unsigned int length, struct cpu_user_regs *regs,
                         uint64_t *memory)
{
    struct {
        uint64_t rax, rcx, rdx, rbx, rsi, rdi, r8, flags;
    } io = {regs->rax, regs->rcx,        regs->rdx, regs->rbx,
            regs->rsi, (uint64_t)memory, regs->r8,  (regs->rflags & FLAGS) | 2};

    memcpy(code, bytes, length);
    code[length] = 0xc3;
    __asm__ volatile("pushq %%rbx\n\t"
                     "pushq %[io]\n\t"
                     "movq %[io], %%r9\n\t"
                     "pushq 56(%%r9)\n\t"
                     "movq 0(%%r9), %%rax\n\t"
                     "movq 8(%%r9), %%rcx\n\t"
                     "movq 16(%%r9), %%rdx\n\t"
                     "movq 24(%%r9), %%rbx\n\t"
                     "movq 32(%%r9), %%rsi\n\t"
                     "movq 40(%%r9), %%rdi\n\t"
                     "movq 48(%%r9), %%r8\n\t"
                     "movq %[code], %%r10\n\t"
                     "popfq\n\t"
                     "call *%%r10\n\t"
                     "pushfq\n\t"
                     "popq %%r11\n\t"
                     "popq %%r9\n\t"
                     "movq %%rax, 0(%%r9)\n\t"
                     "movq %%rcx, 8(%%r9)\n\t"
                     "movq %%rdx, 16(%%r9)\n\t"
                     "movq %%rbx, 24(%%r9)\n\t"
                     "movq %%rsi, 32(%%r9)\n\t"
                     "movq %%r8, 48(%%r9)\n\t"
                     "movq %%r11, 56(%%r9)\n\t"
                     "popq %%rbx"
                     :
                     : [io] "r"(&io), [code] "r"(code)
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
    regs->rax = io.rax;
    regs->rcx = io.rcx;
    regs->rdx = io.rdx;
    regs->rbx = io.rbx;
    regs->rsi = io.rsi;
    regs->r8 = io.r8;
    regs->rflags = io.flags & FLAGS;
}

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static struct cpu_user_regs random_registers(void)
{
    struct cpu_user_regs regs = {0};

    regs.rax = next_random();
    regs.rcx = next_random();
    regs.rdx = next_random();
    regs.rbx = next_random();
    regs.rsi = next_random();
    regs.r8 = next_random();
    regs.rflags = next_random() & FLAGS;
    return regs;
}

/* AF is undefined after a logical operation, and CPUs differ. */
static uint64_t flags_that_count(enum mmio_op op)
{
    bool logic = op == MMIO_AND || op == MMIO_OR || op == MMIO_XOR || op == MMIO_TEST;

    return logic ? FLAGS & ~0x10ULL : FLAGS;
}

static bool same(const struct cpu_user_regs *a, const struct cpu_user_regs *b, uint64_t flags)
{
    return a->rax == b->rax && a->rcx == b->rcx && a->rdx == b->rdx && a->rbx == b->rbx &&
           a->rsi == b->rsi && a->r8 == b->r8 && (a->rflags & flags) == (b->rflags & flags);
}

static void as_the_cpu_does(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
        struct mmio_insn insn;

        CHECK(mmio_decode(&insn, samples[i].bytes, sizeof(samples[i].bytes), MMIO_MODE_64));
        CHECK_EQ(insn.length, samples[i].length);
        for (unsigned int round = 0; round < 40; round++) {
            struct cpu_user_regs ours = random_registers(), theirs = ours;
            uint64_t memory = cell = round % 5 ? next_random() : ours.rax;

            run_natively(samples[i].bytes, samples[i].length, &theirs, &memory);
            mmio_execute(&insn, &ours, 0, &device);
            if (!CHECK(same(&ours, &theirs, flags_that_count(insn.op)) && cell == memory)) {
                fprintf(stderr, "sample %u: %02x %02x %02x\n", i, samples[i].bytes[0],
                        samples[i].bytes[1], samples[i].bytes[2]);
                break;
            }
            CHECK_EQ(ours.rip, samples[i].length);
        }
    }
}

static unsigned int length_of(const char *bytes, size_t count, enum mmio_mode mode)
{
    struct mmio_insn insn;

    return mmio_decode(&insn, (const uint8_t *)bytes, count, mode) ? insn.length : 0;
}

static void lengths(void)
{
    /* mov eax, [rip + x]; mov eax, [rax + rcx*4 + 8]; with 32 bits; mov eax, [abs] */
    CHECK_EQ(length_of("\x8b\x05\x00\x03\xe0\xfe", 6, MMIO_MODE_64), 6);
    CHECK_EQ(length_of("\x8b\x44\x88\x08", 4, MMIO_MODE_64), 4);
    CHECK_EQ(length_of("\x8b\x84\x88\x08\x00\x00\x00", 7, MMIO_MODE_64), 7);
    CHECK_EQ(length_of("\x8b\x04\x25\x20\x00\xe0\xfe", 7, MMIO_MODE_64), 7);
    CHECK_EQ(length_of("\x65\x8b\x04\x25\x20\x00\xe0\xfe", 8, MMIO_MODE_64), 8);
    CHECK_EQ(length_of("\xa1\x20\x00\xe0\xfe", 5, MMIO_MODE_32), 5);
    CHECK_EQ(length_of("\xa1\x20\x00\xe0\xfe\0\0\0\0", 9, MMIO_MODE_64), 9);
    CHECK_EQ(length_of("\xa1\x20\x00", 3, MMIO_MODE_16), 3);
    CHECK_EQ(length_of("\x8b\x46\x10", 3, MMIO_MODE_16), 3);
    CHECK_EQ(length_of("\x8b\x06\x10\x00", 4, MMIO_MODE_16), 4);
    CHECK_EQ(length_of("\xc7\x07\x01\x02", 4, MMIO_MODE_16), 4);
    CHECK_EQ(length_of("\x66\xc7\x07\x01\x02\x03\x04", 7, MMIO_MODE_16), 7);
}

static void what_it_is_not(void)
{
    CHECK_EQ(length_of("\x8b", 1, MMIO_MODE_64), 0); /* cut off */
    CHECK_EQ(length_of("\x8b\x05\x00\x03", 4, MMIO_MODE_64), 0);
    CHECK_EQ(length_of("\x8b\xc0", 2, MMIO_MODE_64), 0);     /* a register */
    CHECK_EQ(length_of("\xf3\xa5", 2, MMIO_MODE_64), 0);     /* a string */
    CHECK_EQ(length_of("\xf0\x8b\x07", 3, MMIO_MODE_64), 0); /* LOCK MOV */
    CHECK_EQ(length_of("\xf0\x03\x07", 3, MMIO_MODE_64), 0); /* LOCK of a load */
    CHECK_EQ(length_of("\xf7\x17", 2, MMIO_MODE_64), 0);     /* NOT */
    CHECK_EQ(length_of("\x63\x07", 2, MMIO_MODE_32), 0);     /* ARPL */
    CHECK_EQ(length_of("\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x8b\x07", 16,
                       MMIO_MODE_64),
             0); /* too long */
}

int main(void)
{
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    RUN(as_the_cpu_does);
    RUN(lengths);
    RUN(what_it_is_not);
    return check_done();
}
