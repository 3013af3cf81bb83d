/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware guest with two vCPUs, whose device models are the test: what the I/O requests call in
 * other rooms is stood in for here. Shared with the fuzzer. */
#ifndef TESTS_UNIT_HVM_IOREQ_WORLD_H
#define TESTS_UNIT_HVM_IOREQ_WORLD_H

#include "hvm/hvm.h"
#include "hvm/ioreq.h"
#include "lib/bits.h"
#include "machine/machine.h"
#include "memory/memory.h"

#define WORLD_VCPUS    2
#define WORLD_EMULATOR 0 /* the domain that the device models are in */

extern struct domain world_guest;
extern struct vcpu world_vcpus[WORLD_VCPUS];
extern unsigned int world_crashes;
extern bool world_dying;             /* no more pages */
extern int world_ports_left;         /* that can be made; -1: any number */
extern unsigned int world_pages;     /* that the domain shares */
extern unsigned int world_ports;     /* that are open */
extern evtchn_port_t world_notified; /* last one that was sent to */
extern unsigned int world_notifications;

void world_begin(void);
/* Returns what has not been given back. */
unsigned long world_end(void);
/* Does the vCPU wait for a device model? */
bool world_waits(unsigned int vcpu);
/* A server, enabled, of that many ports, addresses or devices. */
ioservid_t world_server(uint32_t kind, uint64_t first, uint64_t last);
/* What the device model sees. */
struct ioreq *world_slot(ioservid_t id, unsigned int vcpu);
struct buffered_iopage *world_ring(ioservid_t id);
/* It answers. */
void world_answer(ioservid_t id, unsigned int vcpu, uint64_t data);

#endif
