/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hardware a domain may touch. Nobody can hand on what he may not touch himself. */
#include "hypercall/domctl-private.h"

#include "domain/rangeset.h"

#define NR_PORTS   0x10000u
#define FRAME_BITS (52 - PAGE_SHIFT) /* of the widest physical address */

static long permit(struct rangeset *own, struct rangeset *theirs, uint64_t first, uint64_t last,
                   bool allow)
{
    if (!rangeset_contains(own, first, last))
        return -XEN_EPERM;
    return allow ? rangeset_add(theirs, first, last) : rangeset_remove(theirs, first, last);
}

long domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_irq_permission *in = &op->u.irq_permission;

    if (in->pirq >= current_domain()->nr_pirqs)
        return -XEN_EINVAL;
    return permit(current_domain()->irqs, d->irqs, in->pirq, in->pirq, in->allow_access);
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_iomem_permission *in = &op->u.iomem_permission;
    uint64_t last = in->first_mfn + in->nr_mfns - 1;

    if (!in->nr_mfns || last < in->first_mfn || last >> FRAME_BITS)
        return -XEN_EINVAL;
    return permit(current_domain()->io_frames, d->io_frames, in->first_mfn, last, in->allow_access);
}

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_ioport_permission *in = &op->u.ioport_permission;

    if (in->first_port >= NR_PORTS || in->nr_ports > NR_PORTS - in->first_port)
        return -XEN_EINVAL;
    if (!in->nr_ports)
        return 0;
    return permit(current_domain()->io_ports, d->io_ports, in->first_port,
                  in->first_port + in->nr_ports - 1, in->allow_access);
}

/* Global VIRQs go to dom0 and nowhere else. */
long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op)
{
    if (op->u.set_virq_handler.virq >= NR_VIRQS)
        return -XEN_EINVAL;
    return d == dom0 ? 0 : -XEN_EOPNOTSUPP;
}
