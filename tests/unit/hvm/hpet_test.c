/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event timers: counter, one-shot and periodic comparators, levels, old interrupts, record. */
#include "check.h"

#include "hvm/platform/hpet.h"
#include "hvm/platform/ticks.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

static struct hpet hpet;
static uint64_t now, deadline[HPET_TIMERS], lines;
static unsigned int rises[32];
static bool legacy;

static uint64_t get_now(void *ctx)
{
    return now;
}

static void timer(void *ctx, unsigned int nr, uint64_t at)
{
    deadline[nr] = at;
}

static void set_line(void *ctx, unsigned int pin, bool level)
{
    CHECK_EQ(lines >> pin & 1, !level);
    lines ^= 1ULL << pin;
    rises[pin] += level;
}

static void set_legacy(void *ctx, bool taken)
{
    CHECK_EQ(legacy, !taken);
    legacy = taken;
}

static const struct hpet_owner owner = {get_now, timer, set_line, set_legacy};

static uint64_t in(uint32_t offset)
{
    return hpet_mmio_read(&hpet, offset, 8);
}

static void out(uint32_t offset, uint64_t value)
{
    hpet_mmio_write(&hpet, offset, 8, value);
}

static void begin(void)
{
    memset(&hpet, 0, sizeof(hpet));
    memset(rises, 0, sizeof(rises));
    hpet.owner = &owner;
    now = 1600;
    lines = legacy = 0;
    hpet_reset(&hpet);
}

static void fire(unsigned int nr)
{
    now = deadline[nr];
    deadline[nr] = 0;
    hpet_timer_fired(&hpet, nr);
}

static void registers(void)
{
    begin();
    CHECK_EQ(in(0), 16000000ULL << 32 | 0x8086a201);
    CHECK_EQ(hpet_mmio_read(&hpet, 0, 4), 0x8086a201);
    CHECK_EQ(hpet_mmio_read(&hpet, 4, 4), 16000000);
    out(0, 0);
    CHECK_EQ(in(0), 16000000ULL << 32 | 0x8086a201);
    out(0x10, ~0ULL & ~1ULL);
    CHECK_EQ(in(0x10), 2);
    CHECK_EQ(in(0x100), 0x00f0000000000030);
    out(0x100, ~0ULL & ~0x44ULL);
    CHECK_EQ(in(0x100), 0x00f0000000003f3a);
    CHECK_EQ(in(0x108), 0xffffffff); /* cut to 32 bits */
    CHECK_EQ(in(0x128), ~0ULL);
    hpet_mmio_write(&hpet, 0x12c, 4, 0x1234);
    CHECK_EQ(in(0x128), 0x1234ffffffff);
    CHECK_EQ(in(0x110) | in(0x160) | in(0x3f8) | in(0xf8), 0);
    CHECK_EQ(hpet_mmio_read(&hpet, 0x400, 4), 0);
    CHECK_EQ(hpet_mmio_read(&hpet, 0x104, 8), 0); /* across two */
    CHECK_EQ(hpet_mmio_read(&hpet, 0, 2), 0);
    hpet_mmio_write(&hpet, 0x129, 4, 0);
    hpet_mmio_write(&hpet, 0x128, 1, 0);
    out(0x160, 5);
    CHECK_EQ(in(0x128), 0x1234ffffffff);
}

static void the_counter_runs_when_told(void)
{
    begin();
    now += 1000;
    CHECK_EQ(in(0xf0), 0);
    out(0x10, 1);
    now += 1600;
    CHECK_EQ(in(0xf0), 100);
    out(0x10, 0);
    now += 1600;
    CHECK_EQ(in(0xf0), 100);
    out(0xf0, 0x1ffffffff);
    hpet_mmio_write(&hpet, 0xf0, 4, 5);
    CHECK_EQ(in(0xf0), 0x100000005);
    out(0x10, 1);
    now += 160;
    CHECK_EQ(in(0xf0), 0x10000000f);
}

static void one_shots_fire_once(void)
{
    begin();
    out(0x128, 100000);
    out(0x120, 0x4 | 20 << 9);
    CHECK_EQ(deadline[1], 0); /* the counter stands still */
    out(0x10, 1);
    CHECK_EQ(deadline[1], now + 1600000);
    fire(1);
    CHECK(rises[20] == 1 && !lines && deadline[1] == 0);
    CHECK_EQ(in(0x20), 0);
    out(0x128, in(0xf0) - 5); /* missed while it was written */
    CHECK_EQ(deadline[1], now + TICK_MIN_NS);
    out(0x120, 20 << 9);
    CHECK_EQ(deadline[1], 0);
    hpet_timer_fired(&hpet, 1); /* too late */
    CHECK_EQ(rises[20], 1);
}

static void narrow_comparators_wrap(void)
{
    begin();
    out(0xf0, 0x1fffffff0);
    out(0x10, 1);
    out(0x120, 0x104 | 21 << 9);
    out(0x128, 100000);
    CHECK_EQ(deadline[1], now + (100000 + 16) * 16);
    out(0x120, 0x4 | 21 << 9); /* with 64 bits, that is long past */
    CHECK(deadline[1] > now + (1ULL << 59));
}

static void periodic_ones_repeat(void)
{
    begin();
    out(0x10, 1);
    out(0x100, 0x4c | 20 << 9); /* periodic, with the first match to come */
    out(0x108, 70000);
    out(0x108, 62500); /* 1 ms */
    CHECK_EQ(in(0x100) & 0x40, 0);
    CHECK_EQ(deadline[0], 1600 + 70000 * 16);
    fire(0);
    CHECK_EQ(deadline[0], 1600 + (70000 + 62500) * 16);
    CHECK_EQ(in(0x108), 70000 + 62500);
    now = deadline[0] + 3500000; /* three more missed */
    hpet_timer_fired(&hpet, 0);
    CHECK_EQ(rises[20], 2);
    CHECK_EQ(deadline[0], 1600 + (70000 + 62500 * 5) * 16);
    out(0x108, 0); /* no period at all */
    CHECK_EQ(deadline[0], 0);
    out(0x108, 1); /* too short a one */
    CHECK(!deadline[0] || deadline[0] >= now + TICK_MIN_NS);
    hpet_timer_fired(&hpet, 0);
    CHECK(deadline[0] >= now + TICK_MIN_NS);
}

static void levels_stay_until_cleared(void)
{
    begin();
    out(0x10, 1);
    out(0x148, 10000);
    out(0x140, 0x6 | 23 << 9);
    fire(2);
    CHECK(lines == 1 << 23 && in(0x20) == 4);
    hpet_mmio_write(&hpet, 0x20, 4, 3);
    CHECK(lines == 1 << 23);
    hpet_mmio_write(&hpet, 0x20, 4, 4);
    CHECK(!lines && in(0x20) == 0);
    out(0x148, in(0xf0) + 10000);
    fire(2);
    out(0x140, 0x2 | 23 << 9); /* turned off, it lets go */
    CHECK(!lines && in(0x20) == 0);
    out(0x140, 0x4 | 3 << 9); /* a pin that it can't reach */
    out(0x148, in(0xf0) + 10000);
    fire(2);
    CHECK(rises[3] == 0);
}

static void old_interrupts_are_taken_over(void)
{
    begin();
    out(0x10, 3);
    CHECK(legacy && hpet_is_legacy(&hpet));
    for (uint32_t nr = 0; nr < 3; nr++) {
        out(0x108 + nr * 0x20, in(0xf0) + 10000);
        out(0x100 + nr * 0x20, 0x4 | 20 << 9);
        fire(nr);
    }
    CHECK(rises[0] == 1 && rises[8] == 1 && rises[20] == 1);
    out(0x100, 0x6);
    out(0x108, in(0xf0) + 10000);
    fire(0);
    CHECK_EQ(lines, 1);
    out(0x10, 1); /* given back */
    CHECK(!legacy && !lines);
}

static void the_record_tells_all(void)
{
    struct hvm_hw_hpet before, after;

    begin();
    out(0x10, 3);
    out(0x100, 0x4e);
    out(0x108, 20000);
    out(0x120, 0x106 | 22 << 9);
    out(0x128, 10000);
    fire(1);
    hpet_save(&hpet, &before);
    CHECK(before.isr == 2 && before.mc64 == 10000 && before.period[0] == 20000);
    begin();
    now = 123456789;
    CHECK(hpet_load(&hpet, &before));
    CHECK(legacy && lines == 1 << 8);
    hpet_save(&hpet, &after);
    CHECK(!memcmp(&before, &after, sizeof(before)));
    CHECK_EQ(deadline[0], now + 10000 * 16);
#define BAD(change)                       \
    do {                                  \
        after = before;                   \
        change;                           \
        CHECK(!hpet_load(&hpet, &after)); \
    } while (0)
    BAD(after.capability++);
    BAD(after.config = 4);
    BAD(after.isr = 8);
    BAD(after.isr = 4); /* its comparator goes by edge */
    BAD(after.timers[2].config = 0);
    BAD(after.timers[2].config |= 0x4000);
    BAD(after.timers[1].cmp = 1ULL << 32);
    BAD(after.period[1] = 1ULL << 32);
    BAD(after.timers[0].fsb = 1);
}

int main(void)
{
    RUN(registers);
    RUN(the_counter_runs_when_told);
    RUN(one_shots_fire_once);
    RUN(narrow_comparators_wrap);
    RUN(periodic_ones_repeat);
    RUN(levels_stay_until_cleared);
    RUN(old_interrupts_are_taken_over);
    RUN(the_record_tells_all);
    return check_done();
}
