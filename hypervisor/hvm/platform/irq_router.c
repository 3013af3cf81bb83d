/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupt wires; see irq_router.h. */
#include "hvm/platform/irq_router.h"

#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>

#include "lib/bits.h"
#include "lib/string.h"

#define DEVICES 32
#define PINS    4

/* The bit of a wire is the device's number times four, plus the pin's. In every four devices each
 * link has one wire of each: (device + pin) modulo 4. */
static uint64_t link_wires(unsigned int link)
{
    uint64_t wires = 0;

    for (unsigned int device = 0; device < 4; device++)
        wires |= BIT(device * PINS + (link + 4 - device) % 4);
    return wires * 0x0001000100010001ULL;
}

static bool link_level(const uint64_t pci[2], unsigned int link)
{
    return (pci[0] | pci[1]) & link_wires(link);
}

/* The end of a PCI wire: barber's pole, turned by one after each eight devices. */
static unsigned int pci_end(unsigned int wire)
{
    unsigned int device = wire / PINS, pin = wire % PINS;

    return 16 + (((device << 2) + (device >> 3) + pin) & 31);
}

static uint64_t pci_ends(const uint64_t pci[2])
{
    uint64_t ends = 0;

    for (unsigned int wire = bitmap_next_set(pci, DEVICES * PINS, 0); wire < DEVICES * PINS;
         wire = bitmap_next_set(pci, DEVICES * PINS, wire + 1))
        ends |= BIT(pci_end(wire));
    return ends;
}

/* All levels, from what holds them up. */
static uint64_t levels_of(const struct irq_router *r)
{
    uint64_t pci[2] = {r->pci[0], r->pci[1]}, levels = r->own;

    if (r->legacy)
        levels &= ~(BIT(IRQ_PIT) | BIT(IRQ_RTC));
    levels |= r->isa | r->hpet;
    if (r->callback_level && r->callback == IRQ_CALLBACK_PCI)
        bit_set(pci, r->callback_to);
    if (r->callback_level && r->callback == IRQ_CALLBACK_END)
        levels |= BIT(r->callback_to);
    for (unsigned int i = 0; i < IRQ_ROUTER_LINKS; i++)
        if (r->link[i] && link_level(pci, i))
            levels |= BIT(r->link[i]);
    return levels | pci_ends(pci);
}

static void update(struct irq_router *r)
{
    uint64_t levels = levels_of(r), changed = r->levels ^ levels;

    r->levels = levels;
    for (; changed; changed &= changed - 1) {
        unsigned int end = bit_lowest(changed);

        r->changed(r->ctx, end, levels >> end & 1);
    }
}

void irq_router_reset(struct irq_router *r)
{
    r->pci[0] = r->pci[1] = r->own = r->hpet = 0;
    r->isa = 0;
    memset(r->link, 0, sizeof(r->link));
    r->legacy = r->callback_level = false;
    update(r);
}

static uint64_t with_bit(uint64_t word, unsigned int nr, bool set)
{
    return set ? word | BIT(nr) : word & ~BIT(nr);
}

int irq_router_isa(struct irq_router *r, unsigned int irq, bool level)
{
    if (irq >= IRQ_ROUTER_ISA)
        return -XEN_EINVAL;
    r->isa = (uint16_t)with_bit(r->isa, irq, level);
    update(r);
    return 0;
}

int irq_router_pci(struct irq_router *r, unsigned int device, unsigned int pin, bool level)
{
    unsigned int wire = device * PINS + pin;

    if (device >= DEVICES || pin >= PINS)
        return -XEN_EINVAL;
    r->pci[wire / 64] = with_bit(r->pci[wire / 64], wire % 64, level);
    update(r);
    return 0;
}

int irq_router_link(struct irq_router *r, unsigned int link, unsigned int irq)
{
    if (link >= IRQ_ROUTER_LINKS || irq >= IRQ_ROUTER_ISA)
        return -XEN_EINVAL;
    r->link[link] = (uint8_t)irq;
    update(r);
    return 0;
}

void irq_router_own(struct irq_router *r, unsigned int end, bool level)
{
    r->own = with_bit(r->own, end, level);
    update(r);
}

void irq_router_hpet(struct irq_router *r, unsigned int end, bool level)
{
    r->hpet = with_bit(r->hpet, end, level);
    update(r);
}

void irq_router_legacy(struct irq_router *r, bool taken)
{
    r->legacy = taken;
    update(r);
}

static void callback_choose(struct irq_router *r, uint64_t param)
{
    r->callback = IRQ_CALLBACK_NONE;
    switch (param >> 56) {
    case HVM_PARAM_CALLBACK_TYPE_GSI:
        r->callback_to = (unsigned int)(param & 0xff);
        if (r->callback_to && r->callback_to < IRQ_ROUTER_ENDS)
            r->callback = IRQ_CALLBACK_END;
        break;
    case HVM_PARAM_CALLBACK_TYPE_PCI_INTX:
        r->callback_to = (unsigned int)(param >> 11 & 0x1f) * PINS + (param & 3);
        r->callback = IRQ_CALLBACK_PCI;
        break;
    default:
        break;
    }
}

void irq_router_callback(struct irq_router *r, uint64_t param, bool level)
{
    callback_choose(r, param);
    r->callback_level = level;
    update(r);
}

void irq_router_save_pci(const struct irq_router *r, struct hvm_hw_pci_irqs *out)
{
    memcpy(out->pad, r->pci, sizeof(out->pad));
}

void irq_router_save_isa(const struct irq_router *r, struct hvm_hw_isa_irqs *out)
{
    out->pad[0] = r->isa;
}

void irq_router_save_link(const struct irq_router *r, struct hvm_hw_pci_link *out)
{
    memset(out, 0, sizeof(*out));
    memcpy(out->route, r->link, sizeof(out->route));
}

bool irq_router_load_pci(struct irq_router *r, const struct hvm_hw_pci_irqs *in)
{
    memcpy(r->pci, in->pad, sizeof(r->pci));
    r->levels = levels_of(r);
    return true;
}

bool irq_router_load_isa(struct irq_router *r, const struct hvm_hw_isa_irqs *in)
{
    if (in->pad[0] >> IRQ_ROUTER_ISA)
        return false;
    r->isa = (uint16_t)in->pad[0];
    r->levels = levels_of(r);
    return true;
}

bool irq_router_load_link(struct irq_router *r, const struct hvm_hw_pci_link *in)
{
    for (unsigned int i = 0; i < IRQ_ROUTER_LINKS; i++)
        if (in->route[i] >= IRQ_ROUTER_ISA)
            return false;
    memcpy(r->link, in->route, sizeof(r->link));
    r->levels = levels_of(r);
    return true;
}
