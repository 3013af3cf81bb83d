/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three domains that grant pages to each other: real frames, types, grant tables and hypercall;
 * fake page tables, guest memory and domain list. Shared with the fuzzer. */
#ifndef TESTS_UNIT_GRANT_WORLD_H
#define TESTS_UNIT_GRANT_WORLD_H

#include "lib/compiler.h"

#include <xen/grant_table.h>

#include "domain/domain.h"
#include "domain/grant_table.h"
#include "domain/guest_ops.h"
#include "hypercall/hypercall.h"
#include "lib/errno.h"
#include "machine/machine.h"
#include "memory/frame_type.h"
#include "memory/memory.h"

#define WORLD_DOMAINS 3
#define WORLD_PAGES   8  /* that each has */
#define WORLD_SLOTS   16 /* page-table entries that each has */

/* Where the page-table entries are, as virtual and as machine address. */
#define SLOT_VA(n)      (0x100000ULL + (n)*PAGE_SIZE)
#define SLOT_MACHINE(n) (0x40000000ULL + (n)*8)

/* A page-table entry. */
struct slot {
    uint64_t mfn; /* 0: not present */
    bool writable;
};

/* What the current guest's memory is: addresses count from GUEST_MEMORY. */
#define GUEST_MEMORY      0x10000ULL
#define GUEST_MEMORY_SIZE 65536
extern unsigned char guest_memory[GUEST_MEMORY_SIZE];

extern unsigned int world_flushes;     /* grant_flush calls */
extern bool world_should_yield;        /* what hypercall_should_yield says */
extern uint64_t world_again[6];        /* of hypercall_again: number, count, arguments */
extern bool world_gone[WORLD_DOMAINS]; /* whose structure has been freed */

/* Makes the domains 1, 2, 3 (indices 0 to 2), each with pages; the first one is current. */
void world_begin(void);
/* Kills what lives, and returns how much memory is lost. */
unsigned long world_end(void);

struct domain *world_domain(unsigned int index);
struct slot *world_slots(unsigned int index);
/* One of the pages that the domain has. */
uint64_t world_mfn(unsigned int index, unsigned int page);
struct grant_entry_v1 *world_entry(unsigned int index, grant_ref_t ref);
/* Has the domain grant one of its pages to another. */
void world_grant(unsigned int index, grant_ref_t ref, unsigned int to, unsigned int page,
                 uint16_t flags);
/* Who makes the next hypercalls. */
void world_run_as(unsigned int index);
/* The life of a domain ends; as domain_kill does it. */
void world_kill(unsigned int index);

/* grant_table_op by the current domain: the array is copied to guest memory and back. */
long world_call(unsigned int command, void *ops, size_t size, unsigned int count);

#endif
