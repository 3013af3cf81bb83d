/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC; see apic.h. */
#include "lib/print.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/device_map.h"
#include "machine/traps.h"

enum {
    REG_ID = 0x20, REG_TPR = 0x80, REG_EOI = 0xb0, REG_LDR = 0xd0, REG_DFR = 0xe0, REG_SVR = 0xf0,
    REG_ESR = 0x280, REG_ICR_LO = 0x300, REG_ICR_HI = 0x310, REG_LVT_TIMER = 0x320,
    REG_LVT_LINT0 = 0x350, REG_LVT_LINT1 = 0x360, REG_LVT_ERROR = 0x370, REG_TIMER_INIT = 0x380,
    REG_TIMER_NOW = 0x390, REG_TIMER_DIVIDE = 0x3e0,
};

#define APIC_BASE_ENABLE (1UL << 11)
#define APIC_BASE_X2APIC (1UL << 10)
#define SVR_ENABLE       0x100U
#define LVT_MASKED       (1U << 16)
#define LVT_NMI          (4U << 8)
#define ICR_BUSY         (1U << 12)
#define ICR_ASSERT       (1U << 14)
#define ICR_INIT         (5U << 8)
#define ICR_STARTUP      (6U << 8)
#define DIVIDE_BY_1      0xbU

static bool x2apic;
static char *registers;
static uint32_t apic_ids[MAX_CPUS];

static uint32_t reg_read(unsigned int reg)
{
    if (x2apic)
        return (uint32_t)msr_read(MSR_X2APIC_FIRST + reg / 16);
    return *(volatile uint32_t *)(registers + reg);
}

static void reg_write(unsigned int reg, uint32_t value)
{
    if (x2apic)
        msr_write(MSR_X2APIC_FIRST + reg / 16, value);
    else
        *(volatile uint32_t *)(registers + reg) = value;
}

static void icr_write(uint32_t target, uint32_t command)
{
    uint64_t flags = irq_save();

    if (x2apic) {
        msr_write(MSR_X2APIC_FIRST + REG_ICR_LO / 16, (uint64_t)target << 32 | command);
    } else {
        for (int tries = 0; (reg_read(REG_ICR_LO) & ICR_BUSY) && tries < 1000000; tries++)
            cpu_relax();
        reg_write(REG_ICR_HI, target << 24);
        reg_write(REG_ICR_LO, command);
    }
    irq_restore(flags);
}

void apic_init(void)
{
    x2apic = msr_read(MSR_APIC_BASE) & APIC_BASE_X2APIC;
    if (!x2apic)
        registers = device_map(acpi.lapic_address, 0x1000);
    if (!x2apic && !registers)
        panic("the local APIC at %#lx can't be mapped", acpi.lapic_address);
}

static void spurious(void *unused)
{
}

static void error(void *unused)
{
    reg_write(REG_ESR, 0);
    log_at(LOG_WARNING, "local APIC error %#x\n", reg_read(REG_ESR));
}

void apic_init_cpu(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);

    msr_write(MSR_APIC_BASE, base | APIC_BASE_ENABLE | (x2apic ? APIC_BASE_X2APIC : 0));
    vector_handler_set(VECTOR_SPURIOUS, spurious, NULL);
    vector_handler_set(VECTOR_ERROR, error, NULL);
    if (!x2apic) {
        reg_write(REG_DFR, 0xffffffff);
        reg_write(REG_LDR, 0);
    }
    reg_write(REG_TPR, 0);
    reg_write(REG_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
    reg_write(REG_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    reg_write(REG_LVT_LINT0, LVT_MASKED);
    /* The machine's NMI line reaches all CPUs: one is enough to report it. */
    reg_write(REG_LVT_LINT1, (this_cpu() ? LVT_MASKED : 0) | LVT_NMI);
    reg_write(REG_LVT_ERROR, VECTOR_ERROR);
    reg_write(REG_TIMER_DIVIDE, DIVIDE_BY_1);
    reg_write(REG_TIMER_INIT, 0);
    reg_write(REG_LVT_TIMER, VECTOR_TIMER);
    reg_write(REG_ESR, 0);
}

uint32_t apic_id(void)
{
    uint32_t id = reg_read(REG_ID);

    return x2apic ? id : id >> 24;
}

void apic_eoi(void)
{
    reg_write(REG_EOI, 0);
}

void apic_send(uint32_t target, unsigned int vector)
{
    icr_write(target, ICR_ASSERT | vector);
}

void apic_send_init(uint32_t target)
{
    icr_write(target, ICR_INIT | ICR_ASSERT);
}

void apic_send_startup(uint32_t target, unsigned int page)
{
    icr_write(target, ICR_STARTUP | ICR_ASSERT | page);
}

void apic_timer_set(uint32_t ticks)
{
    reg_write(REG_TIMER_INIT, ticks);
}

uint32_t apic_timer_left(void)
{
    return reg_read(REG_TIMER_NOW);
}

uint32_t cpu_apic_id(unsigned int cpu)
{
    return apic_ids[cpu];
}

void cpu_apic_id_set(unsigned int cpu, uint32_t id)
{
    apic_ids[cpu] = id;
}
