/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions for the emulator and the CPU to be compared by: the forms that there are, and random
 * samples of them. */
#ifndef TESTS_UNIT_HVM_EMULATE_SAMPLE_H
#define TESTS_UNIT_HVM_EMULATE_SAMPLE_H

#include <stdbool.h>

#include "hvm/emulate/emulate.h"
#include "native.h"

/* What there is to know of a form. */
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

/* Opcode maps. */
enum { ONE_BYTE, TWO_BYTES, MAP_0F38, MAPS };

/* Opcodes of one kind. */
struct form {
    uint8_t map, first, last;
    int8_t middle; /* of ModRM; -1: a register */
    uint8_t prefix;
    uint32_t flags;
    uint64_t undefined; /* flags */
};

/* emulate_forms.c: all that the emulator knows; and apart, what no ordinary program may use. */
extern const struct form forms[], forms_privileged[];
extern const size_t forms_count, forms_privileged_count;

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

/* Appends the low `size` bytes of a value to the instruction. */
void sample_put(struct sample *s, uint64_t value, unsigned int size);
/* Appends the opcode, with what leads to its map. */
void sample_put_opcode(struct sample *s, uint8_t opcode);
/* The base of all segments, from which registers count. */
uint64_t sample_base(const struct sample *s);
/* Chooses all but the form and the kind of code. */
void sample_choose(struct sample *s, uint8_t opcode);
/* How far a shift goes, as the instruction has it. */
unsigned int sample_shift_count(const struct sample *s);

#endif
