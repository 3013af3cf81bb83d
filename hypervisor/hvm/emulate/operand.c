/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operands of emulated instructions: registers, and memory behind segments. (SDM vol. 1, chapter 3;
 * vol. 3, chapter 5.3: limits.) */
#include "hvm/emulate/emulate-private.h"

#include "lib/string.h"
#include "machine/paging.h"
#include "machine/registers.h"

/* Of a segment's attributes. */
#define SEGMENT_RW      (1U << 1) /* data: may be written; code: may be read */
#define SEGMENT_DOWN    (1U << 2) /* data: expands down */
#define SEGMENT_CODE    (1U << 3)
#define SEGMENT_PRESENT (1U << 7)
#define SEGMENT_BIG     (1U << 10)

static uint64_t whole(const struct emulation *e, unsigned int number)
{
    return register_value(&e->regs, number);
}

static bool is_high(const struct emulation *e, unsigned int number, unsigned int size)
{
    return size == 1 && !e->insn.has_rex && number >= 4;
}

uint64_t register_read(const struct emulation *e, unsigned int number, unsigned int size)
{
    if (is_high(e, number, size))
        return whole(e, number - 4) >> 8 & 0xff;
    return whole(e, number) & size_mask(size);
}

void register_write(struct emulation *e, unsigned int number, unsigned int size, uint64_t value)
{
    bool high = is_high(e, number, size);
    uint64_t *place = register_place(&e->regs, high ? number - 4 : number);
    uint64_t mask = size == 4 ? ~0ULL : size_mask(size);
    unsigned int shift = high ? 8 : 0;

    *place = (*place & ~(mask << shift)) | (value & size_mask(size)) << shift;
}

uint64_t reg_read(const struct emulation *e)
{
    return register_read(e, e->insn.reg, e->insn.size);
}

void reg_write(struct emulation *e, uint64_t value)
{
    register_write(e, e->insn.reg, e->insn.size, value);
}

static enum emulate_result segment_fault(struct emulation *e, unsigned int segment)
{
    return emulate_raise_error(e, segment == EMULATE_SS ? TRAP_SS : TRAP_GP);
}

/* In real mode the kind of a segment is not looked at. */
static bool segment_allows(const struct emulation *e, const struct emulate_segment *s, bool write)
{
    if (!(e->cpu->cr0 & CR0_PE))
        return true;
    if (!(s->attributes & SEGMENT_PRESENT))
        return false;
    if (s->attributes & SEGMENT_CODE)
        return !write && (s->attributes & SEGMENT_RW);
    return !write || (s->attributes & SEGMENT_RW);
}

static bool in_limit(const struct emulate_segment *s, uint64_t offset, unsigned int size)
{
    uint64_t last = offset + size - 1;

    if ((s->attributes & (SEGMENT_CODE | SEGMENT_DOWN)) != SEGMENT_DOWN)
        return last <= s->limit;
    return offset > s->limit && last <= (s->attributes & SEGMENT_BIG ? 0xffffffff : 0xffff);
}

static enum emulate_result linear_64(struct emulation *e, unsigned int segment, uint64_t offset,
                                     unsigned int size, uint64_t *linear)
{
    *linear = offset;
    if (segment == EMULATE_FS || segment == EMULATE_GS)
        *linear += e->cpu->segment[segment].base;
    if (!va_canonical(*linear) || !va_canonical(*linear + size - 1))
        return segment_fault(e, segment);
    return EMULATE_OK;
}

enum emulate_result memory_linear(struct emulation *e, unsigned int segment, uint64_t offset,
                                  unsigned int size, bool write, uint64_t *linear)
{
    const struct emulate_segment *s = &e->cpu->segment[segment];

    if (e->cpu->mode == EMULATE_MODE_64)
        return linear_64(e, segment, offset, size, linear);
    if (!segment_allows(e, s, write) || !in_limit(s, offset, size))
        return segment_fault(e, segment);
    *linear = (uint32_t)(s->base + offset);
    return EMULATE_OK;
}

enum emulate_result memory_read(struct emulation *e, unsigned int segment, uint64_t offset,
                                unsigned int size, uint64_t *value)
{
    uint64_t linear;
    enum emulate_result result = memory_linear(e, segment, offset, size, false, &linear);

    *value = 0;
    return result ? result : e->ops->read(e->ctx, linear, size, value, 0);
}

enum emulate_result memory_write(struct emulation *e, unsigned int segment, uint64_t offset,
                                 unsigned int size, uint64_t value)
{
    uint64_t linear;
    enum emulate_result result = memory_linear(e, segment, offset, size, true, &linear);

    return result ? result : e->ops->write(e->ctx, linear, size, &value, 0);
}

enum emulate_result memory_probe(struct emulation *e, unsigned int segment, uint64_t offset,
                                 unsigned int size)
{
    uint64_t linear;
    enum emulate_result result = memory_linear(e, segment, offset, size, true, &linear);

    if (result || !e->ops->probe)
        return result;
    return e->ops->probe(e->ctx, linear, size);
}

void operand_locate(struct emulation *e)
{
    const struct insn *insn = &e->insn;
    uint64_t offset = (uint64_t)insn->displacement;

    if (insn->base == REGISTER_RIP)
        offset += e->regs.rip;
    else if (insn->base != REGISTER_NONE)
        offset += whole(e, insn->base);
    if (insn->index != REGISTER_NONE)
        offset += whole(e, insn->index) << insn->shift;
    e->offset = offset & size_mask(insn->address_size);
}

enum emulate_result rm_linear(struct emulation *e, bool write, uint64_t *linear)
{
    return memory_linear(e, e->insn.segment, e->offset, e->insn.rm_size, write, linear);
}

enum emulate_result rm_read_bytes(struct emulation *e, void *to, unsigned int how)
{
    uint64_t linear;
    enum emulate_result result = rm_linear(e, how & EMULATE_WILL_WRITE, &linear);

    return result ? result : e->ops->read(e->ctx, linear, e->insn.rm_size, to, how);
}

enum emulate_result rm_write_bytes(struct emulation *e, const void *from, unsigned int how)
{
    uint64_t linear;
    enum emulate_result result = rm_linear(e, true, &linear);

    return result ? result : e->ops->write(e->ctx, linear, e->insn.rm_size, from, how);
}

/* XCHG is locked without a prefix. */
static unsigned int lock_of(const struct emulation *e)
{
    return e->insn.lock || e->insn.opcode.run == run_xchg ? EMULATE_LOCKED : 0;
}

static enum emulate_result rm_read_how(struct emulation *e, uint64_t *value, unsigned int how)
{
    *value = 0;
    if (e->insn.is_memory)
        return rm_read_bytes(e, value, how);
    *value = register_read(e, e->insn.rm, e->insn.rm_size);
    return EMULATE_OK;
}

enum emulate_result rm_read(struct emulation *e, uint64_t *value)
{
    return rm_read_how(e, value, 0);
}

enum emulate_result rm_read_for_write(struct emulation *e, uint64_t *value)
{
    return rm_read_how(e, value, EMULATE_WILL_WRITE | lock_of(e));
}

enum emulate_result rm_write(struct emulation *e, uint64_t value)
{
    if (e->insn.is_memory)
        return rm_write_bytes(e, &value, lock_of(e));
    register_write(e, e->insn.rm, e->insn.rm_size, value);
    return EMULATE_OK;
}
