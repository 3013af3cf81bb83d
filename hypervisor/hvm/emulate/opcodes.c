/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The opcode maps: all instructions that the emulator knows (SDM vol. 2, appendix A). */
#include "hvm/emulate/emulate-private.h"

enum group {
    GROUP_BINARY,
    GROUP_POP,
    GROUP_SHIFT,
    GROUP_UNARY,
    GROUP_INCREMENT,
    GROUP_STACK,
    GROUP_MOV,
    GROUP_BIT,
    GROUP_CMPXCHG,
    GROUP_CACHE,
};

/* An instruction with a byte form, and a wider one right after it. */
#define BOTH(byte, run, flags, argument) \
    [byte] = {run, (flags) | OPCODE_BYTE, argument}, [(byte) + 1] = {run, flags, argument}

#define BINARY(byte, op, flags)                         \
    BOTH(byte, run_binary, OPCODE_MODRM | (flags), op), \
        BOTH((byte) + 2, run_binary, OPCODE_MODRM | OPCODE_TO_REGISTER, op)

#define IN_GROUP(byte, group, flags) [byte] = {NULL, OPCODE_MODRM | OPCODE_GROUP | (flags), group}

#define BOTH_IN_GROUP(byte, group, flags) \
    IN_GROUP(byte, group, (flags) | OPCODE_BYTE), IN_GROUP((byte) + 1, group, flags)

const struct opcode opcodes_one_byte[256] = {
    BINARY(0x00, ALU_ADD, OPCODE_LOCK),
    BINARY(0x08, ALU_OR, OPCODE_LOCK),
    BINARY(0x10, ALU_ADC, OPCODE_LOCK),
    BINARY(0x18, ALU_SBB, OPCODE_LOCK),
    BINARY(0x20, ALU_AND, OPCODE_LOCK),
    BINARY(0x28, ALU_SUB, OPCODE_LOCK),
    BINARY(0x30, ALU_XOR, OPCODE_LOCK),
    BINARY(0x38, ALU_CMP, 0),
    [0x63] = {run_movsx, OPCODE_MODRM | OPCODE_RM_DWORD | OPCODE_LONG, 0},
    [0x69] = {run_imul, OPCODE_MODRM | OPCODE_IMM, 1},
    [0x6b] = {run_imul, OPCODE_MODRM | OPCODE_IMM8, 1},
    BOTH(0x6c, run_string, OPCODE_PORT, STRING_INS),
    BOTH(0x6e, run_string, OPCODE_PORT, STRING_OUTS),
    BOTH_IN_GROUP(0x80, GROUP_BINARY, OPCODE_IMM),
    IN_GROUP(0x83, GROUP_BINARY, OPCODE_IMM8),
    BOTH(0x84, run_test, OPCODE_MODRM, 0),
    BOTH(0x86, run_xchg, OPCODE_MODRM | OPCODE_LOCK, 0),
    BOTH(0x88, run_mov, OPCODE_MODRM, 0),
    BOTH(0x8a, run_mov, OPCODE_MODRM | OPCODE_TO_REGISTER, 0),
    IN_GROUP(0x8f, GROUP_POP, OPCODE_STACK),
    BOTH(0xa0, run_mov, OPCODE_MOFFS | OPCODE_TO_REGISTER, 0),
    BOTH(0xa2, run_mov, OPCODE_MOFFS, 0),
    BOTH(0xa4, run_string, 0, STRING_MOVS),
    BOTH(0xa6, run_string, 0, STRING_CMPS),
    BOTH(0xaa, run_string, 0, STRING_STOS),
    BOTH(0xac, run_string, 0, STRING_LODS),
    BOTH(0xae, run_string, 0, STRING_SCAS),
    BOTH_IN_GROUP(0xc0, GROUP_SHIFT, OPCODE_IMM8),
    BOTH_IN_GROUP(0xc6, GROUP_MOV, OPCODE_IMM),
    BOTH_IN_GROUP(0xd0, GROUP_SHIFT, 0),
    BOTH_IN_GROUP(0xd2, GROUP_SHIFT, 0),
    BOTH_IN_GROUP(0xf6, GROUP_UNARY, 0),
    IN_GROUP(0xfe, GROUP_INCREMENT, OPCODE_BYTE),
    IN_GROUP(0xff, GROUP_STACK, 0),
};

const struct opcode opcodes_two_byte[256] = {
    [0x40 ... 0x4f] = {run_cmov, OPCODE_MODRM, 0},
    [0x90 ... 0x9f] = {run_setcc, OPCODE_MODRM | OPCODE_BYTE, 0},
    [0xa3] = {run_bit, OPCODE_MODRM, BIT_TEST},
    [0xa4] = {run_shift_double, OPCODE_MODRM | OPCODE_IMM8, 0},
    [0xa5] = {run_shift_double, OPCODE_MODRM, 0},
    [0xab] = {run_bit, OPCODE_MODRM | OPCODE_LOCK, BIT_SET},
    [0xac] = {run_shift_double, OPCODE_MODRM | OPCODE_IMM8, 1},
    [0xad] = {run_shift_double, OPCODE_MODRM, 1},
    IN_GROUP(0xae, GROUP_CACHE, OPCODE_PLAIN),
    [0xaf] = {run_imul, OPCODE_MODRM, 0},
    BOTH(0xb0, run_cmpxchg, OPCODE_MODRM | OPCODE_LOCK, 0),
    [0xb3] = {run_bit, OPCODE_MODRM | OPCODE_LOCK, BIT_RESET},
    [0xb6] = {run_movzx, OPCODE_MODRM | OPCODE_RM_BYTE, 0},
    [0xb7] = {run_movzx, OPCODE_MODRM | OPCODE_RM_WORD, 0},
    IN_GROUP(0xba, GROUP_BIT, OPCODE_IMM8),
    [0xbb] = {run_bit, OPCODE_MODRM | OPCODE_LOCK, BIT_COMPLEMENT},
    [0xbc] = {run_bit_scan, OPCODE_MODRM | OPCODE_PLAIN, 0},
    [0xbd] = {run_bit_scan, OPCODE_MODRM | OPCODE_PLAIN, 1},
    [0xbe] = {run_movsx, OPCODE_MODRM | OPCODE_RM_BYTE, 0},
    [0xbf] = {run_movsx, OPCODE_MODRM | OPCODE_RM_WORD, 0},
    BOTH(0xc0, run_xadd, OPCODE_MODRM | OPCODE_LOCK, 0),
    [0xc3] = {run_mov, OPCODE_MODRM | OPCODE_MEMORY | OPCODE_PLAIN | OPCODE_DWORD, 0},
    IN_GROUP(0xc7, GROUP_CMPXCHG, OPCODE_PLAIN | OPCODE_DWORD),
};

#define MOVBE_FLAGS (OPCODE_MODRM | OPCODE_MEMORY | OPCODE_PLAIN)

const struct opcode opcodes_0f38[256] = {
    [0xf0] = {run_movbe, MOVBE_FLAGS | OPCODE_TO_REGISTER, 0},
    [0xf1] = {run_movbe, MOVBE_FLAGS, 0},
};

/* Flags of a group's entry are added to those of the opcode. */
const struct opcode opcodes_group[][8] =
    {
        [GROUP_BINARY] =
            {
                [ALU_ADD... ALU_XOR] = {run_binary, OPCODE_LOCK, 0},
                [ALU_CMP] = {run_binary, 0, 0},
            },
        [GROUP_POP] = {[0] = {run_pop, 0, 0}},
        [GROUP_SHIFT] = {[SHIFT_ROL... SHIFT_SAR] = {run_shift, 0, 0}},
        [GROUP_UNARY] =
            {
                [0 ... 1] = {run_test, OPCODE_IMM, 0},
                [2] = {run_not, OPCODE_LOCK, 0},
                [3] = {run_neg, OPCODE_LOCK, 0},
                [4] = {run_multiply, 0, 0},
                [5] = {run_multiply, 0, 1},
                [6] = {run_divide, 0, 0},
                [7] = {run_divide, 0, 1},
            },
        [GROUP_INCREMENT] =
            {
                [0] = {run_increment, OPCODE_LOCK, 0},
                [1] = {run_increment, OPCODE_LOCK, 1},
            },
        [GROUP_STACK] =
            {
                [0] = {run_increment, OPCODE_LOCK, 0},
                [1] = {run_increment, OPCODE_LOCK, 1},
                [2] = {run_call, OPCODE_STACK, 0},
                [4] = {run_jmp, OPCODE_STACK, 0},
                [6] = {run_push, OPCODE_STACK, 0},
            },
        [GROUP_MOV] = {[0] = {run_mov, 0, 0}},
        [GROUP_BIT] =
            {
                [4] = {run_bit, 0, BIT_TEST},
                [5] = {run_bit, OPCODE_LOCK, BIT_SET},
                [6] = {run_bit, OPCODE_LOCK, BIT_RESET},
                [7] = {run_bit, OPCODE_LOCK, BIT_COMPLEMENT},
            },
        [GROUP_CMPXCHG] = {[1] = {run_cmpxchg_double, OPCODE_LOCK | OPCODE_MEMORY | OPCODE_DOUBLE,
                                  0}},
        [GROUP_CACHE] = {[7] = {run_nothing, OPCODE_MEMORY, 0}}, /* CLFLUSH, CLFLUSHOPT */
};

const struct sse_move opcodes_sse[] = {
    {0x10, 0x00, 16, 0},                   /* MOVUPS */
    {0x11, 0x00, 16, SSE_STORE},           /* MOVUPS */
    {0x10, 0x66, 16, 0},                   /* MOVUPD */
    {0x11, 0x66, 16, SSE_STORE},           /* MOVUPD */
    {0x10, 0xf3, 4, 0},                    /* MOVSS */
    {0x11, 0xf3, 4, SSE_STORE},            /* MOVSS */
    {0x10, 0xf2, 8, 0},                    /* MOVSD */
    {0x11, 0xf2, 8, SSE_STORE},            /* MOVSD */
    {0x12, 0x00, 8, SSE_KEEP},             /* MOVLPS */
    {0x13, 0x00, 8, SSE_STORE},            /* MOVLPS */
    {0x12, 0x66, 8, SSE_KEEP},             /* MOVLPD */
    {0x13, 0x66, 8, SSE_STORE},            /* MOVLPD */
    {0x16, 0x00, 8, SSE_KEEP | SSE_HIGH},  /* MOVHPS */
    {0x17, 0x00, 8, SSE_STORE | SSE_HIGH}, /* MOVHPS */
    {0x16, 0x66, 8, SSE_KEEP | SSE_HIGH},  /* MOVHPD */
    {0x17, 0x66, 8, SSE_STORE | SSE_HIGH}, /* MOVHPD */
    {0x28, 0x00, 16, SSE_ALIGNED},         /* MOVAPS */
    {0x29, 0x00, 16, SSE_STORE | SSE_ALIGNED},
    {0x28, 0x66, 16, SSE_ALIGNED}, /* MOVAPD */
    {0x29, 0x66, 16, SSE_STORE | SSE_ALIGNED},
    {0x2a, 0x66, 16, SSE_ALIGNED | SSE_0F38},  /* MOVNTDQA */
    {0x2b, 0x00, 16, SSE_STORE | SSE_ALIGNED}, /* MOVNTPS */
    {0x2b, 0x66, 16, SSE_STORE | SSE_ALIGNED}, /* MOVNTPD */
    {0x6e, 0x66, 0, 0},                        /* MOVD, MOVQ */
    {0x7e, 0x66, 0, SSE_STORE},                /* MOVD, MOVQ */
    {0x7e, 0xf3, 8, 0},                        /* MOVQ */
    {0xd6, 0x66, 8, SSE_STORE},                /* MOVQ */
    {0x6f, 0x66, 16, SSE_ALIGNED},             /* MOVDQA */
    {0x7f, 0x66, 16, SSE_STORE | SSE_ALIGNED},
    {0x6f, 0xf3, 16, 0}, /* MOVDQU */
    {0x7f, 0xf3, 16, SSE_STORE},
    {0xe7, 0x66, 16, SSE_STORE | SSE_ALIGNED}, /* MOVNTDQ */
    {0xf0, 0xf2, 16, 0},                       /* LDDQU */
};

bool opcodes_find_sse(uint8_t byte, uint8_t prefix, bool is_0f38, uint8_t *index)
{
    for (size_t i = 0; i < ARRAY_SIZE(opcodes_sse); i++) {
        const struct sse_move *move = &opcodes_sse[i];

        if (move->byte == byte && move->prefix == prefix && !(move->flags & SSE_0F38) == !is_0f38) {
            *index = (uint8_t)i;
            return true;
        }
    }
    return false;
}
