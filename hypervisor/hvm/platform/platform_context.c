/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The platform as a list of records; see platform.h. */
#include "hvm/platform/platform.h"

#include <xen/hvm/save.h>

#include "hvm/hvm.h"
#include "lib/bits.h"

_Static_assert(sizeof(struct hvm_hw_vpic) == 8, "ABI");
_Static_assert(sizeof(struct hvm_hw_vioapic) == 16 + 8 * VIOAPIC_PINS, "ABI");
_Static_assert(sizeof(struct hvm_hw_pit) == 56, "ABI");
_Static_assert(sizeof(struct hvm_hw_rtc) == 24, "ABI");
_Static_assert(sizeof(struct hvm_hw_hpet) == 1024 + 8 * HPET_TIMERS, "ABI");
_Static_assert(sizeof(struct hvm_hw_pmtimer) == 8, "ABI");

/* One pair of functions a record, of the type that the table has. */
#define RECORD(name, call_save, call_load, type)                                            \
    static void name##_get(struct hvm_platform *p, unsigned int instance, void *body)       \
    {                                                                                       \
        type *out = body;                                                                   \
                                                                                            \
        call_save;                                                                          \
    }                                                                                       \
                                                                                            \
    static bool name##_set(struct hvm_platform *p, unsigned int instance, const void *body) \
    {                                                                                       \
        const type *in = body;                                                              \
                                                                                            \
        return call_load;                                                                   \
    }

RECORD(pic, pic_save(&p->pic, instance, out), pic_load(&p->pic, instance, in), struct hvm_hw_vpic)
RECORD(ioapic, vioapic_save(&p->ioapic, out), vioapic_load(&p->ioapic, in), struct hvm_hw_vioapic)
RECORD(pci, irq_router_save_pci(&p->router, out), irq_router_load_pci(&p->router, in),
       struct hvm_hw_pci_irqs)
RECORD(isa, irq_router_save_isa(&p->router, out), irq_router_load_isa(&p->router, in),
       struct hvm_hw_isa_irqs)
RECORD(link, irq_router_save_link(&p->router, out), irq_router_load_link(&p->router, in),
       struct hvm_hw_pci_link)
RECORD(pit, pit_save(&p->pit, out), pit_load(&p->pit, in), struct hvm_hw_pit)
RECORD(rtc, rtc_save(&p->rtc, out), rtc_load(&p->rtc, in), struct hvm_hw_rtc)
RECORD(hpet, hpet_save(&p->hpet, out), hpet_load(&p->hpet, in), struct hvm_hw_hpet)
RECORD(pm, acpi_pm_save(&p->pm, out), acpi_pm_load(&p->pm, in), struct hvm_hw_pmtimer)

const struct hvm_platform_record hvm_platform_records[HVM_PLATFORM_RECORDS] = {
    {HVM_SAVE_CODE(PIC), 2, sizeof(struct hvm_hw_vpic), pic_get, pic_set},
    {HVM_SAVE_CODE(IOAPIC), 1, sizeof(struct hvm_hw_vioapic), ioapic_get, ioapic_set},
    {HVM_SAVE_CODE(PCI_IRQ), 1, sizeof(struct hvm_hw_pci_irqs), pci_get, pci_set},
    {HVM_SAVE_CODE(ISA_IRQ), 1, sizeof(struct hvm_hw_isa_irqs), isa_get, isa_set},
    {HVM_SAVE_CODE(PCI_LINK), 1, sizeof(struct hvm_hw_pci_link), link_get, link_set},
    {HVM_SAVE_CODE(PIT), 1, sizeof(struct hvm_hw_pit), pit_get, pit_set},
    {HVM_SAVE_CODE(RTC), 1, sizeof(struct hvm_hw_rtc), rtc_get, rtc_set},
    {HVM_SAVE_CODE(HPET), 1, sizeof(struct hvm_hw_hpet), hpet_get, hpet_set},
    {HVM_SAVE_CODE(PMTIMER), 1, sizeof(struct hvm_hw_pmtimer), pm_get, pm_set},
};

void hvm_platform_record_get(struct domain *d, const struct hvm_platform_record *record,
                             unsigned int instance, void *body)
{
    struct hvm_platform *p = d->hvm->platform;

    spin_lock(&p->lock);
    record->get(p, instance, body);
    spin_unlock(&p->lock);
}

/* The ends of wires have records of their own, which say what they have seen of an edge. */
static void lines_restore(struct hvm_platform *p)
{
    uint64_t levels = p->router.levels & ~BIT(PIC_CASCADE), pins = levels & ~BIT(IRQ_PIT);

    if (levels & BIT(IRQ_PIT))
        pins |= BIT(PLATFORM_PIT_PIN);
    pic_lines_restore(&p->pic, (uint16_t)levels);
    vioapic_lines_restore(&p->ioapic, pins);
}

int hvm_platform_record_set(struct domain *d, const struct hvm_platform_record *record,
                            unsigned int instance, const void *body)
{
    struct hvm_platform *p = d->hvm->platform;
    bool good;

    spin_lock(&p->lock);
    p->loading = true;
    good = record->set(p, instance, body);
    lines_restore(p);
    p->loading = false;
    spin_unlock(&p->lock);
    return good ? 0 : -XEN_EINVAL;
}
