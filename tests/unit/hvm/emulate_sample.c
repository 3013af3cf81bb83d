/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random samples of instructions, with states in which their operands are where they may be. */
#include "emulate_sample.h"

#include <string.h>

#include "hvm/emulate/emulate-private.h"

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static unsigned int below(unsigned int limit)
{
    return (unsigned int)(next_random() >> 20) % limit;
}

/* Often one of the numbers where something changes. */
static uint64_t next_value(void)
{
    static const uint64_t corners[] = {0,          1,          2,      0x7f,       0x80,
                                       0xff,       0x7fff,     0x8000, 0xffff,     0x7fffffff,
                                       0x80000000, 0xffffffff, ~0ULL,  1ULL << 63, ~0ULL >> 1};

    return below(3) ? next_random() : corners[below(ARRAY_SIZE(corners))];
}

uint64_t sample_base(const struct sample *s)
{
    return s->bits == 16 ? 0 : (uintptr_t)native_arena();
}

void sample_put(struct sample *s, uint64_t value, unsigned int size)
{
    memcpy(s->bytes + s->length, &value, size);
    s->length += size;
}

static bool is_byte(const struct form *f, uint8_t opcode)
{
    return (f->flags & BYTE) || ((f->flags & EVEN) && !(opcode & 1));
}

static void choose_sizes(struct sample *s, uint8_t opcode, bool operand, bool address)
{
    const struct form *f = s->form;

    if (is_byte(f, opcode))
        s->size = 1;
    else if (s->rex & 8)
        s->size = 8;
    else if (!(f->flags & DWORD) && operand != (s->bits == 16))
        s->size = 2;
    else
        s->size = s->bits == 64 && (f->flags & STACK) ? 8 : 4;
    s->address_size = s->bits == 64 ? 8 : s->bits / 8;
    if (address)
        s->address_size = s->bits == 32 ? 2 : 4;
}

/* Not every prefix goes with every instruction. */
static void put_prefixes(struct sample *s, uint8_t opcode)
{
    const struct form *f = s->form;
    bool operand = !(f->flags & (SSE | BRANCH | DWORD | SWAP)) && !below(3);
    /* A 16-bit address would not reach the arena from 32-bit code. */
    bool address = s->bits != 32 && !below(4);

    s->lock = f->flags & LOCK ? !below(3) : !below(40);
    s->repeat = f->flags & STRING && below(4) ? (below(2) ? 0xf2 : 0xf3) : 0;
    s->rex = s->bits == 64 && below(2) ? (uint8_t)(0x40 | below(16)) : 0;
    if (f->flags & BRANCH)
        s->rex &= (uint8_t)~8U;
    if (address)
        sample_put(s, 0x67, 1);
    if (operand)
        sample_put(s, 0x66, 1);
    if (s->lock)
        sample_put(s, 0xf0, 1);
    if (s->repeat)
        sample_put(s, s->repeat, 1);
    if (f->prefix)
        sample_put(s, f->prefix, 1);
    if (!below(8))
        sample_put(s, 0x3e, 1);
    if (s->rex)
        sample_put(s, s->rex, 1);
    choose_sizes(s, opcode, operand, address);
}

void sample_put_opcode(struct sample *s, uint8_t opcode)
{
    if (s->form->map != ONE_BYTE)
        sample_put(s, 0x0f, 1);
    if (s->form->map == MAP_0F38)
        sample_put(s, 0x38, 1);
    sample_put(s, opcode, 1);
}

/* Where memory operands are. What is locked stays within a cache line. */
static void choose_operand(struct sample *s)
{
    const struct form *f = s->form;
    uint64_t at = NATIVE_WINDOW + 0x100 + below(64);
    bool aligned = s->lock || (f->flags & LOCK) || ((f->flags & ALIGNED) && below(4));

    if ((f->flags & PAIR) && s->size == 8 && !below(4))
        at |= 8; /* still in one line, but not where it should be */
    else if (aligned)
        at &= ~15ULL;
    s->operand = sample_base(s) + at;
}

/* Sets the low bytes of a register, so that the address comes out. */
static void aim(struct sample *s, unsigned int reg, uint64_t value)
{
    uint64_t mask = size_mask(s->address_size), *place = &s->state.gpr[reg];

    *place = (*place & ~mask) | (value & mask);
}

static uint64_t put_displacement(struct sample *s, unsigned int size)
{
    uint64_t value = size ? sign_extend(next_random(), size) : 0;

    sample_put(s, value, size);
    return value;
}

static void put_memory_16(struct sample *s, unsigned int mod, unsigned int rm)
{
    static const uint8_t base[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
    static const uint8_t index[] = {RSI, RDI, RSI, RDI};
    uint64_t rest;

    if (!mod && rm == 6) {
        sample_put(s, s->operand, 2);
        return;
    }
    rest = put_displacement(s, mod);
    if (rm < 4)
        rest += s->state.gpr[index[rm]];
    aim(s, base[rm], s->operand - rest);
}

/* False: base and index are one register, which can't be aimed. */
static bool put_sib(struct sample *s, unsigned int mod)
{
    uint8_t sib = (uint8_t)below(256);
    unsigned int base = (sib & 7) | (s->rex & 1 ? 8 : 0);
    unsigned int index = (sib >> 3 & 7) | (s->rex & 2 ? 8 : 0);
    uint64_t rest = index == RSP ? 0 : s->state.gpr[index] << (sib >> 6);

    sample_put(s, sib, 1);
    if (!mod && (sib & 7) == RBP) {
        sample_put(s, s->operand, 4);
        return index == RSP;
    }
    if (base == index || (base == RSP && (s->form->flags & STACK)))
        return false;
    rest += put_displacement(s, mod == 2 ? 4 : mod);
    aim(s, base, s->operand - rest);
    return true;
}

static bool put_memory_32(struct sample *s, unsigned int mod, unsigned int rm, unsigned int behind)
{
    if (rm == RSP)
        return put_sib(s, mod);
    if (!mod && rm == RBP) {
        uint64_t end = sample_base(s) + NATIVE_CODE + s->length + 4 + behind;

        sample_put(s, s->bits == 64 ? s->operand - end : s->operand, 4);
        return true;
    }
    aim(s, rm | (s->rex & 1 ? 8U : 0), s->operand - put_displacement(s, mod == 2 ? 4 : mod));
    return true;
}

static unsigned int immediate_size(const struct sample *s)
{
    if (s->form->flags & IMM8)
        return 1;
    return s->form->flags & IMM ? MIN(s->size, 4U) : 0;
}

/* CPUs differ on the upper half of a register that CMPXCHG compares with four bytes of it. */
static bool may_be_register(const struct sample *s)
{
    return !(s->form->flags & MEMORY) && !((s->form->flags & MATCH) && s->size == 4);
}

static bool put_modrm(struct sample *s)
{
    unsigned int mod = may_be_register(s) && !below(8) ? 3 : below(3), rm = below(8);
    unsigned int middle = s->form->middle >= 0 ? (unsigned int)s->form->middle : below(8);

    s->modrm = (uint8_t)(mod << 6 | middle << 3 | rm);
    sample_put(s, s->modrm, 1);
    if (mod == 3)
        return true;
    if (s->address_size != 2)
        return put_memory_32(s, mod, rm, immediate_size(s));
    put_memory_16(s, mod, rm);
    return true;
}

static unsigned int reg_of(const struct sample *s)
{
    return (s->modrm >> 3 & 7) | (s->rex & 4 ? 8 : 0);
}

/* A bit not too far from the operand. False: the register is used for the address. */
static bool choose_bit(struct sample *s)
{
    uint64_t *place = &s->state.gpr[reg_of(s)], mask = size_mask(s->size), before = *place;
    uint64_t bit = (uint64_t)below(0x800) - 0x400;

    *place = (*place & ~mask) | (bit & mask);
    if (s->modrm >> 6 == 3 || *place == before)
        return true;
    /* Does the address still come out? Only the emulator's own test of addresses knows; so keep to
     * registers that no address here is made of. */
    return s->address_size != 2 && reg_of(s) != (s->modrm & 7U) + (s->rex & 1 ? 8 : 0) &&
           (s->modrm & 7) != 4;
}

static void fill(struct sample *s)
{
    bool few = (s->form->flags & STRING) && below(2);

    for (size_t i = 0; i < sizeof(s->window); i += 8) {
        uint64_t value = few ? 0x0101010101010101 * below(2) : next_value();

        memcpy(s->window + i, &value, 8);
    }
}

static void fill_registers(struct sample *s)
{
    for (unsigned int n = 0; n < 16; n++)
        s->state.gpr[n] = next_value();
    s->state.gpr[RSP] = sample_base(s) + NATIVE_WINDOW + 0x300 + below(8);
    if (s->form->flags & DIVISION && below(2))
        s->state.gpr[RDX] = s->state.gpr[RAX] >> 63 ? ~0ULL : 0;
    s->state.rflags = (next_random() & (EFLAGS_ARITHMETIC | EFLAGS_DF)) | 0x202;
    for (unsigned int i = 0; i < sizeof(s->state.xmm); i++)
        s->state.xmm[i / 16][i % 16] = (uint8_t)next_random();
}

/* Strings begin in the middle, and are short enough. */
static void choose_string(struct sample *s)
{
    aim(s, RSI, sample_base(s) + NATIVE_WINDOW + 0x100 + below(64));
    aim(s, RDI, sample_base(s) + NATIVE_WINDOW + 0x200 + below(64));
    aim(s, RCX, below(4) ? below(20) : 0);
}

/* What memory must hold, for some instructions to be of interest. */
static void choose_memory(struct sample *s)
{
    uint8_t *at = s->window + (s->operand - sample_base(s) - NATIVE_WINDOW);
    uint64_t target = sample_base(s) + NATIVE_TARGET;

    if (s->form->flags & BRANCH)
        memcpy(at, &target, s->size);
    if (!(s->form->flags & MATCH) || below(2))
        return;
    memcpy(at, &s->state.gpr[RAX], s->size);
    if (s->form->flags & PAIR)
        memcpy(at + s->size, &s->state.gpr[RDX], s->size);
}

unsigned int sample_shift_count(const struct sample *s)
{
    if (s->form->flags & IMM8)
        return s->bytes[s->length - 1];
    if ((s->form->flags & SHIFT) && !(s->opcode & 2))
        return 1;
    return (uint8_t)s->state.gpr[RCX];
}

/* Words may be shifted further than they are wide; what comes of it is not defined. */
static bool shifts_too_far(const struct sample *s)
{
    return (s->form->flags & SHIFT_DOUBLE) && s->size == 2 && (sample_shift_count(s) & 31) > 16;
}

/* False: by chance this can't be one; again. */
static bool try_sample(struct sample *s, uint8_t opcode)
{
    uint32_t flags = s->form->flags;

    s->length = 0;
    s->opcode = opcode;
    s->modrm = 0;
    fill_registers(s);
    put_prefixes(s, opcode);
    sample_put_opcode(s, opcode);
    choose_operand(s);
    if (flags & STRING)
        choose_string(s);
    else if (flags & MOFFS)
        sample_put(s, s->operand, s->address_size);
    else if (!put_modrm(s))
        return false;
    if ((flags & BIT_STRING) && !choose_bit(s))
        return false;
    sample_put(s, next_value(), immediate_size(s));
    fill(s);
    choose_memory(s);
    return s->length <= EMULATE_INSN_MAX && !shifts_too_far(s);
}

void sample_choose(struct sample *s, uint8_t opcode)
{
    while (!try_sample(s, opcode))
        ;
}
