/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instruction that writes a read-only page-table entry would do to it and the registers. */
#ifndef PV_PTE_WRITE_H
#define PV_PTE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "pv/insn.h"

/*
 * One such write, in three steps:
 *   pte_write_prepare() says which entry it touches, and takes all it needs from the registers;
 *   pte_write_apply() turns what the entry holds into what it is to hold; the caller validates
 *     that, stores it by compare-and-exchange, and applies again if the entry changed meanwhile
 *     (the CPU sets accessed and dirty bits as it likes, and they must not be lost);
 *   pte_write_commit(), once the entry is stored, does to the registers what the instruction does,
 *     given the value that was in the entry until then.
 * If the caller's validation alters the new value (it adds the user bit, say), flags still follow
 * from what the instruction computed, as they would had the alteration come a moment later.
 */
struct pte_write {
    uint64_t entry;     /* linear address of the 8-byte entry */
    struct insn insn;   /* what is left to do comes from here and the two values below */
    uint64_t source;    /* the operand that isn't memory; for bit instructions, the one bit */
    uint64_t expected;  /* CMPXCHG, CMPXCHG8B: what the entry must hold for the write to happen */
    unsigned int shift; /* where in the entry the memory operand begins, in bits */
    bool carry;         /* RFLAGS.CF before the instruction */
};

/*
 * Fills in `*write` for the 64-bit instruction `insn` at regs->rip, which faulted on a write to
 * `fault_address`. -XEN_EINVAL if it isn't a write of this kind (the guest then gets the fault it
 * took): another instruction, an operand that isn't aligned to its size, CMPXCHG16B, or registers
 * that don't lead to `fault_address`.
 */
int pte_write_prepare(struct pte_write *write, const struct insn *insn,
                      const struct cpu_user_regs *regs, const struct insn_bases *bases,
                      uint64_t fault_address);

/*
 * The entry after the instruction, if it holds `old` before. True if it is to be stored; false
 * (with *new = old) if a comparison failed, and only pte_write_commit() is left to do.
 */
bool pte_write_apply(const struct pte_write *write, uint64_t old, uint64_t *new);

/*
 * Updates registers, flags and RIP, `old` being what the entry held when it was replaced or
 * compared. True if the guest is single-stepping and is to get a #DB.
 */
bool pte_write_commit(const struct pte_write *write, uint64_t old, struct cpu_user_regs *regs);

#endif
