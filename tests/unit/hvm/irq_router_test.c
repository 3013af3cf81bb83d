/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupt wires: where they end, who shares them, and their records. */
#include "check.h"

#include "hvm/platform/irq_router.h"

#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/hvm/save.h>

static struct irq_router router;
static uint64_t ends; /* as told */
static unsigned int tellings;

static void changed(void *ctx, unsigned int end, bool level)
{
    CHECK(end < IRQ_ROUTER_ENDS);
    CHECK_EQ(ends >> end & 1, !level);
    ends ^= 1ULL << end;
    tellings++;
}

static void begin(void)
{
    memset(&router, 0, sizeof(router));
    router.changed = changed;
    ends = tellings = 0;
    irq_router_reset(&router);
}

/* The numbers that firmware's tables have: (device * 4 + device / 8 + pin) modulo 32, from 16. */
static void pci_pins_have_their_ends(void)
{
    begin();
    for (unsigned int device = 0; device < 32; device++)
        for (unsigned int pin = 0; pin < 4; pin++) {
            unsigned int end = 16 + (device * 4 + device / 8 + pin) % 32;

            CHECK_EQ(irq_router_pci(&router, device, pin, true), 0);
            CHECK_EQ(ends, 1ULL << end);
            CHECK_EQ(irq_router_pci(&router, device, pin, false), 0);
            CHECK_EQ(ends, 0);
        }
    CHECK_EQ(irq_router_pci(&router, 32, 0, true), -XEN_EINVAL);
    CHECK_EQ(irq_router_pci(&router, 0, 4, true), -XEN_EINVAL);
    CHECK_EQ(ends, 0);
}

static void links_lead_to_isa_interrupts(void)
{
    begin();
    CHECK_EQ(irq_router_link(&router, 0, 5), 0);
    CHECK_EQ(irq_router_link(&router, 1, 10), 0);
    CHECK_EQ(irq_router_link(&router, 2, 11), 0);
    CHECK_EQ(irq_router_link(&router, 3, 11), 0);
    for (unsigned int device = 0; device < 32; device++)
        for (unsigned int pin = 0; pin < 4; pin++) {
            static const unsigned int isa[] = {5, 10, 11, 11};

            irq_router_pci(&router, device, pin, true);
            CHECK_EQ(ends & 0xffff, 1 << isa[(device + pin) % 4]);
            irq_router_pci(&router, device, pin, false);
        }
    irq_router_pci(&router, 3, 0, true); /* link 3 */
    CHECK_EQ(ends & 0xffff, 1 << 11);
    CHECK_EQ(irq_router_link(&router, 3, 7), 0);
    CHECK_EQ(ends & 0xffff, 1 << 7);
    CHECK_EQ(irq_router_link(&router, 3, 0), 0);
    CHECK_EQ(ends & 0xffff, 0);
    CHECK_EQ(irq_router_link(&router, 4, 7), -XEN_EINVAL);
    CHECK_EQ(irq_router_link(&router, 0, 16), -XEN_EINVAL);
}

static void wires_are_shared(void)
{
    begin();
    irq_router_link(&router, 1, 9);
    CHECK_EQ(irq_router_isa(&router, 9, true), 0);
    irq_router_own(&router, IRQ_SCI, true);
    irq_router_pci(&router, 1, 0, true);
    irq_router_pci(&router, 5, 0, true);
    CHECK_EQ(tellings, 3); /* 9, and two ends of PCI */
    irq_router_isa(&router, 9, false);
    irq_router_own(&router, IRQ_SCI, false);
    irq_router_pci(&router, 1, 0, false);
    CHECK_EQ(ends & 0xffff, 1 << 9);
    irq_router_pci(&router, 5, 0, false);
    CHECK_EQ(ends, 0);
    CHECK_EQ(irq_router_isa(&router, 16, true), -XEN_EINVAL);
}

static void the_hpet_takes_over(void)
{
    begin();
    irq_router_own(&router, IRQ_PIT, true);
    irq_router_own(&router, IRQ_RTC, true);
    CHECK_EQ(ends, 1 << 0 | 1 << 8);
    irq_router_legacy(&router, true);
    CHECK_EQ(ends, 0);
    irq_router_hpet(&router, 0, true);
    CHECK_EQ(ends, 1);
    irq_router_hpet(&router, 0, false);
    irq_router_legacy(&router, false);
    CHECK_EQ(ends, 1 << 0 | 1 << 8);
    irq_router_hpet(&router, 22, true);
    CHECK_EQ(ends, 1 << 0 | 1 << 8 | 1 << 22);
}

static void events_have_a_wire(void)
{
    begin();
    irq_router_callback(&router, 28, true);
    CHECK_EQ(ends, 1 << 28);
    irq_router_callback(&router, 28, false);
    CHECK_EQ(ends, 0);
    irq_router_callback(&router, 47, true);
    CHECK_EQ(ends, 1ULL << 47);
    irq_router_callback(&router, 48, true); /* no such end: the wire leads nowhere */
    CHECK_EQ(ends, 0);
    irq_router_callback(&router, 1ULL << 56 | 3 << 11 | 2, true); /* device 3, INTC */
    CHECK_EQ(ends, 1 << (16 + 14));
    irq_router_pci(&router, 3, 2, true);
    irq_router_callback(&router, 1ULL << 56 | 3 << 11 | 2, false);
    CHECK_EQ(ends, 1 << (16 + 14));
    irq_router_pci(&router, 3, 2, false);
    irq_router_callback(&router, 2ULL << 56 | 0xf3, true); /* a vector is no wire */
    CHECK_EQ(ends, 0);
}

static void records_tell_all(void)
{
    struct hvm_hw_pci_irqs pci, pci_again;
    struct hvm_hw_isa_irqs isa, isa_again;
    struct hvm_hw_pci_link link, link_again;
    uint64_t before;

    begin();
    irq_router_link(&router, 2, 11);
    irq_router_pci(&router, 31, 3, true);
    irq_router_pci(&router, 0, 2, true);
    irq_router_isa(&router, 14, true);
    irq_router_own(&router, IRQ_PIT, true); /* its device has a record of its own */
    irq_router_save_pci(&router, &pci);
    irq_router_save_isa(&router, &isa);
    irq_router_save_link(&router, &link);
    CHECK(pci.pad[0] == 1 << 2 && pci.pad[1] == 1ULL << 63);
    CHECK_EQ(isa.pad[0], 1 << 14);
    CHECK(link.route[2] == 11 && link.route[0] == 0);
    before = ends & ~1ULL;
    begin();
    CHECK(irq_router_load_pci(&router, &pci) && irq_router_load_isa(&router, &isa));
    CHECK(irq_router_load_link(&router, &link));
    CHECK_EQ(tellings, 0);
    CHECK_EQ(router.levels, before);
    irq_router_save_pci(&router, &pci_again);
    irq_router_save_isa(&router, &isa_again);
    irq_router_save_link(&router, &link_again);
    CHECK(!memcmp(&pci, &pci_again, sizeof(pci)) && !memcmp(&isa, &isa_again, sizeof(isa)) &&
          !memcmp(&link, &link_again, sizeof(link)));
    isa.pad[0] = 1 << 16;
    CHECK(!irq_router_load_isa(&router, &isa));
    link.route[3] = 16;
    CHECK(!irq_router_load_link(&router, &link));
}

int main(void)
{
    RUN(pci_pins_have_their_ends);
    RUN(links_lead_to_isa_interrupts);
    RUN(wires_are_shared);
    RUN(the_hpet_takes_over);
    RUN(events_have_a_wire);
    RUN(records_tell_all);
    return check_done();
}
