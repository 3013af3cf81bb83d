/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that touch memory which is a device: decoded by tables, and carried out on whatever
 * answers for the device. The CPU has told the guest-physical address, so that of the memory
 * operand only its size counts. Pure. */
#ifndef HVM_MMIO_INSN_H
#define HVM_MMIO_INSN_H

#include "lib/compiler.h"

#include <xen/xen.h>

enum mmio_op {
    MMIO_NONE,
    MMIO_LOAD,  /* register := memory */
    MMIO_STORE, /* memory := register or immediate */
    MMIO_EXCHANGE,
    MMIO_ADD,
    MMIO_OR,
    MMIO_ADC,
    MMIO_SBB,
    MMIO_AND,
    MMIO_SUB,
    MMIO_XOR,
    MMIO_CMP, /* as ModRM has them */
    MMIO_TEST,
};

struct mmio_insn {
    enum mmio_op op;
    uint8_t length;      /* of the instruction, bytes */
    uint8_t size;        /* of the memory operand: 1, 2, 4 or 8 */
    uint8_t target_size; /* of the register that a load writes: wider when it extends */
    uint8_t reg;         /* 0 to 15; AH to BH are 4 to 7 with high set */
    bool high;
    bool sign;        /* a load extends the sign, otherwise zeros */
    bool to_register; /* the result of an operation goes to the register, not to memory */
    bool has_immediate;
    int64_t immediate;
};

/* Code segments: 16, 32 or 64 bits. */
enum mmio_mode { MMIO_MODE_16, MMIO_MODE_32, MMIO_MODE_64 };

/* Decodes what begins at `bytes`, of which `count` could be read. False: not one of these. */
bool mmio_decode(struct mmio_insn *insn, const uint8_t *bytes, size_t count, enum mmio_mode mode);

/* What answers for the device. */
struct mmio_device {
    uint64_t (*read)(void *ctx, uint64_t gpa, unsigned int size);
    void (*write)(void *ctx, uint64_t gpa, unsigned int size, uint64_t value);
    void *ctx;
};

/* Carries it out on the registers and the device; RIP moves behind it. */
void mmio_execute(const struct mmio_insn *insn, struct cpu_user_regs *regs, uint64_t gpa,
                  const struct mmio_device *device);

#endif
