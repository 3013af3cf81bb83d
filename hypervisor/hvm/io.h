/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accesses of a hardware guest to ports and to guest-physical memory that is no memory: they go to
 * the local APIC, to the platform's devices, to a device model (ioreq.h), or nowhere, where reads
 * are all ones and writes are lost.
 *
 * A device model takes its time. The vCPU then sleeps, and has no stack to sleep on; so what it was
 * at is done again from its beginning when the answer is there. For an instruction that makes
 * several accesses there is a log of those that have been made: made again, they find their answers
 * in the log, and no device sees them twice. */
#ifndef HVM_IO_H
#define HVM_IO_H

#include "hvm/emulate/emulate.h"
#include "hvm/ioreq.h"

struct vcpu;

/* Accesses that one instruction makes at most: two operands of 16 bytes that are not aligned. */
#define HVM_IO_LOG 16

/* A vCPU's; its own. */
struct hvm_io {
    enum {
        HVM_IO_NOTHING,
        HVM_IO_PORT,        /* IN or OUT of RAX waits for an answer */
        HVM_IO_INSTRUCTION, /* an emulated instruction does */
    } waits;
    struct ioreq_access access; /* the one that waits */
    uint64_t next_rip;          /* of HVM_IO_PORT: behind the instruction */
    unsigned int count, at;     /* accesses in the log, and those that have been made again */
    struct {
        struct ioreq_access access;
        uint64_t answer;
    } log[HVM_IO_LOG];
    /* The last instruction that was not known, and where it was. */
    struct {
        bool met; /* since one that was */
        uint64_t rip;
        size_t count;
        uint8_t bytes[EMULATE_INSN_MAX];
    } unknown;
};

/* All of these are about the current vCPU.
 *
 * IN or OUT of 1, 2 or 4 bytes, by an instruction that ends at `next_rip`. */
void hvm_io_port(struct vcpu *v, uint16_t port, unsigned int size, bool write, uint64_t next_rip);
/* Emulates the instruction at RIP, whose memory operand is a device, or that moves strings to and
 * from ports. */
void hvm_io_instruction(struct vcpu *v);
/* What the CPU was about when it came to memory that is not there. */
enum hvm_access {
    HVM_ACCESS_READ,
    HVM_ACCESS_WRITE,
    HVM_ACCESS_FETCH, /* of an instruction */
    HVM_ACCESS_WALK,  /* of the guest's own page tables, to which it may want to write */
};
/* An access to guest-physical memory that its map does not allow. */
void hvm_memory_fault(struct vcpu *v, uint64_t gpa, enum hvm_access access);
/* Is there something that has to go on before the guest does? */
static inline bool hvm_io_is_due(const struct ioreq_vcpu *ioreq)
{
    return ioreq_is_outstanding(ioreq) || ioreq->invalidate;
}
/* Goes on with it, as far as that can go: the vCPU may sleep on. Base of the stack, interrupts on.
 */
void hvm_io_resume(struct vcpu *v);
/* Forgets what was being done: an answer that comes is for nobody. */
void hvm_io_forget(struct vcpu *v);

/* One access of an instruction that is being emulated, to a device. EMULATE_RETRY: the answer is
 * outstanding. */
enum emulate_result hvm_io_access(struct vcpu *v, const struct ioreq_access *access,
                                  uint64_t *answer);
/* The same for a row of them, to a device model. EMULATE_UNKNOWN: none has all of it, or some of it
 * is the hypervisor's. */
enum emulate_result hvm_io_row(struct vcpu *v, const struct ioreq_access *access);
/* May the code that runs use these ports, `size` (1, 2, 4) of them? EMULATE_FAULT: no; an exception
 * was noted. */
enum emulate_result hvm_io_permission(struct vcpu *v, uint16_t port, unsigned int size);
/* What was done of the instruction is not done again. */
void hvm_io_committed(struct vcpu *v);

#endif
