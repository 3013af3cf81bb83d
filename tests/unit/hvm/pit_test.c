/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254: modes, counts, latches, read-back, the speaker's port, and its record. */
#include "check.h"

#include "hvm/platform/pit.h"
#include "hvm/platform/ticks.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

static struct pit pit;
static uint64_t now, deadline;
static unsigned int rises;
static bool line;

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

static const struct pit_owner owner = {get_now, timer, set_line};

static uint8_t in(uint16_t port)
{
    uint8_t value = 0;

    CHECK(pit_read(&pit, port, &value));
    return value;
}

static void out(uint16_t port, uint8_t value)
{
    CHECK(pit_write(&pit, port, value));
}

static void begin(void)
{
    memset(&pit, 0, sizeof(pit));
    pit.owner = &owner;
    now = 1000000;
    rises = 0;
    line = false;
    pit_reset(&pit);
}

static void program(unsigned int channel, uint8_t control, unsigned int count)
{
    out(0x43, (uint8_t)(channel << 6 | 0x30 | control));
    out((uint16_t)(0x40 + channel), (uint8_t)count);
    out((uint16_t)(0x40 + channel), (uint8_t)(count >> 8));
}

static void pass(uint64_t ticks)
{
    now += ticks_to_ns(ticks, PIT_HZ);
}

static unsigned int count(unsigned int channel)
{
    uint8_t low;

    out(0x43, (uint8_t)(channel << 6));
    low = in((uint16_t)(0x40 + channel));
    return low | (unsigned int)in((uint16_t)(0x40 + channel)) << 8;
}

static void fire(void)
{
    now = deadline;
    deadline = 0;
    pit_timer_fired(&pit);
}

static void ticks_convert(void)
{
    CHECK_EQ(ns_to_ticks(NS_PER_SECOND, PIT_HZ), PIT_HZ);
    CHECK_EQ(ns_to_ticks(1000000000000000000ULL, PIT_HZ), PIT_HZ * 1000000000ULL);
    for (uint64_t i = 0; i < 5000; i++)
        if (!CHECK(ns_to_ticks(ticks_to_ns(i, PIT_HZ), PIT_HZ) == i))
            break;
    CHECK_EQ(ns_to_ticks(ticks_to_ns(1, PIT_HZ) - 1, PIT_HZ), 0);
}

static void nothing_ticks_at_first(void)
{
    begin();
    CHECK(deadline == 0 && !line);
    out(0x40, 5); /* without a mode */
    CHECK(deadline == 0 && pit.channel[0].count == 65536);
}

static void mode_0_ends_once(void)
{
    begin();
    program(0, 0x00, 1000);
    CHECK(!line);
    CHECK_EQ(deadline, now + ticks_to_ns(1000, PIT_HZ));
    pass(400);
    CHECK_EQ(count(0), 600);
    fire();
    CHECK(line && deadline == 0 && rises == 1);
    pass(10);
    CHECK_EQ(count(0), 0x10000 - 10); /* goes on */
    out(0x40, 1);
    CHECK(line);
    out(0x40, 0);
    CHECK(!line); /* a new count */
}

static void mode_2_repeats(void)
{
    begin();
    program(0, 0x04, 11932); /* 10 ms */
    for (unsigned int i = 1; i <= 3; i++) {
        fire();
        CHECK_EQ(rises, i);
        CHECK_EQ(now, 1000000 + ticks_to_ns(11932 * i, PIT_HZ));
    }
    pass(932);
    CHECK_EQ(count(0), 11000);
    pass(50000); /* four ticks missed: one pulse, in step with the old ones */
    deadline = 0;
    pit_timer_fired(&pit);
    CHECK_EQ(rises, 4);
    CHECK_EQ(deadline, 1000000 + ticks_to_ns(11932 * 8, PIT_HZ));
    out(0x43, 0x34); /* the mode alone stops it */
    CHECK(deadline == 0 && !line);
}

static void mode_3_counts_by_twos(void)
{
    begin();
    program(2, 0x06, 1000);
    out(0x61, 1);
    CHECK(in(0x61) & 0x20);
    pass(100);
    CHECK_EQ(count(2), 800);
    pass(450);
    CHECK(!(in(0x61) & 0x20));
    CHECK_EQ(count(2), 900);
    pass(450);
    CHECK(in(0x61) & 0x20);
    CHECK_EQ(count(2), 1000);
    begin();
    program(0, 0x0e, 2000); /* mode 7 is mode 3 */
    fire();
    fire();
    CHECK_EQ(rises, 2);
    CHECK_EQ(now, 1000000 + ticks_to_ns(4000, PIT_HZ));
}

static void mode_4_strobes_once(void)
{
    begin();
    program(0, 0x08, 500);
    fire();
    CHECK(rises == 1 && deadline == 0);
    program(0, 0x08, 500);
    fire();
    CHECK_EQ(rises, 2);
}

static void modes_1_and_5_wait_for_a_gate(void)
{
    begin();
    program(0, 0x02, 500); /* channel 0 has a gate that is always open */
    CHECK_EQ(deadline, 0);
    program(2, 0x02, 500);
    out(0x61, 1);
    pass(100);
    CHECK(!(in(0x61) & 0x20));
    out(0x61, 0);
    out(0x61, 1); /* again, from the start */
    pass(450);
    CHECK(!(in(0x61) & 0x20));
    pass(60);
    CHECK(in(0x61) & 0x20);
    program(2, 0x0a, 500);
    out(0x61, 0);
    out(0x61, 1);
    pass(500);
    CHECK(!(in(0x61) & 0x20));
    pass(1);
    CHECK(in(0x61) & 0x20);
}

static void a_guest_can_measure_with_channel_2(void)
{
    begin();
    out(0x61, 0);
    program(2, 0x00, 59659); /* 50 ms */
    pass(1000);
    CHECK_EQ(count(2), 59659); /* its gate is shut */
    out(0x61, 1);
    pass(59658);
    CHECK(!(in(0x61) & 0x20));
    CHECK_EQ(count(2), 1);
    pass(2);
    CHECK(in(0x61) & 0x20);
    CHECK_EQ(in(0x61) & 3, 1);
    program(2, 0x00, 1000);
    pass(300);
    out(0x61, 2); /* held, and on with it */
    pass(300);
    CHECK_EQ(count(2), 700);
    out(0x61, 3);
    pass(300);
    CHECK_EQ(count(2), 400);
    CHECK_EQ(in(0x61) & 3, 3);
    CHECK(in(0x61) & 0x10 ? (now += 15085, !(in(0x61) & 0x10)) : (now += 15085, in(0x61) & 0x10));
}

static void latches_stay_until_read(void)
{
    begin();
    program(0, 0x04, 0x1234);
    out(0x43, 0x00);
    pass(0x34);
    out(0x43, 0x00); /* too late */
    CHECK_EQ(in(0x40), 0x34);
    CHECK_EQ(in(0x40), 0x12);
    CHECK_EQ(in(0x40), 0x00); /* the count itself, low byte first */
    CHECK_EQ(in(0x40), 0x12);
    out(0x43, 0x14); /* low byte only */
    out(0x40, 0x80);
    CHECK_EQ(in(0x40), 0x80);
    CHECK_EQ(in(0x40), 0x80);
    out(0x43, 0x24); /* high byte only */
    out(0x40, 0x12);
    pass(1);
    CHECK_EQ(in(0x40), 0x11);
    CHECK_EQ(in(0x43), 0xff);
}

static void read_back_tells_of_several(void)
{
    begin();
    program(0, 0x04, 0x1000);
    program(1, 0x00, 0x2000);
    pass(0x10);
    out(0x43, 0xc6); /* count and status of 0 and 1 */
    pass(0x10);
    CHECK_EQ(in(0x40), 0xb4);
    CHECK_EQ(in(0x40), 0xf0);
    CHECK_EQ(in(0x40), 0x0f);
    CHECK_EQ(in(0x41), 0x30);
    CHECK_EQ(in(0x41), 0xf0);
    CHECK_EQ(in(0x41), 0x1f);
    out(0x43, 0xe2); /* status alone */
    pass(1);
    CHECK_EQ(in(0x40), 0xb4);
    CHECK_EQ(in(0x40), 0xdf);
}

static void counts_can_be_decimal(void)
{
    begin();
    program(0, 0x05, 0x1000);
    pass(1);
    CHECK_EQ(count(0), 0x0999);
    pass(990);
    CHECK_EQ(count(0), 0x0009);
    CHECK_EQ(deadline, 1000000 + ticks_to_ns(1000, PIT_HZ));
    program(0, 0x05, 0); /* 10000 */
    pass(1);
    CHECK_EQ(count(0), 0x9999);
    program(0, 0x05, 0xffff); /* these are no digits */
    CHECK(pit.channel[0].count <= 10000);
    program(0, 0x04, 0);
    pass(1);
    CHECK_EQ(count(0), 0xffff);
    program(0, 0x01, 0x0010);
    pass(12);
    CHECK_EQ(count(0), 0x9998); /* below 0 */
}

static void no_count_is_too_small(void)
{
    for (unsigned int mode = 0; mode < 6; mode++) {
        begin();
        program(0, (uint8_t)(mode << 1), 1);
        CHECK(!deadline || deadline >= now + TICK_MIN_NS);
        pass(12345);
        (void)count(0);
        out(0x43, 0xe2);
        CHECK_EQ(in(0x40) >> 1 & 7, mode);
    }
}

static void the_record_tells_all(void)
{
    struct hvm_hw_pit before, after;

    begin();
    program(0, 0x05, 0x1000);
    program(1, 0x04, 0);
    program(2, 0x06, 0x4321);
    out(0x61, 2);
    out(0x43, 0xc2);
    in(0x40);        /* status read, count not yet */
    out(0x41, 0x77); /* half of a count */
    pit_save(&pit, &before);
    CHECK(before.channels[1].count == 65536 && before.channels[1].write_state == 4);
    CHECK(before.channels[1].write_latch == 0x77 && before.channels[0].status_latched == 0);
    CHECK(before.speaker_data_on == 1 && !before.channels[2].gate);
    begin();
    CHECK(pit_load(&pit, &before));
    pit_save(&pit, &after);
    CHECK(!memcmp(&before, &after, sizeof(before)));
    CHECK_EQ(deadline, now + ticks_to_ns(1000, PIT_HZ));
#define BAD(change)                     \
    do {                                \
        after = before;                 \
        change;                         \
        CHECK(!pit_load(&pit, &after)); \
    } while (0)
    BAD(after.channels[0].count = 0);
    BAD(after.channels[0].count = 10001);
    BAD(after.channels[1].count = 65537);
    BAD(after.channels[1].mode = 6);
    BAD(after.channels[1].rw_mode = 4);
    BAD(after.channels[1].read_state = 1);
    BAD(after.channels[1].write_state = 0);
    BAD(after.channels[1].count_latched = 5);
    BAD(after.channels[1].gate = 0);
    BAD(after.channels[1].status_latched = 2);
    BAD(after.speaker_data_on = 2);
    begin(); /* one to which nothing has been said yet */
    pit_save(&pit, &before);
    CHECK(pit_load(&pit, &before) && deadline == 0);
}

int main(void)
{
    RUN(ticks_convert);
    RUN(nothing_ticks_at_first);
    RUN(mode_0_ends_once);
    RUN(mode_2_repeats);
    RUN(mode_3_counts_by_twos);
    RUN(mode_4_strobes_once);
    RUN(modes_1_and_5_wait_for_a_gate);
    RUN(a_guest_can_measure_with_channel_2);
    RUN(latches_stay_until_read);
    RUN(read_back_tells_of_several);
    RUN(counts_can_be_decimal);
    RUN(no_count_is_too_small);
    RUN(the_record_tells_all);
    return check_done();
}
