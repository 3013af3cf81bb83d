/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_physdev_op: interrupts, I/O privilege and PCI devices (public physdev.h). */
#include "hypercall/hypercall.h"

#include <xen/physdev.h>

#include "domain/pirq.h"
#include "pv/pv.h"

typedef long (*physdev_fn)(struct domain *d, uint64_t arg);

static long set_iopl(struct domain *d, uint64_t arg)
{
    struct physdev_set_iopl op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.iopl > 3)
        return -XEN_EINVAL;
    current_vcpu()->pv->iopl = op.iopl;
    return 0;
}

static long set_iobitmap(struct domain *d, uint64_t arg)
{
    struct physdev_set_iobitmap op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.nr_ports > 65536 || (guest_address(op.bitmap) && !guest_range_ok(guest_address(op.bitmap), 8192)))
        return -XEN_EINVAL;
    current_vcpu()->pv->io_bitmap = guest_address(op.bitmap);
    current_vcpu()->pv->io_bitmap_ports = op.nr_ports;
    return 0;
}

static long eoi(struct domain *d, uint64_t arg)
{
    struct physdev_eoi op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    return pirq_eoi(d, op.irq);
}

static long irq_status_query(struct domain *d, uint64_t arg)
{
    struct physdev_irq_status_query op;
    int error;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    error = pirq_status(d, op.irq, &op.flags);
    if (error)
        return error;
    return put_to_guest(arg, &op);
}

/* The vector is the hypervisor's business; any number does. */
static long alloc_irq_vector(struct domain *d, uint64_t arg)
{
    struct physdev_irq op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (!d->hardware)
        return -XEN_EPERM;
    if (op.irq >= d->nr_pirqs)
        return -XEN_EINVAL;
    op.vector = op.irq;
    return put_to_guest(arg, &op);
}

static long map_pirq(struct domain *d, uint64_t arg)
{
    struct physdev_map_pirq op;
    uint32_t pirq = 0;
    int error;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.domid != DOMID_SELF && op.domid != d->domid)
        return -XEN_EOPNOTSUPP; /* devices of other domains: not supported */
    switch (op.type) {
    case MAP_PIRQ_TYPE_GSI:
        error = pirq_map_gsi(d, (uint32_t)op.index);
        pirq = (uint32_t)op.index;
        break;
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
        if (op.type == MAP_PIRQ_TYPE_MSI_SEG && op.bus >> 16)
            return -XEN_EOPNOTSUPP;
        error = pirq_map_msi(d, (pci_bdf_t)((op.bus & 0xff) << 8 | (op.devfn & 0xff)),
                             op.table_base != 0, op.table_base, (uint32_t)op.entry_nr, &pirq);
        break;
    default:
        return -XEN_EOPNOTSUPP; /* Linux then takes a single message */
    }
    if (error)
        return error;
    op.pirq = (int)pirq;
    return put_to_guest(arg, &op);
}

static long unmap_pirq(struct domain *d, uint64_t arg)
{
    struct physdev_unmap_pirq op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (op.domid != DOMID_SELF && op.domid != d->domid)
        return -XEN_EOPNOTSUPP;
    return pirq_unmap(d, (uint32_t)op.pirq);
}

static long setup_gsi(struct domain *d, uint64_t arg)
{
    struct physdev_setup_gsi op;

    if (get_from_guest(&op, arg))
        return -XEN_EFAULT;
    if (!d->hardware)
        return -XEN_EPERM;
    return pirq_setup_gsi(d, (uint32_t)op.gsi, op.triggering, op.polarity);
}

/* dom0 tells of each device it finds; the hypervisor keeps no list of its own. */
static long pci_device(struct domain *d, uint64_t arg)
{
    return d->hardware ? 0 : -XEN_EPERM;
}

static const physdev_fn handlers[] = {
    [PHYSDEVOP_eoi] = eoi,
    [PHYSDEVOP_irq_status_query] = irq_status_query,
    [PHYSDEVOP_set_iopl] = set_iopl,
    [PHYSDEVOP_set_iobitmap] = set_iobitmap,
    [PHYSDEVOP_alloc_irq_vector] = alloc_irq_vector,
    [PHYSDEVOP_map_pirq] = map_pirq,
    [PHYSDEVOP_unmap_pirq] = unmap_pirq,
    [PHYSDEVOP_setup_gsi] = setup_gsi,
    [PHYSDEVOP_manage_pci_add] = pci_device,
    [PHYSDEVOP_manage_pci_remove] = pci_device,
    [PHYSDEVOP_manage_pci_add_ext] = pci_device,
    [PHYSDEVOP_pci_mmcfg_reserved] = pci_device,
    [PHYSDEVOP_pci_device_add] = pci_device,
    [PHYSDEVOP_pci_device_remove] = pci_device,
};

HYPERCALL(physdev_op)
{
    uint32_t op = (uint32_t)a1;

    if (op >= ARRAY_SIZE(handlers) || !handlers[op])
        return -XEN_ENOSYS;
    return handlers[op](current_domain(), a2);
}
