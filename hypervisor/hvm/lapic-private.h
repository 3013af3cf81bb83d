/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the local APIC share. */
#ifndef HVM_LAPIC_PRIVATE_H
#define HVM_LAPIC_PRIVATE_H

#include "hvm/lapic.h"

#define LVT_MASKED (1u << 16)

#define SVR_ENABLED  (1u << 8)
#define SVR_BITS     0x1ffu
#define ICR_PENDING  (1ULL << 12)
#define ICR_WRITABLE 0xcdfffULL
#define DIVIDE_BITS  0xbu
#define DFR_FIXED    0x0fffffffu
/* Bits of the base register that have no meaning. */
#define BASE_RESERVED 0x2ffULL

/* lapic.c: which bits of each local vector can be written. */
extern const uint32_t lapic_lvt_writable[LAPIC_LVTS];
/* Raises one of the local vectors, unless it is masked. */
void lapic_local(struct lapic *apic, unsigned int index);

/* lapic_timer.c: what is left of the count. */
uint32_t lapic_timer_count(const struct lapic *apic);
/* Starts it from that count; 0 stops it. */
void lapic_timer_start(struct lapic *apic, uint32_t count);
/* The local vector of the timer is about to become `lvt`: a change of mode stops it. */
void lapic_timer_mode(struct lapic *apic, uint32_t lvt);
/* Goes on where it was, with `left` of its count to go. */
void lapic_timer_restore(struct lapic *apic, uint32_t initial, uint32_t left);
void lapic_timer_divide(struct lapic *apic, uint32_t divide);

#endif
