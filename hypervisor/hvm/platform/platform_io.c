/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accesses of the guest to the platform's devices; see platform.h. */
#include "hvm/platform/platform.h"

#include <xen/hvm/ioreq.h>

#include "hvm/hvm.h"

/* Where the firmware has put ACPI's ports (public hvm/ioreq.h). */
static unsigned int pm_base(const struct domain *d)
{
    return READ_ONCE(d->hvm->params[HVM_PARAM_ACPI_IOPORTS_LOCATION])
               ? ACPI_PM1A_EVT_BLK_ADDRESS_V1
               : ACPI_PM1A_EVT_BLK_ADDRESS_V0;
}

_Static_assert(ACPI_PM_TMR_BLK_ADDRESS_V0 - ACPI_PM1A_EVT_BLK_ADDRESS_V0 == ACPI_PM_TIMER, "ABI");
_Static_assert(ACPI_PM_TMR_BLK_ADDRESS_V1 - ACPI_PM1A_EVT_BLK_ADDRESS_V1 == ACPI_PM_TIMER, "ABI");

static bool byte_read(struct hvm_platform *p, uint16_t port, uint8_t *value)
{
    return pic_read(&p->pic, port, value) || pit_read(&p->pit, port, value) ||
           rtc_read(&p->rtc, port, value);
}

static bool byte_write(struct hvm_platform *p, uint16_t port, uint8_t value)
{
    return pic_write(&p->pic, port, value) || pit_write(&p->pit, port, value) ||
           rtc_write(&p->rtc, port, value);
}

/* Byte by byte, as the bus has it. What is not ours as a whole is the device model's as a whole. */
static bool bytes_read(struct hvm_platform *p, uint16_t port, unsigned int size, uint32_t *value)
{
    *value = 0;
    for (unsigned int i = 0; i < size; i++) {
        uint8_t byte;

        if (!byte_read(p, (uint16_t)(port + i), &byte))
            return false;
        *value |= (uint32_t)byte << i * 8;
    }
    return true;
}

static bool bytes_write(struct hvm_platform *p, uint16_t port, unsigned int size, uint32_t value)
{
    for (unsigned int i = 0; i < size; i++)
        if (!byte_write(p, (uint16_t)(port + i), (uint8_t)(value >> i * 8)))
            return false;
    return true;
}

/* Nearly all accesses are to ports of others: these need no lock. */
static bool is_port(const struct domain *d, uint16_t port)
{
    switch (port) {
    case 0x20:
    case 0x21:
    case 0x40 ... 0x43:
    case 0x61:
    case 0x70:
    case 0x71:
    case 0xa0:
    case 0xa1:
    case 0x4d0:
    case 0x4d1:
        return true;
    default:
        return port - pm_base(d) < ACPI_PM_SIZE;
    }
}

bool hvm_platform_has_port(const struct domain *d, uint16_t port)
{
    return d->hvm->platform && is_port(d, port);
}

bool hvm_platform_port_read(struct domain *d, uint16_t port, unsigned int size, uint32_t *value)
{
    struct hvm_platform *p = d->hvm->platform;
    bool ours;

    if (!hvm_platform_has_port(d, port))
        return false;
    hvm_platform_callback_update(d->vcpu[0]);
    spin_lock(&p->lock);
    ours = acpi_pm_read(&p->pm, port - pm_base(d), size, value) || bytes_read(p, port, size, value);
    spin_unlock(&p->lock);
    return ours;
}

bool hvm_platform_port_write(struct domain *d, uint16_t port, unsigned int size, uint32_t value)
{
    struct hvm_platform *p = d->hvm->platform;
    bool ours;

    if (!hvm_platform_has_port(d, port))
        return false;
    hvm_platform_callback_update(d->vcpu[0]);
    spin_lock(&p->lock);
    ours =
        acpi_pm_write(&p->pm, port - pm_base(d), size, value) || bytes_write(p, port, size, value);
    spin_unlock(&p->lock);
    return ours;
}

static bool is_ioapic(uint64_t gpa)
{
    return gpa - VIOAPIC_BASE < VIOAPIC_SIZE;
}

static bool is_hpet(uint64_t gpa)
{
    return gpa - HPET_BASE < HPET_SIZE;
}

bool hvm_platform_has_memory(const struct domain *d, uint64_t first, uint64_t last)
{
    if (!d->hvm->platform)
        return false;
    return (first < VIOAPIC_BASE + VIOAPIC_SIZE && last >= VIOAPIC_BASE) ||
           (first < HPET_BASE + HPET_SIZE && last >= HPET_BASE);
}

/* Only the first four bytes of each 16 are there, and registers are written as a whole. */
static uint64_t ioapic_read(const struct hvm_platform *p, uint32_t offset)
{
    if ((offset & 15) >= 4)
        return 0;
    return vioapic_read(&p->ioapic, offset & ~15U) >> (offset & 3) * 8;
}

static void ioapic_write(struct hvm_platform *p, uint32_t offset, uint64_t value)
{
    if (!(offset & 15))
        vioapic_write(&p->ioapic, offset, (uint32_t)value);
}

bool hvm_platform_mmio_read(struct domain *d, uint64_t gpa, unsigned int size, uint64_t *value)
{
    struct hvm_platform *p = d->hvm->platform;

    if (!p || !(is_ioapic(gpa) || is_hpet(gpa)))
        return false;
    spin_lock(&p->lock);
    if (is_ioapic(gpa))
        *value = ioapic_read(p, (uint32_t)(gpa - VIOAPIC_BASE));
    else
        *value = hpet_mmio_read(&p->hpet, (uint32_t)(gpa - HPET_BASE), size);
    spin_unlock(&p->lock);
    return true;
}

bool hvm_platform_mmio_write(struct domain *d, uint64_t gpa, unsigned int size, uint64_t value)
{
    struct hvm_platform *p = d->hvm->platform;

    if (!p || !(is_ioapic(gpa) || is_hpet(gpa)))
        return false;
    spin_lock(&p->lock);
    if (is_ioapic(gpa))
        ioapic_write(p, (uint32_t)(gpa - VIOAPIC_BASE), value);
    else
        hpet_mmio_write(&p->hpet, (uint32_t)(gpa - HPET_BASE), size, value);
    spin_unlock(&p->lock);
    return true;
}
