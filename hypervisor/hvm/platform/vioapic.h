/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's IO-APIC (Intel's data sheet of the 82093AA, 290566-001), with as many pins as the ABI
 * has for it. It makes messages for local APICs of what its pins do.
 *
 * Whoever owns it keeps it from being used twice at a time. */
#ifndef HVM_PLATFORM_VIOAPIC_H
#define HVM_PLATFORM_VIOAPIC_H

#include "hvm/lapic.h"

struct hvm_hw_vioapic;

#define VIOAPIC_BASE 0xfec00000ULL
#define VIOAPIC_SIZE 0x1000
#define VIOAPIC_PINS 48

struct vioapic_owner {
    /* Hands a message to the local APICs that it is for. False: none has taken it. */
    bool (*deliver)(void *ctx, const struct lapic_message *message);
};

struct vioapic {
    const struct vioapic_owner *owner;
    void *ctx;
    uint8_t index; /* of the register in the window */
    uint8_t id;
    uint64_t entry[VIOAPIC_PINS];
    uint64_t lines; /* levels of the pins */
};

/* State after power-up: all pins masked. Levels of pins stay. */
void vioapic_reset(struct vioapic *apic);
/* Registers by their offset in the page: the first four bytes of each 16. Others read 0. */
uint32_t vioapic_read(const struct vioapic *apic, uint32_t offset);
void vioapic_write(struct vioapic *apic, uint32_t offset, uint32_t value);
/* A pin goes up or down. */
void vioapic_line(struct vioapic *apic, unsigned int pin, bool level);
/* Levels of all pins at once, which sends nothing: what was restored. */
void vioapic_lines_restore(struct vioapic *apic, uint64_t lines);
/* A local APIC is done with that vector, which was level-triggered. */
void vioapic_eoi(struct vioapic *apic, uint8_t vector);
/* Does the first pin pass the 8259's interrupts on? Then to the APICs of *message. */
bool vioapic_passes_extint(const struct vioapic *apic, struct lapic_message *message);

/* The record (public arch-x86/hvm/save.h). */
void vioapic_save(const struct vioapic *apic, struct hvm_hw_vioapic *out);
/* False: no state that it can have; nothing is changed. */
bool vioapic_load(struct vioapic *apic, const struct hvm_hw_vioapic *in);

#endif
