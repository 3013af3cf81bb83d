/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of the current guest's that its CPU leaves to us, whatever kind of CPU that is. Each
 * of these either carries the instruction out and goes on at `next`, or has an exception delivered.
 */
#ifndef HVM_EXIT_H
#define HVM_EXIT_H

#include "hvm/hvm.h"

/* Goes on at `next`: the instruction before it was carried out. */
void hvm_advance(struct vcpu *v, uint64_t next);
/* #GP with an error code of 0. */
void hvm_protection_fault(struct vcpu *v);

void hvm_exit_cpuid(struct vcpu *v, uint64_t next);
void hvm_exit_msr(struct vcpu *v, uint64_t next, bool write);
/* The one that calls the hypervisor. */
void hvm_exit_hypercall(struct vcpu *v, uint64_t next);
/* RDTSC, or RDTSCP, of a guest whose TSC is emulated. */
void hvm_exit_rdtsc(struct vcpu *v, uint64_t next, bool with_aux);
void hvm_exit_hlt(struct vcpu *v, uint64_t next);
void hvm_exit_xsetbv(struct vcpu *v, uint64_t next);
/* Moves between general register `reg` and a control or debug register. */
void hvm_exit_cr4_write(struct vcpu *v, uint64_t next, unsigned int reg);
void hvm_exit_dr_read(struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg);
void hvm_exit_dr_write(struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg);
/* What a MOV from that register moves: 32 bits outside 64-bit code. */
uint64_t hvm_operand(const struct vcpu *v, unsigned int reg);

#endif
