/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that compute; how is in alu.c, shift.c and multiply.c. */
#include "hvm/emulate/emulate-private.h"

/* The operand that is not ModRM's: the immediate, or the register. */
static uint64_t source(const struct emulation *e)
{
    if (e->insn.opcode.flags & (OPCODE_IMM | OPCODE_IMM8))
        return (uint64_t)e->insn.immediate & size_mask(e->insn.size);
    return reg_read(e);
}

/* CMP only looks. */
static enum emulate_result binary_to_memory(struct emulation *e, enum alu_op op)
{
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result = op == ALU_CMP ? rm_read(e, &value) : rm_read_for_write(e, &value);

    if (result)
        return result;
    value = alu_binary(op, value, source(e), e->insn.size, &flags);
    flags_write(e, flags);
    return op == ALU_CMP ? EMULATE_OK : rm_write(e, value);
}

enum emulate_result run_binary(struct emulation *e)
{
    enum alu_op op = (enum alu_op)e->insn.opcode.argument;
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result;

    if (!(e->insn.opcode.flags & OPCODE_TO_REGISTER))
        return binary_to_memory(e, op);
    result = rm_read(e, &value);
    if (result)
        return result;
    value = alu_binary(op, reg_read(e), value, e->insn.size, &flags);
    flags_write(e, flags);
    if (op != ALU_CMP)
        reg_write(e, value);
    return EMULATE_OK;
}

enum emulate_result run_test(struct emulation *e)
{
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result = rm_read(e, &value);

    alu_binary(ALU_AND, value, source(e), e->insn.size, &flags);
    if (!result)
        flags_write(e, flags);
    return result;
}

enum emulate_result run_increment(struct emulation *e)
{
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (result)
        return result;
    value = alu_increment(value, e->insn.opcode.argument, e->insn.size, &flags);
    flags_write(e, flags);
    return rm_write(e, value);
}

enum emulate_result run_not(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = rm_read_for_write(e, &value);

    return result ? result : rm_write(e, ~value & size_mask(e->insn.size));
}

enum emulate_result run_neg(struct emulation *e)
{
    uint64_t flags = 0, value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (result)
        return result;
    value = alu_binary(ALU_SUB, 0, value, e->insn.size, &flags);
    flags_write(e, flags);
    return rm_write(e, value);
}

/* The count: an immediate, CL (D2, D3 and the double shifts' odd opcodes), or 1. */
static unsigned int shift_count(const struct emulation *e)
{
    if (e->insn.opcode.flags & OPCODE_IMM8)
        return (uint8_t)e->insn.immediate;
    if ((e->insn.byte & 0xfe) == 0xd0)
        return 1;
    return (uint8_t)e->regs.rcx;
}

enum emulate_result run_shift(struct emulation *e)
{
    enum shift_op op = (enum shift_op)e->insn.opcode.argument;
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (result)
        return result;
    value = shift_single(op, value, shift_count(e), e->insn.size, &flags);
    flags_write(e, flags);
    return rm_write(e, value);
}

enum emulate_result run_shift_double(struct emulation *e)
{
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (result)
        return result;
    value = shift_double(e->insn.opcode.argument, value, reg_read(e), shift_count(e), e->insn.size,
                         &flags);
    flags_write(e, flags);
    return rm_write(e, value);
}

/* CF and OF: the upper half counts. The others are not defined, and stay. */
static void product_flags(struct emulation *e, bool counts)
{
    e->regs.rflags &= ~(EFLAGS_CF | EFLAGS_OF);
    if (counts)
        e->regs.rflags |= EFLAGS_CF | EFLAGS_OF;
}

/* AL and AH, or rAX and rDX. */
static struct wide wide_read(const struct emulation *e)
{
    uint64_t mask = size_mask(e->insn.size);

    if (e->insn.size == 1)
        return (struct wide){e->regs.rax & 0xff, e->regs.rax >> 8 & 0xff};
    return (struct wide){e->regs.rax & mask, e->regs.rdx & mask};
}

static void wide_write(struct emulation *e, struct wide value)
{
    if (e->insn.size == 1) {
        register_write(e, RAX, 2, value.low | value.high << 8);
        return;
    }
    register_write(e, RAX, e->insn.size, value.low);
    register_write(e, RDX, e->insn.size, value.high);
}

static bool exceeds(struct wide product, bool is_signed, unsigned int size)
{
    if (!is_signed)
        return product.high;
    return product.high != (sign_extend(product.low, size) >> 63 ? size_mask(size) : 0);
}

enum emulate_result run_multiply(struct emulation *e)
{
    bool is_signed = e->insn.opcode.argument;
    unsigned int size = e->insn.size;
    struct wide product;
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    if (result)
        return result;
    product = is_signed ? multiply_signed(wide_read(e).low, value, size)
                        : multiply_unsigned(wide_read(e).low, value, size);
    wide_write(e, product);
    product_flags(e, exceeds(product, is_signed, size));
    return EMULATE_OK;
}

/* The forms with two and three operands. */
enum emulate_result run_imul(struct emulation *e)
{
    struct wide product;
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    if (result)
        return result;
    product = multiply_signed(value, source(e), e->insn.size);
    reg_write(e, product.low);
    product_flags(e, exceeds(product, true, e->insn.size));
    return EMULATE_OK;
}

enum emulate_result run_divide(struct emulation *e)
{
    struct wide value = wide_read(e);
    uint64_t divisor;
    enum emulate_result result = rm_read(e, &divisor);
    bool fits;

    if (result)
        return result;
    fits = e->insn.opcode.argument ? divide_signed(&value, divisor, e->insn.size)
                                   : divide_unsigned(&value, divisor, e->insn.size);
    if (!fits)
        return emulate_raise(e, TRAP_DE);
    wide_write(e, value);
    return EMULATE_OK;
}
