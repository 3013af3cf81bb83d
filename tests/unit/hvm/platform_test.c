/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's machine as a whole: ports, addresses, time, how interrupts get from devices to the CPU,
 * in which order, and all of it as records. */
#include "check.h"

#include "hvm/hvm.h"
#include "hvm/platform/platform.h"

#include <xen/hvm/ioreq.h>
#include <xen/hvm/save.h>

#include "hvm/platform/ticks.h"
#include "lib/bits.h"
#include "machine/machine.h"
#include "memory/memory.h"
#include "schedule/time.h"

#define EFLAGS_IF (1UL << 9)

static struct domain domain;
static struct hvm_domain hvm_domain;
static struct vcpu vcpus[2];
static struct vcpu *vcpu_table[2];
static struct hvm_vcpu hvm_vcpus[2];
static vcpu_info_t infos[2];
static unsigned int kicks;
static struct hvm_event delivered;
static bool window, can_interrupt, can_nmi, iret;

void vcpu_kick(struct vcpu *v)
{
    kicks++;
}

void vcpu_wake(struct vcpu *v, enum vcpu_pause why)
{
}

static bool get_can_interrupt(const struct vcpu *v)
{
    return can_interrupt;
}

static void want_window(struct vcpu *v, bool want)
{
    window = want;
}

static bool get_can_nmi(struct vcpu *v)
{
    return can_nmi;
}

static void want_iret(struct vcpu *v, bool want)
{
    iret = want;
}

static void deliver(struct vcpu *v, const struct hvm_event *event)
{
    delivered = *event;
}

static const struct hvm_backend backend = {
    .can_interrupt = get_can_interrupt,
    .want_window = want_window,
    .can_nmi = get_can_nmi,
    .want_iret = want_iret,
    .deliver = deliver,
};
const struct hvm_backend *hvm_backend = &backend;

static struct hvm_platform *platform(void)
{
    return hvm_domain.platform;
}

static void out(uint16_t port, unsigned int size, uint32_t value)
{
    CHECK(hvm_platform_port_write(&domain, port, size, value));
}

static uint32_t in(uint16_t port, unsigned int size)
{
    uint32_t value = 0;

    CHECK(hvm_platform_port_read(&domain, port, size, &value));
    return value;
}

static void ioapic_entry(unsigned int pin, uint32_t low, uint32_t destination)
{
    uint64_t index = 0x10 + pin * 2;

    CHECK(hvm_platform_mmio_write(&domain, VIOAPIC_BASE, 4, index + 1));
    CHECK(hvm_platform_mmio_write(&domain, VIOAPIC_BASE + 0x10, 4, destination << 24));
    CHECK(hvm_platform_mmio_write(&domain, VIOAPIC_BASE, 4, index));
    CHECK(hvm_platform_mmio_write(&domain, VIOAPIC_BASE + 0x10, 4, low));
}

static void begin_without(void)
{
    fake_machine_init(1);
    fake_timers_init();
    hvm_domain = (struct hvm_domain){0};
    memset(infos, 0, sizeof(infos));
    memset(hvm_vcpus, 0, sizeof(hvm_vcpus));
    domain = (struct domain){.hvm = &hvm_domain, .max_vcpus = 2, .vcpu = vcpu_table};
    for (unsigned int i = 0; i < 2; i++) {
        vcpus[i] =
            (struct vcpu){.id = i, .domain = &domain, .hvm = &hvm_vcpus[i], .info = &infos[i]};
        vcpu_table[i] = &vcpus[i];
        hvm_vcpus[i].lapic.owner = &hvm_lapic_owner;
        hvm_vcpus[i].lapic.ctx = &vcpus[i];
        lapic_reset(&hvm_vcpus[i].lapic, i * 2, i == 0);
        lapic_mmio_write(&hvm_vcpus[i].lapic, LAPIC_SVR, 0x1ff);
    }
    guest_regs()->rflags = EFLAGS_IF;
    can_interrupt = can_nmi = true;
    iret = false;
    kicks = 0;
}

/* The firmware has set the 8259s up, and opened the way from the first one. */
static void begin(void)
{
    begin_without();
    fake_memory_init();
    CHECK_EQ(hvm_platform_create(&domain), 0);
    for (unsigned int chip = 0; chip < 2; chip++) {
        uint16_t port = chip ? 0xa0 : 0x20;

        out(port, 1, 0x11);
        out(port + 1, 1, chip ? 0x70 : 0x20);
        out(port + 1, 1, chip ? 2 : 4);
        out(port + 1, 1, 0x01);
        out(port + 1, 1, 0);
    }
    lapic_mmio_write(&hvm_vcpus[0].lapic, LAPIC_LVT_LINT0, 0x700);
    lapic_mmio_write(&hvm_vcpus[1].lapic, LAPIC_LVT_LINT0, 0x700);
}

static void end(void)
{
    hvm_platform_stop(&domain);
    for (unsigned int i = 0; i < PLATFORM_TIMERS; i++)
        CHECK(!platform()->timer[i].set);
    hvm_platform_free(&domain);
    CHECK(!platform());
    CHECK_EQ(fake_memory_leaks(), 0);
}

/* Lets that much time pass, and what has its time then happen. */
static void pass(uint64_t ns)
{
    fake_now += ns;
    (void)fake_timers_run();
}

/* What a vCPU is given as it goes on; -1: nothing. */
static int enter(unsigned int id)
{
    delivered = (struct hvm_event){0};
    irq_disable();
    hvm_deliver_pending(&vcpus[id]);
    irq_enable();
    return delivered.type == HVM_EVENT_INTERRUPT ? delivered.vector : -1;
}

static void lapic_eoi(unsigned int id)
{
    lapic_mmio_write(&hvm_vcpus[id].lapic, LAPIC_EOI, 0);
}

static void start_pit(void)
{
    out(0x43, 1, 0x34);
    out(0x40, 1, 11932 & 0xff);
    out(0x40, 1, 11932 >> 8);
}

static void the_8259_interrupts_the_first_vcpu(void)
{
    begin();
    start_pit();
    CHECK_EQ(enter(0), -1);
    CHECK(!hvm_interrupt_due(&vcpus[0]));
    pass(10001000);
    CHECK(kicks && hvm_interrupt_due(&vcpus[0]));
    guest_regs()->rflags = 0;
    CHECK(!hvm_interrupt_due(&vcpus[0]));
    CHECK_EQ(enter(1), -1);
    can_interrupt = false;
    CHECK(enter(0) == -1 && window);
    can_interrupt = true;
    CHECK(enter(0) == 0x20);
    CHECK_EQ(enter(0), -1);
    pass(10001000);
    CHECK_EQ(enter(0), -1); /* in service */
    out(0x20, 1, 0x20);
    CHECK_EQ(enter(0), 0x20);
    hvm_platform_extint_retract(&vcpus[0], 0x20);
    CHECK_EQ(enter(0), 0x20);
    end();
}

/* It waits for an instruction that holds it back, and for the end of the last one's handler. */
static void an_nmi_comes_when_it_can(void)
{
    begin();
    can_interrupt = can_nmi = false;
    hvm_nmi(&vcpus[0]);
    CHECK(enter(0) == -1 && window && !delivered.type && hvm_interrupt_due(&vcpus[0]));
    can_nmi = true;
    (void)enter(0);
    CHECK(delivered.type == HVM_EVENT_NMI && delivered.vector == 2 && iret && !window);
    hvm_nmi(&vcpus[0]);
    CHECK(enter(0) == -1 && !delivered.type && !window);
    hvm_vcpus[0].nmi_blocked = false;
    (void)enter(0);
    CHECK(delivered.type == HVM_EVENT_NMI && !hvm_interrupt_due(&vcpus[0]));
    end();
}

static void there_are_other_ways_for_it(void)
{
    begin();
    lapic_mmio_write(&hvm_vcpus[0].lapic, LAPIC_LVT_LINT0, 0x10700);
    CHECK_EQ(hvm_isa_irq_level(&domain, 6, true), 0);
    CHECK_EQ(enter(0), -1);
    ioapic_entry(0, 0x700, 2); /* to the other one: who does not listen to it */
    CHECK(enter(0) == -1 && enter(1) == -1);
    ioapic_entry(0, 0x700, 0);
    CHECK_EQ(enter(0), 0x26);
    out(0x20, 1, 0x20);
    ioapic_entry(0, 0x10700, 0);
    hvm_isa_irq_level(&domain, 6, false);
    hvm_isa_irq_level(&domain, 6, true);
    CHECK_EQ(enter(0), -1);
    CHECK(lapic_base_write(&hvm_vcpus[0].lapic, LAPIC_BASE_DEFAULT | LAPIC_BASE_BSP, 48));
    CHECK_EQ(enter(0), 0x26); /* without a local APIC */
    end();
}

static void local_apic_then_8259_then_callback(void)
{
    begin();
    hvm_domain.params[HVM_PARAM_CALLBACK_IRQ] = 2ULL << 56 | 0xf3;
    infos[0].evtchn_upcall_pending = 1;
    hvm_isa_irq_level(&domain, 4, true);
    lapic_request(&hvm_vcpus[0].lapic, 0x31);
    CHECK(hvm_interrupt_due(&vcpus[0]));
    CHECK_EQ(enter(0), 0x31);
    CHECK_EQ(enter(0), 0x24);
    CHECK_EQ(enter(0), 0xf3);
    end();
}

static void levels_last_until_the_line_falls(void)
{
    begin();
    ioapic_entry(16 + 3 * 4, 0xa061, 2);
    CHECK_EQ(hvm_pci_intx_level(&domain, 3, 0, true), 0);
    CHECK(enter(0) == -1 && enter(1) == 0x61);
    CHECK_EQ(lapic_mmio_read(&hvm_vcpus[1].lapic, LAPIC_TMR + 0x30), 2);
    lapic_eoi(1);
    CHECK_EQ(enter(1), 0x61);
    hvm_pci_intx_level(&domain, 3, 0, false);
    lapic_eoi(1);
    CHECK_EQ(enter(1), -1);
    CHECK_EQ(hvm_pci_link_route(&domain, 3, 11), 0);
    CHECK_EQ(hvm_pci_intx_level(&domain, 3, 0, true), 0);
    CHECK_EQ(enter(0), 0x73); /* by its link, to the 8259 */
    CHECK_EQ(hvm_pci_intx_level(&domain, 32, 0, true), -XEN_EINVAL);
    CHECK_EQ(hvm_pci_link_route(&domain, 4, 1), -XEN_EINVAL);
    CHECK_EQ(hvm_isa_irq_level(&domain, 16, true), -XEN_EINVAL);
    end();
}

static void lowest_priority_goes_to_one(void)
{
    begin();
    ioapic_entry(20, 0x0955, 0xff);
    lapic_mmio_write(&hvm_vcpus[0].lapic, LAPIC_SVR, 0xff); /* off: it does not take it */
    hvm_pci_intx_level(&domain, 1, 0, true);
    CHECK(enter(0) == -1 && enter(1) == 0x55);
    lapic_mmio_write(&hvm_vcpus[0].lapic, LAPIC_SVR, 0x1ff);
    hvm_pci_intx_level(&domain, 1, 0, false);
    hvm_pci_intx_level(&domain, 1, 0, true);
    CHECK(enter(0) == 0x55 && enter(1) == -1);
    end();
}

static void messages_go_where_they_say(void)
{
    begin_without();
    CHECK_EQ(hvm_msi_inject(&domain, 0xfee02000, 0x4041), 0);
    CHECK(enter(0) == -1 && enter(1) == 0x41);
    CHECK_EQ(lapic_mmio_read(&hvm_vcpus[1].lapic, LAPIC_TMR + 0x20), 0);
    lapic_mmio_write(&hvm_vcpus[0].lapic, LAPIC_LDR, 0x01000000);
    lapic_mmio_write(&hvm_vcpus[1].lapic, LAPIC_LDR, 0x02000000);
    CHECK_EQ(hvm_msi_inject(&domain, 0xfee0300c, 0x0172), 0); /* logical, lowest priority */
    CHECK(enter(0) == 0x72 && enter(1) == -1);
    CHECK_EQ(hvm_msi_inject(&domain, 0x2000, 0x83), 0); /* as QEMU has it */
    CHECK(enter(0) == -1 && enter(1) == 0x83);
    CHECK_EQ(hvm_msi_inject(&domain, 0xfee00000, 0x400), 0);
    CHECK(bit_test(&hvm_vcpus[0].requests, HVM_REQUEST_NMI));
    CHECK_EQ(hvm_msi_inject(&domain, 0xfee00000, 0x0f), -XEN_EINVAL);
    CHECK_EQ(hvm_msi_inject(&domain, 0xfed00000, 0x41), -XEN_EINVAL);
    CHECK_EQ(hvm_msi_inject(&domain, 0x1fee00000, 0x41), -XEN_EINVAL);
    for (uint32_t delivery = 2; delivery < 8; delivery++)
        if (delivery != 4)
            CHECK_EQ(hvm_msi_inject(&domain, 0xfee00000, delivery << 8 | 0x41), -XEN_EINVAL);
}

static void events_come_by_a_wire(void)
{
    begin();
    ioapic_entry(16 + 3 * 4, 0xa059, 0);
    infos[0].evtchn_upcall_pending = 1;
    CHECK_EQ(enter(0), -1); /* not asked for */
    CHECK(!hvm_interrupt_due(&vcpus[0]));
    hvm_domain.params[HVM_PARAM_CALLBACK_IRQ] = 1ULL << 56 | 3 << 11; /* device 3, INTA */
    CHECK(hvm_interrupt_due(&vcpus[0]) && !hvm_platform_callback_due(&vcpus[1]));
    CHECK_EQ(enter(0), 0x59);
    CHECK(!hvm_platform_callback_due(&vcpus[0]));
    lapic_eoi(0);
    CHECK_EQ(enter(0), 0x59); /* it has not looked at its events yet */
    infos[0].evtchn_upcall_pending = 0;
    lapic_eoi(0);
    CHECK_EQ(enter(0), -1);
    hvm_domain.params[HVM_PARAM_CALLBACK_IRQ] = 5; /* ISA interrupt 5 */
    infos[0].evtchn_upcall_pending = 1;
    CHECK_EQ(enter(0), 0x25);
    infos[0].evtchn_upcall_pending = 0;
    out(0x20, 1, 0x20);
    CHECK(!bit_test(&platform()->router.levels, 5));
    end();
}

static void the_hpet_takes_the_timers_place(void)
{
    begin();
    start_pit();
    CHECK(hvm_platform_mmio_write(&domain, HPET_BASE + 0x108, 8, 625000)); /* 10 ms */
    CHECK(hvm_platform_mmio_write(&domain, HPET_BASE + 0x100, 8, 4));
    CHECK(hvm_platform_mmio_write(&domain, HPET_BASE + 0x10, 8, 3));
    pass(9990000);
    CHECK_EQ(enter(0), -1);
    pass(20000); /* both */
    CHECK_EQ(enter(0), 0x20);
    out(0x20, 1, 0x20);
    pass(10000000); /* the 8254 alone */
    CHECK_EQ(enter(0), -1);
    CHECK(hvm_platform_mmio_write(&domain, HPET_BASE + 0x10, 8, 1));
    CHECK_EQ(enter(0), 0x20);
    end();
}

static void the_timer_is_pin_2_of_the_ioapic(void)
{
    begin();
    out(0x21, 1, 0xff);
    ioapic_entry(0, 0x30, 0);
    ioapic_entry(2, 0x32, 0);
    start_pit();
    pass(10001000);
    CHECK_EQ(enter(0), 0x32);
    hvm_isa_irq_level(&domain, 2, true); /* leads nowhere */
    hvm_isa_irq_level(&domain, 2, false);
    lapic_eoi(0);
    CHECK_EQ(enter(0), -1);
    end();
}

static void the_clock_has_interrupt_8(void)
{
    begin();
    out(0x70, 2, 0x120b); /* index and value at once: the update interrupt */
    CHECK_EQ(in(0x71, 1), 0x12);
    pass(1000000000);
    CHECK_EQ(enter(0), 0x70);
    out(0x70, 1, 4);
    CHECK_EQ(in(0x71, 1), 0x23);
    end();
}

static void ports_have_owners(void)
{
    uint32_t value = 0x55;

    begin();
    CHECK(!hvm_platform_port_read(&domain, 0x22, 1, &value));
    CHECK(!hvm_platform_port_read(&domain, 0x60, 1, &value));
    CHECK(!hvm_platform_port_read(&domain, 0xcf8, 4, &value));
    CHECK(!hvm_platform_has_port(&domain, 0x22) && !hvm_platform_has_port(&domain, 0x72));
    CHECK(hvm_platform_has_port(&domain, 0x40) && hvm_platform_has_port(&domain, 0x71));
    CHECK(hvm_platform_has_port(&domain, ACPI_PM_TMR_BLK_ADDRESS_V0));
    CHECK_EQ(in(0x40, 4) >> 24, 0xff);                        /* the last one is write-only */
    CHECK(!hvm_platform_port_read(&domain, 0x43, 2, &value)); /* and 0x44 */
    CHECK(!hvm_platform_port_write(&domain, 0x70, 1, 0x32));  /* the century: memory */
    CHECK(!hvm_platform_port_write(&domain, 0x71, 1, 0x20));
    CHECK(!hvm_platform_port_write(&domain, 0xffff, 4, 0));
    out(0x4d0, 2, 0xffff);
    CHECK_EQ(in(0x4d0, 2), 0xdef8);
    fake_now = 1000000000;
    CHECK_EQ(in(ACPI_PM_TMR_BLK_ADDRESS_V0, 4), 3579545);
    CHECK(!hvm_platform_port_read(&domain, ACPI_PM_TMR_BLK_ADDRESS_V1, 4, &value));
    CHECK(!hvm_platform_port_read(&domain, ACPI_PM1A_CNT_BLK_ADDRESS_V0, 2, &value));
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_ACPI_IOPORTS_LOCATION, 2, true), -XEN_EINVAL);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_ACPI_IOPORTS_LOCATION, 1, true), 0);
    CHECK_EQ(in(ACPI_PM_TMR_BLK_ADDRESS_V1, 4), 3579545);
    CHECK(!hvm_platform_port_read(&domain, ACPI_PM_TMR_BLK_ADDRESS_V0, 4, &value));
    end();
}

static void buttons_make_an_sci(void)
{
    begin();
    out(ACPI_PM1A_EVT_BLK_ADDRESS_V0 + 2, 2, 0x100);
    CHECK_EQ(hvm_press_button(&domain, ACPI_PM_POWER_BUTTON), 0);
    CHECK_EQ(enter(0), 0x71);
    CHECK_EQ(in(ACPI_PM1A_EVT_BLK_ADDRESS_V0, 2), 0x100);
    end();
}

static void addresses_have_owners(void)
{
    uint64_t value = 0;

    begin();
    CHECK(!hvm_platform_mmio_read(&domain, VIOAPIC_BASE - 1, 1, &value));
    CHECK(!hvm_platform_mmio_read(&domain, VIOAPIC_BASE + 0x1000, 4, &value));
    CHECK(!hvm_platform_mmio_write(&domain, HPET_BASE + HPET_SIZE, 4, 0));
    CHECK(!hvm_platform_mmio_write(&domain, HPET_BASE - 4, 4, 0));
    CHECK(hvm_platform_mmio_write(&domain, VIOAPIC_BASE, 1, 1));
    CHECK(hvm_platform_mmio_read(&domain, VIOAPIC_BASE + 0x12, 1, &value) && value == 47);
    CHECK(hvm_platform_mmio_read(&domain, VIOAPIC_BASE + 0x14, 4, &value) && value == 0);
    CHECK(hvm_platform_mmio_read(&domain, HPET_BASE + 4, 4, &value) && value == 16000000);
    CHECK(!hvm_platform_has_memory(&domain, VIOAPIC_BASE - 0x1000, VIOAPIC_BASE - 1));
    CHECK(hvm_platform_has_memory(&domain, VIOAPIC_BASE - 0x1000, VIOAPIC_BASE));
    CHECK(hvm_platform_has_memory(&domain, VIOAPIC_BASE + 0xfff, VIOAPIC_BASE + 0x1fff));
    CHECK(!hvm_platform_has_memory(&domain, VIOAPIC_BASE + 0x1000, HPET_BASE - 1));
    CHECK(hvm_platform_has_memory(&domain, HPET_BASE + 0x3ff, HPET_BASE + 0x400));
    CHECK(!hvm_platform_has_memory(&domain, HPET_BASE + 0x400, ~0ULL));
    end();
}

static void a_timer_that_was_moved_does_not_fire(void)
{
    struct timer *t;

    begin();
    start_pit();
    t = &platform()->timer[PLATFORM_TIMER_PIT];
    t->fn(t->data); /* it was on its way already */
    CHECK_EQ(enter(0), -1);
    CHECK(t->set);
    out(0x43, 1, 0x34); /* stopped */
    fake_now += 20000000;
    t->fn(t->data);
    CHECK_EQ(enter(0), -1);
    end();
}

static void without_a_platform_there_is_none_of_that(void)
{
    uint32_t value;
    uint64_t wide;

    begin_without();
    CHECK(!hvm_platform_port_read(&domain, 0x20, 1, &value));
    CHECK(!hvm_platform_port_write(&domain, 0x20, 1, 0x20));
    CHECK(!hvm_platform_has_port(&domain, 0x20));
    CHECK(!hvm_platform_has_memory(&domain, HPET_BASE, HPET_BASE));
    CHECK(!hvm_platform_mmio_read(&domain, VIOAPIC_BASE, 4, &wide));
    CHECK(!hvm_platform_mmio_write(&domain, HPET_BASE, 4, 0));
    CHECK_EQ(hvm_isa_irq_level(&domain, 1, true), -XEN_EINVAL);
    CHECK_EQ(hvm_pci_intx_level(&domain, 1, 1, true), -XEN_EINVAL);
    CHECK_EQ(hvm_pci_link_route(&domain, 1, 1), -XEN_EINVAL);
    CHECK_EQ(hvm_press_button(&domain, ACPI_PM_POWER_BUTTON), -XEN_EINVAL);
    hvm_domain.params[HVM_PARAM_CALLBACK_IRQ] = 28;
    infos[0].evtchn_upcall_pending = 1;
    CHECK(enter(0) == -1 && !hvm_interrupt_due(&vcpus[0]));
    hvm_platform_eoi(&domain, 0x31);
    hvm_platform_extint_retract(&vcpus[0], 0x31);
    hvm_platform_stop(&domain);
    hvm_platform_free(&domain);
    begin_without();
    fake_memory_init();
    fake_memory_left = 0;
    CHECK_EQ(hvm_platform_create(&domain), -XEN_ENOMEM);
    CHECK(!platform());
    fake_memory_left = -1;
    CHECK_EQ(fake_memory_leaks(), 0);
}

static uint8_t before[2][HVM_PLATFORM_RECORDS][2][2048];

static void save_all(unsigned int copy)
{
    memset(before[copy], 0, sizeof(before[copy]));
    for (unsigned int i = 0; i < HVM_PLATFORM_RECORDS; i++)
        for (unsigned int n = 0; n < hvm_platform_records[i].instances; n++)
            hvm_platform_record_get(&domain, &hvm_platform_records[i], n, before[copy][i][n]);
}

static void load_all(void)
{
    for (unsigned int i = 0; i < HVM_PLATFORM_RECORDS; i++)
        for (unsigned int n = 0; n < hvm_platform_records[i].instances; n++)
            CHECK_EQ(hvm_platform_record_set(&domain, &hvm_platform_records[i], n, before[0][i][n]),
                     0);
}

static void records_tell_all(void)
{
    begin();
    start_pit();
    out(0x70, 2, 0x120b);
    out(ACPI_PM1A_EVT_BLK_ADDRESS_V0 + 2, 2, 0x101);
    out(0x4d0, 1, 0x20);
    ioapic_entry(20, 0xa061, 0);
    hvm_pci_link_route(&domain, 1, 5);
    hvm_pci_intx_level(&domain, 1, 0, true);
    hvm_press_button(&domain, ACPI_PM_POWER_BUTTON);
    hvm_platform_mmio_write(&domain, HPET_BASE + 0x128, 8, 625000);
    hvm_platform_mmio_write(&domain, HPET_BASE + 0x120, 8, 6 | 22 << 9);
    hvm_platform_mmio_write(&domain, HPET_BASE + 0x10, 8, 1);
    pass(1500000000);
    CHECK_EQ(enter(0), 0x61);
    save_all(0);
    end();

    begin();
    fake_now = 1500000000;
    load_all();
    CHECK_EQ(enter(0), 0x20); /* the timer's, which had been requested, and nothing of an edge */
    CHECK(bit_test(&platform()->router.levels, 22) && bit_test(&platform()->router.levels, 9));
    end();
}

/* A line that is up, whose edge has been served, is not served again. */
static void loading_makes_no_edges(void)
{
    begin();
    out(0x70, 2, 0x120b);
    pass(1000000000);
    CHECK_EQ(enter(0), 0x70);
    out(0xa0, 1, 0x20);
    out(0x20, 1, 0x20);
    hvm_isa_irq_level(&domain, 0, true);
    CHECK_EQ(enter(0), 0x20);
    CHECK_EQ(enter(0), -1);
    save_all(0);
    end();
    begin();
    fake_now = 1000000000;
    load_all();
    CHECK_EQ(enter(0), -1);
    CHECK(bit_test(&platform()->router.levels, IRQ_RTC));
    CHECK(platform()->pic.chip[0].lines == 1 && platform()->pic.chip[1].lines == 1);
    CHECK_EQ(platform()->ioapic.lines, 1 << 2 | 1 << 8);
    end();
}

static void records_go_round(void)
{
    begin();
    start_pit();
    out(0x70, 2, 0x120b);
    ioapic_entry(20, 0xa061, 0);
    hvm_pci_link_route(&domain, 1, 5);
    hvm_pci_intx_level(&domain, 1, 0, true);
    hvm_isa_irq_level(&domain, 12, true);
    pass(1500000000);
    save_all(0);
    load_all();
    save_all(1);
    CHECK(!memcmp(before[0], before[1], sizeof(before[0])));
    before[0][0][0][3] = 0x21; /* the 8259's first vector */
    CHECK_EQ(hvm_platform_record_set(&domain, &hvm_platform_records[0], 0, before[0][0][0]),
             -XEN_EINVAL);
    save_all(0);
    CHECK(!memcmp(before[0], before[1], sizeof(before[0])));
    end();
}

int main(void)
{
    RUN(the_8259_interrupts_the_first_vcpu);
    RUN(an_nmi_comes_when_it_can);
    RUN(there_are_other_ways_for_it);
    RUN(local_apic_then_8259_then_callback);
    RUN(levels_last_until_the_line_falls);
    RUN(lowest_priority_goes_to_one);
    RUN(messages_go_where_they_say);
    RUN(events_come_by_a_wire);
    RUN(the_hpet_takes_the_timers_place);
    RUN(the_timer_is_pin_2_of_the_ioapic);
    RUN(the_clock_has_interrupt_8);
    RUN(ports_have_owners);
    RUN(buttons_make_an_sci);
    RUN(addresses_have_owners);
    RUN(a_timer_that_was_moved_does_not_fire);
    RUN(without_a_platform_there_is_none_of_that);
    RUN(records_tell_all);
    RUN(loading_makes_no_edges);
    RUN(records_go_round);
    return check_done();
}
