/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI's timer, its overflow, events and buttons, and its record. */
#include "check.h"

#include "hvm/platform/acpi_pm.h"
#include "hvm/platform/ticks.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

static struct acpi_pm pm;
static uint64_t now, deadline;
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
    line = level;
}

static const struct acpi_pm_owner owner = {get_now, timer, set_line};

static uint32_t in(unsigned int offset, unsigned int size)
{
    uint32_t value = 0;

    CHECK(acpi_pm_read(&pm, offset, size, &value));
    return value;
}

static void out(unsigned int offset, unsigned int size, uint32_t value)
{
    CHECK(acpi_pm_write(&pm, offset, size, value));
}

static void begin(void)
{
    memset(&pm, 0, sizeof(pm));
    pm.owner = &owner;
    now = 777;
    acpi_pm_reset(&pm);
}

static void the_timer_runs(void)
{
    begin();
    CHECK_EQ(in(8, 4), 0);
    now += NS_PER_SECOND;
    CHECK_EQ(in(8, 4), 3579545);
    CHECK_EQ(in(8, 2), 3579545 & 0xffff);
    CHECK_EQ(in(10, 1), 3579545 >> 16);
    out(8, 4, 0); /* not to be written */
    CHECK_EQ(in(8, 4), 3579545);
    now += 1200 * NS_PER_SECOND;
    CHECK_EQ(in(8, 4), (uint32_t)(1201 * 3579545ULL)); /* it wrapped */
}

static void its_highest_bit_is_an_event(void)
{
    uint64_t half = ticks_to_ns(1ULL << 31, ACPI_PM_HZ);

    begin();
    CHECK_EQ(deadline, 0); /* nobody asked */
    now += half;
    CHECK_EQ(in(0, 2), 1);
    CHECK(!line);
    out(0, 2, 1);
    CHECK_EQ(in(0, 2), 0);
    out(2, 2, 1);
    CHECK_EQ(deadline, 777 + ticks_to_ns(1ULL << 32, ACPI_PM_HZ));
    now = deadline;
    acpi_pm_timer_fired(&pm);
    CHECK(line && in(0, 2) == 1);
    CHECK_EQ(deadline, 777 + ticks_to_ns(3ULL << 31, ACPI_PM_HZ));
    out(0, 1, 1);
    CHECK(!line);
    out(2, 1, 0);
    CHECK_EQ(deadline, 0);
}

static void buttons_are_events(void)
{
    begin();
    acpi_pm_press(&pm, ACPI_PM_POWER_BUTTON);
    CHECK(!line && in(0, 4) == 0x100);
    out(2, 2, 0xffff);
    CHECK_EQ(in(2, 2), 0x0721); /* those that there are */
    CHECK(line);
    out(0, 4, 0x03000200); /* another one's flag is not this one's */
    CHECK(line && in(0, 4) == 0x03000100);
    out(1, 1, 1);
    CHECK(!line && in(0, 4) == 0x03000000);
    acpi_pm_press(&pm, ACPI_PM_SLEEP_BUTTON);
    CHECK(line && in(1, 1) == 2);
    out(2, 2, 0);
    CHECK(!line);
}

static void other_ports_are_not_its_own(void)
{
    uint32_t value;

    begin();
    CHECK(!acpi_pm_read(&pm, 4, 2, &value) && !acpi_pm_read(&pm, 12, 4, &value));
    CHECK(!acpi_pm_read(&pm, 3, 2, &value) && !acpi_pm_read(&pm, 10, 4, &value));
    CHECK(!acpi_pm_read(&pm, 0, 3, &value) && !acpi_pm_read(&pm, ~0U, 1, &value));
    CHECK(!acpi_pm_write(&pm, 4, 2, 0) && !acpi_pm_write(&pm, 2, 4, 0));
}

static void the_record_tells_all(void)
{
    struct hvm_hw_pmtimer before, after;

    begin();
    out(2, 2, 0x0101);
    acpi_pm_press(&pm, ACPI_PM_POWER_BUTTON);
    now += 3000000;
    acpi_pm_save(&pm, &before);
    CHECK(before.pm1a_sts == 0x100 && before.pm1a_en == 0x101 && before.tmr_val == 10738);
    begin();
    line = false;
    now = 5555555;
    CHECK(acpi_pm_load(&pm, &before));
    CHECK(line);
    CHECK_EQ(deadline, now + ticks_to_ns((1ULL << 31) - 10738, ACPI_PM_HZ));
    acpi_pm_save(&pm, &after);
    CHECK(!memcmp(&before, &after, sizeof(before)));
    after.pm1a_sts = 2;
    CHECK(!acpi_pm_load(&pm, &after));
    after = before, after.pm1a_en = 0x8000;
    CHECK(!acpi_pm_load(&pm, &after));
}

int main(void)
{
    RUN(the_timer_runs);
    RUN(its_highest_bit_is_an_event);
    RUN(buttons_are_events);
    RUN(other_ports_are_not_its_own);
    RUN(the_record_tells_all);
    return check_done();
}
