/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes the decoder takes for which instruction. Memory writes: see pte_write_test.c. */
#include "pv/insn.h"

#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes are written as text, so that an instruction fits into a line. */
static size_t parse(const char *text, uint8_t *bytes)
{
    size_t count = 0;
    char *end;

    for (;;) {
        unsigned long byte = strtoul(text, &end, 16);

        if (end == text)
            return count;
        bytes[count++] = byte;
        text = end;
    }
}

struct expectation {
    const char *text;
    struct insn insn;
};

static void check_insn(const struct expectation *wanted, enum insn_mode mode)
{
    uint8_t bytes[32];
    size_t count = parse(wanted->text, bytes);
    struct insn insn;
    bool good;

    for (size_t cut = 0; cut < count; cut++) {
        if (!CHECK_EQ(insn_decode(&insn, bytes, cut, mode), INSN_TRUNCATED))
            fprintf(stderr, "    %s, cut to %zu\n", wanted->text, cut);
    }
    good = CHECK_EQ(insn_decode(&insn, bytes, count, mode), INSN_DECODED) &&
           CHECK_EQ(insn.length, count) && CHECK_EQ(insn.kind, wanted->insn.kind) &&
           CHECK_EQ(insn.operand_size, wanted->insn.operand_size) &&
           CHECK_EQ(insn.address_size, wanted->insn.address_size) &&
           CHECK_EQ(insn.reg, wanted->insn.reg) && CHECK_EQ(insn.special, wanted->insn.special) &&
           CHECK_EQ(insn.has_immediate, wanted->insn.has_immediate) &&
           CHECK_EQ(insn.immediate, wanted->insn.immediate) &&
           CHECK_EQ(insn.segment, wanted->insn.segment) &&
           CHECK_EQ(insn.repeat, wanted->insn.repeat) && CHECK_EQ(insn.lock, wanted->insn.lock);
    if (!good)
        fprintf(stderr, "    %s\n", wanted->text);
}

#define PORT(n) .has_immediate = true, .immediate = n

static void test_64_bit(void)
{
    static const struct expectation list[] = {
        {"e4 80", {INSN_IN, .operand_size = 1, .address_size = 8, PORT(0x80)}},
        {"e5 ff", {INSN_IN, .operand_size = 4, .address_size = 8, PORT(0xff)}},
        {"66 e5 10", {INSN_IN, .operand_size = 2, .address_size = 8, PORT(0x10)}},
        {"ec", {INSN_IN, .operand_size = 1, .address_size = 8}},
        {"ed", {INSN_IN, .operand_size = 4, .address_size = 8}},
        {"66 ed", {INSN_IN, .operand_size = 2, .address_size = 8}},
        {"48 ed", {INSN_IN, .operand_size = 4, .address_size = 8}},
        {"66 48 ed", {INSN_IN, .operand_size = 4, .address_size = 8}},
        {"48 66 ed", {INSN_IN, .operand_size = 2, .address_size = 8}}, /* REX is lost */
        {"e6 70", {INSN_OUT, .operand_size = 1, .address_size = 8, PORT(0x70)}},
        {"e7 cf", {INSN_OUT, .operand_size = 4, .address_size = 8, PORT(0xcf)}},
        {"ee", {INSN_OUT, .operand_size = 1, .address_size = 8}},
        {"66 ef", {INSN_OUT, .operand_size = 2, .address_size = 8}},
        {"6c", {INSN_INS, .operand_size = 1, .address_size = 8}},
        {"f3 6d", {INSN_INS, .operand_size = 4, .address_size = 8, .repeat = true}},
        {"f2 66 6d", {INSN_INS, .operand_size = 2, .address_size = 8, .repeat = true}},
        {"67 6d", {INSN_INS, .operand_size = 4, .address_size = 4}},
        {"65 6e", {INSN_OUTS, .operand_size = 1, .address_size = 8, .segment = INSN_SEGMENT_GS}},
        {"64 f3 66 6f",
         {INSN_OUTS, INSN_SEGMENT_FS, .operand_size = 2, .address_size = 8, .repeat = true}},
        {"0f 06", {INSN_CLTS, .operand_size = 4, .address_size = 8}},
        {"0f 08", {INSN_INVD, .operand_size = 4, .address_size = 8}},
        {"0f 09", {INSN_WBINVD, .operand_size = 4, .address_size = 8}},
        {"0f 20 c0", {INSN_READ_CR, .operand_size = 8, .address_size = 8}},
        {"0f 20 e3", {INSN_READ_CR, .operand_size = 8, .address_size = 8, .special = 4, .reg = 3}},
        {"44 0f 20 c0", {INSN_READ_CR, .operand_size = 8, .address_size = 8, .special = 8}},
        {"41 0f 22 df",
         {INSN_WRITE_CR, .operand_size = 8, .address_size = 8, .special = 3, .reg = 15}},
        {"0f 22 1f", /* the mod field means nothing */
         {INSN_WRITE_CR, .operand_size = 8, .address_size = 8, .special = 3, .reg = 7}},
        {"0f 21 f8", {INSN_READ_DR, .operand_size = 8, .address_size = 8, .special = 7}},
        {"0f 23 f1", {INSN_WRITE_DR, .operand_size = 8, .address_size = 8, .special = 6, .reg = 1}},
        {"0f 30", {INSN_WRMSR, .operand_size = 4, .address_size = 8}},
        {"0f 31", {INSN_RDTSC, .operand_size = 4, .address_size = 8}},
        {"0f 32", {INSN_RDMSR, .operand_size = 4, .address_size = 8}},
        {"0f 33", {INSN_RDPMC, .operand_size = 4, .address_size = 8}},
        {"0f 01 f9", {INSN_RDTSCP, .operand_size = 4, .address_size = 8}},
        {"0f 01 d1", {INSN_XSETBV, .operand_size = 4, .address_size = 8}},
        {"0f a2", {INSN_CPUID, .operand_size = 4, .address_size = 8}},
        {"0f 0b 78 65 6e 0f a2", {INSN_FORCED_CPUID, .operand_size = 4, .address_size = 8}},
        {"cd 80",
         {INSN_INT, .operand_size = 4, .address_size = 8, .special = 0x80, .has_immediate = true,
          .immediate = -128}},
        {"f4", {INSN_HLT, .operand_size = 4, .address_size = 8}},
        {"fa", {INSN_CLI, .operand_size = 4, .address_size = 8}},
        {"fb", {INSN_STI, .operand_size = 4, .address_size = 8}},
        {"48 0f c7 0f", {INSN_CMPXCHG16B, .operand_size = 16, .address_size = 8}},
        {"f0 80 27 fd",
         {INSN_AND, .operand_size = 1, .address_size = 8, .lock = true, .has_immediate = true,
          .immediate = -3}},
    };

    for (size_t i = 0; i < COUNT(list); i++)
        check_insn(&list[i], INSN_MODE_64);
}

static void test_32_bit(void)
{
    static const struct expectation list[] = {
        {"e4 80", {INSN_IN, .operand_size = 1, .address_size = 4, PORT(0x80)}},
        {"66 ef", {INSN_OUT, .operand_size = 2, .address_size = 4}},
        {"f3 6d", {INSN_INS, .operand_size = 4, .address_size = 4, .repeat = true}},
        {"67 6e", {INSN_OUTS, .operand_size = 1, .address_size = 2}},
        {"2e 6e", {INSN_OUTS, .operand_size = 1, .address_size = 4, .segment = INSN_SEGMENT_CS}},
        {"0f 20 c3", {INSN_READ_CR, .operand_size = 4, .address_size = 4, .reg = 3}},
        {"0f a2", {INSN_CPUID, .operand_size = 4, .address_size = 4}},
    };

    for (size_t i = 0; i < COUNT(list); i++)
        check_insn(&list[i], INSN_MODE_32);
}

static void check_status(const char *text, enum insn_mode mode, enum insn_status wanted)
{
    uint8_t bytes[32];
    size_t count = parse(text, bytes);
    struct insn insn;

    if (!CHECK_EQ(insn_decode(&insn, bytes, count, mode), wanted))
        fprintf(stderr, "    %s\n", text);
}

static void test_foreign(void)
{
    static const char *const list[] = {
        "90",
        "c3",
        "0f 0b 90",             /* UD2 */
        "0f 01 f8",             /* SWAPGS */
        "0f 01 17",             /* LGDT */
        "0f 05",                /* SYSCALL */
        "f0 ec",                /* LOCK IN */
        "f0 0f 20 c0",          /* LOCK MOV CR: CR8 on AMD, which PV hasn't */
        "f0 89 07",             /* LOCK MOV */
        "89 c7",                /* MOV between registers */
        "80 3f 00",             /* CMP */
        "0f ba 27 01",          /* BT */
        "f7 07 00 00 00 00",    /* TEST */
        "c7 0f 00 00 00 00",    /* C7 /1 */
        "ff 17",                /* CALL */
        "0f c7 37",             /* VMPTRLD */
        "0f 0b 78 65 6e 0f a3", /* nearly the emulation prefix */
    };

    for (size_t i = 0; i < COUNT(list); i++)
        check_status(list[i], INSN_MODE_64, INSN_FOREIGN);
    /* memory operands, and bytes that are REX in 64-bit code alone */
    check_status("89 07", INSN_MODE_32, INSN_FOREIGN);
    check_status("a3 00 00 00 00", INSN_MODE_32, INSN_FOREIGN);
    check_status("48 ed", INSN_MODE_32, INSN_FOREIGN);
}

static void test_length_limit(void)
{
    check_status("66 66 66 66 66 66 66 66 66 66 66 66 66 66 ed", INSN_MODE_64, INSN_DECODED);
    check_status("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 ed", INSN_MODE_64, INSN_FOREIGN);
    check_status("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66", INSN_MODE_64, INSN_FOREIGN);
    check_status("66 66 66 66 66 66 66 66 66 66 66 66 66 66", INSN_MODE_64, INSN_TRUNCATED);
    check_status("66 66 66 66 66 66 66 66 66 66 66 81 27 00 00", INSN_MODE_64, INSN_DECODED);
    check_status("66 66 66 66 66 66 66 66 66 66 66 66 81 27 00 00", INSN_MODE_64, INSN_FOREIGN);
}

static void test_registers(void)
{
    struct cpu_user_regs regs = {.rax = 0x1111111111111111, .rsp = 0x2222222222222222};
    struct insn high = {.reg = 0, .reg_is_high = true, .operand_size = 1};

    insn_set_register(&regs, 0, 1, 0xabcd);
    CHECK_EQ(regs.rax, 0x11111111111111cd);
    insn_set_register(&regs, 0, 2, 0x5abcd);
    CHECK_EQ(regs.rax, 0x111111111111abcd);
    insn_set_operand(&high, &regs, 0x7ee);
    CHECK_EQ(regs.rax, 0x111111111111eecd);
    CHECK_EQ(insn_operand(&high, &regs), 0xee);
    insn_set_register(&regs, 0, 4, 0x5deadbeef);
    CHECK_EQ(regs.rax, 0xdeadbeef);
    insn_set_register(&regs, 15, 8, ~0ULL);
    CHECK_EQ(regs.r15, ~0ULL);
    CHECK_EQ(insn_register(&regs, 4), 0x2222222222222222);
}

int main(void)
{
    RUN(test_64_bit);
    RUN(test_32_bit);
    RUN(test_foreign);
    RUN(test_length_limit);
    RUN(test_registers);
    return check_done();
}
