/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical interrupts of domains; see pirq.h. */
#include "lib/compiler.h"

#include <xen/physdev.h>

#include "domain/pirq.h"
#include "domain/rangeset.h"
#include "domain/vcpu.h"
#include "machine/acpi.h"
#include "machine/ioapic.h"
#include "machine/traps.h"

#define MAX_PIRQS 1024
#define MSIX_MASKED 1U

enum pirq_kind { PIRQ_UNUSED, PIRQ_GSI, PIRQ_MSI, PIRQ_MSIX };

static struct pirq {
    enum pirq_kind kind;
    struct domain *domain;
    unsigned int vector;          /* 0: none yet */
    bool level, low, configured;  /* GSI: trigger and polarity known */
    bool bound;
    bool in_service;              /* level: masked until the guest's EOI */
    pci_bdf_t bdf;                /* MSI: whose */
    volatile uint32_t *control;   /* MSI-X: the entry's vector control */
} pirqs[MAX_PIRQS];

static struct spinlock lock = SPINLOCK_INIT;

static struct pirq *pirq_of(struct domain *d, uint32_t nr)
{
    return nr < MAX_PIRQS && nr < d->nr_pirqs && pirqs[nr].domain == d ? &pirqs[nr] : NULL;
}

static void fired(void *data)
{
    struct pirq *p = data;
    struct domain *d = p->domain;

    if (p->kind == PIRQ_GSI && p->level) {
        p->in_service = true;
        ioapic_mask((uint32_t)(p - pirqs));
    }
    if (d && READ_ONCE(p->bound))
        evtchn_raise_pirq(d, (uint32_t)(p - pirqs));
}

/* How the firmware says an ISA interrupt behaves; PCI's are level, low. */
static void default_trigger(struct pirq *p, uint32_t gsi)
{
    p->level = p->low = gsi >= 16;
    for (unsigned int i = 0; i < 16; i++)
        if (acpi.isa[i].gsi == gsi) {
            p->level = acpi.isa[i].level;
            p->low = acpi.isa[i].low;
        }
}

/* 0 if it is a pin that the domain may have. */
static int check_gsi(struct domain *d, uint32_t gsi)
{
    if (gsi >= MAX_PIRQS || !ioapic_has(gsi))
        return -XEN_EINVAL;
    return rangeset_contains(d->irqs, gsi, gsi) ? 0 : -XEN_EPERM;
}

int pirq_map_gsi(struct domain *d, uint32_t gsi)
{
    int error = check_gsi(d, gsi);
    struct pirq *p;
    uint64_t flags;

    if (error)
        return error;
    p = &pirqs[gsi];
    flags = spin_lock_irqsave(&lock);
    if (!p->domain) {
        p->domain = d;
        p->kind = PIRQ_GSI;
        if (!p->configured)
            default_trigger(p, gsi);
    }
    spin_unlock_irqrestore(&lock, flags);
    return p->domain == d ? 0 : -XEN_EBUSY;
}

/* Takes a number for a message interrupt, above the GSIs. */
static struct pirq *take_number(struct domain *d)
{
    struct pirq *found = NULL;
    uint64_t flags = spin_lock_irqsave(&lock);

    for (uint32_t nr = ioapic_gsi_end(); nr < MAX_PIRQS && nr < d->nr_pirqs && !found; nr++)
        if (!pirqs[nr].domain) {
            found = &pirqs[nr];
            *found = (struct pirq){.kind = PIRQ_MSI, .domain = d};
        }
    spin_unlock_irqrestore(&lock, flags);
    return found;
}

static void give_number_back(struct pirq *p)
{
    if (p->vector)
        vector_free(p->vector);
    *p = (struct pirq){0};
}

int pirq_map_msi(struct domain *d, pci_bdf_t bdf, bool msix, uint64_t table_bar, uint32_t entry,
                 uint32_t *pirq)
{
    struct pirq *p;
    int error;

    if (!d->hardware)
        return -XEN_EPERM;
    p = take_number(d);
    if (!p)
        return -XEN_ENOSPC;
    p->kind = msix ? PIRQ_MSIX : PIRQ_MSI;
    p->bdf = bdf;
    p->vector = vector_alloc(fired, p);
    if (!p->vector)
        error = -XEN_ENOSPC;
    else if (msix)
        error = pci_msix_program(bdf, table_bar, entry, p->vector, 0, &p->control);
    else
        error = pci_msi_program(bdf, p->vector, 0);
    if (error)
        give_number_back(p);
    else
        *pirq = (uint32_t)(p - pirqs);
    return error;
}

static void silence(struct pirq *p)
{
    if (p->kind == PIRQ_GSI)
        ioapic_mask((uint32_t)(p - pirqs));
    else if (p->control)
        *p->control |= MSIX_MASKED;
    WRITE_ONCE(p->bound, false);
    p->in_service = false;
}

int pirq_unmap(struct domain *d, uint32_t nr)
{
    struct pirq *p = pirq_of(d, nr);

    if (!p)
        return -XEN_EINVAL;
    silence(p);
    give_number_back(p);
    return 0;
}

int pirq_setup_gsi(struct domain *d, uint32_t gsi, bool level, bool low)
{
    int error = check_gsi(d, gsi);
    struct pirq *p;

    if (error)
        return error;
    p = &pirqs[gsi];
    if (p->bound)
        return p->level == level && p->low == low ? 0 : -XEN_EBUSY;
    p->level = level;
    p->low = low;
    p->configured = true;
    return 0;
}

int pirq_eoi(struct domain *d, uint32_t nr)
{
    struct pirq *p = pirq_of(d, nr);
    uint64_t flags;

    if (!p)
        return -XEN_EINVAL;
    flags = irq_save();
    if (p->in_service) {
        p->in_service = false;
        ioapic_unmask(nr);
    }
    irq_restore(flags);
    return 0;
}

int pirq_status(struct domain *d, uint32_t nr, uint32_t *flags)
{
    const struct pirq *p = pirq_of(d, nr);

    if (nr >= d->nr_pirqs)
        return -XEN_EINVAL;
    *flags = p && p->kind == PIRQ_GSI && p->level ? XENIRQSTAT_needs_eoi : 0;
    return 0;
}

static int bind(struct domain *d, uint32_t nr, bool share)
{
    struct pirq *p = pirq_of(d, nr);

    if (!p)
        return -XEN_EINVAL;
    if (p->kind == PIRQ_GSI && !p->vector) {
        p->vector = vector_alloc(fired, p);
        if (!p->vector)
            return -XEN_ENOSPC;
    }
    WRITE_ONCE(p->bound, true);
    if (p->kind == PIRQ_GSI) {
        ioapic_route(nr, p->vector, d->vcpu[0]->sched.cpu, p->level, p->low);
        ioapic_unmask(nr);
    } else if (p->control) {
        *p->control &= ~MSIX_MASKED;
    }
    return 0;
}

static void unbind(struct domain *d, uint32_t nr)
{
    struct pirq *p = pirq_of(d, nr);

    if (p)
        silence(p);
}

/* To the CPU where the vCPU runs or ran last; should the scheduler move it, the interrupt still comes
 * there and is passed on. */
static void move(struct domain *d, uint32_t nr, uint32_t vcpu)
{
    struct pirq *p = pirq_of(d, nr);
    unsigned int cpu = READ_ONCE(d->vcpu[vcpu]->sched.cpu);

    if (!p)
        return;
    if (p->kind == PIRQ_GSI)
        ioapic_move(nr, cpu);
    else if (p->control)
        pci_msix_move(p->control, cpu);
    else
        pci_msi_move(p->bdf, cpu);
}

static const struct evtchn_pirq_ops ops = {.bind = bind, .unbind = unbind, .move = move};

void pirqs_init(void)
{
    evtchn_pirq_ops = &ops;
}

void pirqs_release(struct domain *d)
{
    for (uint32_t nr = 0; nr < MAX_PIRQS; nr++)
        if (pirqs[nr].domain == d)
            (void)pirq_unmap(d, nr);
}
