/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From bytes to a decoded instruction, by the maps in opcodes.c. (SDM vol. 2, chapter 2.) */
#include "hvm/emulate/emulate-private.h"

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };

/* The bytes that are there, and how far they have been read. */
struct cursor {
    const uint8_t *bytes;
    size_t count, at;
    bool ran_out;
};

struct prefixes {
    uint8_t rex;    /* 0: none */
    uint8_t repeat; /* F2 or F3, the last one; 0: none */
    bool operand, address, lock;
    uint8_t segment; /* EMULATE_SEGMENTS: none */
};

/* The next byte, or 0 and a note that there was none. */
static uint8_t next_byte(struct cursor *c)
{
    if (c->at >= c->count) {
        c->ran_out = true;
        return 0;
    }
    return c->bytes[c->at++];
}

/* Little-endian, sign-extended; of 0 bytes: 0. */
static int64_t next_signed(struct cursor *c, unsigned int size)
{
    uint64_t value = 0;

    for (unsigned int i = 0; i < size; i++)
        value |= (uint64_t)next_byte(c) << i * 8;
    return size ? (int64_t)sign_extend(value, size) : 0;
}

/* In 64-bit code only FS and GS count, and the others don't undo them. */
static void note_segment(struct prefixes *p, unsigned int segment, enum emulate_mode mode)
{
    if (mode != EMULATE_MODE_64 || segment >= EMULATE_FS)
        p->segment = (uint8_t)segment;
}

/* Notes a legacy prefix; false: it is none. */
static bool note_prefix(struct prefixes *p, uint8_t byte, enum emulate_mode mode)
{
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
        note_segment(p, byte >> 3 & 3, mode);
        return true;
    case 0x64:
    case 0x65:
        note_segment(p, byte & 7, mode);
        return true;
    case 0x66:
        p->operand = true;
        return true;
    case 0x67:
        p->address = true;
        return true;
    case 0xf0:
        p->lock = true;
        return true;
    case 0xf2:
    case 0xf3:
        p->repeat = byte;
        return true;
    default:
        return false;
    }
}

/* Reads prefixes; returns the byte behind them. REX counts only right before the opcode. */
static uint8_t read_prefixes(struct cursor *c, struct prefixes *p, enum emulate_mode mode)
{
    for (;;) {
        uint8_t byte = next_byte(c);

        if (mode == EMULATE_MODE_64 && (byte & 0xf0) == 0x40)
            p->rex = byte;
        else if (!c->ran_out && note_prefix(p, byte, mode))
            p->rex = 0;
        else
            return byte;
    }
}

/* What SSE moves have as the prefix that is a part of their opcode. */
static uint8_t sse_prefix(const struct prefixes *p)
{
    if (p->repeat)
        return p->repeat;
    return p->operand ? 0x66 : 0;
}

/* Reads the opcode behind the prefixes. */
static struct opcode read_opcode(struct cursor *c, const struct prefixes *p, uint8_t *byte)
{
    bool is_0f38;
    uint8_t index;

    if (*byte != 0x0f)
        return opcodes_one_byte[*byte];
    *byte = next_byte(c);
    is_0f38 = *byte == 0x38;
    if (is_0f38)
        *byte = next_byte(c);
    if (opcodes_find_sse(*byte, sse_prefix(p), is_0f38, &index))
        return (struct opcode){run_sse, OPCODE_MODRM | OPCODE_MEMORY, index};
    return is_0f38 ? opcodes_0f38[*byte] : opcodes_two_byte[*byte];
}

/* In a group, ModRM has the rest of the opcode; the numbers of operations are those of ModRM. */
static void settle_group(struct insn *insn, unsigned int middle)
{
    unsigned int group = insn->opcode.argument;
    uint32_t flags = insn->opcode.flags;

    if (!(flags & OPCODE_GROUP))
        return;
    insn->opcode = opcodes_group[group][middle];
    insn->opcode.flags |= flags;
    if (insn->opcode.run == run_binary || insn->opcode.run == run_shift)
        insn->opcode.argument = (uint8_t)middle;
}

static unsigned int operand_size(uint32_t flags, const struct prefixes *p, enum emulate_mode mode)
{
    if (flags & OPCODE_BYTE)
        return 1;
    if (p->rex & REX_W)
        return flags & OPCODE_PORT ? 4 : 8;
    if (!(flags & OPCODE_DWORD) && p->operand != (mode == EMULATE_MODE_16))
        return 2;
    return mode == EMULATE_MODE_64 && (flags & OPCODE_STACK) ? 8 : 4;
}

static unsigned int rm_size(const struct insn *insn)
{
    uint32_t flags = insn->opcode.flags;

    if (insn->opcode.run == run_sse && opcodes_sse[insn->opcode.argument].size)
        return opcodes_sse[insn->opcode.argument].size;
    if (insn->opcode.run == run_sse)
        return MAX(insn->size, 4U);
    if (flags & OPCODE_RM_BYTE)
        return 1;
    if (flags & OPCODE_RM_WORD)
        return 2;
    if (flags & OPCODE_RM_DWORD)
        return MIN(insn->size, 4U);
    return flags & OPCODE_DOUBLE ? 2U * insn->size : insn->size;
}

static unsigned int address_size(const struct prefixes *p, enum emulate_mode mode)
{
    switch (mode) {
    case EMULATE_MODE_16:
        return p->address ? 4 : 2;
    case EMULATE_MODE_32:
        return p->address ? 2 : 4;
    default:
        return p->address ? 4 : 8;
    }
}

/* The eight 16-bit addresses. (SDM vol. 2, table 2-1.) */
static void read_memory_16(struct insn *insn, struct cursor *c, unsigned int mod, unsigned int rm)
{
    static const uint8_t registers[8][2] = {
        {RBX, RSI},           {RBX, RDI},           {RBP, RSI},           {RBP, RDI},
        {RSI, REGISTER_NONE}, {RDI, REGISTER_NONE}, {RBP, REGISTER_NONE}, {RBX, REGISTER_NONE},
    };

    if (mod == 0 && rm == 6) {
        insn->displacement = next_signed(c, 2);
        return;
    }
    insn->base = registers[rm][0];
    insn->index = registers[rm][1];
    insn->displacement = next_signed(c, mod);
}

static void read_sib(struct insn *insn, struct cursor *c, uint8_t rex, unsigned int mod)
{
    uint8_t sib = next_byte(c);
    unsigned int index = (sib >> 3 & 7) | (rex & REX_X ? 8 : 0);

    insn->shift = sib >> 6;
    if (index != RSP)
        insn->index = (uint8_t)index;
    if ((sib & 7) != RBP || mod)
        insn->base = (uint8_t)((sib & 7) | (rex & REX_B ? 8 : 0));
    else
        insn->displacement = next_signed(c, 4);
}

static void read_memory_32(struct insn *insn, struct cursor *c, uint8_t rex, unsigned int mod,
                           unsigned int rm, enum emulate_mode mode)
{
    if (rm == RSP) {
        read_sib(insn, c, rex, mod);
    } else if (rm == RBP && !mod) {
        insn->base = mode == EMULATE_MODE_64 ? REGISTER_RIP : REGISTER_NONE;
        insn->displacement = next_signed(c, 4);
    } else {
        insn->base = (uint8_t)(rm | (rex & REX_B ? 8 : 0));
    }
    if (mod)
        insn->displacement = next_signed(c, mod == 1 ? 1 : 4);
}

/* What ModRM names, its middle apart. */
static void read_rm(struct insn *insn, struct cursor *c, uint8_t modrm, uint8_t rex,
                    enum emulate_mode mode)
{
    unsigned int mod = modrm >> 6, rm = modrm & 7;

    insn->is_memory = mod != 3;
    if (!insn->is_memory)
        insn->rm = (uint8_t)(rm | (rex & REX_B ? 8 : 0));
    else if (insn->address_size == 2)
        read_memory_16(insn, c, mod, rm);
    else
        read_memory_32(insn, c, rex, mod, rm, mode);
}

static void read_operands(struct insn *insn, struct cursor *c, const struct prefixes *p,
                          uint8_t modrm, enum emulate_mode mode)
{
    uint32_t flags = insn->opcode.flags;

    insn->size = (uint8_t)operand_size(flags, p, mode);
    insn->rm_size = (uint8_t)rm_size(insn);
    insn->address_size = (uint8_t)address_size(p, mode);
    insn->reg = (uint8_t)((modrm >> 3 & 7) | (p->rex & REX_R ? 8 : 0));
    if (flags & OPCODE_MODRM)
        read_rm(insn, c, modrm, p->rex, mode);
    if (flags & OPCODE_MOFFS) {
        insn->is_memory = true;
        insn->reg = RAX;
        insn->displacement = next_signed(c, insn->address_size);
    }
    if (flags & OPCODE_IMM8)
        insn->immediate = next_signed(c, 1);
    if (flags & OPCODE_IMM)
        insn->immediate = next_signed(c, MIN(insn->size, 4U));
    if (p->segment != EMULATE_SEGMENTS)
        insn->segment = p->segment;
    else
        insn->segment = insn->base == RSP || insn->base == RBP ? EMULATE_SS : EMULATE_DS;
}

/* Prefixes and operands that would make another instruction of it. */
static bool is_known(const struct insn *insn, const struct prefixes *p, enum emulate_mode mode)
{
    uint32_t flags = insn->opcode.flags;

    if (!insn->opcode.run)
        return false;
    if ((flags & OPCODE_LONG) && mode != EMULATE_MODE_64)
        return false;
    if ((flags & OPCODE_PLAIN) && p->repeat)
        return false;
    return insn->is_memory || !(flags & OPCODE_MEMORY);
}

static void finish(struct insn *insn, const struct cursor *c, const struct prefixes *p)
{
    insn->length = (uint8_t)c->at;
    insn->has_rex = p->rex;
    insn->lock = p->lock;
    insn->repeat = REPEAT_NONE;
    if (p->repeat)
        insn->repeat = p->repeat == 0xf3 ? REPEAT_WHILE_EQUAL : REPEAT_WHILE_NOT_EQUAL;
}

enum emulate_result emulate_decode(struct insn *insn, const uint8_t *bytes, size_t count,
                                   enum emulate_mode mode)
{
    struct cursor c = {.bytes = bytes, .count = MIN(count, (size_t)EMULATE_INSN_MAX)};
    struct prefixes p = {.segment = EMULATE_SEGMENTS};
    uint8_t modrm = 0;

    *insn = (struct insn){.base = REGISTER_NONE, .index = REGISTER_NONE};
    insn->byte = read_prefixes(&c, &p, mode);
    insn->opcode = read_opcode(&c, &p, &insn->byte);
    if (insn->opcode.flags & OPCODE_MODRM)
        modrm = next_byte(&c);
    settle_group(insn, modrm >> 3 & 7);
    read_operands(insn, &c, &p, modrm, mode);
    finish(insn, &c, &p);
    if (c.ran_out)
        return count >= EMULATE_INSN_MAX ? EMULATE_FAULT : EMULATE_UNKNOWN;
    return is_known(insn, &p, mode) ? EMULATE_OK : EMULATE_UNKNOWN;
}
