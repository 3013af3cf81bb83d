/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several turns of a REP instruction at once, where the caller of the emulator can do that: a
 * disk's sector is 256 words from one port, and asking for each takes long. */
#include "hvm/emulate/emulate-private.h"

#include "machine/paging.h"

/* The strings that are moved without being looked at. */
static const struct kind {
    bool known, reads, writes;
    uint8_t kind;
} kinds[] = {
    [STRING_MOVS] = {true, true, true, EMULATE_MOVS},
    [STRING_STOS] = {true, false, true, EMULATE_STOS},
    [STRING_INS] = {true, false, true, EMULATE_INS},
    [STRING_OUTS] = {true, true, false, EMULATE_OUTS},
    [STRING_SCAS] = {false, false, false, 0},
};

/* How many elements from this one on, it included, are on its page. */
static uint64_t on_page(uint64_t linear, unsigned int size, bool down)
{
    uint64_t offset = linear & (PAGE_SIZE - 1);

    if (!down)
        return (PAGE_SIZE - offset) / size;
    return offset + size <= PAGE_SIZE ? offset / size + 1 : 0;
}

/* Finds the linear address of the first of some elements, and cuts their number to those that can
 * be accessed behind it. False: not even one, for a reason that an access of its own will find. */
static bool locate(struct emulation *e, unsigned int segment, unsigned int number, bool write,
                   uint64_t *linear, uint64_t *count)
{
    bool down = e->regs.rflags & EFLAGS_DF;
    unsigned int size = e->insn.size;
    uint64_t offset = register_read(e, number, e->insn.address_size), distance, last;

    if (memory_linear(e, segment, offset, size, write, linear))
        return false;
    *count = MIN(*count, on_page(*linear, size, down));
    distance = (*count - 1) * size;
    offset = (down ? offset - distance : offset + distance) & size_mask(e->insn.address_size);
    if (memory_linear(e, segment, offset, size, write, &last))
        return false;
    return last == (down ? *linear - distance : *linear + distance);
}

static bool prepare(struct emulation *e, const struct kind *kind, uint64_t count,
                    struct emulate_string *string)
{
    count = MIN(count, (uint64_t)EMULATE_ROW_MAX);
    if (kind->reads && !locate(e, e->insn.segment, RSI, false, &string->source, &count))
        return false;
    if (kind->writes && !locate(e, EMULATE_ES, RDI, true, &string->target, &count))
        return false;
    string->count = (uint16_t)count;
    return count > 1;
}

enum emulate_result string_bulk(struct emulation *e, uint64_t count, unsigned int *done)
{
    const struct kind *kind = &kinds[e->insn.opcode.argument];
    struct emulate_string string = {
        .size = e->insn.size,
        .down = e->regs.rflags & EFLAGS_DF,
        .port = (uint16_t)e->regs.rdx,
        .value = e->regs.rax & size_mask(e->insn.size),
    };

    *done = 0;
    if (!e->ops->string || !kind->known || (e->regs.rflags & EFLAGS_TF))
        return EMULATE_UNKNOWN;
    string.kind = kind->kind;
    if (!prepare(e, kind, count, &string)) {
        *e->exception = (struct emulate_exception){0};
        return EMULATE_UNKNOWN;
    }
    return e->ops->string(e->ctx, &string, done);
}
