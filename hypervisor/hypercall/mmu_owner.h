/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose page tables, and whose frames, a memory-management hypercall means. */
#ifndef HYPERCALL_MMU_OWNER_H
#define HYPERCALL_MMU_OWNER_H

#include "domain/domain.h"

/* The owner of the frames that entries map, by the ABI's FOREIGNDOM argument, held: the caller for
 * DOMID_SELF, the pseudo-domains for privileged callers, another domain that the caller controls.
 * NULL and *error otherwise. */
struct domain *mmu_pages_owner(uint32_t foreign, int *error);
/* The owner of the page tables, by the upper half of mmu_update's argument (0: the caller), held. */
struct domain *mmu_tables_owner(uint32_t foreign, int *error);
/* Gives either back. */
void mmu_owner_put(struct domain *d);

#endif
