/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves between XMM registers and memory. (SDM vol. 2; vol. 3, chapter 13: when they fault.) */
#include "hvm/emulate/emulate-private.h"

#include "lib/string.h"

static enum emulate_result check(struct emulation *e, const struct sse_move *move)
{
    uint64_t linear;
    enum emulate_result result;

    if ((e->cpu->cr0 & CR0_EM) || !(e->cpu->cr4 & CR4_OSFXSR))
        return emulate_raise(e, TRAP_UD);
    if (e->cpu->cr0 & CR0_TS)
        return emulate_raise(e, TRAP_NM);
    result = rm_linear(e, move->flags & SSE_STORE, &linear);
    if (result)
        return result;
    if ((move->flags & SSE_ALIGNED) && linear % EMULATE_XMM_SIZE)
        return emulate_raise_error(e, TRAP_GP);
    return EMULATE_OK;
}

/* A load clears the rest of the register, unless that is to stay. */
enum emulate_result run_sse(struct emulation *e)
{
    const struct sse_move *move = &opcodes_sse[e->insn.opcode.argument];
    unsigned int at = move->flags & SSE_HIGH ? 8 : 0;
    uint8_t value[EMULATE_XMM_SIZE];
    enum emulate_result result = check(e, move);

    if (result)
        return result;
    e->ops->xmm_get(e->ctx, e->insn.reg, value);
    if (move->flags & SSE_STORE)
        return rm_write_bytes(e, value + at, 0);
    if (!(move->flags & SSE_KEEP))
        memset(value, 0, sizeof(value));
    result = rm_read_bytes(e, value + at, 0);
    if (!result)
        e->ops->xmm_set(e->ctx, e->insn.reg, value);
    return result;
}
