/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock; see rtc.h, and Motorola's data sheet of the MC146818A. Flags are raised when somebody
 * looks, for all the time that has passed, so that the timer is there only for interrupts. */
#include "hvm/platform/rtc.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "hvm/platform/calendar.h"
#include "hvm/platform/ticks.h"
#include "lib/bits.h"
#include "lib/string.h"

_Static_assert(RTC_REGISTERS == RTC_CMOS_SIZE, "ABI");

enum { PORT_INDEX = 0x70, PORT_DATA = 0x71 };
enum {
    SECONDS,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
};

#define A_UPDATING 0x80
#define A_RATE     0x0f
#define A_DIVIDER  0x70
#define B_SET      0x80
#define B_BINARY   0x04
#define B_24HOURS  0x02
#define D_VALID    0x80
/* In B: may it interrupt? In C: has it happened? */
#define PERIODIC  0x40
#define ALARM     0x20
#define UPDATE    0x10
#define INTERRUPT 0x80 /* in C: one of those that may */

#define ALARM_ANY  0xc0 /* both bits: that field does not matter */
#define HOURS_PM   0x80
#define UPDATE_NS  244000U
#define RATE_HZ    32768U
#define OFFSET_MAX (1LL << 40)
/* The registers have two digits of the year. */
#define CENTURY 2000

/* Is there a 32768 Hz crystal to run by? The highest dividers hold it, others are for other ones.
 */
static bool runs(const struct rtc *rtc)
{
    return !(rtc->reg[REG_B] & B_SET) && (rtc->reg[REG_A] & A_DIVIDER) <= 0x20;
}

static uint64_t wallclock(const struct rtc *rtc)
{
    return rtc->owner->wallclock(rtc->ctx);
}

/* What second it is for the guest. */
static uint64_t second(const struct rtc *rtc)
{
    int64_t value = (int64_t)(wallclock(rtc) / NS_PER_SECOND) + rtc->offset;

    return value > 0 ? (uint64_t)value : 0;
}

static uint8_t encode(const struct rtc *rtc, unsigned int value)
{
    if (rtc->reg[REG_B] & B_BINARY)
        return (uint8_t)value;
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

static unsigned int decode(const struct rtc *rtc, uint8_t value)
{
    return rtc->reg[REG_B] & B_BINARY ? value : (value >> 4) * 10U + (value & 0xf);
}

static uint8_t encode_hour(const struct rtc *rtc, unsigned int hour)
{
    if (rtc->reg[REG_B] & B_24HOURS)
        return encode(rtc, hour);
    return encode(rtc, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOURS_PM : 0);
}

static unsigned int decode_hour(const struct rtc *rtc, uint8_t value)
{
    if (rtc->reg[REG_B] & B_24HOURS)
        return decode(rtc, value);
    return decode(rtc, value & ~HOURS_PM) % 12 + (value & HOURS_PM ? 12 : 0);
}

/* Puts the time into its registers. */
static void registers_update(struct rtc *rtc)
{
    struct calendar date;

    if (!runs(rtc))
        return;
    calendar_of(second(rtc), &date);
    rtc->reg[SECONDS] = encode(rtc, date.second);
    rtc->reg[MINUTES] = encode(rtc, date.minute);
    rtc->reg[HOURS] = encode_hour(rtc, date.hour);
    rtc->reg[WEEKDAY] = encode(rtc, date.weekday);
    rtc->reg[DAY] = encode(rtc, date.day);
    rtc->reg[MONTH] = encode(rtc, date.month);
    rtc->reg[YEAR] = encode(rtc, date.year % 100);
}

/* Makes what the registers say the time from now on. */
static void registers_take(struct rtc *rtc)
{
    struct calendar date = {
        .second = decode(rtc, rtc->reg[SECONDS]),
        .minute = decode(rtc, rtc->reg[MINUTES]),
        .hour = decode_hour(rtc, rtc->reg[HOURS]),
        .day = decode(rtc, rtc->reg[DAY]),
        .month = decode(rtc, rtc->reg[MONTH]),
        .year = CENTURY + decode(rtc, rtc->reg[YEAR]),
    };

    rtc->offset = (int64_t)(calendar_seconds(&date) - wallclock(rtc) / NS_PER_SECOND);
    rtc->seen = second(rtc);
}

/* Of the periodic interrupt; 0: it is off. */
static uint64_t period_ticks(const struct rtc *rtc)
{
    unsigned int rate = rtc->reg[REG_A] & A_RATE;

    if (!rate || (rtc->reg[REG_A] & A_DIVIDER) > 0x20)
        return 0;
    return 1ULL << (rate <= 2 ? rate + 6 : rate - 1);
}

static uint64_t periods_until(uint64_t ns, uint64_t period)
{
    return ns_to_ticks(ns, RATE_HZ) / period;
}

static bool alarm_field(const struct rtc *rtc, unsigned int at, uint8_t now)
{
    return (rtc->reg[at] & ALARM_ANY) == ALARM_ANY || rtc->reg[at] == now;
}

static bool is_alarm(const struct rtc *rtc, uint64_t at)
{
    return alarm_field(rtc, SECONDS_ALARM, encode(rtc, at % 60)) &&
           alarm_field(rtc, MINUTES_ALARM, encode(rtc, at / 60 % 60)) &&
           alarm_field(rtc, HOURS_ALARM, encode_hour(rtc, at / 3600 % 24));
}

/* Raises the flags of all seconds since it was last done. The alarm of a time that nobody waited
 * for is looked for in the last minute only. */
static void pass_seconds(struct rtc *rtc)
{
    uint64_t now = second(rtc), from = rtc->seen;

    if (!runs(rtc) || now <= from) {
        rtc->seen = now;
        return;
    }
    rtc->reg[REG_C] |= UPDATE;
    for (uint64_t at = MAX(from, now - MIN(now, 60ULL)) + 1; at <= now; at++)
        if (is_alarm(rtc, at))
            rtc->reg[REG_C] |= ALARM;
    rtc->seen = now;
}

static void pass_periods(struct rtc *rtc)
{
    uint64_t now = rtc->owner->now(rtc->ctx), period = period_ticks(rtc);

    if (period && periods_until(now, period) != periods_until(rtc->seen_ns, period))
        rtc->reg[REG_C] |= PERIODIC;
    rtc->seen_ns = now;
}

/* The next time at which there may be an interrupt. */
static void set_timer(struct rtc *rtc)
{
    uint64_t now = rtc->owner->now(rtc->ctx), period = period_ticks(rtc), next = 0;
    uint8_t enabled = rtc->reg[REG_B] & (PERIODIC | ALARM | UPDATE);

    if ((enabled & (ALARM | UPDATE)) && runs(rtc))
        next = now + NS_PER_SECOND - wallclock(rtc) % NS_PER_SECOND;
    if ((enabled & PERIODIC) && period) {
        uint64_t at = ticks_to_ns((periods_until(now, period) + 1) * period, RATE_HZ);

        next = next ? MIN(next, at) : at;
    }
    rtc->owner->timer(rtc->ctx, next ? MAX(next, now + TICK_MIN_NS) : 0);
}

static void line_update(struct rtc *rtc)
{
    bool level = rtc->reg[REG_C] & rtc->reg[REG_B] & (PERIODIC | ALARM | UPDATE);

    if (level)
        rtc->reg[REG_C] |= INTERRUPT;
    else
        rtc->reg[REG_C] &= (uint8_t)~INTERRUPT;
    rtc->owner->line(rtc->ctx, level);
}

/* Brings the flags up to date. */
static void advance(struct rtc *rtc)
{
    pass_seconds(rtc);
    pass_periods(rtc);
    line_update(rtc);
}

/* Ticks that were missed are not made up for: there is one flag, until the guest has read it. */
void rtc_timer_fired(struct rtc *rtc)
{
    advance(rtc);
    set_timer(rtc);
}

void rtc_reset(struct rtc *rtc)
{
    memset(rtc->reg, 0, sizeof(rtc->reg));
    rtc->index = 0;
    rtc->offset = 0;
    rtc->reg[REG_A] = 0x26;
    rtc->reg[REG_B] = B_24HOURS;
    rtc->reg[REG_D] = D_VALID;
    rtc->seen = second(rtc);
    rtc->seen_ns = rtc->owner->now(rtc->ctx);
    rtc->owner->timer(rtc->ctx, 0);
    rtc->owner->line(rtc->ctx, false);
}

static uint8_t a_read(const struct rtc *rtc)
{
    bool soon = wallclock(rtc) % NS_PER_SECOND >= NS_PER_SECOND - UPDATE_NS;

    return rtc->reg[REG_A] | (soon && runs(rtc) ? A_UPDATING : 0);
}

/* Reading the flags is what takes them down. */
static uint8_t c_read(struct rtc *rtc)
{
    uint8_t value;

    advance(rtc);
    value = rtc->reg[REG_C];
    rtc->reg[REG_C] = 0;
    line_update(rtc);
    return value;
}

static uint8_t register_read(struct rtc *rtc)
{
    switch (rtc->index) {
    case REG_A:
        return a_read(rtc);
    case REG_C:
        return c_read(rtc);
    default:
        registers_update(rtc);
        return rtc->reg[rtc->index];
    }
}

static void a_write(struct rtc *rtc, uint8_t value)
{
    bool ran;

    registers_update(rtc);
    ran = runs(rtc);
    rtc->reg[REG_A] = value & (A_DIVIDER | A_RATE);
    if (runs(rtc) && !ran)
        registers_take(rtc);
}

/* A new form of numbers is for what is written from then on, and what is read while it runs. */
static void b_write(struct rtc *rtc, uint8_t value)
{
    bool ran;

    registers_update(rtc);
    ran = runs(rtc);
    if (value & B_SET)
        value &= (uint8_t)~UPDATE;
    rtc->reg[REG_B] = value;
    if (runs(rtc) && !ran)
        registers_take(rtc);
}

static void time_write(struct rtc *rtc, uint8_t value)
{
    registers_update(rtc);
    rtc->reg[rtc->index] = value;
    if (runs(rtc) && rtc->index != WEEKDAY)
        registers_take(rtc);
}

static void register_write(struct rtc *rtc, uint8_t value)
{
    advance(rtc);
    switch (rtc->index) {
    case REG_A:
        a_write(rtc, value);
        break;
    case REG_B:
        b_write(rtc, value);
        break;
    case REG_C:
    case REG_D:
        return;
    case SECONDS_ALARM:
    case MINUTES_ALARM:
    case HOURS_ALARM:
        rtc->reg[rtc->index] = value;
        break;
    default:
        time_write(rtc, value);
        break;
    }
    line_update(rtc);
    set_timer(rtc);
}

bool rtc_read(struct rtc *rtc, uint16_t port, uint8_t *value)
{
    if (port != PORT_DATA || rtc->index >= RTC_REGISTERS)
        return false;
    *value = register_read(rtc);
    return true;
}

bool rtc_write(struct rtc *rtc, uint16_t port, uint8_t value)
{
    if (port == PORT_INDEX) {
        rtc->index = value & 0x7f;
        return rtc->index < RTC_REGISTERS;
    }
    if (port != PORT_DATA || rtc->index >= RTC_REGISTERS)
        return false;
    register_write(rtc, value);
    return true;
}

void rtc_save(struct rtc *rtc, struct hvm_hw_rtc *out)
{
    advance(rtc);
    registers_update(rtc);
    memset(out, 0, sizeof(*out));
    memcpy(out->cmos_data, rtc->reg, sizeof(rtc->reg));
    out->cmos_index = rtc->index;
    out->rtc_offset = rtc->offset;
}

bool rtc_load(struct rtc *rtc, const struct hvm_hw_rtc *in)
{
    if (in->cmos_index > 0x7f || in->rtc_offset > OFFSET_MAX || in->rtc_offset < -OFFSET_MAX)
        return false;
    if ((in->cmos_data[REG_C] & ~(INTERRUPT | PERIODIC | ALARM | UPDATE)) ||
        in->cmos_data[REG_D] != D_VALID)
        return false;
    memcpy(rtc->reg, in->cmos_data, sizeof(rtc->reg));
    rtc->reg[REG_A] &= A_DIVIDER | A_RATE;
    rtc->index = in->cmos_index;
    rtc->offset = in->rtc_offset;
    rtc->seen = second(rtc);
    rtc->seen_ns = rtc->owner->now(rtc->ctx);
    line_update(rtc);
    set_timer(rtc);
    return true;
}
