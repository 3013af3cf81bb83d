/* SPDX-License-Identifier: GPL-2.0-or-later */
/* String instructions. Each turn of a REP instruction is an instruction of its own: when one can't
 * be finished, those before it have been. (SDM vol. 2: REP.) */
#include "hvm/emulate/emulate-private.h"

static uint64_t index_read(const struct emulation *e, unsigned int number)
{
    return register_read(e, number, e->insn.address_size);
}

/* Moves on by some elements, up or down. */
static void index_move_by(struct emulation *e, unsigned int number, unsigned int elements)
{
    uint64_t step = (uint64_t)elements * e->insn.size;

    if (e->regs.rflags & EFLAGS_DF)
        step = -step;
    register_write(e, number, e->insn.address_size, index_read(e, number) + step);
}

static void index_move(struct emulation *e, unsigned int number)
{
    index_move_by(e, number, 1);
}

/* What rSI points to: any segment, DS if none is named. */
static enum emulate_result read_source(struct emulation *e, uint64_t *value)
{
    return memory_read(e, e->insn.segment, index_read(e, RSI), e->insn.size, value);
}

/* What rDI points to is in ES, always. */
static enum emulate_result read_target(struct emulation *e, uint64_t *value)
{
    return memory_read(e, EMULATE_ES, index_read(e, RDI), e->insn.size, value);
}

static enum emulate_result write_target(struct emulation *e, uint64_t value)
{
    return memory_write(e, EMULATE_ES, index_read(e, RDI), e->insn.size, value);
}

static enum emulate_result probe_target(struct emulation *e)
{
    return memory_probe(e, EMULATE_ES, index_read(e, RDI), e->insn.size);
}

static void compare(struct emulation *e, uint64_t a, uint64_t b)
{
    uint64_t flags = 0;

    alu_binary(ALU_CMP, a, b, e->insn.size, &flags);
    flags_write(e, flags);
}

static enum emulate_result movs(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = probe_target(e);

    if (!result)
        result = read_source(e, &value);
    if (!result)
        result = write_target(e, value);
    index_move(e, RSI);
    index_move(e, RDI);
    return result;
}

static enum emulate_result cmps(struct emulation *e)
{
    uint64_t source, target;
    enum emulate_result result = read_source(e, &source);

    if (!result)
        result = read_target(e, &target);
    if (!result)
        compare(e, source, target);
    index_move(e, RSI);
    index_move(e, RDI);
    return result;
}

static enum emulate_result stos(struct emulation *e)
{
    enum emulate_result result = write_target(e, e->regs.rax & size_mask(e->insn.size));

    index_move(e, RDI);
    return result;
}

static enum emulate_result lods(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = read_source(e, &value);

    if (!result)
        register_write(e, RAX, e->insn.size, value);
    index_move(e, RSI);
    return result;
}

static enum emulate_result scas(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = read_target(e, &value);

    if (!result)
        compare(e, e->regs.rax & size_mask(e->insn.size), value);
    index_move(e, RDI);
    return result;
}

/* What a port has given is gone: memory is asked first. */
static enum emulate_result ins(struct emulation *e)
{
    uint32_t value = 0;
    enum emulate_result result = probe_target(e);

    if (!result)
        result = e->ops->in(e->ctx, (uint16_t)e->regs.rdx, e->insn.size, &value);
    if (!result)
        result = write_target(e, value);
    index_move(e, RDI);
    return result;
}

static enum emulate_result outs(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = read_source(e, &value);

    if (!result)
        result = e->ops->out(e->ctx, (uint16_t)e->regs.rdx, e->insn.size, (uint32_t)value);
    index_move(e, RSI);
    return result;
}

static enum emulate_result turn(struct emulation *e)
{
    static const run_fn turns[] = {
        [STRING_MOVS] = movs, [STRING_CMPS] = cmps, [STRING_STOS] = stos, [STRING_LODS] = lods,
        [STRING_SCAS] = scas, [STRING_INS] = ins,   [STRING_OUTS] = outs,
    };

    return turns[e->insn.opcode.argument](e);
}

/* Does a comparison end the repetition? */
static bool is_decided(const struct emulation *e)
{
    unsigned int op = e->insn.opcode.argument;
    bool equal = e->regs.rflags & EFLAGS_ZF;

    return (op == STRING_CMPS || op == STRING_SCAS) &&
           equal != (e->insn.repeat == REPEAT_WHILE_EQUAL);
}

/* Makes the turns so far final, with RIP at the instruction, where the next turn begins. RF keeps a
 * breakpoint there from hitting at each. */
static void commit_turn(struct emulation *e)
{
    uint64_t rip = e->cpu->regs->rip;

    *e->cpu->regs = e->regs;
    e->cpu->regs->rip = rip;
    e->cpu->regs->rflags |= EFLAGS_RF;
    if (e->ops->committed)
        e->ops->committed(e->ctx);
}

/* As many turns as can be made at once. EMULATE_UNKNOWN: none. */
static enum emulate_result turns_at_once(struct emulation *e)
{
    unsigned int op = e->insn.opcode.argument, done;
    uint64_t count = index_read(e, RCX);
    enum emulate_result result = string_bulk(e, count, &done);

    if (result)
        return result;
    if (op == STRING_MOVS || op == STRING_OUTS)
        index_move_by(e, RSI, done);
    if (op != STRING_OUTS)
        index_move_by(e, RDI, done);
    register_write(e, RCX, e->insn.address_size, count - done);
    e->unfinished = count > done;
    if (e->unfinished)
        commit_turn(e);
    return EMULATE_OK;
}

static enum emulate_result turns_one_by_one(struct emulation *e)
{
    unsigned int turns = e->regs.rflags & EFLAGS_TF ? 1 : EMULATE_REPEAT_MAX;
    enum emulate_result result;
    uint64_t count;

    for (count = index_read(e, RCX); count;) {
        result = turn(e);
        if (result)
            return result;
        register_write(e, RCX, e->insn.address_size, --count);
        if (!count || is_decided(e))
            break;
        commit_turn(e);
        if (!--turns) {
            e->unfinished = true;
            break;
        }
    }
    return EMULATE_OK;
}

enum emulate_result run_string(struct emulation *e)
{
    enum emulate_result result;

    if (e->insn.repeat == REPEAT_NONE)
        return turn(e);
    result = turns_at_once(e);
    return result == EMULATE_UNKNOWN ? turns_one_by_one(e) : result;
}
