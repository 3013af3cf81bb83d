/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one instruction on this computer's own CPU, in 64-, 32- or 16-bit code, with all registers
 * given, so that it can be the judge of an emulator. One at a time. */
#ifndef TESTS_UNIT_HVM_NATIVE_H
#define TESTS_UNIT_HVM_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A window below 4 GiB that instructions may use. 16-bit code has all its segments begin at
 * native_arena(), 64 KiB long; the others' segments are flat. */
#define NATIVE_CODE        0x800  /* from the arena's begin: where the instruction is */
#define NATIVE_TARGET      0x840  /* where it may jump to */
#define NATIVE_WINDOW      0x2000 /* memory for operands */
#define NATIVE_WINDOW_SIZE 0x400

struct native_state {
    uint64_t gpr[16]; /* as the CPU numbers them */
    uint64_t rflags;
    uint8_t xmm[16][16];
    uint64_t jumped; /* out: it went to NATIVE_TARGET */
};

/* Maps the arena. False: 16-bit code can't be run here. */
bool native_init(void);
uint8_t *native_arena(void);

/* Runs it; bits: 64, 32 or 16. Returns 0, or the signal that it raised; then the state is as it
 * was. *is_page_fault: it was a fault of this harness. */
int native_run(struct native_state *state, const uint8_t *bytes, size_t length, unsigned int bits,
               bool *is_page_fault);

#endif
