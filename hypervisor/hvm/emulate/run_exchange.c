/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that read memory and write something else there, for locks and the like. */
#include "hvm/emulate/emulate-private.h"

/* Memory is written before the register, which its address may depend on. */
enum emulate_result run_xchg(struct emulation *e)
{
    uint64_t other = reg_read(e), value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (!result)
        result = rm_write(e, other);
    if (!result)
        reg_write(e, value);
    return result;
}

/* When both are the same register, that gets the sum. */
enum emulate_result run_xadd(struct emulation *e)
{
    uint64_t other = reg_read(e), flags = e->regs.rflags, value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (result)
        return result;
    reg_write(e, value);
    result = rm_write(e, alu_binary(ALU_ADD, value, other, e->insn.size, &flags));
    flags_write(e, flags);
    return result;
}

/* Memory that did not match is written back: that too is a write, to a device. A register is left
 * alone, with its upper half. */
enum emulate_result run_cmpxchg(struct emulation *e)
{
    unsigned int size = e->insn.size;
    uint64_t flags = e->regs.rflags, value;
    enum emulate_result result = rm_read_for_write(e, &value);

    if (result)
        return result;
    alu_binary(ALU_CMP, e->regs.rax & size_mask(size), value, size, &flags);
    flags_write(e, flags);
    if (flags & EFLAGS_ZF)
        return rm_write(e, reg_read(e));
    if (e->insn.is_memory)
        result = rm_write(e, value);
    register_write(e, RAX, size, value);
    return result;
}

/* The halves of what is compared, or written. */
struct pair {
    uint64_t low, high;
};

static struct pair pair_from(const uint8_t bytes[16], unsigned int size)
{
    struct pair pair = {0, 0};

    for (unsigned int i = size; i--;) {
        pair.low = pair.low << 8 | bytes[i];
        pair.high = pair.high << 8 | bytes[size + i];
    }
    return pair;
}

static void pair_to(uint8_t bytes[16], struct pair pair, unsigned int size)
{
    for (unsigned int i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(pair.low >> 8 * i);
        bytes[size + i] = (uint8_t)(pair.high >> 8 * i);
    }
}

static bool pair_matches(const struct emulation *e, struct pair pair)
{
    uint64_t mask = size_mask(e->insn.size);

    return pair.low == (e->regs.rax & mask) && pair.high == (e->regs.rdx & mask);
}

/* CMPXCHG8B, CMPXCHG16B: the latter wants its memory aligned. */
enum emulate_result run_cmpxchg_double(struct emulation *e)
{
    unsigned int how = e->insn.lock ? EMULATE_LOCKED : 0;
    uint8_t bytes[16] = {0};
    enum emulate_result result;
    struct pair value;
    uint64_t linear;

    result = rm_linear(e, true, &linear);
    if (result)
        return result;
    if (e->insn.size == 8 && linear % 16)
        return emulate_raise_error(e, TRAP_GP);
    result = rm_read_bytes(e, bytes, how | EMULATE_WILL_WRITE);
    if (result)
        return result;
    value = pair_from(bytes, e->insn.size);
    if (pair_matches(e, value)) {
        pair_to(bytes, (struct pair){e->regs.rbx, e->regs.rcx}, e->insn.size);
        e->regs.rflags |= EFLAGS_ZF;
    } else {
        e->regs.rax = value.low;
        e->regs.rdx = value.high;
        e->regs.rflags &= ~EFLAGS_ZF;
    }
    return rm_write_bytes(e, bytes, how);
}
