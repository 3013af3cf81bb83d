/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock: dates, forms of numbers, setting it, alarm, update and periodic interrupts, record. */
#include "check.h"

#include "hvm/platform/calendar.h"
#include "hvm/platform/rtc.h"
#include "hvm/platform/ticks.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

/* 2024-02-28 23:59:50, a Wednesday */
#define LEAP_EVE 1709164790ULL

static struct rtc rtc;
static uint64_t now, wall, deadline;
static bool line;
static unsigned int rises;

static uint64_t get_wallclock(void *ctx)
{
    return wall * NS_PER_SECOND + now;
}

static uint64_t get_now(void *ctx)
{
    return now;
}

static void timer(void *ctx, uint64_t at)
{
    deadline = at;
}

static void set_line(void *ctx, bool level)
{
    rises += level && !line;
    line = level;
}

static const struct rtc_owner owner = {get_wallclock, get_now, timer, set_line};

static uint8_t in(uint8_t index)
{
    uint8_t value = 0;

    CHECK(rtc_write(&rtc, 0x70, index));
    CHECK(rtc_read(&rtc, 0x71, &value));
    return value;
}

static void out(uint8_t index, uint8_t value)
{
    CHECK(rtc_write(&rtc, 0x70, index));
    CHECK(rtc_write(&rtc, 0x71, value));
}

static void begin(void)
{
    memset(&rtc, 0, sizeof(rtc));
    rtc.owner = &owner;
    now = 0;
    wall = LEAP_EVE;
    line = false;
    rises = 0;
    rtc_reset(&rtc);
}

/* Hours, minutes, seconds, as the registers have them, in one number. */
static uint32_t clock(void)
{
    return (uint32_t)in(4) << 16 | (uint32_t)in(2) << 8 | in(0);
}

static uint32_t date(void)
{
    return (uint32_t)in(6) << 24 | (uint32_t)in(9) << 16 | (uint32_t)in(8) << 8 | in(7);
}

/* Flags but the periodic one, which is there whenever its time has come. */
static uint8_t flags(void)
{
    return in(12) & 0xbf;
}

static void fire(void)
{
    now = deadline;
    deadline = 0;
    rtc_timer_fired(&rtc);
}

static void dates_are_right(void)
{
    static const struct {
        uint64_t seconds;
        struct calendar date;
    } table[] = {
        {0, {0, 0, 0, 5, 1, 1, 1970}},
        {951782399, {59, 59, 23, 2, 28, 2, 2000}},
        {951782400, {0, 0, 0, 3, 29, 2, 2000}},
        {LEAP_EVE, {50, 59, 23, 4, 28, 2, 2024}},
        {1735689599, {59, 59, 23, 3, 31, 12, 2024}},
        {4107542400, {0, 0, 0, 2, 1, 3, 2100}},
    };
    struct calendar out;

    for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
        calendar_of(table[i].seconds, &out);
        CHECK(!memcmp(&out, &table[i].date, sizeof(out)));
        CHECK_EQ(calendar_seconds(&out), table[i].seconds);
    }
    for (uint64_t seconds = 0; seconds < 16725225600ULL; seconds += 86400 * 3 + 12345) {
        calendar_of(seconds, &out);
        if (!CHECK(calendar_seconds(&out) == seconds && out.day && out.day <= 31))
            break;
    }
}

static void time_passes(void)
{
    begin();
    CHECK_EQ(clock(), 0x235950);
    CHECK_EQ(date(), 0x04240228);
    now += 10 * NS_PER_SECOND;
    CHECK_EQ(clock(), 0x000000);
    CHECK_EQ(date(), 0x05240229);
    CHECK_EQ(in(13), 0x80);
    out(13, 0);
    CHECK_EQ(in(13), 0x80);
}

static void numbers_have_forms(void)
{
    begin();
    out(11, 0x06); /* binary */
    CHECK_EQ(clock(), 23 << 16 | 59 << 8 | 50);
    out(11, 0x04); /* with 12 hours */
    CHECK_EQ(in(4), 0x80 | 11);
    out(11, 0x00);
    CHECK_EQ(in(4), 0x91);
    now += 10 * NS_PER_SECOND;
    CHECK_EQ(in(4), 0x12); /* midnight */
    now += 12 * 3600 * NS_PER_SECOND;
    CHECK_EQ(in(4), 0x92); /* noon */
    now += 3600 * NS_PER_SECOND;
    CHECK_EQ(in(4), 0x81);
    out(4, 0x12);
    CHECK_EQ(in(4), 0x12);
    out(11, 0x02);
    CHECK_EQ(in(4), 0x00);
}

static void it_can_be_set(void)
{
    begin();
    out(11, 0x82);
    now += 5 * NS_PER_SECOND;
    CHECK_EQ(clock(), 0x235950); /* stands still */
    out(0, 0x01);
    out(2, 0x02);
    out(4, 0x03);
    out(7, 0x05);
    out(8, 0x06);
    out(9, 0x31);
    now += 5 * NS_PER_SECOND;
    CHECK_EQ(clock(), 0x030201);
    out(11, 0x02);
    CHECK_EQ(clock(), 0x030201);
    now += 60 * NS_PER_SECOND;
    CHECK_EQ(clock(), 0x030301);
    CHECK_EQ(date(), 0x05310605); /* a Thursday */
    out(2, 0x30);                 /* while it runs */
    now += 3600 * NS_PER_SECOND;
    CHECK_EQ(clock(), 0x043001);
    out(10, 0x76); /* the divider held */
    now += 100 * NS_PER_SECOND;
    CHECK_EQ(clock(), 0x043001);
    out(10, 0x26);
    now += NS_PER_SECOND;
    CHECK_EQ(clock(), 0x043002);
    for (unsigned int i = 0; i < 10; i++) /* nonsense does no harm */
        out((uint8_t)i, 0xff);
    (void)clock();
}

static void updates_interrupt(void)
{
    begin();
    now += 250000000;
    out(11, 0x12);
    CHECK_EQ(deadline, NS_PER_SECOND);
    fire();
    CHECK(line && flags() == 0x90);
    CHECK(!line && flags() == 0);
    CHECK_EQ(deadline, 2 * NS_PER_SECOND);
    now = 5 * NS_PER_SECOND; /* missed ones come as one */
    deadline = 0;
    rtc_timer_fired(&rtc);
    CHECK_EQ(rises, 2);
    fire();
    CHECK_EQ(rises, 2); /* nobody has looked yet */
    out(11, 0x92);      /* setting it turns that off */
    CHECK(!line && !(in(11) & 0x10) && deadline == 0);
}

static void an_update_is_announced(void)
{
    begin();
    CHECK_EQ(in(10), 0x26);
    now = NS_PER_SECOND - 200000;
    CHECK_EQ(in(10), 0xa6);
    out(10, 0xff);
    CHECK_EQ(in(10), 0x7f); /* not to be written; and with that divider there are none */
}

static void the_alarm_rings(void)
{
    begin();
    out(1, 0x05);
    out(3, 0x00);
    out(5, 0xff); /* at any hour */
    out(11, 0x22);
    for (unsigned int i = 0; i < 15; i++) {
        CHECK(!line);
        fire();
    }
    CHECK(line && flags() == 0xb0);
    out(11, 0x02);
    CHECK_EQ(deadline, 0); /* off, nothing ticks */
    now += 3590 * NS_PER_SECOND;
    CHECK_EQ(flags(), 0x10);
    now += 10 * NS_PER_SECOND;
    CHECK_EQ(flags(), 0x30); /* the flag is there all the same */
    CHECK(!line);
}

static void periods_interrupt(void)
{
    begin();
    now = 1000;
    out(10, 0x2f); /* 2 Hz */
    out(11, 0x42);
    CHECK_EQ(deadline, NS_PER_SECOND / 2);
    fire();
    CHECK(line && in(12) == 0xc0 && !line);
    CHECK_EQ(deadline, NS_PER_SECOND);
    out(10, 0x21); /* 256 Hz */
    CHECK_EQ(deadline, NS_PER_SECOND / 2 + NS_PER_SECOND / 256);
    out(10, 0x23); /* 8192 Hz */
    CHECK(deadline >= now + TICK_MIN_NS && deadline <= now + 2 * 122071);
    out(10, 0x20);
    CHECK_EQ(deadline, 0);
    out(10, 0x26);
    out(11, 0x02);
    CHECK_EQ(deadline, 0);
    (void)in(12);
    now += 1000000;
    CHECK_EQ(in(12), 0x40); /* can be polled for */
}

static void the_rest_is_not_its_own(void)
{
    uint8_t value;

    begin();
    CHECK(!rtc_write(&rtc, 0x70, 14));
    CHECK(!rtc_write(&rtc, 0x71, 1) && !rtc_read(&rtc, 0x71, &value));
    CHECK(!rtc_write(&rtc, 0x70, 0x7f) && !rtc_read(&rtc, 0x70, &value));
    CHECK(rtc_write(&rtc, 0x70, 0x8d)); /* the highest bit is another matter */
    CHECK(rtc_read(&rtc, 0x71, &value) && value == 0x80);
    CHECK(!rtc_write(&rtc, 0x72, 1) && !rtc_read(&rtc, 0x72, &value));
}

static void the_record_tells_all(void)
{
    struct hvm_hw_rtc before, after;

    begin();
    now = 12345678;
    out(9, 0x30);
    out(1, 0x33);
    out(11, 0x52);
    now += 3 * NS_PER_SECOND;
    rtc_save(&rtc, &before);
    CHECK(before.cmos_data[12] == 0xd0 && before.cmos_data[9] == 0x30 && before.cmos_index == 11);
    line = false;
    memset(rtc.reg, 0, sizeof(rtc.reg));
    rtc.index = 0, rtc.offset = 0;
    CHECK(rtc_load(&rtc, &before));
    CHECK(line && deadline);
    rtc_save(&rtc, &after);
    CHECK(!memcmp(&before, &after, sizeof(before)));
    CHECK_EQ(in(9), 0x30);
#define BAD(change)                     \
    do {                                \
        after = before;                 \
        change;                         \
        CHECK(!rtc_load(&rtc, &after)); \
    } while (0)
    BAD(after.cmos_index = 0x80);
    BAD(after.cmos_data[12] = 1);
    BAD(after.cmos_data[13] = 0);
    BAD(after.rtc_offset = INT64_MAX);
    BAD(after.rtc_offset = INT64_MIN);
}

int main(void)
{
    RUN(dates_are_right);
    RUN(time_passes);
    RUN(numbers_have_forms);
    RUN(it_can_be_set);
    RUN(updates_interrupt);
    RUN(an_update_is_announced);
    RUN(the_alarm_rings);
    RUN(periods_interrupt);
    RUN(the_rest_is_not_its_own);
    RUN(the_record_tells_all);
    return check_done();
}
