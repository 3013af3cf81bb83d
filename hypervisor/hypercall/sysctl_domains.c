/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of domains. */
#include "hypercall/sysctl-private.h"

#include "hypercall/domain_info.h"

long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
    struct xen_sysctl_getdomaininfolist *list = &op->u.getdomaininfolist;
    uint32_t next = list->first_domain, count = 0;

    while (count < list->max_domains && next < DOMID_FIRST_RESERVED) {
        struct domain *d = domain_get_from_id((domid_t)next);
        struct xen_domctl_getdomaininfo info;

        if (!d)
            break;
        next = d->domid + 1u;
        domain_info_fill(d, &info);
        domain_put(d);
        if (put_to_guest(guest_element(list->buffer, count), &info))
            return -XEN_EFAULT;
        count++;
    }
    list->num_domains = count;
    return 0;
}
