/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PV guest of a few frames, which makes and changes page tables the way the hypercalls let it,
 * and an audit that counts every reference anew from what the tables hold.
 */
#ifndef TESTS_UNIT_PAGE_TABLE_GUEST_TABLES_H
#define TESTS_UNIT_PAGE_TABLE_GUEST_TABLES_H

#include "memory/frame_type.h"
#include "pv/page_table.h"
#include "pv/pv.h"

#define GUEST_FRAMES   20
#define FOREIGN_FRAMES 2
#define DEVICE_FRAMES  2
#define GUEST_VCPUS    2

/* The guest and its frames; others' frames; frames of device memory. */
extern struct domain *guest;
extern struct domain *neighbour;
extern uint64_t guest_frame[GUEST_FRAMES];
extern uint64_t foreign_frame[FOREIGN_FRAMES];
extern uint64_t device_frame[DEVICE_FRAMES];

/* How many more looks at the clock say "go on" before one says "stop"; negative: none ever does. */
extern long guest_time_left;
/* Each of them says "stop", as when somebody is due who does not get his turn before the call ends. */
extern bool guest_never_time;
/* How often stale TLB entries were flushed because a frame changed its type. */
extern unsigned long guest_flushes;

/* What memory/dirty_frames.h keeps. */
extern bool guest_dirty[];
/* A frame that another domain has mapped writable by a grant; 0: none. */
extern uint64_t guest_mapped;

/* A new machine with the guest in it. With_devices: it may map the first device frame. */
void guest_start(bool with_devices);
/* Takes everything from the guest; returns the number of frames and objects that leaked. */
unsigned long guest_stop(void);

/* What a store by the guest's own instruction does: nothing, unless it can have the frame mapped
 * writable. Returns whether it was stored. */
bool guest_write(uint64_t mfn, unsigned int index, uint64_t value);

/* Which vCPU does what comes next; the first at the beginning. */
void guest_on_vcpu(unsigned int number);
/* Works on the leftovers of that vCPU until it is time to stop: are all of them undone? */
bool guest_settle(void);

/* The hypercalls, once: 0 or a negative errno. */
int guest_pin(uint64_t mfn, unsigned int level);
int guest_unpin(uint64_t mfn);
int guest_update(uint64_t mfn, unsigned int index, uint64_t value, bool preserve_ad);
int guest_exchange(uint64_t mfn, unsigned int index, uint64_t expected, uint64_t value);

/* References that others hold for a while: of any type, as grants, windows and roots do. */
int guest_hold(uint64_t mfn, uint64_t type);
void guest_let_go(uint64_t mfn);

/* The guest gives a frame up; it is replaced by a new one as soon as nobody refers to it. */
void guest_give_up(unsigned int number);

/* Compares all counts with what there is to count, and holds the safety rules against the tables.
 * What is wrong, or NULL. */
const char *guest_audit(void);

#endif
