/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction from its bytes to its end; see emulate.h. All works on a copy of the registers,
 * which replaces the guest's when nothing can fail any more. */
#include "hvm/emulate/emulate-private.h"

enum emulate_result emulate_raise(struct emulation *e, unsigned int vector)
{
    *e->exception = (struct emulate_exception){.raised = true, .vector = (uint8_t)vector};
    return EMULATE_FAULT;
}

enum emulate_result emulate_raise_error(struct emulation *e, unsigned int vector)
{
    *e->exception = (struct emulate_exception){
        .raised = true, .vector = (uint8_t)vector, .has_error = e->cpu->cr0 & CR0_PE};
    return EMULATE_FAULT;
}

/* LOCK is for what reads, changes and writes memory: some instructions, and those not on registers
 * alone. */
static bool lock_allowed(const struct insn *insn)
{
    return (insn->opcode.flags & OPCODE_LOCK) && insn->is_memory;
}

/* Moves RIP behind the instruction, for all that follows. */
static void advance(struct emulation *e)
{
    uint64_t rip = e->regs.rip + e->insn.length;

    e->regs.rip = e->cpu->mode == EMULATE_MODE_64 ? rip : (uint32_t)rip;
    e->regs.rflags &= ~EFLAGS_RF;
}

static enum emulate_result run(struct emulation *e)
{
    enum emulate_result result;

    if (e->insn.lock && !lock_allowed(&e->insn))
        return emulate_raise(e, TRAP_UD);
    advance(e);
    if (e->insn.is_memory)
        operand_locate(e);
    result = e->insn.opcode.run(e);
    if (result || e->unfinished)
        return result;
    *e->cpu->regs = e->regs;
    if (e->ops->committed)
        e->ops->committed(e->ctx);
    return EMULATE_OK;
}

enum emulate_result emulate(const struct emulate_cpu *cpu, const struct emulate_ops *ops, void *ctx,
                            const uint8_t *bytes, size_t count, struct emulate_exception *exception)
{
    struct emulation e = {
        .cpu = cpu, .ops = ops, .ctx = ctx, .exception = exception, .regs = *cpu->regs};

    *exception = (struct emulate_exception){0};
    switch (emulate_decode(&e.insn, bytes, count, cpu->mode)) {
    case EMULATE_OK:
        return run(&e);
    case EMULATE_FAULT:
        return emulate_raise_error(&e, TRAP_GP);
    default:
        return EMULATE_UNKNOWN;
    }
}

unsigned int emulate_length(const uint8_t *bytes, size_t count, enum emulate_mode mode)
{
    struct insn insn;

    return emulate_decode(&insn, bytes, count, mode) == EMULATE_OK ? insn.length : 0;
}
