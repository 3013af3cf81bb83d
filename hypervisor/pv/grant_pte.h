/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page-table entries that map granted frames; the contract is in domain/guest_ops.h. */
#ifndef PV_GRANT_PTE_H
#define PV_GRANT_PTE_H

#include "domain/vcpu.h"

int pv_grant_map(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn);
int pv_grant_unmap(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn);
int pv_grant_replace(struct vcpu *v, uint64_t where, uint64_t new_va, uint32_t flags, uint64_t mfn);
void pv_grant_flush(struct domain *d);

#endif
