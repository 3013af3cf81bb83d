/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254 timer of a PC at ports 0x40 to 0x43, and the bits of port 0x61 that have to do with its
 * third channel: gate, output, speaker. Channel 0 is interrupt 0.
 *
 * Whoever owns it keeps it from being used twice at a time. */
#ifndef HVM_PLATFORM_PIT_H
#define HVM_PLATFORM_PIT_H

#include "lib/compiler.h"

struct hvm_hw_pit;

#define PIT_HZ       1193182ULL
#define PIT_CHANNELS 3

struct pit_owner {
    uint64_t (*now)(void *ctx); /* ns */
    /* Has pit_timer_fired called at that time; 0: not any more. */
    void (*timer)(void *ctx, uint64_t deadline);
    /* Output of channel 0. */
    void (*line)(void *ctx, bool level);
};

/* Which byte an access is about: one of them always, or the low one and then the high one. */
enum pit_bytes { PIT_NONE, PIT_LOW, PIT_HIGH, PIT_BOTH, PIT_BOTH_HIGH };

struct pit_channel {
    uint32_t count;   /* 1 to 65536, in binary */
    uint64_t started; /* when it was loaded, ns */
    uint64_t held;    /* with its gate shut, ticks that had gone by */
    uint16_t latched;
    uint8_t status, written_low;
    enum pit_bytes access, reading, writing, latch; /* latch: what is left of it to be read */
    uint8_t mode;
    bool bcd, gate, status_latched;
};

struct pit {
    const struct pit_owner *owner;
    void *ctx;
    struct pit_channel channel[PIT_CHANNELS];
    bool speaker;
};

/* State after power-up: nothing ticks. */
void pit_reset(struct pit *pit);
/* Ports 0x40 to 0x43 and 0x61, a byte each. Other ports: false. */
bool pit_read(struct pit *pit, uint16_t port, uint8_t *value);
bool pit_write(struct pit *pit, uint16_t port, uint8_t value);
void pit_timer_fired(struct pit *pit);

/* The record (public arch-x86/hvm/save.h), which says nothing of what has gone by of a count:
 * loaded, counts begin anew. */
void pit_save(const struct pit *pit, struct hvm_hw_pit *out);
/* False: no state that it can have; nothing is changed. */
bool pit_load(struct pit *pit, const struct hvm_hw_pit *in);

#endif
