/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs single instructions on the real CPU, for comparing with what the emulator makes of them. */
#ifndef TESTS_UNIT_PV_NATIVE_H
#define TESTS_UNIT_PV_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#define NATIVE_DATA_SIZE 4096

/* A page of code and a page of data, one after the other, below 2 GiB. */
struct native {
    uint8_t *code;
    uint8_t *data;
};

/* Exits with a message if the pages can't be had. The GS base becomes `gs_base`. */
struct native native_open(uint64_t gs_base);

/*
 * Executes the instruction of `length` bytes at the start of the code page, with all general
 * registers but rSP, and the flags, taken from and returned in `regs`; so is RIP. The instruction
 * must touch neither rSP nor the stack, and must not jump or fault.
 */
void native_execute(const struct native *native, const uint8_t *insn, size_t length,
                    struct cpu_user_regs *regs);

#endif
