/* SPDX-License-Identifier: GPL-2.0-or-later */
/* General registers by the numbers that instructions have for them (SDM vol. 2, 2.1.3 and 2.2.1.2).
 */
#ifndef MACHINE_REGISTERS_H
#define MACHINE_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

/* Where register `number` (of which the low four bits count) is kept. */
static inline uint64_t *register_place(struct cpu_user_regs *regs, unsigned int number)
{
    static const uint16_t offsets[16] = {
        offsetof(struct cpu_user_regs, rax), offsetof(struct cpu_user_regs, rcx),
        offsetof(struct cpu_user_regs, rdx), offsetof(struct cpu_user_regs, rbx),
        offsetof(struct cpu_user_regs, rsp), offsetof(struct cpu_user_regs, rbp),
        offsetof(struct cpu_user_regs, rsi), offsetof(struct cpu_user_regs, rdi),
        offsetof(struct cpu_user_regs, r8),  offsetof(struct cpu_user_regs, r9),
        offsetof(struct cpu_user_regs, r10), offsetof(struct cpu_user_regs, r11),
        offsetof(struct cpu_user_regs, r12), offsetof(struct cpu_user_regs, r13),
        offsetof(struct cpu_user_regs, r14), offsetof(struct cpu_user_regs, r15),
    };

    return (uint64_t *)((char *)regs + offsets[number & 15]);
}

/* The register itself. */
static inline uint64_t register_value(const struct cpu_user_regs *regs, unsigned int number)
{
    return *register_place((struct cpu_user_regs *)regs, number);
}

#endif
