/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI's timer and events; see acpi_pm.h. */
#include "hvm/platform/acpi_pm.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "hvm/platform/ticks.h"
#include "lib/string.h"

/* Bits of the status and the enable register; both have them at the same places. */
#define TIMER_EVENT  (1U << 0)
#define BUS_MASTER   (1U << 4)
#define GLOBAL_EVENT (1U << 5)
#define RTC_EVENT    (1U << 10)
#define WAKE         (1U << 15)
#define ENABLES \
    (TIMER_EVENT | GLOBAL_EVENT | ACPI_PM_POWER_BUTTON | ACPI_PM_SLEEP_BUTTON | RTC_EVENT)
#define STATUSES (ENABLES | BUS_MASTER | WAKE)

/* The overflow of the timer is a change of its highest bit. */
#define OVERFLOW_TICKS (1ULL << 31)

/* Ticks since the timer last was 0, without end. */
static uint64_t ticks(const struct acpi_pm *pm)
{
    return pm->base + ns_to_ticks(pm->owner->now(pm->ctx) - pm->started, ACPI_PM_HZ);
}

static void line_update(struct acpi_pm *pm)
{
    pm->owner->line(pm->ctx, pm->status & pm->enable & ENABLES);
}

static void advance(struct acpi_pm *pm)
{
    uint64_t now = ticks(pm);

    if (now / OVERFLOW_TICKS != pm->seen / OVERFLOW_TICKS)
        pm->status |= TIMER_EVENT;
    pm->seen = now;
    line_update(pm);
}

/* Overflows that nobody is to be interrupted for are found when somebody looks. */
static void set_timer(struct acpi_pm *pm)
{
    uint64_t next = (ticks(pm) / OVERFLOW_TICKS + 1) * OVERFLOW_TICKS;

    if (pm->enable & TIMER_EVENT)
        pm->owner->timer(pm->ctx, pm->started + ticks_to_ns(next - pm->base, ACPI_PM_HZ));
    else
        pm->owner->timer(pm->ctx, 0);
}

void acpi_pm_timer_fired(struct acpi_pm *pm)
{
    advance(pm);
    set_timer(pm);
}

void acpi_pm_reset(struct acpi_pm *pm)
{
    pm->status = pm->enable = 0;
    pm->base = 0;
    pm->seen = 0;
    pm->started = pm->owner->now(pm->ctx);
    set_timer(pm);
    line_update(pm);
}

static bool within(unsigned int offset, unsigned int size, unsigned int from, unsigned int length)
{
    return (size == 1 || size == 2 || size == 4) && offset >= from && offset < from + length &&
           size <= from + length - offset;
}

static uint32_t cut(uint32_t value, unsigned int byte, unsigned int size)
{
    return value >> byte * 8 & (size == 4 ? ~0U : (1U << size * 8) - 1);
}

bool acpi_pm_read(struct acpi_pm *pm, unsigned int offset, unsigned int size, uint32_t *value)
{
    if (within(offset, size, ACPI_PM_TIMER, 4)) {
        *value = cut((uint32_t)ticks(pm), offset - ACPI_PM_TIMER, size);
        return true;
    }
    if (!within(offset, size, ACPI_PM_EVENTS, ACPI_PM_EVENTS_SIZE))
        return false;
    advance(pm);
    *value = cut(pm->status | (uint32_t)pm->enable << 16, offset, size);
    return true;
}

/* In the status register ones clear; the timer is not to be written. */
bool acpi_pm_write(struct acpi_pm *pm, unsigned int offset, unsigned int size, uint32_t value)
{
    uint32_t mask, enable;

    if (within(offset, size, ACPI_PM_TIMER, 4))
        return true;
    if (!within(offset, size, ACPI_PM_EVENTS, ACPI_PM_EVENTS_SIZE))
        return false;
    advance(pm);
    mask = cut(~0U, 0, size) << offset * 8;
    value = value << offset * 8 & mask;
    pm->status &= (uint16_t)~value;
    enable = ((uint32_t)pm->enable << 16 & ~mask) | value;
    pm->enable = enable >> 16 & ENABLES;
    line_update(pm);
    set_timer(pm);
    return true;
}

void acpi_pm_press(struct acpi_pm *pm, enum acpi_pm_button button)
{
    pm->status |= (uint16_t)button;
    line_update(pm);
}

void acpi_pm_save(struct acpi_pm *pm, struct hvm_hw_pmtimer *out)
{
    advance(pm);
    memset(out, 0, sizeof(*out));
    out->tmr_val = (uint32_t)ticks(pm);
    out->pm1a_sts = pm->status;
    out->pm1a_en = pm->enable;
}

bool acpi_pm_load(struct acpi_pm *pm, const struct hvm_hw_pmtimer *in)
{
    if ((in->pm1a_sts & ~STATUSES) || (in->pm1a_en & ~ENABLES))
        return false;
    pm->base = in->tmr_val;
    pm->seen = in->tmr_val;
    pm->started = pm->owner->now(pm->ctx);
    pm->status = in->pm1a_sts;
    pm->enable = in->pm1a_en;
    set_timer(pm);
    line_update(pm);
    return true;
}
