/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts between the platform, the device model and the CPUs; see platform.h. */
#include "hvm/platform/platform.h"

#include "hvm/hvm.h"
#include "lib/bits.h"

/* A message's address and data (SDM vol. 3, 11.11). */
#define MSI_ADDRESS      0xfeeULL /* of 1 MiB */
#define MSI_LOGICAL      BIT(2)
#define MSI_LEVEL        BIT(15)
#define MSI_FIRST_VECTOR 16

int hvm_isa_irq_level(struct domain *d, unsigned int irq, bool level)
{
    struct hvm_platform *p = d->hvm->platform;
    int error;

    if (!p)
        return -XEN_EINVAL;
    spin_lock(&p->lock);
    error = irq_router_isa(&p->router, irq, level);
    spin_unlock(&p->lock);
    return error;
}

int hvm_pci_intx_level(struct domain *d, unsigned int device, unsigned int pin, bool level)
{
    struct hvm_platform *p = d->hvm->platform;
    int error;

    if (!p)
        return -XEN_EINVAL;
    spin_lock(&p->lock);
    error = irq_router_pci(&p->router, device, pin, level);
    spin_unlock(&p->lock);
    return error;
}

int hvm_pci_link_route(struct domain *d, unsigned int link, unsigned int isa_irq)
{
    struct hvm_platform *p = d->hvm->platform;
    int error;

    if (!p)
        return -XEN_EINVAL;
    spin_lock(&p->lock);
    error = irq_router_link(&p->router, link, isa_irq);
    spin_unlock(&p->lock);
    return error;
}

/* QEMU says where in the window of messages a device wrote, not the whole address. */
static bool is_message(uint64_t address)
{
    return address >> 20 == MSI_ADDRESS || address >> 20 == 0;
}

/* Messages are edges, whatever they say: there is no line whose level an end could ask for. */
int hvm_msi_inject(struct domain *d, uint64_t address, uint32_t data)
{
    struct lapic_message message = {
        .delivery = (enum lapic_delivery)(data >> 8 & 7),
        .vector = (uint8_t)data,
        .logical = address & MSI_LOGICAL,
        .destination = (uint32_t)(address >> 12 & 0xff),
    };

    if (!is_message(address))
        return -XEN_EINVAL;
    switch (message.delivery) {
    case LAPIC_FIXED:
    case LAPIC_LOWEST:
        if (message.vector < MSI_FIRST_VECTOR)
            return -XEN_EINVAL;
        break;
    case LAPIC_NMI:
        break;
    default:
        return -XEN_EINVAL;
    }
    (void)hvm_message_send(d, &message);
    return 0;
}

int hvm_press_button(struct domain *d, enum acpi_pm_button button)
{
    struct hvm_platform *p = d->hvm->platform;

    if (!p)
        return -XEN_EINVAL;
    spin_lock(&p->lock);
    acpi_pm_press(&p->pm, button);
    spin_unlock(&p->lock);
    return 0;
}

/* The wire of events is looked at first: an end that asks again finds what it is now. */
void hvm_platform_eoi(struct domain *d, uint8_t vector)
{
    struct hvm_platform *p = d->hvm->platform;

    if (!p)
        return;
    hvm_platform_callback_update(d->vcpu[0]);
    spin_lock(&p->lock);
    vioapic_eoi(&p->ioapic, vector);
    spin_unlock(&p->lock);
}

/* The 8259's output goes to the first vCPU: straight, by way of its local APIC's first pin, or by
 * way of the IO-APIC's ("virtual wire"; Intel's MultiProcessor Specification 1.4, 3.6.2). */
bool hvm_platform_extint_due(const struct vcpu *v)
{
    const struct hvm_platform *p = v->domain->hvm->platform;
    struct lapic_message message;

    if (!p || v->id || !READ_ONCE(p->pic.output))
        return false;
    if (lapic_passes_extint(&v->hvm->lapic))
        return true;
    return vioapic_passes_extint(&p->ioapic, &message) && lapic_matches(&v->hvm->lapic, &message);
}

int hvm_platform_extint_acknowledge(struct vcpu *v)
{
    struct hvm_platform *p = v->domain->hvm->platform;
    int vector;

    spin_lock(&p->lock);
    vector = pic_acknowledge(&p->pic);
    spin_unlock(&p->lock);
    return vector;
}

void hvm_platform_extint_retract(struct vcpu *v, uint8_t vector)
{
    struct hvm_platform *p = v->domain->hvm->platform;

    if (!p || v->id)
        return;
    spin_lock(&p->lock);
    pic_retract(&p->pic, vector);
    spin_unlock(&p->lock);
}

/* Should the wire of events be up? Only the first vCPU's stand for one; a vector, and none at all,
 * are no wires. */
static bool callback_level(const struct vcpu *v, uint64_t param)
{
    return param && param >> 56 <= HVM_PARAM_CALLBACK_TYPE_PCI_INTX &&
           READ_ONCE(v->info->evtchn_upcall_pending);
}

static uint64_t callback_param(const struct domain *d)
{
    return READ_ONCE(d->hvm->params[HVM_PARAM_CALLBACK_IRQ]);
}

bool hvm_platform_callback_due(const struct vcpu *v)
{
    const struct hvm_platform *p = v->domain->hvm->platform;

    return p && !v->id &&
           callback_level(v, callback_param(v->domain)) != READ_ONCE(p->router.callback_level);
}

void hvm_platform_callback_update(struct vcpu *v)
{
    struct hvm_platform *p;
    uint64_t param;

    if (!v || !hvm_platform_callback_due(v))
        return;
    p = v->domain->hvm->platform;
    param = callback_param(v->domain);
    spin_lock(&p->lock);
    irq_router_callback(&p->router, param, callback_level(v, param));
    spin_unlock(&p->lock);
}
