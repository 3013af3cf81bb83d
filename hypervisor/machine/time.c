/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's clock; see time.h. One scale serves all CPUs: their TSCs are taken to run
 * together, which the hardware promises where it has an invariant TSC. */
#include "lib/bits.h"
#include "lib/print.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/device_map.h"
#include "machine/time.h"
#include "machine/traps.h"

#define NS_PER_SECOND    1000000000ULL
#define CALIBRATION_NS   20000000ULL
#define PM_TIMER_HZ      3579545ULL
#define PM_TIMER_MASK    0xffffffU
#define HPET_PERIOD      0x004 /* upper half of the capabilities: femtoseconds a tick */
#define HPET_CONFIG      0x010
#define HPET_COUNTER     0x0f0
#define HPET_ENABLE      1U
#define FS_PER_NS        1000000ULL

struct tsc_scale tsc_scale;
uint32_t tsc_khz;
uint64_t tsc_at_boot;

/* APIC timer ticks per ns of system time, as a 32.32 number. */
static uint64_t apic_ticks_per_ns;

/* A counter of known rate to measure against. */
struct reference {
    const char *name;
    uint64_t (*read)(void);
    uint64_t mask;
    uint64_t hz;
};

static char *hpet;

static uint64_t hpet_read(void)
{
    return *(volatile uint32_t *)(hpet + HPET_COUNTER);
}

static uint64_t pm_timer_read(void)
{
    return port_in32(acpi.pm_timer_port) & PM_TIMER_MASK;
}

static bool hpet_start(struct reference *ref)
{
    uint32_t period;

    if (!acpi.hpet_address)
        return false;
    hpet = device_map(acpi.hpet_address, 0x400);
    if (!hpet)
        return false;
    period = *(volatile uint32_t *)(hpet + HPET_PERIOD);
    if (period < 100000 || period > 100000000)
        return false;
    *(volatile uint32_t *)(hpet + HPET_CONFIG) |= HPET_ENABLE;
    *ref = (struct reference){"HPET", hpet_read, 0xffffffff, NS_PER_SECOND * FS_PER_NS / period};
    return true;
}

static void reference_find(struct reference *ref)
{
    if (hpet_start(ref))
        return;
    if (!acpi.pm_timer_port)
        panic("no HPET and no ACPI PM timer: the TSC can't be measured");
    *ref = (struct reference){"ACPI PM timer", pm_timer_read, PM_TIMER_MASK, PM_TIMER_HZ};
}

static uint64_t scale_apply(uint64_t ticks)
{
    ticks = tsc_scale.shift >= 0 ? ticks << tsc_scale.shift : ticks >> -tsc_scale.shift;
    return (uint64_t)(((unsigned __int128)ticks * tsc_scale.mul) >> 32);
}

uint64_t tsc_to_system_time(uint64_t tsc)
{
    return tsc > tsc_at_boot ? scale_apply(tsc - tsc_at_boot) : 0;
}

uint64_t system_time(void)
{
    return tsc_to_system_time(tsc_read());
}

void (*timer_interrupt_hook)(void);

static void timer_interrupt_raised(void *unused)
{
    if (timer_interrupt_hook)
        timer_interrupt_hook();
}

void time_init(void)
{
    struct reference ref;
    uint64_t begin, ticks, target, tsc_begin, tsc_ticks, apic_ticks;

    reference_find(&ref);
    target = ref.hz * CALIBRATION_NS / NS_PER_SECOND;

    vector_handler_set(VECTOR_TIMER, timer_interrupt_raised, NULL);
    apic_timer_set(0xffffffff);
    begin = ref.read();
    tsc_begin = tsc_read();
    do {
        cpu_relax();
        ticks = (ref.read() - begin) & ref.mask;
    } while (ticks < target);
    tsc_ticks = tsc_read() - tsc_begin;
    apic_ticks = 0xffffffff - apic_timer_left();
    apic_timer_set(0);

    /* No reference is so slow that target could be 0. NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
    tsc_khz = (uint32_t)(tsc_ticks * ref.hz / ticks / 1000);
    if (!tsc_khz)
        panic("the TSC does not count");
    tsc_scale = tsc_scale_for(tsc_khz * 1000ULL);
    tsc_at_boot = tsc_begin;
    apic_ticks_per_ns = (apic_ticks << 32) / MAX(scale_apply(tsc_ticks), 1UL);
    log_at(LOG_INFO, "TSC at %u.%03u MHz, measured with the %s\n", tsc_khz / 1000, tsc_khz % 1000,
           ref.name);
}

void cpu_timer_arm(uint64_t deadline)
{
    uint64_t now, ticks;

    if (deadline == UINT64_MAX) {
        apic_timer_set(0);
        return;
    }
    now = system_time();
    ticks = deadline > now ? MIN(deadline - now, NS_PER_SECOND) * apic_ticks_per_ns >> 32 : 0;
    apic_timer_set((uint32_t)MIN(MAX(ticks, 1UL), 0xffffffffUL));
}

static uint8_t cmos_read(uint8_t reg)
{
    port_out8(0x70, reg);
    return port_in8(0x71);
}

static unsigned int from_bcd(uint8_t value, bool binary)
{
    return binary ? value : (value & 0xfU) + (value >> 4) * 10U;
}

/* Days from 1970-01-01 to the given day of the Gregorian calendar. */
static uint64_t days_from_civil(uint64_t year, unsigned int month, unsigned int day)
{
    uint64_t y = month <= 2 ? year - 1 : year, era_year = y % 400;
    uint64_t day_of_year = (153 * (month + (month > 2 ? -3U : 9U)) + 2) / 5 + day - 1;

    return y / 400 * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + day_of_year - 719468;
}

uint64_t cmos_time_read(void)
{
    enum { SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11 };
    uint8_t raw[6], again;
    bool binary, day_hours;
    unsigned int hour;

    do { /* until a set that no update cut in two */
        for (int tries = 0; (cmos_read(STATUS_A) & 0x80) && tries < 100000; tries++)
            cpu_relax();
        raw[0] = cmos_read(SECOND);
        raw[1] = cmos_read(MINUTE);
        raw[2] = cmos_read(HOUR);
        raw[3] = cmos_read(DAY);
        raw[4] = cmos_read(MONTH);
        raw[5] = cmos_read(YEAR);
        again = cmos_read(SECOND);
    } while (again != raw[0]);

    binary = cmos_read(STATUS_B) & 4;
    day_hours = cmos_read(STATUS_B) & 2;
    hour = from_bcd(raw[2] & 0x7f, binary);
    if (!day_hours)
        hour = hour % 12 + (raw[2] & 0x80 ? 12 : 0);
    return days_from_civil(2000 + from_bcd(raw[5], binary), from_bcd(raw[4], binary),
                           from_bcd(raw[3], binary)) * 86400 +
           hour * 3600 + from_bcd(raw[1], binary) * 60 + from_bcd(raw[0], binary);
}
