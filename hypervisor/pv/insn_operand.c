/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operands of decoded instructions: registers, and addresses in memory. */
#include "pv/insn.h"

#include "machine/registers.h"

uint64_t insn_register(const struct cpu_user_regs *regs, unsigned int number)
{
    return register_value(regs, number);
}

void insn_set_register(struct cpu_user_regs *regs, unsigned int number, unsigned int size,
                       uint64_t value)
{
    uint64_t mask = insn_size_mask(size);
    uint64_t kept = size < 4 ? insn_register(regs, number) & ~mask : 0;

    *register_place(regs, number) = kept | (value & mask);
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
    *register_place(regs, insn->reg) = kept | (value & 0xff) << 8;
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
