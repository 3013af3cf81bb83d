/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decodes the few x86 instructions that a paravirtual guest makes the hypervisor carry out. */
#include "pv/insn.h"

#define PAGE_BYTES 4096

/* How the bytes after an opcode are laid out. */
enum {
    FORM_BYTE = 1 << 0,    /* the operand is one byte, whatever the prefixes say */
    FORM_MEMORY = 1 << 1,  /* a ModRM byte: its r/m is memory, its reg the register operand */
    FORM_GROUP = 1 << 2,   /* as FORM_MEMORY, but reg picks the instruction from a group */
    FORM_IMM8 = 1 << 3,    /* a one-byte immediate, sign-extended */
    FORM_IMMZ = 1 << 4,    /* an immediate of the operand size, at most four bytes */
    FORM_PORT = 1 << 5,    /* port I/O: at most four bytes */
    FORM_SPECIAL = 1 << 6, /* a ModRM byte: reg is a control or debug register, r/m a general one */
    FORM_OFFSET = 1 << 7,  /* the address itself follows the opcode; the register is rAX */
};

struct form {
    uint8_t kind; /* or an enum group */
    uint8_t layout;
};

enum group {
    GROUP_ARITHMETIC,
    GROUP_MOV,
    GROUP_UNARY,
    GROUP_INCREMENT,
    GROUP_BIT,
    GROUP_CMPXCHG,
    GROUPS,
};

static const uint8_t groups[GROUPS][8] = {
    [GROUP_ARITHMETIC] = {INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB, INSN_AND, INSN_SUB, INSN_XOR},
    [GROUP_MOV] = {[0] = INSN_MOV},
    [GROUP_UNARY] = {[2] = INSN_NOT, [3] = INSN_NEG},
    [GROUP_INCREMENT] = {[0] = INSN_INC, [1] = INSN_DEC},
    [GROUP_BIT] = {[5] = INSN_BTS, [6] = INSN_BTR, [7] = INSN_BTC},
    [GROUP_CMPXCHG] = {[1] = INSN_CMPXCHG8B},
};

/* An instruction with a byte form at `opcode` and a wider one right after it. */
#define BOTH_SIZES(opcode, kind, layout) \
    [opcode] = {kind, (layout) | FORM_BYTE}, [(opcode) + 1] = {kind, layout}

static const struct form one_byte[256] = {
    BOTH_SIZES(0x00, INSN_ADD, FORM_MEMORY),
    BOTH_SIZES(0x08, INSN_OR, FORM_MEMORY),
    BOTH_SIZES(0x10, INSN_ADC, FORM_MEMORY),
    BOTH_SIZES(0x18, INSN_SBB, FORM_MEMORY),
    BOTH_SIZES(0x20, INSN_AND, FORM_MEMORY),
    BOTH_SIZES(0x28, INSN_SUB, FORM_MEMORY),
    BOTH_SIZES(0x30, INSN_XOR, FORM_MEMORY),
    BOTH_SIZES(0x6c, INSN_INS, FORM_PORT),
    BOTH_SIZES(0x6e, INSN_OUTS, FORM_PORT),
    [0x80] = {GROUP_ARITHMETIC, FORM_GROUP | FORM_BYTE | FORM_IMM8},
    [0x81] = {GROUP_ARITHMETIC, FORM_GROUP | FORM_IMMZ},
    [0x83] = {GROUP_ARITHMETIC, FORM_GROUP | FORM_IMM8},
    BOTH_SIZES(0x86, INSN_XCHG, FORM_MEMORY),
    BOTH_SIZES(0x88, INSN_MOV, FORM_MEMORY),
    BOTH_SIZES(0xa2, INSN_MOV, FORM_OFFSET),
    [0xc6] = {GROUP_MOV, FORM_GROUP | FORM_BYTE | FORM_IMM8},
    [0xc7] = {GROUP_MOV, FORM_GROUP | FORM_IMMZ},
    [0xcd] = {INSN_INT, FORM_IMM8},
    BOTH_SIZES(0xe4, INSN_IN, FORM_PORT | FORM_IMM8),
    BOTH_SIZES(0xe6, INSN_OUT, FORM_PORT | FORM_IMM8),
    BOTH_SIZES(0xec, INSN_IN, FORM_PORT),
    BOTH_SIZES(0xee, INSN_OUT, FORM_PORT),
    [0xf4] = {INSN_HLT, 0},
    BOTH_SIZES(0xf6, GROUP_UNARY, FORM_GROUP),
    [0xfa] = {INSN_CLI, 0},
    [0xfb] = {INSN_STI, 0},
    BOTH_SIZES(0xfe, GROUP_INCREMENT, FORM_GROUP),
};

static const struct form two_byte[256] = {
    [0x06] = {INSN_CLTS, 0},
    [0x08] = {INSN_INVD, 0},
    [0x09] = {INSN_WBINVD, 0},
    [0x20] = {INSN_READ_CR, FORM_SPECIAL},
    [0x21] = {INSN_READ_DR, FORM_SPECIAL},
    [0x22] = {INSN_WRITE_CR, FORM_SPECIAL},
    [0x23] = {INSN_WRITE_DR, FORM_SPECIAL},
    [0x30] = {INSN_WRMSR, 0},
    [0x31] = {INSN_RDTSC, 0},
    [0x32] = {INSN_RDMSR, 0},
    [0x33] = {INSN_RDPMC, 0},
    [0xa2] = {INSN_CPUID, 0},
    [0xab] = {INSN_BTS, FORM_MEMORY},
    BOTH_SIZES(0xb0, INSN_CMPXCHG, FORM_MEMORY),
    [0xb3] = {INSN_BTR, FORM_MEMORY},
    [0xba] = {GROUP_BIT, FORM_GROUP | FORM_IMM8},
    [0xbb] = {INSN_BTC, FORM_MEMORY},
    BOTH_SIZES(0xc0, INSN_XADD, FORM_MEMORY),
    [0xc3] = {INSN_MOV, FORM_MEMORY}, /* MOVNTI */
    [0xc7] = {GROUP_CMPXCHG, FORM_GROUP},
};

enum {
    REX_B = 1,
    REX_X = 2,
    REX_R = 4,
    REX_W = 8,
};

/* The bytes that are there, and how far they have been read. */
struct cursor {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    bool ran_out;
};

struct prefixes {
    uint8_t rex; /* 0 if there is none; else 0x40 with the REX_ bits */
    bool operand_size;
    bool address_size;
    bool lock;
    bool repeat;
    enum insn_segment segment;
};

/* The next byte, or 0 and a note that there was none. */
static uint8_t next_byte(struct cursor *cursor)
{
    if (cursor->position >= cursor->count) {
        cursor->ran_out = true;
        return 0;
    }
    return cursor->bytes[cursor->position++];
}

static int64_t next_signed(struct cursor *cursor, unsigned int size)
{
    uint64_t value = 0;

    for (unsigned int i = 0; i < size; i++)
        value |= (uint64_t)next_byte(cursor) << (8 * i);

    unsigned int unused = 64 - 8 * size;
    return (int64_t)(value << unused) >> unused;
}

/* Notes one legacy prefix; false if `byte` is none. */
static bool note_prefix(struct prefixes *prefixes, uint8_t byte)
{
    switch (byte) {
    case 0x26:
        prefixes->segment = INSN_SEGMENT_ES;
        return true;
    case 0x2e:
        prefixes->segment = INSN_SEGMENT_CS;
        return true;
    case 0x36:
        prefixes->segment = INSN_SEGMENT_SS;
        return true;
    case 0x3e:
        prefixes->segment = INSN_SEGMENT_DS;
        return true;
    case 0x64:
        prefixes->segment = INSN_SEGMENT_FS;
        return true;
    case 0x65:
        prefixes->segment = INSN_SEGMENT_GS;
        return true;
    case 0x66:
        prefixes->operand_size = true;
        return true;
    case 0x67:
        prefixes->address_size = true;
        return true;
    case 0xf0:
        prefixes->lock = true;
        return true;
    case 0xf2:
    case 0xf3:
        prefixes->repeat = true;
        return true;
    default:
        return false;
    }
}

/* Reads all prefixes and returns the byte after them. */
static uint8_t read_prefixes(struct prefixes *prefixes, struct cursor *cursor, enum insn_mode mode)
{
    for (;;) {
        uint8_t byte = next_byte(cursor);

        if (mode == INSN_MODE_64 && (byte & 0xf0) == 0x40)
            prefixes->rex = byte;
        else if (note_prefix(prefixes, byte))
            prefixes->rex = 0; /* a REX byte counts only right before the opcode */
        else
            return byte;
    }
}

static void set_sizes(struct insn *insn, const struct prefixes *prefixes, unsigned int layout,
                      enum insn_mode mode)
{
    if (layout & FORM_BYTE)
        insn->operand_size = 1;
    else if (layout & FORM_SPECIAL)
        insn->operand_size = mode == INSN_MODE_64 ? 8 : 4;
    else if (prefixes->rex & REX_W)
        insn->operand_size = layout & FORM_PORT ? 4 : 8;
    else
        insn->operand_size = prefixes->operand_size ? 2 : 4;

    insn->address_size = mode == INSN_MODE_64 ? 8 : 4;
    if (prefixes->address_size)
        insn->address_size /= 2;
}

/* The register that ModRM's reg field names as an operand. */
static void set_register(struct insn *insn, uint8_t rex, unsigned int field)
{
    insn->reg_is_high = insn->operand_size == 1 && !rex && field >= 4;
    insn->reg = insn->reg_is_high ? field - 4 : field | (rex & REX_R ? 8 : 0);
}

static void read_sib(struct insn_memory *memory, struct cursor *cursor, uint8_t rex,
                     unsigned int mod)
{
    uint8_t sib = next_byte(cursor);
    unsigned int index = ((sib >> 3) & 7) | (rex & REX_X ? 8 : 0);

    memory->shift = sib >> 6;
    if (index != 4)
        memory->index = index;
    if ((sib & 7) != 5 || mod != 0)
        memory->base = (sib & 7) | (rex & REX_B ? 8 : 0);
    else
        memory->displacement = next_signed(cursor, 4);
}

/* Reads the rest of a 64-bit memory operand, its ModRM byte having been read. */
static void read_memory(struct insn_memory *memory, struct cursor *cursor, uint8_t rex,
                        uint8_t modrm)
{
    unsigned int mod = modrm >> 6;
    unsigned int rm = modrm & 7;

    memory->base = INSN_NO_REGISTER;
    memory->index = INSN_NO_REGISTER;
    if (rm == 4) {
        read_sib(memory, cursor, rex, mod);
    } else if (rm == 5 && mod == 0) {
        memory->base = INSN_RIP;
        memory->displacement = next_signed(cursor, 4);
    } else {
        memory->base = rm | (rex & REX_B ? 8 : 0);
    }

    if (mod == 1)
        memory->displacement = next_signed(cursor, 1);
    else if (mod == 2)
        memory->displacement = next_signed(cursor, 4);
}

static void read_special(struct insn *insn, struct cursor *cursor, uint8_t rex)
{
    uint8_t modrm = next_byte(cursor); /* its mod field is ignored by the CPU too */

    insn->special = ((modrm >> 3) & 7) | (rex & REX_R ? 8 : 0);
    insn->reg = (modrm & 7) | (rex & REX_B ? 8 : 0);
}

/* Reads a ModRM byte and the memory operand it names; false if it names a register. */
static bool read_modrm(struct insn *insn, const struct form *form, struct cursor *cursor,
                       uint8_t rex)
{
    uint8_t modrm = next_byte(cursor);
    unsigned int field = (modrm >> 3) & 7;

    if (form->layout & FORM_GROUP)
        insn->kind = groups[form->kind][field];
    else
        set_register(insn, rex, field);
    if (insn->kind == INSN_NONE || modrm >> 6 == 3)
        return cursor->ran_out;

    read_memory(&insn->memory, cursor, rex, modrm);
    return true;
}

static void read_offset(struct insn *insn, struct cursor *cursor)
{
    insn->memory.base = INSN_NO_REGISTER;
    insn->memory.index = INSN_NO_REGISTER;
    insn->memory.displacement = next_signed(cursor, insn->address_size);
}

static void read_immediate(struct insn *insn, unsigned int layout, struct cursor *cursor)
{
    if (layout & FORM_IMM8)
        insn->immediate = next_signed(cursor, 1);
    else if (layout & FORM_IMMZ)
        insn->immediate = next_signed(cursor, insn->operand_size == 2 ? 2 : 4);
    else
        return;

    insn->has_immediate = true;
    if (layout & FORM_PORT)
        insn->immediate &= 0xff;
    if (insn->kind == INSN_INT)
        insn->special = insn->immediate & 0xff;
}

/* What the operand size makes of a kind, and what is an instruction only with some prefixes. */
static bool settle_kind(struct insn *insn, const struct prefixes *prefixes)
{
    if (insn->kind == INSN_CMPXCHG8B) {
        if (insn->operand_size == 8)
            insn->kind = INSN_CMPXCHG16B;
        insn->operand_size = insn->kind == INSN_CMPXCHG16B ? 16 : 8;
    }
    if (prefixes->lock && insn->kind < INSN_XCHG)
        return false;

    insn->lock = prefixes->lock;
    insn->segment = prefixes->segment;
    insn->repeat = prefixes->repeat && (insn->kind == INSN_INS || insn->kind == INSN_OUTS);
    return true;
}

/* Reads what follows the opcode of `form`; false if the instruction is none of ours. */
static bool read_operands(struct insn *insn, const struct form *form,
                          const struct prefixes *prefixes, struct cursor *cursor,
                          enum insn_mode mode)
{
    unsigned int modrm_memory = form->layout & (FORM_MEMORY | FORM_GROUP);

    if (form->kind == INSN_NONE && !(form->layout & FORM_GROUP))
        return false;
    /* Memory operands matter for page tables alone, which only 64-bit kernels write. */
    if (mode != INSN_MODE_64 && (form->layout & (FORM_MEMORY | FORM_GROUP | FORM_OFFSET)))
        return false;

    insn->kind = form->layout & FORM_GROUP ? INSN_NONE : form->kind;
    set_sizes(insn, prefixes, form->layout, mode);
    if (modrm_memory && !read_modrm(insn, form, cursor, prefixes->rex))
        return false;
    if (form->layout & FORM_SPECIAL)
        read_special(insn, cursor, prefixes->rex);
    if (form->layout & FORM_OFFSET)
        read_offset(insn, cursor);
    if (cursor->ran_out)
        return true;
    read_immediate(insn, form->layout, cursor);
    return settle_kind(insn, prefixes);
}

/* The two of our instructions that 0F 01 and a third opcode byte encode. */
static struct form system_form(uint8_t byte)
{
    switch (byte) {
    case 0xd1:
        return (struct form){INSN_XSETBV, 0};
    case 0xf9:
        return (struct form){INSN_RDTSCP, 0};
    default:
        return (struct form){INSN_NONE, 0};
    }
}

static struct form read_opcode(struct prefixes *prefixes, struct cursor *cursor,
                               enum insn_mode mode)
{
    uint8_t opcode = read_prefixes(prefixes, cursor, mode);

    if (opcode != 0x0f)
        return one_byte[opcode];
    opcode = next_byte(cursor);
    if (opcode != 0x01)
        return two_byte[opcode];
    return system_form(next_byte(cursor));
}

/* Looks for the bytes that ask for CPUID to be emulated. */
static enum insn_status decode_forced(struct insn *insn, const uint8_t *bytes, size_t count)
{
    static const uint8_t forced[] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};

    for (size_t i = 0; i < sizeof(forced); i++) {
        if (i == count)
            return INSN_TRUNCATED;
        if (bytes[i] != forced[i])
            return INSN_FOREIGN;
    }
    *insn = (struct insn){
        .kind = INSN_FORCED_CPUID,
        .length = sizeof(forced),
        .operand_size = 4,
        .address_size = 8,
    };
    return INSN_DECODED;
}

enum insn_status insn_decode(struct insn *insn, const uint8_t *bytes, size_t count,
                             enum insn_mode mode)
{
    struct cursor cursor = {.bytes = bytes};
    struct prefixes prefixes = {.segment = INSN_SEGMENT_DEFAULT};
    enum insn_status forced = decode_forced(insn, bytes, count);

    if (forced != INSN_FOREIGN)
        return forced;

    cursor.count = count < INSN_MAX_LENGTH ? count : INSN_MAX_LENGTH;
    *insn = (struct insn){.kind = INSN_NONE};

    struct form form = read_opcode(&prefixes, &cursor, mode);
    bool ours = !cursor.ran_out && read_operands(insn, &form, &prefixes, &cursor, mode);

    if (cursor.ran_out)
        return count < INSN_MAX_LENGTH ? INSN_TRUNCATED : INSN_FOREIGN;
    insn->length = cursor.position;
    return ours ? INSN_DECODED : INSN_FOREIGN;
}

enum insn_status insn_fetch(struct insn *insn, insn_fetch_fn fetch, void *ctx, uint64_t rip,
                            enum insn_mode mode, size_t *fetched)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    size_t on_page = PAGE_BYTES - rip % PAGE_BYTES;
    size_t first = on_page < sizeof(bytes) ? on_page : sizeof(bytes);
    enum insn_status status;

    *fetched = fetch(ctx, rip, bytes, first);
    status = insn_decode(insn, bytes, *fetched, mode);
    if (status != INSN_TRUNCATED || *fetched < first)
        return status;

    *fetched += fetch(ctx, rip + first, bytes + first, sizeof(bytes) - first);
    return insn_decode(insn, bytes, *fetched, mode);
}
