/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instruction that writes a read-only page-table entry would do to it and the registers. */
#include "pv/pte_write.h"

#include <xen/errno.h>

#define FLAG_CF (1ULL << 0)
#define FLAG_PF (1ULL << 2)
#define FLAG_AF (1ULL << 4)
#define FLAG_ZF (1ULL << 6)
#define FLAG_SF (1ULL << 7)
#define FLAG_TF (1ULL << 8)
#define FLAG_OF (1ULL << 11)
#define FLAG_RF (1ULL << 16)

#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* What an instruction makes of its memory operand. */
struct effect {
    uint64_t value;
    uint64_t flags;
    uint64_t changed_flags; /* those that `flags` speaks of; the others stay */
};

static uint64_t result_flags(uint64_t value, unsigned int size)
{
    uint64_t flags = 0;

    if (value == 0)
        flags |= FLAG_ZF;
    if (value >> (8 * size - 1))
        flags |= FLAG_SF;
    if (!__builtin_parity((unsigned int)(value & 0xff)))
        flags |= FLAG_PF;
    return flags;
}

/* Flags that follow from which bits carried (or borrowed) and whether the sign went wrong. */
static uint64_t carry_flags(uint64_t carries, uint64_t overflow, unsigned int size)
{
    unsigned int top = 8 * size - 1;
    uint64_t flags = 0;

    if (carries >> top & 1)
        flags |= FLAG_CF;
    if (carries >> 3 & 1)
        flags |= FLAG_AF;
    if (overflow >> top & 1)
        flags |= FLAG_OF;
    return flags;
}

static struct effect add(uint64_t a, uint64_t b, bool carry, unsigned int size)
{
    uint64_t sum = (a + b + carry) & insn_size_mask(size);
    uint64_t carries = (a & b) | ((a | b) & ~sum);

    return (struct effect){
        .value = sum,
        .flags = result_flags(sum, size) | carry_flags(carries, (a ^ sum) & (b ^ sum), size),
        .changed_flags = FLAGS_ARITHMETIC,
    };
}

static struct effect subtract(uint64_t a, uint64_t b, bool borrow, unsigned int size)
{
    uint64_t difference = (a - b - borrow) & insn_size_mask(size);
    uint64_t borrows = (~a & b) | ((~a | b) & difference);

    return (struct effect){
        .value = difference,
        .flags =
            result_flags(difference, size) | carry_flags(borrows, (a ^ b) & (a ^ difference), size),
        .changed_flags = FLAGS_ARITHMETIC,
    };
}

static struct effect logic(uint64_t value, unsigned int size)
{
    return (struct effect){
        .value = value,
        .flags = result_flags(value, size),
        .changed_flags = FLAGS_ARITHMETIC,
    };
}

static struct effect plain(uint64_t value)
{
    return (struct effect){.value = value};
}

/* As `effect`, but CF stays. */
static struct effect keep_carry(struct effect effect)
{
    effect.changed_flags &= ~FLAG_CF;
    return effect;
}

static struct effect bit(uint64_t operand, uint64_t mask, uint64_t value)
{
    return (struct effect){
        .value = value,
        .flags = operand & mask ? FLAG_CF : 0,
        .changed_flags = FLAG_CF,
    };
}

static struct effect compare_exchange(const struct pte_write *write, uint64_t operand)
{
    struct effect effect = subtract(write->expected, operand, false, write->insn.operand_size);

    effect.value = operand == write->expected ? write->source : operand;
    if (write->insn.kind == INSN_CMPXCHG8B)
        effect.changed_flags = FLAG_ZF;
    return effect;
}

static struct effect effect_on(const struct pte_write *write, uint64_t operand)
{
    unsigned int size = write->insn.operand_size;
    uint64_t source = write->source;

    switch (write->insn.kind) {
    case INSN_CMPXCHG:
    case INSN_CMPXCHG8B:
        return compare_exchange(write, operand);
    case INSN_XADD:
    case INSN_ADD:
        return add(operand, source, false, size);
    case INSN_ADC:
        return add(operand, source, write->carry, size);
    case INSN_SUB:
        return subtract(operand, source, false, size);
    case INSN_SBB:
        return subtract(operand, source, write->carry, size);
    case INSN_INC:
        return keep_carry(add(operand, 1, false, size));
    case INSN_DEC:
        return keep_carry(subtract(operand, 1, false, size));
    case INSN_NEG:
        return subtract(0, operand, false, size);
    case INSN_NOT:
        return plain(~operand & insn_size_mask(size));
    case INSN_AND:
        return logic(operand & source, size);
    case INSN_OR:
        return logic(operand | source, size);
    case INSN_XOR:
        return logic(operand ^ source, size);
    case INSN_BTS:
        return bit(operand, source, operand | source);
    case INSN_BTR:
        return bit(operand, source, operand & ~source);
    case INSN_BTC:
        return bit(operand, source, operand ^ source);
    default: /* MOV and XCHG */
        return plain(source);
    }
}

static uint64_t operand_of(const struct pte_write *write, uint64_t entry)
{
    return entry >> write->shift & insn_size_mask(write->insn.operand_size);
}

static bool is_bit_kind(enum insn_kind kind)
{
    return kind == INSN_BTS || kind == INSN_BTR || kind == INSN_BTC;
}

/* The bit that a bit instruction is about; from a register, it may lie in a distant operand. */
static void locate_bit(struct pte_write *write, uint64_t *address, int64_t number)
{
    unsigned int size = write->insn.operand_size;
    int64_t bits = 8 * size;
    int64_t within = number & (bits - 1);

    if (!write->insn.has_immediate)
        *address += (uint64_t)((number - within) / bits) * size;
    write->source = 1ULL << within;
}

/* The source operand, sign-extended. */
static int64_t source_of(const struct insn *insn, const struct cpu_user_regs *regs)
{
    unsigned int unused = 64 - 8 * insn->operand_size;

    if (insn->has_immediate)
        return insn->immediate;
    return (int64_t)(insn_operand(insn, regs) << unused) >> unused;
}

static void take_operands(struct pte_write *write, const struct cpu_user_regs *regs,
                          uint64_t *address)
{
    const struct insn *insn = &write->insn;
    uint64_t mask = insn_size_mask(insn->operand_size);

    write->carry = regs->rflags & FLAG_CF;
    if (insn->kind == INSN_CMPXCHG8B) {
        write->expected = regs->rdx << 32 | (uint32_t)regs->rax;
        write->source = regs->rcx << 32 | (uint32_t)regs->rbx;
        return;
    }
    write->expected = regs->rax & mask;
    if (is_bit_kind(insn->kind))
        locate_bit(write, address, source_of(insn, regs));
    else
        write->source = (uint64_t)source_of(insn, regs) & mask;
}

int pte_write_prepare(struct pte_write *write, const struct insn *insn,
                      const struct cpu_user_regs *regs, const struct insn_bases *bases,
                      uint64_t fault_address)
{
    uint64_t address;

    if (!insn_writes_memory(insn) || insn->operand_size > 8)
        return -XEN_EINVAL;

    *write = (struct pte_write){.insn = *insn};
    address = insn_effective_address(insn, regs, bases);
    take_operands(write, regs, &address);
    if (address % insn->operand_size != 0 || fault_address - address >= insn->operand_size)
        return -XEN_EINVAL;

    write->entry = address & ~7ULL;
    write->shift = 8 * (unsigned int)(address & 7);
    return 0;
}

bool pte_write_apply(const struct pte_write *write, uint64_t old, uint64_t *new)
{
    uint64_t mask = insn_size_mask(write->insn.operand_size) << write->shift;
    uint64_t operand = operand_of(write, old);
    bool compares = write->insn.kind == INSN_CMPXCHG || write->insn.kind == INSN_CMPXCHG8B;

    *new = (old & ~mask) | effect_on(write, operand).value << write->shift;
    return !compares || operand == write->expected;
}

/* Loads what was found in memory into the registers that get it. */
static void load_registers(const struct pte_write *write, uint64_t operand,
                           struct cpu_user_regs *regs)
{
    switch (write->insn.kind) {
    case INSN_XCHG:
    case INSN_XADD:
        insn_set_operand(&write->insn, regs, operand);
        break;
    case INSN_CMPXCHG:
        if (operand != write->expected)
            insn_set_register(regs, 0, write->insn.operand_size, operand);
        break;
    case INSN_CMPXCHG8B:
        if (operand != write->expected) {
            regs->rax = (uint32_t)operand;
            regs->rdx = operand >> 32;
        }
        break;
    default:
        break;
    }
}

bool pte_write_commit(const struct pte_write *write, uint64_t old, struct cpu_user_regs *regs)
{
    uint64_t operand = operand_of(write, old);
    struct effect effect = effect_on(write, operand);
    bool single_step = regs->rflags & FLAG_TF;

    load_registers(write, operand, regs);
    regs->rflags &= ~(effect.changed_flags | FLAG_RF);
    regs->rflags |= effect.flags & effect.changed_flags;
    regs->rip += write->insn.length;
    return single_step;
}
