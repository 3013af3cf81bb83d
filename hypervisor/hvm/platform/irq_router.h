/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupt wires of a guest's machine: whose wire ends where. A wire that several share is up as
 * long as one of them holds it up.
 *
 * Ends are numbered like the pins of the IO-APIC, with 0 to 15 being the ISA interrupts, which go
 * to the 8259 as well. Each of 32 PCI devices has four wires, INTA to INTD. Each of these goes to a
 * pin from 16 to 47, and to one of four links, which the firmware leads to an ISA interrupt.
 *
 * Whoever owns it keeps it from being used twice at a time. */
#ifndef HVM_PLATFORM_IRQ_ROUTER_H
#define HVM_PLATFORM_IRQ_ROUTER_H

#include "lib/compiler.h"

struct hvm_hw_pci_irqs;
struct hvm_hw_isa_irqs;
struct hvm_hw_pci_link;

#define IRQ_ROUTER_ENDS  48
#define IRQ_ROUTER_ISA   16
#define IRQ_ROUTER_LINKS 4

#define IRQ_PIT 0
#define IRQ_RTC 8
#define IRQ_SCI 9

/* Where the guest has asked for its events to be announced. */
enum irq_callback { IRQ_CALLBACK_NONE, IRQ_CALLBACK_END, IRQ_CALLBACK_PCI };

struct irq_router {
    /* An end has gone up or down. */
    void (*changed)(void *ctx, unsigned int end, bool level);
    void *ctx;
    uint64_t pci[2]; /* wires of the device model: 4 * device + pin */
    uint16_t isa;
    uint8_t link[IRQ_ROUTER_LINKS]; /* ISA interrupt; 0: none */
    uint64_t own;                   /* the platform's own devices but the HPET */
    uint64_t hpet;
    bool legacy; /* the HPET has taken over the 8254's and the clock's */
    enum irq_callback callback;
    unsigned int callback_to; /* an end; or 4 * device + pin */
    bool callback_level;
    uint64_t levels; /* of the ends, as they were last told of */
};

/* All wires down, no links. */
void irq_router_reset(struct irq_router *r);
/* The device model's wires. -XEN_EINVAL: there is no such wire. */
int irq_router_isa(struct irq_router *r, unsigned int irq, bool level);
int irq_router_pci(struct irq_router *r, unsigned int device, unsigned int pin, bool level);
/* Leads a link to an ISA interrupt; 0: to none. */
int irq_router_link(struct irq_router *r, unsigned int link, unsigned int irq);
/* Wires of the platform's devices. */
void irq_router_own(struct irq_router *r, unsigned int end, bool level);
void irq_router_hpet(struct irq_router *r, unsigned int end, bool level);
void irq_router_legacy(struct irq_router *r, bool taken);
/* The wire of event channels, as HVM_PARAM_CALLBACK_IRQ has it (public hvm/params.h). */
void irq_router_callback(struct irq_router *r, uint64_t param, bool level);

/* The records (public arch-x86/hvm/save.h). Loading tells nobody of levels that have changed: the
 * ends have records of their own. False: refused; nothing is changed. */
void irq_router_save_pci(const struct irq_router *r, struct hvm_hw_pci_irqs *out);
void irq_router_save_isa(const struct irq_router *r, struct hvm_hw_isa_irqs *out);
void irq_router_save_link(const struct irq_router *r, struct hvm_hw_pci_link *out);
bool irq_router_load_pci(struct irq_router *r, const struct hvm_hw_pci_irqs *in);
bool irq_router_load_isa(struct irq_router *r, const struct hvm_hw_isa_irqs *in);
bool irq_router_load_link(struct irq_router *r, const struct hvm_hw_pci_link *in);

#endif
