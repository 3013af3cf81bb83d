/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port I/O of PV guests; see io_ports.h. */
#include "domain/guest_copy.h"
#include "domain/rangeset.h"
#include "machine/cpu.h"
#include "machine/pci.h"
#include "pv/io_ports.h"
#include "pv/pv.h"

enum { PCI_ADDRESS = 0xcf8, PCI_DATA = 0xcfc, PCI_DATA_LAST = 0xcff };

#define PCI_ENABLE 0x80000000U

/* dom0's idea of port 0xCF8. The real one is written together with each access of the data port,
 * so that the hypervisor's own accesses do not come in between. */
static uint32_t pci_address;

bool io_bitmap_allows(const struct vcpu *v, uint16_t port, unsigned int size)
{
    uint8_t bytes[2] = {0xff, 0xff};
    unsigned int last = port + size - 1U;
    uint64_t at = v->pv->io_bitmap + port / 8U;

    if (!v->pv->io_bitmap || last >= v->pv->io_bitmap_ports)
        return false;
    if (copy_from_guest(bytes, at, last / 8U - port / 8U + 1))
        return false;
    return !((bytes[0] | (uint32_t)bytes[1] << 8) >> (port % 8U) & ((1U << size) - 1));
}

static bool is_pci_address(uint16_t port, unsigned int size)
{
    return port == PCI_ADDRESS && size == 4;
}

static bool is_pci_data(uint16_t port, unsigned int size)
{
    return port >= PCI_DATA && port + size - 1U <= PCI_DATA_LAST;
}

bool io_port_owned(struct domain *d, uint16_t port, unsigned int size)
{
    if (d->hardware && (is_pci_address(port, size) || is_pci_data(port, size)))
        return true;
    return rangeset_contains(d->io_ports, port, port + size - 1U);
}

uint32_t io_port_read(struct domain *d, uint16_t port, unsigned int size)
{
    if (is_pci_address(port, size))
        return READ_ONCE(pci_address);
    if (is_pci_data(port, size))
        return pci_address & PCI_ENABLE ? pci_read_raw(pci_address, port & 3U, size) : ~0U;
    return size == 1 ? port_in8(port) : size == 2 ? port_in16(port) : port_in32(port);
}

void io_port_write(struct domain *d, uint16_t port, unsigned int size, uint32_t value)
{
    if (is_pci_address(port, size)) {
        WRITE_ONCE(pci_address, value);
    } else if (is_pci_data(port, size)) {
        if (pci_address & PCI_ENABLE)
            pci_write_raw(pci_address, port & 3U, size, value);
    } else if (size == 1) {
        port_out8(port, (uint8_t)value);
    } else if (size == 2) {
        port_out16(port, (uint16_t)value);
    } else {
        port_out32(port, value);
    }
}
