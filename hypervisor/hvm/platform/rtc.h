/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock of a PC (MC146818) behind ports 0x70 and 0x71: its 14 registers. The memory behind
 * them, and so any access that is about it, is the device model's. Its interrupt is number 8.
 *
 * Whoever owns it keeps it from being used twice at a time. */
#ifndef HVM_PLATFORM_RTC_H
#define HVM_PLATFORM_RTC_H

#include "lib/compiler.h"

struct hvm_hw_rtc;

#define RTC_REGISTERS 14

struct rtc_owner {
    /* The time of day that the guest's clock began with: ns since 1970, its local time. */
    uint64_t (*wallclock)(void *ctx);
    uint64_t (*now)(void *ctx); /* ns */
    /* Has rtc_timer_fired called at that time, by `now`; 0: not any more. */
    void (*timer)(void *ctx, uint64_t deadline);
    void (*line)(void *ctx, bool level);
};

struct rtc {
    const struct rtc_owner *owner;
    void *ctx;
    uint8_t index; /* the register that port 0x71 is about */
    uint8_t reg[RTC_REGISTERS];
    int64_t offset;   /* seconds that the guest's clock is ahead of the wall clock */
    uint64_t seen;    /* the second up to which flags have been raised */
    uint64_t seen_ns; /* and the time, for the periodic one */
};

void rtc_reset(struct rtc *rtc);
/* False: the access is the device model's. A write of the index is, too, when it leads there. */
bool rtc_read(struct rtc *rtc, uint16_t port, uint8_t *value);
bool rtc_write(struct rtc *rtc, uint16_t port, uint8_t value);
void rtc_timer_fired(struct rtc *rtc);

/* The record (public arch-x86/hvm/save.h). */
void rtc_save(struct rtc *rtc, struct hvm_hw_rtc *out);
/* False: no state that it can have; nothing is changed. */
bool rtc_load(struct rtc *rtc, const struct hvm_hw_rtc *in);

#endif
