/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model's interrupts, and what else it does to its guest. */
#include "hypercall/dm_op-private.h"

#include "hvm/hvm.h"
#include "hvm/platform/platform.h"

#define PCI_DEVICES 32
#define PCI_PINS    4
#define ISA_IRQS    16

long dm_op_set_pci_intx_level(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_set_pci_intx_level *set = &op->u.set_pci_intx_level;

    if (set->domain || set->bus || set->device >= PCI_DEVICES || set->intx >= PCI_PINS ||
        set->level > 1)
        return -XEN_EINVAL;
    return hvm_pci_intx_level(d, set->device, set->intx, set->level);
}

long dm_op_set_isa_irq_level(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_set_isa_irq_level *set = &op->u.set_isa_irq_level;

    if (set->isa_irq >= ISA_IRQS || set->level > 1)
        return -XEN_EINVAL;
    return hvm_isa_irq_level(d, set->isa_irq, set->level);
}

long dm_op_set_pci_link_route(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_set_pci_link_route *set = &op->u.set_pci_link_route;

    if (set->link >= PCI_PINS || set->isa_irq >= ISA_IRQS)
        return -XEN_EINVAL;
    return hvm_pci_link_route(d, set->link, set->isa_irq);
}

long dm_op_inject_msi(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_inject_msi *msi = &op->u.inject_msi;

    if (msi->pad)
        return -XEN_EINVAL;
    return hvm_msi_inject(d, msi->addr, msi->data);
}

/* Exceptions and software interrupts, which debuggers inject, are not to be had. */
long dm_op_inject_event(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    const struct xen_dm_op_inject_event *inject = &op->u.inject_event;

    if (inject->pad0 || inject->pad1 || inject->vcpuid >= d->max_vcpus || !d->vcpu[inject->vcpuid])
        return -XEN_EINVAL;
    if (inject->type != XEN_DMOP_EVENT_nmi)
        return -XEN_EOPNOTSUPP;
    hvm_nmi(d->vcpu[inject->vcpuid]);
    return 0;
}

long dm_op_remote_shutdown(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    if (op->u.remote_shutdown.reason > SHUTDOWN_MAX)
        return -XEN_EINVAL;
    domain_shutdown(d, (uint8_t)op->u.remote_shutdown.reason);
    return 0;
}

long dm_op_nr_vcpus(struct domain *d, struct xen_dm_op *op, const struct dm_op_data *data)
{
    op->u.nr_vcpus.vcpus = d->max_vcpus;
    return 0;
}
