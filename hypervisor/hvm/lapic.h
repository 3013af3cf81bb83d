/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's local APIC (SDM vol. 3, chapter 11): registers, priorities, the timer, and what is to
 * be sent to others. It knows nothing of vCPUs: who owns it says what time it is, sets the one
 * timer it needs, and carries out interrupts that are for others.
 *
 * Its own vCPU reads and writes it; anybody may make an interrupt request (lapic_request), which
 * is an atomic bit. */
#ifndef HVM_LAPIC_H
#define HVM_LAPIC_H

#include "lib/compiler.h"

#define LAPIC_BASE_DEFAULT 0xfee00000ULL
#define LAPIC_BASE_BSP     (1ULL << 8)
#define LAPIC_BASE_X2APIC  (1ULL << 10)
#define LAPIC_BASE_ENABLED (1ULL << 11)

/* Offsets of registers in the page; an x2APIC MSR is 0x800 + offset / 16. */
enum lapic_register {
    LAPIC_ID = 0x20,
    LAPIC_VERSION = 0x30,
    LAPIC_TPR = 0x80,
    LAPIC_APR = 0x90,
    LAPIC_PPR = 0xa0,
    LAPIC_EOI = 0xb0,
    LAPIC_RRD = 0xc0,
    LAPIC_LDR = 0xd0,
    LAPIC_DFR = 0xe0,
    LAPIC_SVR = 0xf0,
    LAPIC_ISR = 0x100,
    LAPIC_TMR = 0x180,
    LAPIC_IRR = 0x200,
    LAPIC_ESR = 0x280,
    LAPIC_CMCI = 0x2f0,
    LAPIC_ICR = 0x300,
    LAPIC_ICR_HIGH = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_THERMAL = 0x330,
    LAPIC_LVT_PERF = 0x340,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_CURRENT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
    LAPIC_SELF_IPI = 0x3f0,
};

#define LAPIC_LVTS 6

enum lapic_delivery {
    LAPIC_FIXED,
    LAPIC_LOWEST,
    LAPIC_SMI,
    LAPIC_RESERVED,
    LAPIC_NMI,
    LAPIC_INIT,
    LAPIC_STARTUP,
    LAPIC_EXTINT,
};

/* An interrupt for one or more APICs. */
struct lapic_message {
    enum lapic_delivery delivery;
    uint8_t vector;
    bool logical;      /* the destination is a set of logical ids */
    bool x2apic;       /* the destination has 32 bits */
    bool self, others; /* shorthands; the destination counts when neither is set */
    bool level;        /* its sender waits for the end of interrupt */
    uint32_t destination;
};

/* What its owner does for it. */
struct lapic_owner {
    /* Nanoseconds; and a value of the TSC that the guest reads, as nanoseconds. */
    uint64_t (*now)(void *ctx);
    uint64_t (*tsc_to_ns)(void *ctx, uint64_t tsc);
    /* Has lapic_timer_fired called at that time; 0: not any more. */
    void (*timer)(void *ctx, uint64_t deadline);
    /* Sends an interrupt to all whom it is for. */
    void (*send)(void *ctx, const struct lapic_message *message);
    /* A level-triggered interrupt has been served. NULL: there are none. */
    void (*eoi)(void *ctx, uint8_t vector);
};

struct lapic {
    const struct lapic_owner *owner;
    void *ctx;
    uint64_t base; /* MSR APIC_BASE */
    uint32_t id;
    uint64_t irr[4], isr[4], tmr[4]; /* irr, tmr: [atomic] */
    uint32_t tpr, ldr, dfr, svr, esr, pending_errors;
    uint64_t icr;
    uint32_t lvt[LAPIC_LVTS];
    uint32_t divide, initial; /* timer */
    uint64_t started;         /* when the count began, ns */
    uint64_t deadline_tsc;    /* MSR TSC_DEADLINE; 0: not armed */
};

/* The state after power-up, for the APIC of that id. */
void lapic_reset(struct lapic *apic, uint32_t id, bool is_bsp);
/* After an INIT: the same, but id and base stay. */
void lapic_init(struct lapic *apic);

/* Is it on, by its base register? */
static inline bool lapic_enabled(const struct lapic *apic)
{
    return apic->base & LAPIC_BASE_ENABLED;
}

static inline bool lapic_is_x2apic(const struct lapic *apic)
{
    return apic->base & LAPIC_BASE_X2APIC;
}

/* A write to MSR APIC_BASE. False: refused (#GP). */
bool lapic_base_write(struct lapic *apic, uint64_t value, unsigned int address_bits);
/* Registers by their place in the page: aligned 32-bit accesses. Others read 0 and ignore. */
uint32_t lapic_mmio_read(struct lapic *apic, uint32_t offset);
void lapic_mmio_write(struct lapic *apic, uint32_t offset, uint32_t value);
/* Registers as MSRs 0x800 to 0x8ff in x2APIC mode. False: #GP. */
bool lapic_msr_read(struct lapic *apic, uint32_t msr, uint64_t *value);
bool lapic_msr_write(struct lapic *apic, uint32_t msr, uint64_t value);
/* MSR TSC_DEADLINE. */
uint64_t lapic_deadline_read(const struct lapic *apic);
void lapic_deadline_write(struct lapic *apic, uint64_t tsc);

/* Is a message with that destination for this APIC? (Not for shorthands.) */
bool lapic_matches(const struct lapic *apic, const struct lapic_message *message);
/* Makes an edge-triggered request. Any context. False when the APIC does not take it. */
bool lapic_request(struct lapic *apic, unsigned int vector);
/* The same, but its end is told to the owner. */
bool lapic_request_level(struct lapic *apic, unsigned int vector);
/* The vector to be served next, above the current priority; -1: none. */
int lapic_pending(const struct lapic *apic);
/* The vector is being served: it moves from requested to in service. */
void lapic_accept(struct lapic *apic, unsigned int vector);
/* It could not be served after all: it is requested again. False for vectors that are not in service
 * (since they did not come from here). */
bool lapic_retract(struct lapic *apic, unsigned int vector);
/* Does it let the interrupts of an 8259 at its first local pin through to the CPU? */
bool lapic_passes_extint(const struct lapic *apic);
/* The deadline that the owner was asked for has come. */
void lapic_timer_fired(struct lapic *apic);

/* lapic_context.c: the two records (public arch-x86/hvm/save.h). Its vCPU does not run. */
struct hvm_hw_lapic;
struct hvm_hw_lapic_regs;
void lapic_save(const struct lapic *apic, struct hvm_hw_lapic *out);
void lapic_save_registers(struct lapic *apic, struct hvm_hw_lapic_regs *out);
/* The base first, then the registers. False: no state that it can have; nothing is changed. */
bool lapic_load(struct lapic *apic, const struct hvm_hw_lapic *in);
bool lapic_load_registers(struct lapic *apic, const struct hvm_hw_lapic_regs *in);

#endif
