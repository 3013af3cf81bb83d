/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums, logic and their flags. (SDM vol. 1, appendix A: which flags an instruction sets.) */
#include "hvm/emulate/emulate-private.h"

uint64_t alu_result_flags(uint64_t value, unsigned int size)
{
    uint64_t flags = 0;

    if (!value)
        flags |= EFLAGS_ZF;
    if (value >> (8 * size - 1) & 1)
        flags |= EFLAGS_SF;
    if (!__builtin_parity((unsigned int)(value & 0xff)))
        flags |= EFLAGS_PF;
    return flags;
}

/* Flags from where the bits carried, and where the sign came out wrong. */
static uint64_t sum_flags(uint64_t carries, uint64_t overflow, unsigned int size)
{
    unsigned int top = 8 * size - 1;

    return (carries >> top & 1 ? EFLAGS_CF : 0) | (carries & 8 ? EFLAGS_AF : 0) |
           (overflow >> top & 1 ? EFLAGS_OF : 0);
}

static uint64_t add(uint64_t a, uint64_t b, uint64_t carry, unsigned int size, uint64_t *flags)
{
    uint64_t r = (a + b + carry) & size_mask(size);

    *flags =
        alu_result_flags(r, size) | sum_flags((a & b) | ((a | b) & ~r), (a ^ r) & (b ^ r), size);
    return r;
}

static uint64_t subtract(uint64_t a, uint64_t b, uint64_t borrow, unsigned int size,
                         uint64_t *flags)
{
    uint64_t r = (a - b - borrow) & size_mask(size);

    *flags =
        alu_result_flags(r, size) | sum_flags((~a & b) | ((~a | b) & r), (a ^ b) & (a ^ r), size);
    return r;
}

uint64_t alu_binary(enum alu_op op, uint64_t a, uint64_t b, unsigned int size, uint64_t *flags)
{
    uint64_t carry = *flags & EFLAGS_CF, r;

    switch (op) {
    case ALU_ADD:
        return add(a, b, 0, size, flags);
    case ALU_ADC:
        return add(a, b, carry, size, flags);
    case ALU_SBB:
        return subtract(a, b, carry, size, flags);
    case ALU_SUB:
    case ALU_CMP:
        return subtract(a, b, 0, size, flags);
    case ALU_OR:
        r = a | b;
        break;
    case ALU_XOR:
        r = a ^ b;
        break;
    default:
        r = a & b;
        break;
    }
    *flags = alu_result_flags(r, size);
    return r;
}

uint64_t alu_increment(uint64_t a, bool down, unsigned int size, uint64_t *flags)
{
    uint64_t carry = *flags & EFLAGS_CF;
    uint64_t r = down ? subtract(a, 1, 0, size, flags) : add(a, 1, 0, size, flags);

    *flags = (*flags & ~EFLAGS_CF) | carry;
    return r;
}

bool alu_condition(unsigned int condition, uint64_t flags)
{
    bool less = !(flags & EFLAGS_SF) != !(flags & EFLAGS_OF), holds;

    switch (condition >> 1) {
    case 0:
        holds = flags & EFLAGS_OF;
        break;
    case 1:
        holds = flags & EFLAGS_CF;
        break;
    case 2:
        holds = flags & EFLAGS_ZF;
        break;
    case 3:
        holds = flags & (EFLAGS_CF | EFLAGS_ZF);
        break;
    case 4:
        holds = flags & EFLAGS_SF;
        break;
    case 5:
        holds = flags & EFLAGS_PF;
        break;
    case 6:
        holds = less;
        break;
    default:
        holds = less || (flags & EFLAGS_ZF);
        break;
    }
    return holds != (condition & 1);
}
