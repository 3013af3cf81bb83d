/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions on single bits. */
#include "hvm/emulate/emulate-private.h"

/* A bit that a register names may be anywhere in memory: the operand is the word that it is in.
 * Returns the bit's place there. (SDM vol. 1, 3.1.1.9: bit(BitBase, BitOffset).) */
static unsigned int locate_bit(struct emulation *e)
{
    unsigned int size = e->insn.size, bits = 8 * size;
    int64_t bit;

    if (e->insn.opcode.flags & OPCODE_IMM8)
        return (uint8_t)e->insn.immediate % bits;
    bit = (int64_t)sign_extend(reg_read(e), size);
    if (e->insn.is_memory) {
        e->offset += (uint64_t)((bit - (int64_t)((uint64_t)bit % bits)) / 8);
        e->offset &= size_mask(e->insn.address_size);
    }
    return (uint64_t)bit % bits;
}

static uint64_t change(enum bit_op op, uint64_t value, uint64_t bit)
{
    switch (op) {
    case BIT_SET:
        return value | bit;
    case BIT_RESET:
        return value & ~bit;
    case BIT_COMPLEMENT:
        return value ^ bit;
    default:
        return value;
    }
}

/* CF: the bit as it was. */
enum emulate_result run_bit(struct emulation *e)
{
    enum bit_op op = (enum bit_op)e->insn.opcode.argument;
    uint64_t bit = 1ULL << locate_bit(e), value;
    enum emulate_result result = op == BIT_TEST ? rm_read(e, &value) : rm_read_for_write(e, &value);

    if (result)
        return result;
    e->regs.rflags &= ~EFLAGS_CF;
    if (value & bit)
        e->regs.rflags |= EFLAGS_CF;
    return op == BIT_TEST ? EMULATE_OK : rm_write(e, change(op, value, bit));
}

/* Of 0, the register stays as it was. */
enum emulate_result run_bit_scan(struct emulation *e)
{
    bool from_top = e->insn.opcode.argument;
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    if (result)
        return result;
    e->regs.rflags &= ~EFLAGS_ZF;
    if (value)
        reg_write(e, (uint64_t)(from_top ? 63 - __builtin_clzll(value) : __builtin_ctzll(value)));
    else
        e->regs.rflags |= EFLAGS_ZF;
    return EMULATE_OK;
}
