/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the emulator share: a decoded instruction, and one that is being emulated. */
#ifndef HVM_EMULATE_EMULATE_PRIVATE_H
#define HVM_EMULATE_EMULATE_PRIVATE_H

#include "hvm/emulate/emulate.h"

#include "machine/cpu.h"
#include "machine/traps.h"

#define EFLAGS_PF         (1UL << 2)
#define EFLAGS_AF         (1UL << 4)
#define EFLAGS_ZF         (1UL << 6)
#define EFLAGS_SF         (1UL << 7)
#define EFLAGS_OF         (1UL << 11)
#define EFLAGS_ARITHMETIC (EFLAGS_CF | EFLAGS_PF | EFLAGS_AF | EFLAGS_ZF | EFLAGS_SF | EFLAGS_OF)

/* General registers by number; and what insn.base or insn.index holds when it is none of them. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, REGISTER_RIP = 16, REGISTER_NONE };

struct emulation;
typedef enum emulate_result (*run_fn)(struct emulation *e);

/* An entry of the opcode maps. */
struct opcode {
    run_fn run;       /* NULL: not known, or a group */
    uint32_t flags;   /* OPCODE_ bits */
    uint8_t argument; /* run's own; of a group, which one */
};

enum {
    OPCODE_MODRM = 1 << 0,
    OPCODE_BYTE = 1 << 1,        /* operands are bytes */
    OPCODE_IMM8 = 1 << 2,        /* an immediate byte, sign-extended */
    OPCODE_IMM = 1 << 3,         /* one of the operand size, at most four bytes */
    OPCODE_TO_REGISTER = 1 << 4, /* the result goes to ModRM's register */
    OPCODE_LOCK = 1 << 5,        /* may be locked */
    OPCODE_MOFFS = 1 << 6,       /* an address of the address size follows; the register is rAX */
    OPCODE_GROUP = 1 << 7,       /* ModRM's register field picks the entry from a group */
    OPCODE_STACK = 1 << 8,       /* operands have 64 bits in 64-bit code without more ado */
    OPCODE_MEMORY = 1 << 9,      /* with a register as operand, it is another instruction */
    OPCODE_PORT = 1 << 10,       /* operands have at most four bytes */
    OPCODE_LONG = 1 << 11,       /* only in 64-bit code */
    OPCODE_PLAIN = 1 << 12,      /* with F2 or F3 it is another instruction */
    OPCODE_RM_BYTE = 1 << 13,    /* ModRM's operand is a byte, the register is not */
    OPCODE_RM_WORD = 1 << 14,    /* it is two bytes */
    OPCODE_RM_DWORD = 1 << 15,   /* it is four bytes at most */
    OPCODE_DWORD = 1 << 16,      /* operands have four bytes, or eight with REX.W; 66 is ignored */
    OPCODE_DOUBLE = 1 << 17,     /* ModRM's operand is two registers wide, 8 or 16 bytes */
};

enum repeat { REPEAT_NONE, REPEAT_WHILE_NOT_EQUAL, REPEAT_WHILE_EQUAL }; /* none, F2, F3 */

/* A decoded instruction. */
struct insn {
    struct opcode opcode;
    uint8_t byte; /* of the opcode, the last */
    uint8_t length;
    uint8_t size;         /* of the operands: 1, 2, 4 or 8 */
    uint8_t rm_size;      /* of ModRM's operand, mostly the same; up to 16 */
    uint8_t address_size; /* 2, 4 or 8 */
    uint8_t reg;          /* ModRM's register, 0 to 15 */
    uint8_t rm;           /* its other operand, if that is a register too */
    bool is_memory;       /* it is memory */
    bool has_rex;         /* SPL to DIL instead of AH to BH */
    bool lock;
    uint8_t repeat; /* enum repeat */
    uint8_t segment;
    uint8_t base, index, shift; /* of the address */
    int64_t displacement;
    int64_t immediate;
};

/* An instruction on its way. */
struct emulation {
    const struct emulate_cpu *cpu;
    const struct emulate_ops *ops;
    void *ctx;
    struct emulate_exception *exception;
    struct insn insn;
    struct cpu_user_regs regs; /* those of the guest when it is done; RIP is behind it */
    uint64_t offset;           /* of the memory operand in its segment */
    bool unfinished;           /* a REP instruction is to go on at the next call */
};

/* An entry of the map of SSE moves. */
struct sse_move {
    uint8_t byte;
    uint8_t prefix; /* 66, F2, F3, or 0 */
    uint8_t size;   /* of the memory; 0: 4, or 8 with REX.W */
    uint8_t flags;  /* SSE_ bits */
};

enum {
    SSE_STORE = 1 << 0,
    SSE_HIGH = 1 << 1,    /* of the register, the upper half */
    SSE_KEEP = 1 << 2,    /* a load leaves the rest of the register alone */
    SSE_ALIGNED = 1 << 3, /* or #GP */
    SSE_0F38 = 1 << 4,    /* of that map */
};

/* opcodes.c: the maps. */
extern const struct opcode opcodes_one_byte[256], opcodes_two_byte[256], opcodes_0f38[256];
extern const struct opcode opcodes_group[][8];
/* SSE moves: 66, F2 and F3 are a part of the opcode. */
extern const struct sse_move opcodes_sse[];
/* Finds one, and its index. */
bool opcodes_find_sse(uint8_t byte, uint8_t prefix, bool is_0f38, uint8_t *index);

/* decode.c. EMULATE_OK, EMULATE_UNKNOWN, or EMULATE_FAULT for #GP: longer than the CPU allows. */
enum emulate_result must_check emulate_decode(struct insn *insn, const uint8_t *bytes, size_t count,
                                              enum emulate_mode mode);

/* emulate.c */
/* Notes an exception; EMULATE_FAULT. */
enum emulate_result must_check emulate_raise(struct emulation *e, unsigned int vector);
/* The same, with an error code of 0. */
enum emulate_result must_check emulate_raise_error(struct emulation *e, unsigned int vector);

/* operand.c: registers. Of sizes 1 and 2 the rest of the register stays; 4 clears the upper half.
 */
uint64_t register_read(const struct emulation *e, unsigned int number, unsigned int size);
void register_write(struct emulation *e, unsigned int number, unsigned int size, uint64_t value);
/* ModRM's register, with the operand size. */
uint64_t reg_read(const struct emulation *e);
void reg_write(struct emulation *e, uint64_t value);
/* All ones in the low `size` bytes (1 to 8). */
static inline uint64_t size_mask(unsigned int size)
{
    return ~0ULL >> (64 - 8 * size);
}
/* The value of `size` bytes (1 to 8), with its sign in all higher bits. */
static inline uint64_t sign_extend(uint64_t value, unsigned int size)
{
    unsigned int unused = 64 - 8 * size;

    return (uint64_t)((int64_t)(value << unused) >> unused);
}
/* Replaces the arithmetic flags. */
static inline void flags_write(struct emulation *e, uint64_t flags)
{
    e->regs.rflags = (e->regs.rflags & ~EFLAGS_ARITHMETIC) | (flags & EFLAGS_ARITHMETIC);
}

/* The linear address of memory at an offset in a segment; faults as an access would. */
enum emulate_result must_check memory_linear(struct emulation *e, unsigned int segment,
                                             uint64_t offset, unsigned int size, bool write,
                                             uint64_t *linear);
/* Memory of up to 8 bytes there. */
enum emulate_result must_check memory_read(struct emulation *e, unsigned int segment,
                                           uint64_t offset, unsigned int size, uint64_t *value);
enum emulate_result must_check memory_write(struct emulation *e, unsigned int segment,
                                            uint64_t offset, unsigned int size, uint64_t value);
enum emulate_result must_check memory_probe(struct emulation *e, unsigned int segment,
                                            uint64_t offset, unsigned int size);
/* Where ModRM's memory operand is: sets e->offset. */
void operand_locate(struct emulation *e);
/* ModRM's operand, a register or memory, of rm_size up to 8 bytes. */
enum emulate_result must_check rm_read(struct emulation *e, uint64_t *value);
/* Likewise, to be followed by rm_write(). */
enum emulate_result must_check rm_read_for_write(struct emulation *e, uint64_t *value);
enum emulate_result must_check rm_write(struct emulation *e, uint64_t value);
/* ModRM's memory operand of any size. `how`: EMULATE_ bits. */
enum emulate_result must_check rm_read_bytes(struct emulation *e, void *to, unsigned int how);
enum emulate_result must_check rm_write_bytes(struct emulation *e, const void *from,
                                              unsigned int how);
/* The linear address of that operand; faults as an access would. */
enum emulate_result must_check rm_linear(struct emulation *e, bool write, uint64_t *linear);

/* alu.c: results of `size` bytes from operands of that size. *flags: the arithmetic ones, in and
 * out; the rest is not looked at, and may get lost. */
enum alu_op { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
uint64_t alu_binary(enum alu_op op, uint64_t a, uint64_t b, unsigned int size, uint64_t *flags);
uint64_t alu_increment(uint64_t a, bool down, unsigned int size, uint64_t *flags);
/* The flags that only look at a result: ZF, SF, PF. */
uint64_t alu_result_flags(uint64_t value, unsigned int size);
/* Does the condition of Jcc, SETcc and CMOVcc (0 to 15) hold? */
bool alu_condition(unsigned int condition, uint64_t flags);

/* shift.c: the same. `count` is as the instruction has it. */
enum shift_op {
    SHIFT_ROL,
    SHIFT_ROR,
    SHIFT_RCL,
    SHIFT_RCR,
    SHIFT_SHL,
    SHIFT_SHR,
    SHIFT_SAL,
    SHIFT_SAR
};
uint64_t shift_single(enum shift_op op, uint64_t a, unsigned int count, unsigned int size,
                      uint64_t *flags);
/* Shifts in the bits of `fill`; sizes 2, 4 and 8. */
uint64_t shift_double(bool right, uint64_t a, uint64_t fill, unsigned int count, unsigned int size,
                      uint64_t *flags);

/* multiply.c: double-width values are in two halves of `size` bytes. */
struct wide {
    uint64_t low, high;
};
struct wide multiply_unsigned(uint64_t a, uint64_t b, unsigned int size);
struct wide multiply_signed(uint64_t a, uint64_t b, unsigned int size);
/* False: #DE. Quotient in ->low, remainder in ->high. */
bool divide_unsigned(struct wide *value, uint64_t divisor, unsigned int size);
bool divide_signed(struct wide *value, uint64_t divisor, unsigned int size);

/* run_move.c */
enum emulate_result run_mov(struct emulation *e);
enum emulate_result run_movzx(struct emulation *e);
enum emulate_result run_movsx(struct emulation *e);
enum emulate_result run_movbe(struct emulation *e);
enum emulate_result run_cmov(struct emulation *e);
enum emulate_result run_setcc(struct emulation *e);
enum emulate_result run_nothing(struct emulation *e);

/* run_exchange.c */
enum emulate_result run_xchg(struct emulation *e);
enum emulate_result run_xadd(struct emulation *e);
enum emulate_result run_cmpxchg(struct emulation *e);
enum emulate_result run_cmpxchg_double(struct emulation *e);

/* run_arithmetic.c */
enum emulate_result run_binary(struct emulation *e);    /* argument: enum alu_op */
enum emulate_result run_increment(struct emulation *e); /* argument: 1 is down */
enum emulate_result run_test(struct emulation *e);
enum emulate_result run_not(struct emulation *e);
enum emulate_result run_neg(struct emulation *e);
enum emulate_result run_shift(struct emulation *e);        /* argument: enum shift_op */
enum emulate_result run_shift_double(struct emulation *e); /* argument: 1 is right */
enum emulate_result run_multiply(struct emulation *e);     /* argument: 1 is signed */
enum emulate_result run_imul(struct emulation *e);
enum emulate_result run_divide(struct emulation *e); /* argument: 1 is signed */

/* run_bit.c */
enum bit_op { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };
enum emulate_result run_bit(struct emulation *e);      /* argument: enum bit_op */
enum emulate_result run_bit_scan(struct emulation *e); /* argument: 1 is from the top */

/* run_stack.c */
enum emulate_result run_push(struct emulation *e);
enum emulate_result run_pop(struct emulation *e);
enum emulate_result run_call(struct emulation *e);
enum emulate_result run_jmp(struct emulation *e);

/* run_string.c: argument: the enum is there. */
enum string_op {
    STRING_MOVS,
    STRING_CMPS,
    STRING_STOS,
    STRING_LODS,
    STRING_SCAS,
    STRING_INS,
    STRING_OUTS
};
enum emulate_result run_string(struct emulation *e);

/* string_bulk.c: makes several turns at once, `count` being left. EMULATE_UNKNOWN: none could be
 * made like that. Otherwise, *done were; no register has moved yet. */
enum emulate_result must_check string_bulk(struct emulation *e, uint64_t count, unsigned int *done);

/* run_sse.c: argument: index in opcodes_sse. */
enum emulate_result run_sse(struct emulation *e);

#endif
