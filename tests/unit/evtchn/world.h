/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few domains with vCPUs on the fake machine, under the real scheduler. What their life needs
 * of the rest of the hypervisor is stood in for here. */
#ifndef TESTS_EVTCHN_WORLD_H
#define TESTS_EVTCHN_WORLD_H

#include "domain/vcpu.h"
#include "machine/machine.h"
#include "memory/memory.h"

#define WORLD_CPUS    2
#define WORLD_DOMAINS 3
#define WORLD_VCPUS   2 /* each domain's; one more number is allowed but not there */

extern struct domain *world[WORLD_DOMAINS];

/* Domain 0 is dom0. All vCPUs are up, wait on their CPUs (vCPU number modulo), events masked as at
 * the start of a guest. */
void world_start(void);
/* Destroys what is left. Returns how many references, frames and objects were not given back. */
unsigned long world_end(void);
/* Lets all CPUs do what they were asked to. */
void world_settle(void);
/* Lets a vCPU run, alone on its CPU, and makes that the CPU the test speaks as. */
void world_enter(struct vcpu *v);
/* Is it on a CPU? */
bool world_runs(const struct vcpu *v);

/* The guest's side: its memory is the test's own, from this address on. */
#define GUEST_ADDRESS 0x10000UL
#define GUEST_SIZE    4096
extern unsigned char world_guest_memory[GUEST_SIZE];
/* Called after each write of the hypervisor to it. */
extern void (*world_guest_written)(uint64_t address, size_t len);

/* A bit, a word and the flag of what the guest sees. */
bool pending(const struct domain *d, evtchn_port_t port);
bool selected(const struct vcpu *v, evtchn_port_t port);
bool upcall(const struct vcpu *v);
/* What a guest does on an upcall: forgets all that was pending. */
void take_events(struct vcpu *v);
void mask(struct domain *d, evtchn_port_t port);

#endif
