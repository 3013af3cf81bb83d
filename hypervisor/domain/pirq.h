/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical interrupts as dom0 sees them. A pirq is a number of the guest ABI: for an IO-APIC pin
 * it is the GSI itself, for a message-signalled interrupt one above the GSIs.
 *
 *   unused --pirq_map_*--> mapped --EVTCHNOP_bind_pirq--> bound --close--> mapped --unmap--> unused
 *
 * A level-triggered pin is masked from the moment it fires until the guest's PHYSDEVOP_eoi. */
#ifndef DOMAIN_PIRQ_H
#define DOMAIN_PIRQ_H

#include "domain/domain.h"
#include "machine/pci.h"

/* Registers with event channels. Boot, after the IO-APICs. */
void pirqs_init(void);

/* Each checks that the domain may have the interrupt. 0 or the ABI's errno. */
int pirq_map_gsi(struct domain *d, uint32_t gsi);
/* MSI (msix false) or one entry of MSI-X; *pirq comes back. */
int pirq_map_msi(struct domain *d, pci_bdf_t bdf, bool msix, uint64_t table_bar, uint32_t entry,
                 uint32_t *pirq);
int pirq_unmap(struct domain *d, uint32_t pirq);
/* Trigger and polarity of a pin, as dom0's ACPI code found them. */
int pirq_setup_gsi(struct domain *d, uint32_t gsi, bool level, bool low);
/* The guest has handled it. */
int pirq_eoi(struct domain *d, uint32_t pirq);
/* XENIRQSTAT_* bits. */
int pirq_status(struct domain *d, uint32_t pirq, uint32_t *flags);
/* Gives back all that a dying domain has. */
void pirqs_release(struct domain *d);

#endif
