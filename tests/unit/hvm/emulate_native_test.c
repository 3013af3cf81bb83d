/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every instruction that the emulator knows, carried out by it and by this computer's own CPU: the
 * same registers, flags and memory must come out. And once more with each access in turn having to
 * wait for its answer, which must make no difference. */
#include "check.h"

#include <cpuid.h>
#include <signal.h>

#include "hvm/emulate/emulate-private.h"
#include "native.h"

#define ROUNDS 40 /* of each opcode in each kind of code */

enum {
    EVEN = 1 << 0,   /* even opcodes have byte operands */
    BYTE = 1 << 1,   /* all have */
    MEMORY = 1 << 2, /* never a register in place of memory */
    LOCK = 1 << 3,   /* may be locked */
    STRING = 1 << 4,
    MOFFS = 1 << 5,
    BIT_STRING = 1 << 6, /* the register is a bit's offset */
    STACK = 1 << 7,
    BRANCH = 1 << 8,
    SSE = 1 << 9,
    ALIGNED = 1 << 10,
    DIVISION = 1 << 11,
    SHIFT = 1 << 12,
    SHIFT_DOUBLE = 1 << 13,
    DWORD = 1 << 14, /* 4 bytes, or 8 with REX.W */
    PAIR = 1 << 15,  /* two such */
    LONG = 1 << 16,  /* 64-bit code only */
    IMM8 = 1 << 17,
    IMM = 1 << 18,
    MATCH = 1 << 19, /* memory often is what rAX is */
    SWAP = 1 << 20,  /* MOVBE: not every CPU has it */
};

#define CF EFLAGS_CF
#define PF EFLAGS_PF
#define AF EFLAGS_AF
#define ZF EFLAGS_ZF
#define SF EFLAGS_SF
#define OF EFLAGS_OF

enum { ONE_BYTE, TWO_BYTES, MAP_0F38, MAPS };

static const struct form {
    uint8_t map, first, last;
    int8_t middle; /* of ModRM; -1: a register */
    uint8_t prefix;
    uint32_t flags;
    uint64_t undefined; /* flags */
} forms[] = {
    {ONE_BYTE, 0x00, 0x01, -1, 0, EVEN | LOCK, 0}, /* ADD */
    {ONE_BYTE, 0x02, 0x03, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x08, 0x09, -1, 0, EVEN | LOCK, AF}, /* OR */
    {ONE_BYTE, 0x0a, 0x0b, -1, 0, EVEN, AF},
    {ONE_BYTE, 0x10, 0x11, -1, 0, EVEN | LOCK, 0}, /* ADC */
    {ONE_BYTE, 0x12, 0x13, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x18, 0x19, -1, 0, EVEN | LOCK, 0}, /* SBB */
    {ONE_BYTE, 0x1a, 0x1b, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x20, 0x21, -1, 0, EVEN | LOCK, AF}, /* AND */
    {ONE_BYTE, 0x22, 0x23, -1, 0, EVEN, AF},
    {ONE_BYTE, 0x28, 0x29, -1, 0, EVEN | LOCK, 0}, /* SUB */
    {ONE_BYTE, 0x2a, 0x2b, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x30, 0x31, -1, 0, EVEN | LOCK, AF}, /* XOR */
    {ONE_BYTE, 0x32, 0x33, -1, 0, EVEN, AF},
    {ONE_BYTE, 0x38, 0x3b, -1, 0, EVEN, 0},                                 /* CMP */
    {ONE_BYTE, 0x63, 0x63, -1, 0, LONG, 0},                                 /* MOVSXD */
    {ONE_BYTE, 0x69, 0x69, -1, 0, IMM, PF | AF | ZF | SF},                  /* IMUL */
    {ONE_BYTE, 0x6b, 0x6b, -1, 0, IMM8, PF | AF | ZF | SF},                 /* IMUL */
    {ONE_BYTE, 0x80, 0x81, 0, 0, EVEN | IMM | LOCK, 0},                     /* ADD */
    {ONE_BYTE, 0x80, 0x81, 1, 0, EVEN | IMM | LOCK, AF},                    /* OR */
    {ONE_BYTE, 0x80, 0x81, 2, 0, EVEN | IMM | LOCK, 0},                     /* ADC */
    {ONE_BYTE, 0x80, 0x81, 3, 0, EVEN | IMM | LOCK, 0},                     /* SBB */
    {ONE_BYTE, 0x80, 0x81, 4, 0, EVEN | IMM | LOCK, AF},                    /* AND */
    {ONE_BYTE, 0x80, 0x81, 5, 0, EVEN | IMM | LOCK, 0},                     /* SUB */
    {ONE_BYTE, 0x80, 0x81, 6, 0, EVEN | IMM | LOCK, AF},                    /* XOR */
    {ONE_BYTE, 0x80, 0x81, 7, 0, EVEN | IMM, 0},                            /* CMP */
    {ONE_BYTE, 0x83, 0x83, 0, 0, IMM8 | LOCK, 0},                           /* ADD */
    {ONE_BYTE, 0x83, 0x83, 1, 0, IMM8 | LOCK, AF},                          /* OR */
    {ONE_BYTE, 0x83, 0x83, 2, 0, IMM8 | LOCK, 0},                           /* ADC */
    {ONE_BYTE, 0x83, 0x83, 3, 0, IMM8 | LOCK, 0},                           /* SBB */
    {ONE_BYTE, 0x83, 0x83, 4, 0, IMM8 | LOCK, AF},                          /* AND */
    {ONE_BYTE, 0x83, 0x83, 5, 0, IMM8 | LOCK, 0},                           /* SUB */
    {ONE_BYTE, 0x83, 0x83, 6, 0, IMM8 | LOCK, AF},                          /* XOR */
    {ONE_BYTE, 0x83, 0x83, 7, 0, IMM8, 0},                                  /* CMP */
    {ONE_BYTE, 0x84, 0x85, -1, 0, EVEN, AF},                                /* TEST */
    {ONE_BYTE, 0x86, 0x87, -1, 0, EVEN | LOCK, 0},                          /* XCHG */
    {ONE_BYTE, 0x88, 0x8b, -1, 0, EVEN, 0},                                 /* MOV */
    {ONE_BYTE, 0x8f, 0x8f, 0, 0, STACK, 0},                                 /* POP */
    {ONE_BYTE, 0xa0, 0xa3, -1, 0, EVEN | MOFFS, 0},                         /* MOV */
    {ONE_BYTE, 0xa4, 0xa7, -1, 0, EVEN | STRING, 0},                        /* MOVS, CMPS */
    {ONE_BYTE, 0xaa, 0xaf, -1, 0, EVEN | STRING, 0},                        /* STOS, LODS, SCAS */
    {ONE_BYTE, 0xc0, 0xc1, 0, 0, EVEN | IMM8 | SHIFT, 0},                   /* ROL */
    {ONE_BYTE, 0xc0, 0xc1, 1, 0, EVEN | IMM8 | SHIFT, 0},                   /* ROR */
    {ONE_BYTE, 0xc0, 0xc1, 2, 0, EVEN | IMM8 | SHIFT, 0},                   /* RCL */
    {ONE_BYTE, 0xc0, 0xc1, 3, 0, EVEN | IMM8 | SHIFT, 0},                   /* RCR */
    {ONE_BYTE, 0xc0, 0xc1, 4, 0, EVEN | IMM8 | SHIFT, AF},                  /* SHL */
    {ONE_BYTE, 0xc0, 0xc1, 5, 0, EVEN | IMM8 | SHIFT, AF},                  /* SHR */
    {ONE_BYTE, 0xc0, 0xc1, 6, 0, EVEN | IMM8 | SHIFT, AF},                  /* SAL */
    {ONE_BYTE, 0xc0, 0xc1, 7, 0, EVEN | IMM8 | SHIFT, AF},                  /* SAR */
    {ONE_BYTE, 0xc6, 0xc7, 0, 0, EVEN | IMM, 0},                            /* MOV */
    {ONE_BYTE, 0xd0, 0xd3, 0, 0, EVEN | SHIFT, 0},                          /* ROL */
    {ONE_BYTE, 0xd0, 0xd3, 1, 0, EVEN | SHIFT, 0},                          /* ROR */
    {ONE_BYTE, 0xd0, 0xd3, 2, 0, EVEN | SHIFT, 0},                          /* RCL */
    {ONE_BYTE, 0xd0, 0xd3, 3, 0, EVEN | SHIFT, 0},                          /* RCR */
    {ONE_BYTE, 0xd0, 0xd3, 4, 0, EVEN | SHIFT, AF},                         /* SHL */
    {ONE_BYTE, 0xd0, 0xd3, 5, 0, EVEN | SHIFT, AF},                         /* SHR */
    {ONE_BYTE, 0xd0, 0xd3, 6, 0, EVEN | SHIFT, AF},                         /* SAL */
    {ONE_BYTE, 0xd0, 0xd3, 7, 0, EVEN | SHIFT, AF},                         /* SAR */
    {ONE_BYTE, 0xf6, 0xf7, 0, 0, EVEN | IMM, AF},                           /* TEST */
    {ONE_BYTE, 0xf6, 0xf7, 1, 0, EVEN | IMM, AF},                           /* TEST */
    {ONE_BYTE, 0xf6, 0xf7, 2, 0, EVEN | LOCK, 0},                           /* NOT */
    {ONE_BYTE, 0xf6, 0xf7, 3, 0, EVEN | LOCK, 0},                           /* NEG */
    {ONE_BYTE, 0xf6, 0xf7, 4, 0, EVEN, PF | AF | ZF | SF},                  /* MUL */
    {ONE_BYTE, 0xf6, 0xf7, 5, 0, EVEN, PF | AF | ZF | SF},                  /* IMUL */
    {ONE_BYTE, 0xf6, 0xf7, 6, 0, EVEN | DIVISION, EFLAGS_ARITHMETIC},       /* DIV */
    {ONE_BYTE, 0xf6, 0xf7, 7, 0, EVEN | DIVISION, EFLAGS_ARITHMETIC},       /* IDIV */
    {ONE_BYTE, 0xfe, 0xff, 0, 0, EVEN | LOCK, 0},                           /* INC */
    {ONE_BYTE, 0xfe, 0xff, 1, 0, EVEN | LOCK, 0},                           /* DEC */
    {ONE_BYTE, 0xff, 0xff, 2, 0, STACK | BRANCH | MEMORY, 0},               /* CALL */
    {ONE_BYTE, 0xff, 0xff, 4, 0, STACK | BRANCH | MEMORY, 0},               /* JMP */
    {ONE_BYTE, 0xff, 0xff, 6, 0, STACK, 0},                                 /* PUSH */
    {TWO_BYTES, 0x10, 0x11, -1, 0, SSE | MEMORY, 0},                        /* MOVUPS */
    {TWO_BYTES, 0x10, 0x11, -1, 0x66, SSE | MEMORY, 0},                     /* MOVUPD */
    {TWO_BYTES, 0x10, 0x11, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVSS */
    {TWO_BYTES, 0x10, 0x11, -1, 0xf2, SSE | MEMORY, 0},                     /* MOVSD */
    {TWO_BYTES, 0x12, 0x13, -1, 0, SSE | MEMORY, 0},                        /* MOVLPS */
    {TWO_BYTES, 0x12, 0x13, -1, 0x66, SSE | MEMORY, 0},                     /* MOVLPD */
    {TWO_BYTES, 0x16, 0x17, -1, 0, SSE | MEMORY, 0},                        /* MOVHPS */
    {TWO_BYTES, 0x16, 0x17, -1, 0x66, SSE | MEMORY, 0},                     /* MOVHPD */
    {TWO_BYTES, 0x28, 0x29, -1, 0, SSE | MEMORY | ALIGNED, 0},              /* MOVAPS */
    {TWO_BYTES, 0x28, 0x29, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVAPD */
    {TWO_BYTES, 0x2b, 0x2b, -1, 0, SSE | MEMORY | ALIGNED, 0},              /* MOVNTPS */
    {TWO_BYTES, 0x2b, 0x2b, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVNTPD */
    {TWO_BYTES, 0x40, 0x4f, -1, 0, 0, 0},                                   /* CMOVcc */
    {TWO_BYTES, 0x6e, 0x6e, -1, 0x66, SSE | MEMORY, 0},                     /* MOVD */
    {TWO_BYTES, 0x6f, 0x6f, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVDQA */
    {TWO_BYTES, 0x6f, 0x6f, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVDQU */
    {TWO_BYTES, 0x7e, 0x7e, -1, 0x66, SSE | MEMORY, 0},                     /* MOVD */
    {TWO_BYTES, 0x7e, 0x7e, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVQ */
    {TWO_BYTES, 0x7f, 0x7f, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVDQA */
    {TWO_BYTES, 0x7f, 0x7f, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVDQU */
    {TWO_BYTES, 0x90, 0x9f, -1, 0, BYTE, 0},                                /* SETcc */
    {TWO_BYTES, 0xa3, 0xa3, -1, 0, BIT_STRING, OF | SF | AF | PF},          /* BT */
    {TWO_BYTES, 0xa4, 0xa4, -1, 0, IMM8 | SHIFT_DOUBLE, AF},                /* SHLD */
    {TWO_BYTES, 0xa5, 0xa5, -1, 0, SHIFT_DOUBLE, AF},                       /* SHLD */
    {TWO_BYTES, 0xab, 0xab, -1, 0, BIT_STRING | LOCK, OF | SF | AF | PF},   /* BTS */
    {TWO_BYTES, 0xac, 0xac, -1, 0, IMM8 | SHIFT_DOUBLE, AF},                /* SHRD */
    {TWO_BYTES, 0xad, 0xad, -1, 0, SHIFT_DOUBLE, AF},                       /* SHRD */
    {TWO_BYTES, 0xae, 0xae, 7, 0, MEMORY, 0},                               /* CLFLUSH */
    {TWO_BYTES, 0xaf, 0xaf, -1, 0, 0, PF | AF | ZF | SF},                   /* IMUL */
    {TWO_BYTES, 0xb0, 0xb1, -1, 0, EVEN | LOCK | MATCH, 0},                 /* CMPXCHG */
    {TWO_BYTES, 0xb3, 0xb3, -1, 0, BIT_STRING | LOCK, OF | SF | AF | PF},   /* BTR */
    {TWO_BYTES, 0xb6, 0xb7, -1, 0, 0, 0},                                   /* MOVZX */
    {TWO_BYTES, 0xba, 0xba, 4, 0, IMM8, OF | SF | AF | PF},                 /* BT */
    {TWO_BYTES, 0xba, 0xba, 5, 0, IMM8 | LOCK, OF | SF | AF | PF},          /* BTS */
    {TWO_BYTES, 0xba, 0xba, 6, 0, IMM8 | LOCK, OF | SF | AF | PF},          /* BTR */
    {TWO_BYTES, 0xba, 0xba, 7, 0, IMM8 | LOCK, OF | SF | AF | PF},          /* BTC */
    {TWO_BYTES, 0xbb, 0xbb, -1, 0, BIT_STRING | LOCK, OF | SF | AF | PF},   /* BTC */
    {TWO_BYTES, 0xbc, 0xbd, -1, 0, 0, CF | OF | SF | AF | PF},              /* BSF, BSR */
    {TWO_BYTES, 0xbe, 0xbf, -1, 0, 0, 0},                                   /* MOVSX */
    {TWO_BYTES, 0xc0, 0xc1, -1, 0, EVEN | LOCK, 0},                         /* XADD */
    {TWO_BYTES, 0xc3, 0xc3, -1, 0, DWORD | MEMORY, 0},                      /* MOVNTI */
    {TWO_BYTES, 0xc7, 0xc7, 1, 0, DWORD | PAIR | MEMORY | LOCK | MATCH, 0}, /* CMPXCHG8B, 16B */
    {TWO_BYTES, 0xd6, 0xd6, -1, 0x66, SSE | MEMORY, 0},                     /* MOVQ */
    {TWO_BYTES, 0xe7, 0xe7, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVNTDQ */
    {TWO_BYTES, 0xf0, 0xf0, -1, 0xf2, SSE | MEMORY, 0},                     /* LDDQU */
    {MAP_0F38, 0x2a, 0x2a, -1, 0x66, SSE | MEMORY | ALIGNED, 0},            /* MOVNTDQA */
    {MAP_0F38, 0xf0, 0xf1, -1, 0, MEMORY | SWAP, 0},                        /* MOVBE */
};

/* Known, but no ordinary program may use them. */
static const struct form privileged[] = {
    {ONE_BYTE, 0x6c, 0x6f, -1, 0, EVEN | STRING, 0}, /* INS, OUTS */
};

/* An instruction, and the state that it begins with. */
struct sample {
    const struct form *form;
    unsigned int bits; /* of the code */
    uint8_t bytes[16];
    size_t length;
    unsigned int size, address_size;
    uint8_t rex, opcode, modrm;
    bool lock;
    uint8_t repeat;
    uint64_t operand; /* offset of the memory operand */
    struct native_state state;
    uint8_t window[NATIVE_WINDOW_SIZE];
};

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

static uint64_t base_of(const struct sample *s)
{
    return s->bits == 16 ? 0 : (uintptr_t)native_arena();
}

static void put(struct sample *s, uint64_t value, unsigned int size)
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
        put(s, 0x67, 1);
    if (operand)
        put(s, 0x66, 1);
    if (s->lock)
        put(s, 0xf0, 1);
    if (s->repeat)
        put(s, s->repeat, 1);
    if (f->prefix)
        put(s, f->prefix, 1);
    if (!below(8))
        put(s, 0x3e, 1);
    if (s->rex)
        put(s, s->rex, 1);
    choose_sizes(s, opcode, operand, address);
}

static void put_opcode(struct sample *s, uint8_t opcode)
{
    if (s->form->map != ONE_BYTE)
        put(s, 0x0f, 1);
    if (s->form->map == MAP_0F38)
        put(s, 0x38, 1);
    put(s, opcode, 1);
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
    s->operand = base_of(s) + at;
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

    put(s, value, size);
    return value;
}

static void put_memory_16(struct sample *s, unsigned int mod, unsigned int rm)
{
    static const uint8_t base[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
    static const uint8_t index[] = {RSI, RDI, RSI, RDI};
    uint64_t rest;

    if (!mod && rm == 6) {
        put(s, s->operand, 2);
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

    put(s, sib, 1);
    if (!mod && (sib & 7) == RBP) {
        put(s, s->operand, 4);
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
        uint64_t end = base_of(s) + NATIVE_CODE + s->length + 4 + behind;

        put(s, s->bits == 64 ? s->operand - end : s->operand, 4);
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
    put(s, s->modrm, 1);
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
    s->state.gpr[RSP] = base_of(s) + NATIVE_WINDOW + 0x300 + below(8);
    if (s->form->flags & DIVISION && below(2))
        s->state.gpr[RDX] = s->state.gpr[RAX] >> 63 ? ~0ULL : 0;
    s->state.rflags = (next_random() & (EFLAGS_ARITHMETIC | EFLAGS_DF)) | 0x202;
    for (unsigned int i = 0; i < sizeof(s->state.xmm); i++)
        s->state.xmm[i / 16][i % 16] = (uint8_t)next_random();
}

/* Strings begin in the middle, and are short enough. */
static void choose_string(struct sample *s)
{
    aim(s, RSI, base_of(s) + NATIVE_WINDOW + 0x100 + below(64));
    aim(s, RDI, base_of(s) + NATIVE_WINDOW + 0x200 + below(64));
    aim(s, RCX, below(4) ? below(20) : 0);
}

/* What memory must hold, for some instructions to be of interest. */
static void choose_memory(struct sample *s)
{
    uint8_t *at = s->window + (s->operand - base_of(s) - NATIVE_WINDOW);
    uint64_t target = base_of(s) + NATIVE_TARGET;

    if (s->form->flags & BRANCH)
        memcpy(at, &target, s->size);
    if (!(s->form->flags & MATCH) || below(2))
        return;
    memcpy(at, &s->state.gpr[RAX], s->size);
    if (s->form->flags & PAIR)
        memcpy(at + s->size, &s->state.gpr[RDX], s->size);
}

/* As the instruction has it. */
static unsigned int shift_count(const struct sample *s)
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
    return (s->form->flags & SHIFT_DOUBLE) && s->size == 2 && (shift_count(s) & 31) > 16;
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
    put_opcode(s, opcode);
    choose_operand(s);
    if (flags & STRING)
        choose_string(s);
    else if (flags & MOFFS)
        put(s, s->operand, s->address_size);
    else if (!put_modrm(s))
        return false;
    if ((flags & BIT_STRING) && !choose_bit(s))
        return false;
    put(s, next_value(), immediate_size(s));
    fill(s);
    choose_memory(s);
    return s->length <= EMULATE_INSN_MAX && !shifts_too_far(s);
}

/* The emulator's side. */
struct side {
    uint8_t window[NATIVE_WINDOW_SIZE];
    uint8_t xmm[16][16];
    struct cpu_user_regs regs;
    unsigned int accesses, retry_at; /* counted from 1; 0: never */
    bool outside;
};

static enum emulate_result access_at(struct side *side, uint64_t linear, unsigned int size,
                                     uint8_t **at)
{
    uint64_t offset = linear - (uintptr_t)native_arena() - NATIVE_WINDOW;

    if (++side->accesses == side->retry_at)
        return EMULATE_RETRY;
    side->outside |= offset > NATIVE_WINDOW_SIZE - size;
    *at = side->window + offset;
    return side->outside ? EMULATE_FAULT : EMULATE_OK;
}

static enum emulate_result side_read(void *ctx, uint64_t linear, unsigned int size, void *to,
                                     unsigned int how)
{
    uint8_t *at;
    enum emulate_result result = access_at(ctx, linear, size, &at);

    if (!result)
        memcpy(to, at, size);
    return result;
}

static enum emulate_result side_write(void *ctx, uint64_t linear, unsigned int size,
                                      const void *from, unsigned int how)
{
    uint8_t *at;
    enum emulate_result result = access_at(ctx, linear, size, &at);

    if (!result)
        memcpy(at, from, size);
    return result;
}

static void side_xmm_get(void *ctx, unsigned int number, uint8_t value[EMULATE_XMM_SIZE])
{
    memcpy(value, ((struct side *)ctx)->xmm[number], EMULATE_XMM_SIZE);
}

static void side_xmm_set(void *ctx, unsigned int number, const uint8_t value[EMULATE_XMM_SIZE])
{
    memcpy(((struct side *)ctx)->xmm[number], value, EMULATE_XMM_SIZE);
}

static const struct emulate_ops side_ops = {
    .read = side_read, .write = side_write, .xmm_get = side_xmm_get, .xmm_set = side_xmm_set};

static struct emulate_cpu side_cpu(struct side *side, unsigned int bits)
{
    struct emulate_cpu cpu = {
        .mode = bits == 64   ? EMULATE_MODE_64
                : bits == 32 ? EMULATE_MODE_32
                             : EMULATE_MODE_16,
        .regs = &side->regs,
        .cr0 = CR0_PE | CR0_PG,
        .cr4 = CR4_OSFXSR,
    };

    for (unsigned int n = 0; n < EMULATE_SEGMENTS; n++)
        cpu.segment[n] = (struct emulate_segment){
            .base = bits == 16 ? (uintptr_t)native_arena() : 0,
            .limit = bits == 16 ? 0xffff : 0xffffffff,
            .attributes = (uint16_t)((n == EMULATE_CS ? 0x9b : 0x93) | (bits == 16 ? 0 : 0xc00)),
        };
    return cpu;
}

static void side_begin(struct side *side, const struct sample *s, unsigned int retry_at)
{
    memset(side, 0, sizeof(*side));
    memcpy(side->window, s->window, sizeof(side->window));
    memcpy(side->xmm, s->state.xmm, sizeof(side->xmm));
    for (unsigned int n = 0; n < 16; n++)
        *register_place(&side->regs, n) = s->state.gpr[n];
    side->regs.rflags = s->state.rflags | EFLAGS_RF;
    side->regs.rip = base_of(s) + NATIVE_CODE;
    side->retry_at = retry_at;
}

/* Emulates until the instruction is done, or can't be. */
static enum emulate_result side_run(struct side *side, const struct sample *s,
                                    struct emulate_exception *exception)
{
    struct emulate_cpu cpu = side_cpu(side, s->bits);
    uint64_t rip = side->regs.rip;
    enum emulate_result result;

    do
        result = emulate(&cpu, &side_ops, side, s->bytes, s->length, exception);
    while (result == EMULATE_OK && side->regs.rip == rip && s->repeat);
    return result;
}

/* Of shifts, it depends on how far. */
static uint64_t undefined_flags(const struct sample *s)
{
    const struct form *f = s->form;
    unsigned int count = shift_count(s) & (s->size == 8 ? 63 : 31);
    bool carry_lost = (f->flags & SHIFT) && f->middle >= 4 && f->middle <= 6;

    if (!(f->flags & (SHIFT | SHIFT_DOUBLE)))
        return f->undefined;
    if (!count)
        return 0;
    return f->undefined | (count == 1 ? 0 : OF) | (carry_lost && count >= 8 * s->size ? CF : 0);
}

static void complain(const struct sample *s, const char *what)
{
    fprintf(stderr, "    %s, %u-bit code:", what, s->bits);
    for (size_t i = 0; i < s->length; i++)
        fprintf(stderr, " %02x", s->bytes[i]);
    fprintf(stderr, "\n");
}

/* In 32- and 16-bit code, upper halves of registers mean nothing. */
static bool same_registers(const struct sample *s, struct side *side,
                           const struct native_state *native)
{
    uint64_t mask = s->bits == 64 ? ~0ULL : 0xffffffff;
    bool same = true;

    for (unsigned int n = 0; n < (s->bits == 64 ? 16U : 8U); n++) {
        uint64_t ours = *register_place(&side->regs, n);

        if ((ours ^ native->gpr[n]) & mask) {
            fprintf(stderr, "    register %u: %#lx, not %#lx; it was %#lx\n", n, ours,
                    native->gpr[n], s->state.gpr[n]);
            same = false;
        }
    }
    return same;
}

static bool same_flags(const struct sample *s, const struct side *side,
                       const struct native_state *native)
{
    uint64_t count = (EFLAGS_ARITHMETIC | EFLAGS_DF) & ~undefined_flags(s);

    if (!((side->regs.rflags ^ native->rflags) & count) && !(side->regs.rflags & EFLAGS_RF))
        return true;
    fprintf(stderr, "    flags %#lx, not %#lx\n", side->regs.rflags, native->rflags);
    return false;
}

static uint64_t rip_after(const struct sample *s, const struct native_state *native)
{
    return base_of(s) + (native->jumped ? NATIVE_TARGET : NATIVE_CODE + s->length);
}

static bool same_end(const struct sample *s, struct side *side, const struct native_state *native)
{
    const uint8_t *window = native_arena() + NATIVE_WINDOW;

    return same_registers(s, side, native) && same_flags(s, side, native) &&
           side->regs.rip == rip_after(s, native) && !side->outside &&
           !memcmp(side->window, window, sizeof(side->window)) &&
           !memcmp(side->xmm, native->xmm, sizeof(side->xmm));
}

/* Faults leave everything alone. */
static void check_fault(const struct sample *s, int signal_number)
{
    struct emulate_exception exception;
    struct side side, before;
    unsigned int vector = signal_number == SIGFPE   ? TRAP_DE
                          : signal_number == SIGILL ? TRAP_UD
                                                    : TRAP_GP;

    side_begin(&side, s, 0);
    before = side;
    if (!CHECK(side_run(&side, s, &exception) == EMULATE_FAULT && exception.raised &&
               exception.vector == vector && exception.has_error == (vector == TRAP_GP) &&
               !memcmp(&side.regs, &before.regs, sizeof(side.regs)) &&
               !memcmp(side.window, before.window, sizeof(side.window))))
        complain(s, strsignal(signal_number));
}

/* Has each access wait in turn; returns how many there are. */
static void check_retries(const struct sample *s, const struct native_state *native,
                          unsigned int accesses)
{
    for (unsigned int k = 1; k <= accesses; k++) {
        struct emulate_exception exception;
        struct side side, before;

        side_begin(&side, s, k);
        before = side;
        if (!CHECK(side_run(&side, s, &exception) == EMULATE_RETRY) ||
            !CHECK(s->repeat || (!memcmp(&side.regs, &before.regs, sizeof(side.regs)) &&
                                 !memcmp(side.window, before.window, sizeof(side.window)) &&
                                 !memcmp(side.xmm, before.xmm, sizeof(side.xmm)))) ||
            !CHECK(side.regs.rip == before.regs.rip) ||
            !CHECK(side_run(&side, s, &exception) == EMULATE_OK && same_end(s, &side, native)))
            complain(s, "having waited");
    }
}

static bool check_sample(const struct sample *s)
{
    struct native_state native = s->state;
    struct emulate_exception exception;
    bool is_page_fault;
    struct side side;
    int signal_number;

    memcpy(native_arena() + NATIVE_WINDOW, s->window, sizeof(s->window));
    signal_number = native_run(&native, s->bytes, s->length, s->bits, &is_page_fault);
    if (!CHECK(!is_page_fault)) {
        complain(s, "a page fault");
        return false;
    }
    if (signal_number) {
        check_fault(s, signal_number);
        return false;
    }
    side_begin(&side, s, 0);
    if (!CHECK(side_run(&side, s, &exception) == EMULATE_OK) ||
        !CHECK(same_end(s, &side, &native))) {
        complain(s, "another end");
        return false;
    }
    check_retries(s, &native, side.accesses);
    return true;
}

static bool has_movbe(void)
{
    unsigned int a, b, c = 0, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_MOVBE);
}

/* Not too few of the rounds must come to an end, rather than to a fault. */
static void check_opcode(const struct form *f, uint8_t opcode, unsigned int bits)
{
    struct sample s = {.form = f, .bits = bits};
    unsigned int finished = 0;

    for (unsigned int round = 0; round < ROUNDS; round++) {
        unsigned long failed = check_failed;

        while (!try_sample(&s, opcode))
            ;
        finished += check_sample(&s);
        if (check_failed != failed)
            return;
    }
    CHECK(finished >= ROUNDS / 10);
}

static void check_forms(unsigned int bits)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        const struct form *f = &forms[i];

        if (((f->flags & LONG) && bits != 64) || ((f->flags & SWAP) && !has_movbe()))
            continue;
        for (unsigned int opcode = f->first; opcode <= f->last; opcode++) {
            if (f->map == ONE_BYTE && f->first == 0xfe && opcode == 0xff && f->middle > 1)
                continue;
            check_opcode(f, (uint8_t)opcode, bits);
        }
    }
}

static void as_the_cpu_does_in_64_bits(void)
{
    check_forms(64);
}

static void as_the_cpu_does_in_32_bits(void)
{
    check_forms(32);
}

static bool can_16;

static void as_the_cpu_does_in_16_bits(void)
{
    if (!can_16)
        printf("     no 16-bit segments: left out\n");
    if (CHECK(true) && can_16)
        check_forms(16);
}

static bool in_forms(const struct form *list, size_t count, unsigned int map, unsigned int opcode,
                     unsigned int middle, uint8_t prefix)
{
    for (size_t i = 0; i < count; i++) {
        const struct form *f = &list[i];
        bool any_prefix = !(f->flags & SSE) && prefix != 0xf2 && prefix != 0xf3;
        bool plain = map == TWO_BYTES && (opcode == 0xbc || opcode == 0xbd || opcode == 0xae ||
                                          opcode == 0xc3 || opcode == 0xc7);

        if (map == MAP_0F38 && !(f->flags & SSE))
            plain = true;
        if (f->map == map && opcode >= f->first && opcode <= f->last &&
            (f->middle < 0 || (unsigned int)f->middle == middle) &&
            (f->prefix == prefix || any_prefix || (!(f->flags & SSE) && !plain)))
            return true;
    }
    return false;
}

/* What is not in the tables above, the emulator does not know; all else, it does. */
static void nothing_else(void)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3};

    for (unsigned int n = 0; n < MAPS * 256 * 8 * 4; n++) {
        unsigned int map = n / (256 * 8 * 4), opcode = n / 32 % 256, middle = n / 4 % 8;
        struct sample s = {.form = &(const struct form){.map = (uint8_t)map}};
        uint8_t prefix = prefixes[n % 4];
        bool wanted = in_forms(forms, ARRAY_SIZE(forms), map, opcode, middle, prefix) ||
                      in_forms(privileged, ARRAY_SIZE(privileged), map, opcode, middle, prefix);

        /* Escapes and prefixes, which this is not about. */
        if (map == ONE_BYTE &&
            (opcode == 0x0f || (opcode & 0xf0) == 0x40 || (opcode & 0xe7) == 0x26 ||
             (opcode & 0xfc) == 0x64 || opcode == 0xf0 || opcode == 0xf2 || opcode == 0xf3))
            continue;
        if (prefix)
            put(&s, prefix, 1);
        put_opcode(&s, (uint8_t)opcode);
        put(&s, middle << 3 | RDI, 1);
        if (!CHECK(!emulate_length(s.bytes, EMULATE_INSN_MAX, EMULATE_MODE_64) == !wanted))
            complain(&s, wanted ? "not known" : "known");
    }
}

int main(void)
{
    can_16 = native_init();
    RUN(as_the_cpu_does_in_64_bits);
    RUN(as_the_cpu_does_in_32_bits);
    RUN(as_the_cpu_does_in_16_bits);
    RUN(nothing_else);
    return check_done();
}
