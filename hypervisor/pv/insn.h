/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decodes the few x86 instructions that a paravirtual guest makes the hypervisor carry out. */
#ifndef PV_INSN_H
#define PV_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

/* The longest instruction a CPU accepts. */
#define INSN_MAX_LENGTH 15

/* What insn_memory.base and .index hold when they don't name one of registers 0 to 15. */
#define INSN_RIP         16
#define INSN_NO_REGISTER 0xff

/*
 * What an instruction does. From INSN_MOV on, it writes memory named by a ModRM byte (never a
 * register); from INSN_XCHG on it reads that memory first and may carry LOCK.
 */
enum insn_kind {
    INSN_NONE,
    INSN_IN,
    INSN_OUT,
    INSN_INS,
    INSN_OUTS,
    INSN_CLTS,
    INSN_CLI,
    INSN_STI,
    INSN_WBINVD,
    INSN_INVD,
    INSN_READ_CR,
    INSN_WRITE_CR,
    INSN_READ_DR,
    INSN_WRITE_DR,
    INSN_RDMSR,
    INSN_WRMSR,
    INSN_RDTSC,
    INSN_RDTSCP,
    INSN_RDPMC,
    INSN_CPUID,
    INSN_FORCED_CPUID, /* XEN_EMULATE_PREFIX and CPUID */
    INSN_XSETBV,
    INSN_INT,
    INSN_HLT,

    INSN_MOV,
    INSN_XCHG,
    INSN_CMPXCHG,
    INSN_CMPXCHG8B,
    INSN_CMPXCHG16B,
    INSN_XADD,
    INSN_ADD,
    INSN_OR,
    INSN_ADC,
    INSN_SBB,
    INSN_AND,
    INSN_SUB,
    INSN_XOR,
    INSN_INC,
    INSN_DEC,
    INSN_NOT,
    INSN_NEG,
    INSN_BTS,
    INSN_BTR,
    INSN_BTC,

    INSN_KINDS,
};

enum insn_segment {
    INSN_SEGMENT_DEFAULT, /* no override: DS, or SS for a base of rSP or rBP */
    INSN_SEGMENT_ES,
    INSN_SEGMENT_CS,
    INSN_SEGMENT_SS,
    INSN_SEGMENT_DS,
    INSN_SEGMENT_FS,
    INSN_SEGMENT_GS,
};

/* How the code segment has its bytes read. 16-bit code is not decoded at all. */
enum insn_mode {
    INSN_MODE_64,
    INSN_MODE_32,
};

struct insn_memory {
    uint8_t base;
    uint8_t index;
    uint8_t shift; /* the index register is multiplied by 1 << shift */
    int64_t displacement;
};

/* A decoded instruction. Fields that a kind has no use for are 0. */
struct insn {
    enum insn_kind kind;
    enum insn_segment segment;
    uint8_t length;       /* bytes, prefixes included */
    uint8_t operand_size; /* bytes: 1, 2, 4 or 8; 16 for INSN_CMPXCHG16B */
    uint8_t address_size; /* bytes: 2, 4 or 8 */
    uint8_t reg;          /* register operand, 0 to 15 as the CPU counts them */
    uint8_t special;      /* number of the control or debug register; vector of INSN_INT */
    bool reg_is_high;     /* reg names AH, CH, DH or BH, as 0 to 3 */
    bool lock;
    bool repeat;        /* INS and OUTS: a REP prefix */
    bool has_immediate; /* the source is `immediate`, not `reg` */
    int64_t immediate;  /* sign-extended; a port is zero-extended */
    struct insn_memory memory;
};

/* The bases that still count in 64-bit mode: those the guest's FS and GS have right now. */
struct insn_bases {
    uint64_t fs;
    uint64_t gs;
};

enum insn_status {
    INSN_DECODED,
    INSN_TRUNCATED, /* these bytes begin an instruction that may be ours: more are needed */
    INSN_FOREIGN,   /* not one of ours, or one that no CPU accepts */
};

/*
 * Decodes the instruction that begins at `bytes`, of which `count` could be read; more than
 * INSN_MAX_LENGTH are never looked at, and with so many INSN_TRUNCATED is never the answer.
 * `*insn` means something only after INSN_DECODED.
 */
enum insn_status insn_decode(struct insn *insn, const uint8_t *bytes, size_t count,
                             enum insn_mode mode);

/*
 * Reads up to `count` bytes of guest code at `address`, none of them on another page, into `bytes`;
 * returns how many, from the first one on. Without all of them, 0 is as good as a part.
 */
typedef size_t (*insn_fetch_fn)(void *ctx, uint64_t address, uint8_t *bytes, size_t count);

/*
 * Fetches and decodes the instruction at `rip`; looks at a second page only if the instruction goes
 * on there. *fetched is how many bytes could be read: after INSN_TRUNCATED, rip + *fetched is where
 * the next one is missing.
 */
enum insn_status insn_fetch(struct insn *insn, insn_fetch_fn fetch, void *ctx, uint64_t rip,
                            enum insn_mode mode, size_t *fetched);

/* True for the kinds that write memory named by a ModRM byte. */
static inline bool insn_writes_memory(const struct insn *insn)
{
    return insn->kind >= INSN_MOV;
}

/*
 * The linear address of a 64-bit memory operand, with regs->rip still at the instruction. Bit
 * offsets that BTS, BTR and BTC take from a register are not in it.
 */
uint64_t insn_effective_address(const struct insn *insn, const struct cpu_user_regs *regs,
                                const struct insn_bases *bases);

/* The whole 64-bit register `number` (0 to 15). */
uint64_t insn_register(const struct cpu_user_regs *regs, unsigned int number);

/*
 * Stores the low `size` bytes (1, 2, 4 or 8) of `value` in register `number` as the CPU does: one
 * and two bytes leave the rest of it alone, four clear the upper half.
 */
void insn_set_register(struct cpu_user_regs *regs, unsigned int number, unsigned int size,
                       uint64_t value);

/* The register operand `insn->reg`, cut to the operand size. */
uint64_t insn_operand(const struct insn *insn, const struct cpu_user_regs *regs);

/* Stores into the register operand `insn->reg`, by the rule of insn_set_register(). */
void insn_set_operand(const struct insn *insn, struct cpu_user_regs *regs, uint64_t value);

/* All ones in the low `size` bytes (1 to 8). */
static inline uint64_t insn_size_mask(unsigned int size)
{
    return ~0ULL >> (64 - 8 * size);
}

#endif
