/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration space; see pci.h. (PCI 3.0, 6.7 and 6.8: capabilities, MSI, MSI-X.) */
#include "lib/errno.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/device_map.h"
#include "machine/pci.h"
#include "machine/spinlock.h"

enum { PORT_ADDRESS = 0xcf8, PORT_DATA = 0xcfc };
enum { REG_STATUS = 0x06, REG_CAPABILITIES = 0x34 };
enum { CAP_MSI = 0x05, CAP_MSIX = 0x11 };

#define STATUS_CAPABILITIES 0x10U
#define MSI_64BIT           0x80U
#define MSI_MASKING         0x100U
#define MSIX_SIZE           0x7ffU
#define MSIX_BIR            7U
#define MSIX_ENTRY_SIZE     16
#define MSIX_MASKED         1U

static struct spinlock lock = SPINLOCK_INIT;

uint32_t pci_read_raw(uint32_t address, unsigned int offset, unsigned int size)
{
    uint16_t port = (uint16_t)(PORT_DATA + (offset & 3));
    uint64_t flags = spin_lock_irqsave(&lock);
    uint32_t value;

    port_out32(PORT_ADDRESS, address);
    value = size == 1 ? port_in8(port) : size == 2 ? port_in16(port) : port_in32(port);
    spin_unlock_irqrestore(&lock, flags);
    return value;
}

void pci_write_raw(uint32_t address, unsigned int offset, unsigned int size, uint32_t value)
{
    uint16_t port = (uint16_t)(PORT_DATA + (offset & 3));
    uint64_t flags = spin_lock_irqsave(&lock);

    port_out32(PORT_ADDRESS, address);
    if (size == 1)
        port_out8(port, (uint8_t)value);
    else if (size == 2)
        port_out16(port, (uint16_t)value);
    else
        port_out32(port, value);
    spin_unlock_irqrestore(&lock, flags);
}

static uint32_t address_of(pci_bdf_t bdf, unsigned int reg)
{
    return 0x80000000U | (uint32_t)bdf << 8 | (reg & 0xfc);
}

uint32_t pci_read(pci_bdf_t bdf, unsigned int reg, unsigned int size)
{
    return pci_read_raw(address_of(bdf, reg), reg, size);
}

void pci_write(pci_bdf_t bdf, unsigned int reg, unsigned int size, uint32_t value)
{
    pci_write_raw(address_of(bdf, reg), reg, size, value);
}

unsigned int pci_capability(pci_bdf_t bdf, uint8_t id)
{
    unsigned int at;

    if (!(pci_read(bdf, REG_STATUS, 2) & STATUS_CAPABILITIES))
        return 0;
    at = pci_read(bdf, REG_CAPABILITIES, 1) & 0xfc;
    for (int count = 0; at >= 0x40 && count < 48; count++) { /* a loop must not hang us */
        if (pci_read(bdf, at, 1) == id)
            return at;
        at = pci_read(bdf, at + 1, 1) & 0xfc;
    }
    return 0;
}

static uint32_t message_address(unsigned int cpu)
{
    return 0xfee00000U | cpu_apic_id(cpu) << 12;
}

int pci_msi_program(pci_bdf_t bdf, unsigned int vector, unsigned int cpu)
{
    unsigned int at = pci_capability(bdf, CAP_MSI), data;
    uint32_t control;

    if (!at)
        return -XEN_ENODEV;
    control = pci_read(bdf, at + 2, 2);
    data = at + (control & MSI_64BIT ? 0x0c : 0x08);
    pci_write(bdf, at + 4, 4, message_address(cpu));
    if (control & MSI_64BIT)
        pci_write(bdf, at + 8, 4, 0);
    pci_write(bdf, data, 2, vector);
    if (control & MSI_MASKING)
        pci_write(bdf, data + 4, 4, 0);
    return 0;
}

int pci_msix_program(pci_bdf_t bdf, uint64_t table_bar, unsigned int entry, unsigned int vector,
                     unsigned int cpu, volatile uint32_t **control)
{
    unsigned int at = pci_capability(bdf, CAP_MSIX);
    volatile uint32_t *slot;
    uint32_t table;

    if (!at)
        return -XEN_ENODEV;
    if (entry > (pci_read(bdf, at + 2, 2) & MSIX_SIZE) || !table_bar || (table_bar & 0xf))
        return -XEN_EINVAL;
    table = pci_read(bdf, at + 4, 4);
    slot = device_map(table_bar + (table & ~MSIX_BIR) + entry * MSIX_ENTRY_SIZE, MSIX_ENTRY_SIZE);
    if (!slot)
        return -XEN_ENOMEM;
    slot[3] |= MSIX_MASKED;
    slot[0] = message_address(cpu);
    slot[1] = 0;
    slot[2] = vector;
    *control = &slot[3];
    return 0;
}

void pci_msi_move(pci_bdf_t bdf, unsigned int cpu)
{
    unsigned int at = pci_capability(bdf, CAP_MSI);

    if (at)
        pci_write(bdf, at + 4, 4, message_address(cpu));
}

void pci_msix_move(volatile uint32_t *control, unsigned int cpu)
{
    control[-3] = message_address(cpu); /* an entry is address, its upper half, data, control */
}
