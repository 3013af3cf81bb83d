/* SPDX-License-Identifier: GPL-2.0-or-later */
/* High-precision event timers (IA-PC HPET specification 1.0a): a counter of 62.5 MHz and three
 * comparators, all of which can be periodic and have 64 bits.
 *
 * Whoever owns it keeps it from being used twice at a time. */
#ifndef HVM_PLATFORM_HPET_H
#define HVM_PLATFORM_HPET_H

#include "lib/compiler.h"

struct hvm_hw_hpet;

#define HPET_BASE    0xfed00000ULL
#define HPET_SIZE    0x400
#define HPET_TIMERS  3
#define HPET_TICK_NS 16

struct hpet_owner {
    uint64_t (*now)(void *ctx); /* ns */
    /* Has hpet_timer_fired called for that comparator at that time; 0: not any more. */
    void (*timer)(void *ctx, unsigned int nr, uint64_t deadline);
    /* An interrupt line: a pin of the IO-APIC, or (see hpet_is_legacy) ISA interrupt 0 or 8. */
    void (*line)(void *ctx, unsigned int pin, bool level);
    /* The timer and the clock of old get or give up their interrupts 0 and 8. */
    void (*legacy)(void *ctx, bool taken);
};

struct hpet_comparator {
    uint64_t config, compare;
    uint64_t period;   /* what was last written; added on each match when periodic */
    unsigned int line; /* the one that is up */
    bool is_up;
};

struct hpet {
    const struct hpet_owner *owner;
    void *ctx;
    uint64_t config, status;
    uint64_t counter; /* at `started`, when it runs */
    uint64_t started; /* ns */
    struct hpet_comparator timer[HPET_TIMERS];
};

void hpet_reset(struct hpet *hpet);
/* Registers by their offset: aligned accesses of 4 or 8 bytes. Others read 0 and are ignored. */
uint64_t hpet_mmio_read(const struct hpet *hpet, uint32_t offset, unsigned int size);
void hpet_mmio_write(struct hpet *hpet, uint32_t offset, unsigned int size, uint64_t value);
void hpet_timer_fired(struct hpet *hpet, unsigned int nr);

/* Are its first two comparators in the place of the 8254 and the clock? */
bool hpet_is_legacy(const struct hpet *hpet);

/* The record (public arch-x86/hvm/save.h). */
void hpet_save(const struct hpet *hpet, struct hvm_hw_hpet *out);
/* False: no state that it can have; nothing is changed. */
bool hpet_load(struct hpet *hpet, const struct hvm_hw_hpet *in);

#endif
