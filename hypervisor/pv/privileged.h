/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the privileged instruction on which a paravirtual guest, being in ring 3, faulted. */
#ifndef PV_PRIVILEGED_H
#define PV_PRIVILEGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pv/insn.h"

/* An exception for the guest. Which fields count depends on the outcome it comes with. */
struct privileged_event {
    uint8_t vector;
    bool single_step; /* the instruction is done and RFLAGS.TF asks for a #DB after it */
    uint32_t error_code;
    uint64_t cr2;      /* the address, for a page fault */
    uint64_t next_rip; /* PRIVILEGED_INTERRUPT: where the guest goes on if INT is allowed */
};

enum privileged_outcome {
    /* Done: RIP is past the instruction. Deliver #DB if event->single_step. */
    PRIVILEGED_DONE,
    /* Go back to the guest as it is, after serving what is pending; it will fault again. */
    PRIVILEGED_AGAIN,
    /* Not carried out, nothing has changed: give the guest the fault it took. */
    PRIVILEGED_REFUSED,
    /* Deliver event->vector with error_code and cr2; RIP is at the instruction. */
    PRIVILEGED_EXCEPTION,
    /*
     * It is INT event->vector, nothing has changed: if that vector's virtual DPL allows it, set
     * RIP to next_rip and deliver it; otherwise #GP with error code vector * 8 + 2.
     */
    PRIVILEGED_INTERRUPT,
};

/*
 * What the emulator needs to be told and to have done; none may be NULL. Those that return int
 * give 0 when done, -XEN_EAGAIN to have the instruction tried again from its start, and any other
 * errno to have it refused (which the guest sees as #GP).
 */
struct privileged_ops {
    /* Guest code at RIP, with the rights and in the address space of the code that runs. */
    insn_fetch_fn fetch;

    /*
     * Guest memory, for INS and OUTS. `fault` comes filled in as a fault on an absent page at
     * `address`; on failure (not 0) it is delivered, so improve it (cr2, error code) if need be.
     */
    int (*read_memory)(void *ctx, uint64_t address, void *data, size_t size,
                       struct privileged_event *fault);
    int (*write_memory)(void *ctx, uint64_t address, const void *data, size_t size,
                        struct privileged_event *fault);
    /*
     * The base of a segment for INS and OUTS (never INSN_SEGMENT_DEFAULT). In 64-bit code only FS
     * and GS are asked for. Refuse, in 32-bit code, a segment that isn't flat.
     */
    int (*segment_base)(void *ctx, enum insn_segment segment, uint64_t *base);

    /* May the guest, by its own IOPL, touch the interrupt flag (CLI, STI)? */
    bool (*iopl_allows)(void *ctx);
    /* May it, by its IOPL or its I/O bitmap, touch all of these ports? If not: #GP. */
    bool (*port_allowed)(void *ctx, uint16_t port, unsigned int size);
    /*
     * Does the domain own all of these ports (or is there something emulated behind them)? What is
     * not owned is tried in halves; an unowned byte reads as ones, and a write to it is dropped.
     */
    bool (*port_owned)(void *ctx, uint16_t port, unsigned int size);
    uint32_t (*port_read)(void *ctx, uint16_t port, unsigned int size);
    void (*port_write)(void *ctx, uint16_t port, unsigned int size, uint32_t value);

    int (*read_cr)(void *ctx, unsigned int number, uint64_t *value);
    int (*write_cr)(void *ctx, unsigned int number, uint64_t value);
    int (*read_dr)(void *ctx, unsigned int number, uint64_t *value);
    int (*write_dr)(void *ctx, unsigned int number, uint64_t value);
    int (*clear_ts)(void *ctx);
    int (*read_msr)(void *ctx, uint32_t index, uint64_t *value);
    int (*write_msr)(void *ctx, uint32_t index, uint64_t value);
    int (*set_xcr)(void *ctx, uint32_t index, uint64_t value);
    int (*flush_cache)(void *ctx);

    /* RDTSC that the guest's CR4.TSD made fault: the guest's time-stamp counter. */
    int (*read_tsc)(void *ctx, uint64_t *tsc);
    /* `forced`: by the emulation prefix, not by CPUID faulting. `out` is EAX, EBX, ECX, EDX. */
    int (*cpuid)(void *ctx, bool forced, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
};

/* Elements that one call carries out of a repeated INS or OUTS, before PRIVILEGED_AGAIN. */
#define PRIVILEGED_STRING_BURST 64

/*
 * For a #GP: carries out the instruction at regs->rip if it is one that the guest may have
 * emulated. `mode` is that of its code segment; `kernel` says whether the guest is in its kernel
 * mode, without which only port I/O, CLI, STI, RDTSC(P), CPUID and INT are considered. Touches
 * nothing but `regs`, `event` and what `ops` reach.
 */
enum privileged_outcome privileged_emulate(const struct privileged_ops *ops, void *ctx,
                                           struct cpu_user_regs *regs, enum insn_mode mode,
                                           bool kernel, struct privileged_event *event);

/* For a #UD: carries out CPUID if the guest asked for that with Xen's emulation prefix. */
enum privileged_outcome privileged_emulate_forced(const struct privileged_ops *ops, void *ctx,
                                                  struct cpu_user_regs *regs,
                                                  struct privileged_event *event);

#endif
