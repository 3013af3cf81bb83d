/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domains of the grant tests, of which the first is a hardware guest: with a real map, in which
 * its own pages are. Shared with the fuzzer. */
#ifndef TESTS_UNIT_HVM_BORROW_WORLD_H
#define TESTS_UNIT_HVM_BORROW_WORLD_H

#include "world.h"

#include "hvm/hvm.h"

#define RAM_GFN  0x100ULL /* the guest's own WORLD_PAGES */
#define HOLE_GFN 0x500ULL

extern struct hvm_domain borrow_hvm;
extern unsigned int borrow_flushes;       /* of its CPUs, */
extern unsigned int borrow_whole_flushes; /* and of its device models, too */
extern void (*borrow_on_flush)(void);     /* called at each of its CPUs' */
extern unsigned int borrow_written; /* how often domain 1 was told that a frame was written to, */
extern uint64_t borrow_written_mfn; /* and which */

void borrow_begin(void);
/* Ends the guest, and all; returns how much memory and how many entries are left. */
unsigned long borrow_end(void);
/* XENMEM_add_to_physmap_batch of one page; its own error, unless the call has one. */
long borrow_foreign(domid_t owner, uint64_t index, uint64_t gfn);
/* XENMEM_remove_from_physmap. */
long borrow_remove(uint64_t gfn);

#endif
