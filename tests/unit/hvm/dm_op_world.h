/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dm_op, called from dom0 on the guest of ioreq_world.h: its memory is real, what is outside of it
 * is stood in for. Shared with the fuzzer. */
#ifndef TESTS_UNIT_HVM_DM_OP_WORLD_H
#define TESTS_UNIT_HVM_DM_OP_WORLD_H

#include "ioreq_world.h"

#define CALLER_SIZE    8192
#define CALLER_ADDRESS 0x10000ULL
#define FIRST_PAGE     0x100 /* where the guest has RAM_PAGES */
#define RAM_PAGES      256

extern uint8_t caller_memory[CALLER_SIZE]; /* dom0's, at CALLER_ADDRESS */
extern bool caller_privileged;
extern unsigned int calls_again, shutdowns, nmis, flushes, yields_after;
extern uint64_t free_at_flush; /* frames, at the last one */
extern struct { /* what the interrupt lines were told last */
    unsigned int a, b, calls;
    bool level;
    uint64_t address;
} line;

void dm_world_begin(void);
unsigned long dm_world_end(void);
/* The call, with the structure (of that size) as first buffer and `extra` bytes of memory, behind
 * it at data(), as second. */
long dm_call(struct xen_dm_op *op, size_t size, size_t extra);
uint8_t *dm_data(void);

#endif
