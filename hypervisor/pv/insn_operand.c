/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operands of decoded instructions: registers, and addresses in memory. */
#include "pv/insn.h"

/* Where each register is kept, in the order in which the CPU counts them. */
static const uint16_t register_offsets[16] = {
    offsetof(struct cpu_user_regs, rax), offsetof(struct cpu_user_regs, rcx),
    offsetof(struct cpu_user_regs, rdx), offsetof(struct cpu_user_regs, rbx),
    offsetof(struct cpu_user_regs, rsp), offsetof(struct cpu_user_regs, rbp),
    offsetof(struct cpu_user_regs, rsi), offsetof(struct cpu_user_regs, rdi),
    offsetof(struct cpu_user_regs, r8),  offsetof(struct cpu_user_regs, r9),
    offsetof(struct cpu_user_regs, r10), offsetof(struct cpu_user_regs, r11),
    offsetof(struct cpu_user_regs, r12), offsetof(struct cpu_user_regs, r13),
    offsetof(struct cpu_user_regs, r14), offsetof(struct cpu_user_regs, r15),
};

uint64_t insn_register(const struct cpu_user_regs *regs, unsigned int number)
{
    return *(const uint64_t *)((const char *)regs + register_offsets[number & 15]);
}

static void store_register(struct cpu_user_regs *regs, unsigned int number, uint64_t value)
{
    *(uint64_t *)((char *)regs + register_offsets[number & 15]) = value;
}

void insn_set_register(struct cpu_user_regs *regs, unsigned int number, unsigned int size,
                       uint64_t value)
{
    uint64_t mask = insn_size_mask(size);
    uint64_t kept = size < 4 ? insn_register(regs, number) & ~mask : 0;

    store_register(regs, number, kept | (value & mask));
}

uint64_t insn_operand(const struct insn *insn, const struct cpu_user_regs *regs)
{
    uint64_t value = insn_register(regs, insn->reg);

    if (insn->reg_is_high)
        value >>= 8;
    return value & insn_size_mask(insn->operand_size);
}

void insn_set_operand(const struct insn *insn, struct cpu_user_regs *regs, uint64_t value)
{
    if (!insn->reg_is_high) {
        insn_set_register(regs, insn->reg, insn->operand_size, value);
        return;
    }

    uint64_t kept = insn_register(regs, insn->reg) & ~0xff00ULL;
    store_register(regs, insn->reg, kept | (value & 0xff) << 8);
}

uint64_t insn_effective_address(const struct insn *insn, const struct cpu_user_regs *regs,
                                const struct insn_bases *bases)
{
    const struct insn_memory *memory = &insn->memory;
    uint64_t address = memory->displacement;

    if (memory->base == INSN_RIP)
        address += regs->rip + insn->length;
    else if (memory->base != INSN_NO_REGISTER)
        address += insn_register(regs, memory->base);
    if (memory->index != INSN_NO_REGISTER)
        address += insn_register(regs, memory->index) << memory->shift;
    address &= insn_size_mask(insn->address_size);

    if (insn->segment == INSN_SEGMENT_FS)
        address += bases->fs;
    else if (insn->segment == INSN_SEGMENT_GS)
        address += bases->gs;
    return address;
}
