/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions and interrupts: who handles which, and what is printed when nobody can. */
#ifndef MACHINE_TRAPS_H
#define MACHINE_TRAPS_H

#include "lib/compiler.h"

#include <xen/xen.h>

enum trap {
    TRAP_DE = 0, TRAP_DB = 1, TRAP_NMI = 2, TRAP_BP = 3, TRAP_OF = 4, TRAP_BR = 5, TRAP_UD = 6,
    TRAP_NM = 7, TRAP_DF = 8, TRAP_TS = 10, TRAP_NP = 11, TRAP_SS = 12, TRAP_GP = 13, TRAP_PF = 14,
    TRAP_MF = 16, TRAP_AC = 17, TRAP_MC = 18, TRAP_XM = 19, TRAP_FIRST_IRQ = 32,
};

#define PF_PRESENT  (1U << 0)
#define PF_WRITE    (1U << 1)
#define PF_USER     (1U << 2)
#define PF_RESERVED (1U << 3)
#define PF_FETCH    (1U << 4)

/* What the rooms above do with what comes from a guest. */
struct trap_hooks {
    /* An exception in guest code; regs are guest_regs(). Interrupts off; may turn them on. */
    void (*guest_exception)(struct cpu_user_regs *regs, unsigned int vector);
    /* A fault in the hypervisor that guest data may have caused, at an address of a domain's
     * window. True when mended. */
    bool (*window_fault)(uint64_t address);
    /* IRET to the guest faulted on what the guest asked for; regs are guest_regs(). Of a page fault,
     * `address` is where: in a window, and not to be mended. Interrupts on. */
    void (*bad_iret)(struct cpu_user_regs *regs, unsigned int vector, uint32_t error,
                     uint64_t address);
    /* SYSCALL (64-bit, compatibility mode) and SYSENTER; regs are guest_regs(). */
    void (*syscall)(struct cpu_user_regs *regs);
    void (*syscall_compat)(struct cpu_user_regs *regs);
    void (*sysenter)(struct cpu_user_regs *regs);
    /* What is due before going back to the guest; returns with interrupts off. Nonzero when the
     * registers allow SYSRET. */
    int (*exit_work)(void);
};

extern const struct trap_hooks *trap_hooks;

/* An interrupt handler for one vector, called with interrupts off. */
typedef void (*irq_handler)(void *data);

/* Vectors of the hypervisor's own interrupts, from the highest priority down. */
enum {
    VECTOR_SPURIOUS = 0xff,
    VECTOR_ERROR = 0xfe,
    VECTOR_POKE = 0xfd,
    VECTOR_CALL = 0xfc,
    VECTOR_TIMER = 0xfb,
    VECTOR_DYNAMIC_FIRST = 0x30,
    VECTOR_DYNAMIC_LAST = 0xef,
};

/* Sets the handler of a vector. Boot, or a vector from vector_alloc. */
void vector_handler_set(unsigned int vector, irq_handler handler, void *data);
/* A free vector for a device's interrupt; 0 when there is none. */
unsigned int vector_alloc(irq_handler handler, void *data);
void vector_free(unsigned int vector);

/* Prints the registers and a symbolised call trace. */
void registers_show(const struct cpu_user_regs *regs);
void trace_show(uint64_t frame_pointer, uint64_t ip);
/* Where a guest faulted and what it was doing, from the table of exceptions. */
const char *trap_name(unsigned int vector);

/* The hypervisor itself is broken: prints why and where, stops all CPUs, restarts the machine
 * unless told not to. Never reached by anything a guest does. */
noreturn void panic(const char *why, ...) printf_like(1, 2);

#define BUG_ON(condition)                                                      \
    do {                                                                       \
        if (unlikely(condition))                                               \
            panic("%s:%d: %s", __FILE__, __LINE__, #condition);                \
    } while (0)

#endif
