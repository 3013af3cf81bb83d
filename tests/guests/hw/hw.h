/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What micro-kernels that are hardware guests (PVH) have besides micro.h: 64-bit mode with all
 * memory up to 4 GiB mapped where it is, their own interrupt table, their own local APIC.
 *
 * Of micro.h they have the console and results, hypercalls, tries, and time; a trap's frame is the
 * CPU's. Interrupts are off but where a kernel turns them on. */
#ifndef MICRO_HW_H
#define MICRO_HW_H

#include "micro.h"

#include <xen/arch-x86/hvm/start_info.h>

#define HW_CODE64    0x10
#define HW_USER_DATA 0x23
#define HW_USER_CODE 0x2b

#define APIC_BASE    0xfee00000UL
#define APIC_ID      0x20
#define APIC_VERSION 0x30
#define APIC_TPR     0x80
#define APIC_EOI     0xb0
#define APIC_SVR     0xf0
#define APIC_ICR     0x300
#define APIC_ICR2    0x310
#define APIC_TIMER   0x320
#define APIC_INITIAL 0x380
#define APIC_DIVIDE  0x3e0
/* An address where a guest of a few MiB has neither memory nor a device. */
#define HOLE 0xd0000000UL

extern const struct hvm_start_info *hw_start_info;
/* False: another hypervisor, which has no hypercalls for us, nor shared pages. */
extern bool hw_on_xen;

/* Where the stubs of 16 bytes a vector are, for kernels that point a gate elsewhere. */
void hw_gate_set(unsigned int vector, uint64_t handler);
/* Has one trap come on a stack of its own, from the top each time. */
void hw_gate_stack(unsigned int vector, const void *top);
/* Acknowledges interrupts from 0x20 on, and counts them; otherwise they are traps. */
extern bool hw_takes_interrupts;
extern volatile unsigned int hw_interrupts[256];

/* Has the other vCPU of that APIC id call a function, on a stack of its own; there is one such
 * stack. The function must make no tries. */
void hw_ap_start(uint32_t apic_id, void (*function)(void));

struct hw_cpuid {
    uint32_t a, b, c, d;
};
struct hw_cpuid hw_cpuid(uint32_t leaf, uint32_t subleaf);
/* The trap that it ended with, or NO_TRAP. */
int try_rdmsr(uint32_t index, uint64_t *value);
int try_wrmsr(uint32_t index, uint64_t value);
/* As execute(), in user mode, with no right to I/O. */
int hw_user_execute(const void *bytes, size_t count, struct registers *registers);

struct hw_code {
    const char *bytes;
    size_t count;
};
/* Executes the first of two instructions at a place where memory has the second (stale.c), with RAX
 * and RBX as told; the other registers are taken. The page behind that place is one that user code
 * can't reach. The trap, or NO_TRAP. */
int hw_execute_stale(const struct hw_code *old, const struct hw_code *now, bool user,
                     struct registers *registers);

static inline uint32_t apic_read(uint32_t offset)
{
    return *(volatile uint32_t *)(APIC_BASE + offset);
}

static inline void apic_write(uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(APIC_BASE + offset) = value;
}

#endif
