/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration space by ports 0xCF8/0xCFC (PCI 3.0, 3.2.2.3.2), and programming a device's
 * message-signalled interrupts. */
#ifndef MACHINE_PCI_H
#define MACHINE_PCI_H

#include "lib/compiler.h"

/* A function on segment 0: bus << 8 | device << 3 | function. */
typedef uint16_t pci_bdf_t;

/* Reads or writes 1, 2 or 4 bytes at a naturally aligned register. Any context. */
uint32_t pci_read(pci_bdf_t bdf, unsigned int reg, unsigned int size);
void pci_write(pci_bdf_t bdf, unsigned int reg, unsigned int size, uint32_t value);
/* The same with the address as port 0xCF8 takes it, and an offset into port 0xCFC. */
uint32_t pci_read_raw(uint32_t address, unsigned int offset, unsigned int size);
void pci_write_raw(uint32_t address, unsigned int offset, unsigned int size, uint32_t value);
/* Register of a capability, 0 if the function has none of that id. */
unsigned int pci_capability(pci_bdf_t bdf, uint8_t id);

/* Has the function send that vector to a CPU: its MSI, or an entry of its MSI-X table, whose BAR
 * is at table_bar. Entries are written masked. 0, -XEN_ENODEV, -XEN_EINVAL, -XEN_ENOMEM. */
int pci_msi_program(pci_bdf_t bdf, unsigned int vector, unsigned int cpu);
int pci_msix_program(pci_bdf_t bdf, uint64_t table_bar, unsigned int entry, unsigned int vector,
                     unsigned int cpu, volatile uint32_t **control);
/* Has what was programmed go to another CPU: one write, so that no message is ever half changed. The
 * second takes the vector control that pci_msix_program gave. */
void pci_msi_move(pci_bdf_t bdf, unsigned int cpu);
void pci_msix_move(volatile uint32_t *control, unsigned int cpu);

#endif
