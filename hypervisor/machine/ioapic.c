/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IO-APICs; see ioapic.h. (82093AA data sheet.) */
#include "lib/print.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/device_map.h"
#include "machine/ioapic.h"
#include "machine/spinlock.h"

#define REG_VERSION     1
#define REG_ENTRY(pin)  (0x10 + 2 * (pin))
#define ENTRY_MASKED    (1U << 16)
#define ENTRY_LEVEL     (1U << 15)
#define ENTRY_LOW       (1U << 13)

static struct {
    volatile uint32_t *select, *window;
    uint32_t gsi_base, pins;
} ioapics[ACPI_MAX_IOAPICS];

static unsigned int count;
static struct spinlock lock = SPINLOCK_INIT;

static uint32_t reg_read(unsigned int n, uint32_t reg)
{
    *ioapics[n].select = reg;
    return *ioapics[n].window;
}

static void reg_write(unsigned int n, uint32_t reg, uint32_t value)
{
    *ioapics[n].select = reg;
    *ioapics[n].window = value;
}

/* Index of the IO-APIC that has the pin, or -1. */
static int find(uint32_t gsi)
{
    for (unsigned int n = 0; n < count; n++)
        if (gsi >= ioapics[n].gsi_base && gsi - ioapics[n].gsi_base < ioapics[n].pins)
            return (int)n;
    return -1;
}

void pic_disable(void)
{
    port_out8(0xa1, 0xff);
    port_out8(0x21, 0xff);
}

void ioapic_init(void)
{
    for (unsigned int i = 0; i < acpi.nr_ioapics; i++) {
        char *base = device_map(acpi.ioapic[i].address, 0x20);

        if (!base)
            continue;
        ioapics[count].select = (volatile uint32_t *)base;
        ioapics[count].window = (volatile uint32_t *)(base + 0x10);
        ioapics[count].gsi_base = acpi.ioapic[i].gsi_base;
        ioapics[count].pins = (reg_read(count, REG_VERSION) >> 16 & 0xff) + 1;
        for (uint32_t pin = 0; pin < ioapics[count].pins; pin++)
            reg_write(count, REG_ENTRY(pin), ENTRY_MASKED);
        count++;
    }
}

bool ioapic_has(uint32_t gsi)
{
    return find(gsi) >= 0;
}

uint32_t ioapic_gsi_end(void)
{
    uint32_t end = 16;

    for (unsigned int n = 0; n < count; n++)
        end = MAX(end, ioapics[n].gsi_base + ioapics[n].pins);
    return end;
}

void ioapic_route(uint32_t gsi, unsigned int vector, unsigned int cpu, bool level, bool low)
{
    uint64_t flags = spin_lock_irqsave(&lock);
    int n = find(gsi);

    if (n >= 0) {
        uint32_t pin = gsi - ioapics[n].gsi_base;
        uint32_t entry = ENTRY_MASKED | vector | (level ? ENTRY_LEVEL : 0) | (low ? ENTRY_LOW : 0);

        reg_write((unsigned int)n, REG_ENTRY(pin), entry);
        reg_write((unsigned int)n, REG_ENTRY(pin) + 1, cpu_apic_id(cpu) << 24);
    }
    spin_unlock_irqrestore(&lock, flags);
}

void ioapic_move(uint32_t gsi, unsigned int cpu)
{
    uint64_t flags = spin_lock_irqsave(&lock);
    int n = find(gsi);

    if (n >= 0)
        reg_write((unsigned int)n, REG_ENTRY(gsi - ioapics[n].gsi_base) + 1, cpu_apic_id(cpu) << 24);
    spin_unlock_irqrestore(&lock, flags);
}

static void mask_set(uint32_t gsi, bool masked)
{
    uint64_t flags = spin_lock_irqsave(&lock);
    int n = find(gsi);

    if (n >= 0) {
        uint32_t reg = REG_ENTRY(gsi - ioapics[n].gsi_base);
        uint32_t entry = reg_read((unsigned int)n, reg);

        reg_write((unsigned int)n, reg, masked ? entry | ENTRY_MASKED : entry & ~ENTRY_MASKED);
    }
    spin_unlock_irqrestore(&lock, flags);
}

void ioapic_mask(uint32_t gsi)
{
    mask_set(gsi, true);
}

void ioapic_unmask(uint32_t gsi)
{
    mask_set(gsi, false);
}
