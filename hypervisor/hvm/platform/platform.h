/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a hardware guest's machine that the hypervisor is, bound to its domain: 8259 pair,
 * IO-APIC, 8254, clock, HPET, ACPI timer and events, and the wires between them. All else of the
 * machine is the device model's.
 *
 * A guest with none of them (PVH) has no platform: d->hvm->platform is NULL, and all functions here
 * that take a domain can be called all the same. */
#ifndef HVM_PLATFORM_PLATFORM_H
#define HVM_PLATFORM_PLATFORM_H

#include "domain/domain.h"
#include "hvm/platform/acpi_pm.h"
#include "hvm/platform/hpet.h"
#include "hvm/platform/irq_router.h"
#include "hvm/platform/pic.h"
#include "hvm/platform/pit.h"
#include "hvm/platform/rtc.h"
#include "hvm/platform/vioapic.h"

/* The 8254's pin of the IO-APIC, as the firmware's tables have it. */
#define PLATFORM_PIT_PIN 2

enum platform_timer {
    PLATFORM_TIMER_PIT,
    PLATFORM_TIMER_RTC,
    PLATFORM_TIMER_PM,
    PLATFORM_TIMER_HPET, /* one for each of its comparators */
    PLATFORM_TIMERS = PLATFORM_TIMER_HPET + HPET_TIMERS,
};

struct hvm_platform {
    struct spinlock lock; /* all that follows; interrupts on or off */
    struct domain *domain;
    struct pic pic; /* pic.output is read without it */
    struct vioapic ioapic;
    struct pit pit;
    struct rtc rtc;
    struct hpet hpet;
    struct acpi_pm pm;
    struct irq_router router; /* router.callback_level likewise */
    bool loading;             /* records are: lines change nothing */
    struct timer timer[PLATFORM_TIMERS];
    uint64_t deadline[PLATFORM_TIMERS]; /* what was asked for; 0: nothing */
};

/* Makes the platform of a domain that is being created, in the state after power-up.
 * 0 or -XEN_ENOMEM. */
int hvm_platform_create(struct domain *d);
/* Stops its timers for good; called when the domain dies, with no lock held, interrupts on. */
void hvm_platform_stop(struct domain *d);
/* Frees it, when it is not used any more. */
void hvm_platform_free(struct domain *d);

/* An access of the guest's to `size` (1, 2, 4) ports. False: that is none of the platform's, and is
 * for the device model (which the clock's index is, too, where it leads to memory). */
bool hvm_platform_port_read(struct domain *d, uint16_t port, unsigned int size, uint32_t *value);
bool hvm_platform_port_write(struct domain *d, uint16_t port, unsigned int size, uint32_t value);
/* An access to `size` (1 to 8) bytes of guest-physical addresses. False: there is no device. */
bool hvm_platform_mmio_read(struct domain *d, uint64_t gpa, unsigned int size, uint64_t *value);
bool hvm_platform_mmio_write(struct domain *d, uint64_t gpa, unsigned int size, uint64_t value);
/* Does an access that begins at this port, or one to some of these addresses, have to be made by
 * the functions above, since it may be the platform's? */
bool hvm_platform_has_port(const struct domain *d, uint16_t port);
bool hvm_platform_has_memory(const struct domain *d, uint64_t first, uint64_t last);

/* Interrupts of the device model, as dm_op has them (public hvm/dm_op.h). Any context but interrupt
 * handlers. 0; -XEN_EINVAL: there is no such line, link or interrupt, or no platform. */
int hvm_isa_irq_level(struct domain *d, unsigned int irq, bool level);
int hvm_pci_intx_level(struct domain *d, unsigned int device, unsigned int pin, bool level);
/* Leads PCI link 0 to 3 to an ISA interrupt; 0: to none. */
int hvm_pci_link_route(struct domain *d, unsigned int link, unsigned int isa_irq);
/* A message-signalled interrupt (SDM vol. 3, 11.11); ADDRESS whole, or within the window at
 * 0xfee00000. Needs local APICs only. */
int hvm_msi_inject(struct domain *d, uint64_t address, uint32_t data);
/* A button is pressed (XEN_DOMCTL_sendtrigger). */
int hvm_press_button(struct domain *d, enum acpi_pm_button button);

/* For interrupt.c. */
/* A local APIC is done with a level-triggered vector. */
void hvm_platform_eoi(struct domain *d, uint8_t vector);
/* Does the 8259 have an interrupt that this vCPU takes? */
bool hvm_platform_extint_due(const struct vcpu *v);
/* Its vector; -1: it is gone. */
int hvm_platform_extint_acknowledge(struct vcpu *v);
/* It could not be served. */
void hvm_platform_extint_retract(struct vcpu *v, uint8_t vector);
/* Puts the wire that stands for the vCPU's events, if that is asked for (HVM_PARAM_CALLBACK_IRQ),
 * up or down as events are pending; and is there a need to? */
void hvm_platform_callback_update(struct vcpu *v);
bool hvm_platform_callback_due(const struct vcpu *v);

/* For context.c: the records that the platform adds (public arch-x86/hvm/save.h). */
struct hvm_platform_record {
    uint16_t typecode;
    uint16_t instances;
    uint32_t length;
    void (*get)(struct hvm_platform *p, unsigned int instance, void *body);
    /* False: refused. */
    bool (*set)(struct hvm_platform *p, unsigned int instance, const void *body);
};
#define HVM_PLATFORM_RECORDS 9
extern const struct hvm_platform_record hvm_platform_records[HVM_PLATFORM_RECORDS];
/* One of them, of a domain with a platform. The domain is paused. */
void hvm_platform_record_get(struct domain *d, const struct hvm_platform_record *record,
                             unsigned int instance, void *body);
/* 0 or -XEN_EINVAL. */
int hvm_platform_record_set(struct domain *d, const struct hvm_platform_record *record,
                            unsigned int instance, const void *body);

#endif
