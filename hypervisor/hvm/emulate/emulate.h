/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out one instruction of a hardware guest whose memory operand is a device, or that moves
 * strings to and from ports. Pure: registers come in a structure, memory and ports are functions.
 *
 * The same registers and the same answers make the same accesses in the same order, so that an
 * instruction that waits for a device's answer is simply emulated again when the answer is there.
 * Until then the guest must not run, nor be given an interrupt: an answer would be lost.
 *
 * What it does not check: alignment (#AC), and whether the guest may use a port; the functions for
 * ports do the latter. */
#ifndef HVM_EMULATE_EMULATE_H
#define HVM_EMULATE_EMULATE_H

#include "lib/compiler.h"

#include <xen/xen.h>

#define EMULATE_INSN_MAX 15 /* bytes of the longest instruction */
#define EMULATE_XMM_SIZE 16 /* bytes of an XMM register */

/* Turns of a REP instruction that one call makes at most, one by one. */
#define EMULATE_REPEAT_MAX 256
/* And at once: bytes on a page. */
#define EMULATE_ROW_MAX 4096

/* Code segments: 16, 32 or 64 bits. */
enum emulate_mode { EMULATE_MODE_16, EMULATE_MODE_32, EMULATE_MODE_64 };

enum emulate_result {
    /* Done. A REP instruction with turns left: RIP still is at it, and RF is set. */
    EMULATE_OK,
    /* An exception is due. Nothing was changed but by the finished turns of a REP instruction. */
    EMULATE_FAULT,
    /* An answer is outstanding. As with EMULATE_FAULT, nothing was changed. */
    EMULATE_RETRY,
    /* Not an instruction that is known here, or its bytes end too early. */
    EMULATE_UNKNOWN,
};

/* In the order in which instructions number them. */
enum { EMULATE_ES, EMULATE_CS, EMULATE_SS, EMULATE_DS, EMULATE_FS, EMULATE_GS, EMULATE_SEGMENTS };

struct emulate_segment {
    uint64_t base;
    uint32_t limit;      /* in bytes */
    uint16_t attributes; /* as struct hvm_segment has them */
};

/* The guest's CPU. All of it is only read, but for *regs. */
struct emulate_cpu {
    enum emulate_mode mode;
    struct cpu_user_regs *regs; /* general registers, RIP, RFLAGS; selectors don't count */
    struct emulate_segment segment[EMULATE_SEGMENTS];
    uint64_t cr0, cr4;
};

/* What the guest is to be given after EMULATE_FAULT. */
struct emulate_exception {
    bool raised; /* false: one of the functions has noted its own */
    uint8_t vector;
    bool has_error; /* never in real mode */
    uint32_t error;
};

/* How memory is accessed: bits. */
enum {
    EMULATE_LOCKED = 1 << 0,     /* a locked read, or the write that belongs to it */
    EMULATE_WILL_WRITE = 1 << 1, /* a write to the same place follows: fault as that would */
};

/* Turns of a REP instruction, to be made at once. */
struct emulate_string {
    enum { EMULATE_MOVS, EMULATE_STOS, EMULATE_INS, EMULATE_OUTS } kind;
    uint8_t size;    /* of an element: 1, 2, 4 or 8 bytes */
    bool down;       /* the next element is below */
    uint16_t port;   /* INS, OUTS */
    uint16_t count;  /* elements, at most EMULATE_ROW_MAX */
    uint64_t source; /* linear address of the first: MOVS, OUTS */
    uint64_t target; /* likewise: MOVS, STOS, INS */
    uint64_t value;  /* STOS */
};

/* What the instruction works on. Each access returns EMULATE_OK, EMULATE_FAULT (having noted the
 * exception) or EMULATE_RETRY. An instruction, or a turn of a REP instruction, writes at most once
 * to memory or to a port, and as the last thing that can fail; a write that fails has written
 * nothing. */
struct emulate_ops {
    /* 1, 2, 4, 8 or 16 bytes at a linear address. They may cross a page, and in code that is not
     * 64-bit they may go on at address 0. */
    enum emulate_result (*read)(void *ctx, uint64_t linear, unsigned int size, void *to,
                                unsigned int how);
    enum emulate_result (*write)(void *ctx, uint64_t linear, unsigned int size, const void *from,
                                 unsigned int how);
    /* Would a write there fault? Asked before something is read, for good, that is to be written
     * there. May be NULL: it would not. */
    enum emulate_result (*probe)(void *ctx, uint64_t linear, unsigned int size);
    /* 1, 2 or 4 bytes; of *value the higher ones don't count. */
    enum emulate_result (*in)(void *ctx, uint16_t port, unsigned int size, uint32_t *value);
    enum emulate_result (*out)(void *ctx, uint16_t port, unsigned int size, uint32_t value);
    /* Makes *done of `string`'s turns in order, at least one. Source and target each are on one
     * page, and all of the segments' checks are done. EMULATE_FAULT and EMULATE_RETRY as above:
     * none was made. EMULATE_UNKNOWN: not like this, but one by one, by the functions above. May be
     * NULL. */
    enum emulate_result (*string)(void *ctx, const struct emulate_string *string,
                                  unsigned int *done);
    /* XMM registers 0 to 15. Writing one leaves the upper half of the YMM register alone. */
    void (*xmm_get)(void *ctx, unsigned int number, uint8_t value[EMULATE_XMM_SIZE]);
    void (*xmm_set)(void *ctx, unsigned int number, const uint8_t value[EMULATE_XMM_SIZE]);
    /* What was done until now, since the last call of this, is not done again: answers that were
     * kept for it can go. Called after the instruction, and after each turn of a REP instruction.
     * May be NULL. */
    void (*committed)(void *ctx);
};

/* Emulates the instruction that begins at `bytes`, of which `count` could be read. RIP and the
 * flags are as after it, with RF clear; a pending trap (TF) is the caller's. With TF set, a REP
 * instruction makes one turn a call. *exception counts after EMULATE_FAULT. */
enum emulate_result must_check emulate(const struct emulate_cpu *cpu, const struct emulate_ops *ops,
                                       void *ctx, const uint8_t *bytes, size_t count,
                                       struct emulate_exception *exception);

/* Bytes of the instruction; 0: it is not known here, or not all there. */
unsigned int emulate_length(const uint8_t *bytes, size_t count, enum emulate_mode mode);

#endif
