/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PUSH, POP, CALL and JMP with an operand in memory; near ones only. */
#include "hvm/emulate/emulate-private.h"

#include "machine/paging.h"

#define SEGMENT_BIG (1U << 10)

static unsigned int stack_width(const struct emulation *e)
{
    if (e->cpu->mode == EMULATE_MODE_64)
        return 8;
    return e->cpu->segment[EMULATE_SS].attributes & SEGMENT_BIG ? 4 : 2;
}

/* Moves rSP; returns it. What is outside the stack's width stays. */
static uint64_t stack_move(struct emulation *e, int64_t by)
{
    uint64_t mask = size_mask(stack_width(e)), pointer = (e->regs.rsp + (uint64_t)by) & mask;

    e->regs.rsp = (e->regs.rsp & ~mask) | pointer;
    return pointer;
}

static enum emulate_result push(struct emulation *e, uint64_t value)
{
    unsigned int size = e->insn.size;

    return memory_write(e, EMULATE_SS, stack_move(e, -(int64_t)size), size, value);
}

enum emulate_result run_push(struct emulation *e)
{
    uint64_t value;
    enum emulate_result result = rm_read(e, &value);

    return result ? result : push(e, value);
}

/* The address of the operand is that after rSP has moved. (SDM vol. 2: POP.) */
enum emulate_result run_pop(struct emulation *e)
{
    unsigned int size = e->insn.size;
    uint64_t value;
    enum emulate_result result = memory_read(e, EMULATE_SS, stack_move(e, 0), size, &value);

    if (result)
        return result;
    stack_move(e, size);
    if (e->insn.is_memory)
        operand_locate(e);
    return rm_write(e, value);
}

/* RIP's next value, unless a CPU would refuse it. CPUs differ on 66 in 64-bit code. */
static enum emulate_result read_target(struct emulation *e, uint64_t *target)
{
    enum emulate_result result;

    *target = 0;
    if (e->cpu->mode == EMULATE_MODE_64 && e->insn.size != 8)
        return EMULATE_UNKNOWN;
    result = rm_read(e, target);
    if (result)
        return result;
    if (e->cpu->mode == EMULATE_MODE_64 ? !va_canonical(*target)
                                        : *target > e->cpu->segment[EMULATE_CS].limit)
        return emulate_raise_error(e, TRAP_GP);
    return EMULATE_OK;
}

enum emulate_result run_call(struct emulation *e)
{
    uint64_t target;
    enum emulate_result result = read_target(e, &target);

    if (!result)
        result = push(e, e->regs.rip);
    e->regs.rip = target;
    return result;
}

enum emulate_result run_jmp(struct emulation *e)
{
    uint64_t target;
    enum emulate_result result = read_target(e, &target);

    e->regs.rip = target;
    return result;
}
