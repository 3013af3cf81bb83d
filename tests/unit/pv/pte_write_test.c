/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emulated page-table writes against the same instructions on the real CPU. */
#include "pv/pte_write.h"

#include <xen/errno.h>

#include "check.h"
#include "pv/native.h"
#include "pv/random.h"

#define FLAG_PF (1ULL << 2)
#define FLAG_AF (1ULL << 4)
#define FLAG_SF (1ULL << 7)
#define FLAG_TF (1ULL << 8)
#define FLAG_RF (1ULL << 16)
#define FLAG_OF (1ULL << 11)

#define FLAGS_TAKEN    0x8d5ULL /* the arithmetic ones; they are put in at random */
#define FLAGS_ALWAYS   0x202ULL
#define NOT_AFTER_BITS (FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF) /* undefined there */

#define ROUNDS 400000

/* An opcode as the CPU's manual has it. */
struct opcode {
    const char *name;
    uint8_t bytes[2];
    uint8_t count;
    int8_t group;      /* ModRM.reg if it is part of the opcode, else -1 */
    uint8_t immediate; /* bytes; 4 is 2 with a 16-bit operand */
    bool is_byte;
    bool locks;
    bool no_16_bit;
    bool bits;   /* a bit instruction */
    bool offset; /* the address follows in place of ModRM */
    uint64_t undefined;
};

#define ARITHMETIC(name, base, number, undefined)                                         \
    {name " r8", {base}, 1, -1, 0, true, true, false, false, false, undefined},           \
        {name " r", {(base) + 1}, 1, -1, 0, false, true, false, false, false, undefined}, \
        {name " imm8", {0x80}, 1, number, 1, true, true, false, false, false, undefined}, \
        {name " imm", {0x81}, 1, number, 4, false, true, false, false, false, undefined}, \
    {                                                                                     \
        name " simm", {0x83}, 1, number, 1, false, true, false, false, false, undefined   \
    }

#define BIT(name, opcode, number)                                                                \
    {name " r", {0x0f, opcode}, 2, -1, 0, false, true, false, true, false, NOT_AFTER_BITS},      \
    {                                                                                            \
        name " imm", {0x0f, 0xba}, 2, number, 1, false, true, false, true, false, NOT_AFTER_BITS \
    }

static const struct opcode opcodes[] = {
    ARITHMETIC("add", 0x00, 0, 0),
    ARITHMETIC("or", 0x08, 1, FLAG_AF),
    ARITHMETIC("adc", 0x10, 2, 0),
    ARITHMETIC("sbb", 0x18, 3, 0),
    ARITHMETIC("and", 0x20, 4, FLAG_AF),
    ARITHMETIC("sub", 0x28, 5, 0),
    ARITHMETIC("xor", 0x30, 6, FLAG_AF),
    BIT("bts", 0xab, 5),
    BIT("btr", 0xb3, 6),
    BIT("btc", 0xbb, 7),
    {.name = "mov r8", .bytes = {0x88}, .count = 1, .group = -1, .is_byte = true},
    {.name = "mov r", .bytes = {0x89}, .count = 1, .group = -1},
    {.name = "mov imm8", .bytes = {0xc6}, .count = 1, .immediate = 1, .is_byte = true},
    {.name = "mov imm", .bytes = {0xc7}, .count = 1, .immediate = 4},
    {.name = "mov al, [a]", .bytes = {0xa2}, .count = 1, .is_byte = true, .offset = true},
    {.name = "mov ax, [a]", .bytes = {0xa3}, .count = 1, .offset = true},
    {.name = "movnti", .bytes = {0x0f, 0xc3}, .count = 2, .group = -1, .no_16_bit = true},
    {.name = "xchg r8", .bytes = {0x86}, .count = 1, .group = -1, .is_byte = true, .locks = true},
    {.name = "xchg r", .bytes = {0x87}, .count = 1, .group = -1, .locks = true},
    {.name = "cmpxchg r8",
     .bytes = {0x0f, 0xb0},
     .count = 2,
     .group = -1,
     .is_byte = true,
     .locks = true},
    {.name = "cmpxchg r", .bytes = {0x0f, 0xb1}, .count = 2, .group = -1, .locks = true},
    {.name = "cmpxchg8b", .bytes = {0x0f, 0xc7}, .count = 2, .group = 1, .locks = true},
    {.name = "xadd r8",
     .bytes = {0x0f, 0xc0},
     .count = 2,
     .group = -1,
     .is_byte = true,
     .locks = true},
    {.name = "xadd r", .bytes = {0x0f, 0xc1}, .count = 2, .group = -1, .locks = true},
    {.name = "inc8", .bytes = {0xfe}, .count = 1, .group = 0, .is_byte = true, .locks = true},
    {.name = "inc", .bytes = {0xff}, .count = 1, .group = 0, .locks = true},
    {.name = "dec8", .bytes = {0xfe}, .count = 1, .group = 1, .is_byte = true, .locks = true},
    {.name = "dec", .bytes = {0xff}, .count = 1, .group = 1, .locks = true},
    {.name = "not8", .bytes = {0xf6}, .count = 1, .group = 2, .is_byte = true, .locks = true},
    {.name = "not", .bytes = {0xf7}, .count = 1, .group = 2, .locks = true},
    {.name = "neg8", .bytes = {0xf6}, .count = 1, .group = 3, .is_byte = true, .locks = true},
    {.name = "neg", .bytes = {0xf7}, .count = 1, .group = 3, .locks = true},
};

#define OPCODES (sizeof(opcodes) / sizeof(opcodes[0]))

/* An instruction made at random, with registers that have it write to `address`. */
struct trial {
    const struct opcode *opcode;
    uint8_t bytes[16];
    unsigned int length;
    unsigned int size; /* of the operand */
    uint8_t rex;
    bool narrow; /* 32-bit addresses */
    bool gs;
    bool whole_entry; /* CMPXCHG8B */
    unsigned int reg; /* ModRM.reg with REX.R */
    uint64_t address; /* the operand, before a bit number is added */
    struct cpu_user_regs regs;
};

static struct native native;
static const uint64_t gs_base = 0x123456789000;

static void put(struct trial *trial, uint64_t value, unsigned int size)
{
    for (unsigned int i = 0; i < size; i++)
        trial->bytes[trial->length++] = value >> (8 * i);
}

static void choose_registers(struct trial *trial, struct random *random)
{
    for (unsigned int i = 0; i < 16; i++)
        insn_set_register(&trial->regs, i, 8, random_word(random));
    if (random_once_in(random, 4))
        trial->regs.rax &= 3; /* such as may be found in memory */
    trial->regs.rip = (uintptr_t)native.code;
    trial->regs.rflags = FLAGS_ALWAYS | (random_word(random) & FLAGS_TAKEN);
}

static void put_prefixes(struct trial *trial, struct random *random)
{
    const struct opcode *opcode = trial->opcode;
    bool narrow_operand = !opcode->no_16_bit && random_once_in(random, 4);

    if (narrow_operand)
        put(trial, 0x66, 1);
    trial->narrow = !opcode->offset && random_once_in(random, 8);
    if (trial->narrow)
        put(trial, 0x67, 1);
    trial->gs = !trial->narrow && random_once_in(random, 8);
    if (trial->gs)
        put(trial, 0x65, 1);
    if (opcode->locks && random_once_in(random, 2))
        put(trial, 0xf0, 1);
    if (random_once_in(random, 2))
        trial->rex = 0x40 | random_below(random, 16);
    trial->whole_entry = opcode->bytes[1] == 0xc7;
    if (trial->whole_entry && trial->rex)
        trial->rex &= ~8; /* or it would be CMPXCHG16B */
    if (trial->rex)
        put(trial, trial->rex, 1);

    trial->size = trial->rex & 8 ? 8 : narrow_operand ? 2 : 4;
    if (opcode->is_byte)
        trial->size = 1;
    if (trial->whole_entry)
        trial->size = 8;
}

/* Where it is to write, aligned to its size, away from the ends that bit numbers lead to. */
static void choose_address(struct trial *trial, struct random *random)
{
    uint64_t offset = 1024 + random_below(random, NATIVE_DATA_SIZE - 2048);

    trial->address = (uintptr_t)native.data + (offset & ~(trial->size - 1ULL));
    if (!trial->opcode->bits || trial->opcode->group >= 0)
        return;

    /* a bit number from a register, up to 1000 bytes away in either direction */
    int64_t number = (int64_t)random_below(random, 16000) - 8000;
    if (trial->reg != 4)
        insn_set_register(&trial->regs, trial->reg, 8, number);
}

/* The displacement that leads to the operand once the registers have been added. */
static uint64_t needed(const struct trial *trial)
{
    return trial->address - (trial->gs ? gs_base : 0);
}

static void put_rip_relative(struct trial *trial, unsigned int field, unsigned int tail)
{
    put(trial, field << 3 | 5, 1);
    put(trial, trial->address - trial->regs.rip - trial->length - 4 - tail, 4);
}

static void put_absolute(struct trial *trial, unsigned int field)
{
    trial->bytes[trial->length++] = field << 3 | 4;
    put(trial, 0x25, 1);
    put(trial, trial->address, 4);
}

/* A ModRM byte with base and perhaps index, the base register being made to fit. */
static bool put_based(struct trial *trial, struct random *random, unsigned int field)
{
    unsigned int base = random_below(random, 8) | (trial->rex & 1 ? 8 : 0);
    unsigned int index = random_below(random, 8) | (trial->rex & 2 ? 8 : 0);
    unsigned int shift = random_below(random, 4);
    unsigned int mod = random_below(random, 3);
    bool sib = random_once_in(random, 2) || (base & 7) == 4;
    int64_t displacement = mod == 0   ? 0
                           : mod == 1 ? (int8_t)random_word(random)
                                      : (int32_t)random_word(random);
    uint64_t value = needed(trial) - displacement;

    if (base == 4 || (mod == 0 && (base & 7) == 5))
        return false;
    if (trial->opcode->bits && trial->opcode->group < 0 && trial->reg == base)
        return false;
    if (sib && index != 4) {
        if (index == base)
            return false;
        value -= insn_register(&trial->regs, index) << shift;
    }
    if (trial->narrow)
        value = (uint32_t)value | random_word(random) << 32;
    insn_set_register(&trial->regs, base, 8, value);

    put(trial, mod << 6 | field << 3 | (sib ? 4 : (base & 7)), 1);
    if (sib)
        put(trial, shift << 6 | (index & 7) << 3 | (base & 7), 1);
    put(trial, displacement, mod == 1 ? 1 : mod == 2 ? 4 : 0);
    return true;
}

static bool put_operand(struct trial *trial, struct random *random, unsigned int tail)
{
    unsigned int field = trial->reg & 7;

    if (trial->opcode->group >= 0)
        field = trial->opcode->group;
    if (trial->opcode->offset)
        put(trial, needed(trial), 8);
    else if (!trial->gs && !trial->narrow && random_once_in(random, 8))
        put_rip_relative(trial, field, tail);
    else if (!trial->gs && !(trial->rex & 2) && random_once_in(random, 8))
        put_absolute(trial, field);
    else
        return put_based(trial, random, field);
    return true;
}

/* False if the dice fell badly and another trial is to be made. */
static bool make_trial(struct trial *trial, struct random *random)
{
    const struct opcode *opcode = &opcodes[random_below(random, OPCODES)];
    unsigned int tail = opcode->immediate;

    *trial = (struct trial){.opcode = opcode};
    choose_registers(trial, random);
    put_prefixes(trial, random);
    trial->reg = random_below(random, 8) | (trial->rex & 4 ? 8 : 0);
    /* rSP is in use; but in a byte instruction with no REX it would be AH */
    if (trial->reg == 4 && opcode->group < 0 && (trial->size != 1 || trial->rex))
        return false;
    choose_address(trial, random);
    for (unsigned int i = 0; i < opcode->count; i++)
        put(trial, opcode->bytes[i], 1);
    if (tail == 4 && trial->size == 2)
        tail = 2;
    if (!put_operand(trial, random, tail))
        return false;
    put(trial, random_word(random), tail);
    return trial->length <= INSN_MAX_LENGTH;
}

/* Puts values in memory that comparisons will find equal now and then. */
static void fill_memory(const struct trial *trial, struct random *random)
{
    uint64_t *words = (uint64_t *)native.data;

    for (unsigned int i = 0; i < NATIVE_DATA_SIZE / 8; i++)
        words[i] = random_word(random);
    if (random_once_in(random, 2))
        memcpy((void *)(uintptr_t)trial->address, &trial->regs.rax, trial->size);
    if (trial->whole_entry && random_once_in(random, 2)) {
        uint32_t halves[2] = {trial->regs.rax, trial->regs.rdx};

        memcpy((void *)(uintptr_t)trial->address, halves, sizeof(halves));
    }
}

static void show_trial(const struct trial *trial)
{
    fprintf(stderr, "    %s:", trial->opcode->name);
    for (unsigned int i = 0; i < trial->length; i++)
        fprintf(stderr, " %02x", trial->bytes[i]);
    fprintf(stderr, "\n");
}

/* Decodes and emulates the trial on a copy of the data; true if it was accepted. */
static bool emulate(const struct trial *trial, struct cpu_user_regs *regs, uint8_t *data)
{
    const struct insn_bases bases = {.gs = gs_base};
    struct pte_write write;
    struct insn insn;
    uint64_t old, new;

    for (unsigned int cut = 0; cut < trial->length; cut++) {
        if (insn_decode(&insn, trial->bytes, cut, INSN_MODE_64) != INSN_TRUNCATED)
            return CHECK(!"a cut instruction asks for more");
    }
    if (!CHECK_EQ(insn_decode(&insn, trial->bytes, sizeof(trial->bytes), INSN_MODE_64),
                  INSN_DECODED) ||
        !CHECK_EQ(insn.length, trial->length))
        return false;

    uint64_t address = insn_effective_address(&insn, regs, &bases);
    if (!CHECK_EQ(address, trial->address))
        return false;
    if (trial->opcode->bits && !insn.has_immediate) {
        int64_t number = (int64_t)(insn_register(regs, insn.reg) << (64 - 8 * insn.operand_size)) >>
                         (64 - 8 * insn.operand_size);
        int64_t unit = 8 * insn.operand_size;

        address += (number >> __builtin_ctz(unit)) * insn.operand_size;
    }
    if (!CHECK_EQ(pte_write_prepare(&write, &insn, regs, &bases, address), 0))
        return false;

    uint8_t *entry = data + (write.entry - (uintptr_t)native.data);
    memcpy(&old, entry, sizeof(old));
    if (pte_write_apply(&write, old, &new))
        memcpy(entry, &new, sizeof(new));
    pte_write_commit(&write, old, regs);
    return true;
}

static bool same(const struct trial *trial, struct cpu_user_regs *emulated,
                 struct cpu_user_regs *real, const uint8_t *data)
{
    uint64_t defined = ~trial->opcode->undefined;

    emulated->rsp = real->rsp = 0;
    for (unsigned int i = 0; i < 16; i++) {
        if (!CHECK_EQ(insn_register(emulated, i), insn_register(real, i)))
            return false;
    }
    return CHECK_EQ(emulated->rflags & defined, real->rflags & defined) &&
           CHECK_EQ(emulated->rip, real->rip) &&
           CHECK(memcmp(data, native.data, NATIVE_DATA_SIZE) == 0);
}

static void test_same_as_cpu(void)
{
    static uint8_t data[NATIVE_DATA_SIZE];
    struct random random = {.state = 20221117};
    unsigned int seen[OPCODES] = {0};

    for (unsigned int round = 0; round < ROUNDS; round++) {
        struct trial trial;

        if (!make_trial(&trial, &random))
            continue;
        fill_memory(&trial, &random);
        memcpy(data, native.data, sizeof(data));

        struct cpu_user_regs emulated = trial.regs, real = trial.regs;
        bool accepted = emulate(&trial, &emulated, data);
        native_execute(&native, trial.bytes, trial.length, &real);
        if (!accepted || !same(&trial, &emulated, &real, data)) {
            show_trial(&trial);
            return;
        }
        seen[trial.opcode - opcodes]++;
    }
    for (unsigned int i = 0; i < OPCODES; i++)
        CHECK(seen[i] > 1000);
}

int main(void)
{
    native = native_open(gs_base);
    RUN(test_same_as_cpu);
    return check_done();
}
