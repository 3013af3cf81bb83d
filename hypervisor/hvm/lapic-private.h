/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of the local APIC share. */
#ifndef HVM_LAPIC_PRIVATE_H
#define HVM_LAPIC_PRIVATE_H

#include "hvm/lapic.h"

#define LVT_MASKED (1u << 16)

/* lapic.c: raises one of the local vectors, unless it is masked. */
void lapic_local(struct lapic *apic, unsigned int index);

/* lapic_timer.c: what is left of the count. */
uint32_t lapic_timer_count(const struct lapic *apic);
/* Starts it from that count; 0 stops it. */
void lapic_timer_start(struct lapic *apic, uint32_t count);
/* The local vector of the timer is about to become `lvt`: a change of mode stops it. */
void lapic_timer_mode(struct lapic *apic, uint32_t lvt);
void lapic_timer_divide(struct lapic *apic, uint32_t divide);

#endif
