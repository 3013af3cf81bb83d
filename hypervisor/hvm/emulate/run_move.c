/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that move a value, perhaps changing its width. */
#include "hvm/emulate/emulate-private.h"

enum emulate_result run_mov(struct emulation *e)
{
    enum emulate_result result;
    uint64_t value;

    if (e->insn.opcode.flags & OPCODE_TO_REGISTER) {
        result = rm_read(e, &value);
        if (!result)
            reg_write(e, value);
        return result;
    }
    if (e->insn.opcode.flags & OPCODE_IMM)
        return rm_write(e, (uint64_t)e->insn.immediate & size_mask(e->insn.size));
    return rm_write(e, reg_read(e));
}

enum emulate_result run_movzx(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    if (!result)
        reg_write(e, value);
    return result;
}

enum emulate_result run_movsx(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    if (!result)
        reg_write(e, sign_extend(value, e->insn.rm_size));
    return result;
}

static uint64_t swap_bytes(uint64_t value, unsigned int size)
{
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

enum emulate_result run_movbe(struct emulation *e)
{
    enum emulate_result result;
    uint64_t value;

    if (!(e->insn.opcode.flags & OPCODE_TO_REGISTER))
        return rm_write(e, swap_bytes(reg_read(e), e->insn.size));
    result = rm_read(e, &value);
    if (!result)
        reg_write(e, swap_bytes(value, e->insn.size));
    return result;
}

/* Memory is read, and the upper half of the register cleared, whether the condition holds or not.
 */
enum emulate_result run_cmov(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    if (!alu_condition(e->insn.byte & 15, e->regs.rflags))
        value = reg_read(e);
    if (!result)
        reg_write(e, value);
    return result;
}

enum emulate_result run_setcc(struct emulation *e)
{
    return rm_write(e, alu_condition(e->insn.byte & 15, e->regs.rflags));
}

/* Cache hints: only the address must be one. */
enum emulate_result run_nothing(struct emulation *e)
{
    uint64_t linear;

    return rm_linear(e, false, &linear);
}
