/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI's fixed hardware (ACPI specification 6.4, 4.8): the power management timer of 32 bits, and
 * the event block PM1a, whose interrupt is the SCI. (What puts the machine to sleep, the control
 * block, is the device model's.)
 *
 * Whoever owns it keeps it from being used twice at a time. */
#ifndef HVM_PLATFORM_ACPI_PM_H
#define HVM_PLATFORM_ACPI_PM_H

#include "lib/compiler.h"

struct hvm_hw_pmtimer;

#define ACPI_PM_HZ 3579545ULL

/* Offsets from the base of its ports. */
enum { ACPI_PM_EVENTS = 0, ACPI_PM_EVENTS_SIZE = 4, ACPI_PM_TIMER = 8, ACPI_PM_SIZE = 12 };

enum acpi_pm_button { ACPI_PM_POWER_BUTTON = 1 << 8, ACPI_PM_SLEEP_BUTTON = 1 << 9 };

struct acpi_pm_owner {
    uint64_t (*now)(void *ctx); /* ns */
    /* Has acpi_pm_timer_fired called at that time; 0: not any more. */
    void (*timer)(void *ctx, uint64_t deadline);
    void (*line)(void *ctx, bool level); /* SCI */
};

struct acpi_pm {
    const struct acpi_pm_owner *owner;
    void *ctx;
    uint32_t base;    /* what the timer showed at `started` */
    uint64_t started; /* ns */
    uint64_t seen;    /* ticks, without end, up to which its overflow has been looked for */
    uint16_t status, enable;
};

void acpi_pm_reset(struct acpi_pm *pm);
/* By the offset from the base; 1, 2 or 4 bytes. False: that is none of its ports. */
bool acpi_pm_read(struct acpi_pm *pm, unsigned int offset, unsigned int size, uint32_t *value);
bool acpi_pm_write(struct acpi_pm *pm, unsigned int offset, unsigned int size, uint32_t value);
void acpi_pm_timer_fired(struct acpi_pm *pm);
/* Somebody has pressed a button. */
void acpi_pm_press(struct acpi_pm *pm, enum acpi_pm_button button);

/* The record (public arch-x86/hvm/save.h). */
void acpi_pm_save(struct acpi_pm *pm, struct hvm_hw_pmtimer *out);
/* False: no state that it can have; nothing is changed. */
bool acpi_pm_load(struct acpi_pm *pm, const struct hvm_hw_pmtimer *in);

#endif
