/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners of page tables and frames; see mmu_owner.h. */
#include "hypercall/mmu_owner.h"

#include "domain/vcpu.h"
#include "hypercall/hypercall.h"

struct domain *mmu_pages_owner(uint32_t foreign, int *error)
{
    domid_t domid = (domid_t)foreign;
    struct domain *caller = current_domain();

    if (domid == DOMID_SELF || domid == caller->domid || domid == DOMID_IO) {
        /* Device frames go by the caller's own rights, whoever is named. */
        domain_get(caller);
        return caller;
    }
    if (domid == DOMID_XEN && caller->privileged) {
        domain_get(dom_xen);
        return dom_xen;
    }
    return hypercall_domain(domid, error);
}

struct domain *mmu_tables_owner(uint32_t foreign, int *error)
{
    uint32_t upper = foreign >> 16;

    if (!upper) {
        domain_get(current_domain());
        return current_domain();
    }
    return hypercall_domain((domid_t)(upper - 1), error);
}

void mmu_owner_put(struct domain *d)
{
    domain_put(d);
}
