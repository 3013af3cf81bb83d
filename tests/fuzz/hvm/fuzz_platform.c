/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest and a device model that do whatever they like with a machine's ports, addresses, lines
 * and local APICs, as time goes by; and lists of records from anywhere. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hvm/hvm.h"
#include "hvm/platform/platform.h"

#include "hvm/platform/ticks.h"
#include "machine/machine.h"
#include "memory/allocator.h"
#include "schedule/time.h"

static struct domain domain;
static struct hvm_domain hvm_domain;
static struct vcpu vcpus[2];
static struct vcpu *vcpu_table[2];
static struct hvm_vcpu hvm_vcpus[2];
static vcpu_info_t infos[2];
static struct hvm_event delivered;

void *hv_alloc(size_t size)
{
    return calloc(1, size);
}

void hv_free(void *p, size_t size)
{
    free(p);
}

void vcpu_kick(struct vcpu *v)
{
}

void vcpu_wake(struct vcpu *v, enum vcpu_pause why)
{
}

static bool can_interrupt(const struct vcpu *v)
{
    return true;
}

static void want(struct vcpu *v, bool yes)
{
}

static void deliver(struct vcpu *v, const struct hvm_event *event)
{
    delivered = *event;
}

static bool can_nmi(struct vcpu *v)
{
    return can_interrupt(v);
}

static const struct hvm_backend backend = {.can_interrupt = can_interrupt,
                                           .want_window = want,
                                           .can_nmi = can_nmi,
                                           .want_iret = want,
                                           .deliver = deliver};
const struct hvm_backend *hvm_backend = &backend;

static void begin(void)
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
        timer_init(&hvm_vcpus[i].timer, NULL, &vcpus[i], 0);
        lapic_reset(&hvm_vcpus[i].lapic, i * 2, i == 0);
        lapic_mmio_write(&hvm_vcpus[i].lapic, LAPIC_SVR, 0x1ff);
    }
    FUZZ_ASSERT(!hvm_platform_create(&domain));
    lapic_mmio_write(&hvm_vcpus[0].lapic, LAPIC_LVT_LINT0, 0x700);
}

/* However little time its guest wants between them, timers of a device fire some time apart. */
static void pass(uint64_t ns)
{
    fake_now += ns;
    FUZZ_ASSERT(fake_timers_run());
}

static void enter(unsigned int id)
{
    delivered = (struct hvm_event){0};
    irq_disable();
    hvm_deliver_pending(&vcpus[id]);
    irq_enable();
    if (delivered.type == HVM_EVENT_INTERRUPT && (fake_now & 16))
        hvm_platform_extint_retract(&vcpus[id], delivered.vector);
}

/* Ports and registers that there are, more often than others. */
static uint16_t port_of(uint8_t where)
{
    static const uint16_t ports[] = {0x20,   0x21,   0xa0,   0xa1,   0x40,   0x41,   0x42,   0x43,
                                     0x61,   0x70,   0x71,   0x4d0,  0x4d1,  0x1f40, 0x1f42, 0x1f48,
                                     0xb000, 0xb002, 0xb008, 0x1f41, 0x1f4b, 0x72};

    return ports[where % ARRAY_SIZE(ports)];
}

static uint64_t address_of(uint8_t where)
{
    if (where & 1)
        return HPET_BASE + (uint64_t)(where >> 1) * 4;
    return where & 2 ? VIOAPIC_BASE + 0x10 : VIOAPIC_BASE + (where >> 4);
}

/* What an access of a guest can be. */
static const unsigned int sizes[] = {1, 2, 4, 8};

static void record(uint8_t kind, uint64_t value)
{
    const struct hvm_platform_record *r = &hvm_platform_records[kind % HVM_PLATFORM_RECORDS];
    static uint64_t first[256], second[256];
    unsigned int n = r->instances > 1 ? kind >> 7 : 0;

    hvm_platform_record_get(&domain, r, n, first);
    if (value & 1) { /* spoil a few bits of it */
        unsigned int bit = (unsigned int)(value >> 8) % (r->length * 8);

        first[bit / 64] ^= 1ULL << bit % 64;
        first[(value >> 32) % (r->length / 8)] ^= value & 2 ? value >> 5 : 0;
    }
    if (hvm_platform_record_set(&domain, r, n, first)) {
        FUZZ_ASSERT(value & 1); /* what was read can be written */
        return;
    }
    hvm_platform_record_get(&domain, r, n, first);
    FUZZ_ASSERT(!hvm_platform_record_set(&domain, r, n, first));
    hvm_platform_record_get(&domain, r, n, second);
    FUZZ_ASSERT(!memcmp(first, second, r->length));
}

static void device_model(uint8_t where, uint64_t value)
{
    switch (value >> 1 & 3) {
    case 0:
        (void)hvm_isa_irq_level(&domain, where, value & 1);
        break;
    case 1:
        (void)hvm_pci_intx_level(&domain, where >> 2, where & 3, value & 1);
        break;
    case 2:
        (void)hvm_pci_link_route(&domain, where & 7, where >> 3);
        break;
    default:
        (void)hvm_msi_inject(&domain, 0xfee00000 | (value >> 16 & 0xff00c),
                             (uint32_t)(value >> 40));
        break;
    }
}

static void events(uint64_t value)
{
    infos[0].evtchn_upcall_pending = value & 1;
    if (value & 2)
        hvm_domain.params[HVM_PARAM_CALLBACK_IRQ] = (value >> 2 & 3) << 56 | (value >> 8 & 0xffff);
    if (value & 16)
        hvm_domain.params[HVM_PARAM_ACPI_IOPORTS_LOCATION] = value >> 5 & 1;
}

static void step(uint8_t kind, uint8_t where, uint64_t value)
{
    uint32_t read;
    uint64_t wide;

    switch (kind % 12) {
    case 0:
    case 1:
        hvm_platform_port_write(&domain, port_of(where), sizes[kind / 12 % 3], (uint32_t)value);
        break;
    case 2:
        hvm_platform_port_read(&domain, port_of(where), sizes[kind / 12 % 3], &read);
        break;
    case 3:
    case 4:
        hvm_platform_mmio_write(&domain, address_of(where), sizes[kind / 12 % 4], value);
        break;
    case 5:
        hvm_platform_mmio_read(&domain, address_of(where), sizes[kind / 12 % 4], &wide);
        break;
    case 6:
        device_model(where, value);
        break;
    case 7:
        lapic_mmio_write(&hvm_vcpus[where & 1].lapic, value & 3 ? LAPIC_EOI : (where & 0xfeU) * 8,
                         (uint32_t)(value >> 8));
        break;
    case 8:
        pass(value & 1 ? value >> 40 : value >> 24);
        break;
    case 9:
        record(where, value);
        break;
    case 10:
        events(value);
        break;
    default:
        enter(where & 1);
        break;
    }
}

static void check(void)
{
    const struct hvm_platform *p = hvm_domain.platform;

    /* The lines' ends know what the lines are. */
    FUZZ_ASSERT((uint8_t)(p->router.levels & 0xfb) == (p->pic.chip[0].lines & 0xfb));
    FUZZ_ASSERT((uint8_t)(p->router.levels >> 8) == p->pic.chip[1].lines);
    FUZZ_ASSERT((p->router.levels >> 3) == (p->ioapic.lines >> 3));
    for (unsigned int i = 0; i < PLATFORM_TIMERS; i++) {
        FUZZ_ASSERT(p->timer[i].set == (p->deadline[i] != 0) || p->deadline[i] <= fake_now);
        FUZZ_ASSERT(!p->deadline[i] || p->deadline[i] < fake_now + (1ULL << 61));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    begin();
    for (size_t at = 0; at + 10 <= len; at += 10) {
        uint64_t value;

        memcpy(&value, data + at + 2, sizeof(value));
        step(data[at], data[at + 1], value);
        check();
    }
    hvm_platform_stop(&domain);
    hvm_platform_free(&domain);
    return 0;
}

/* Long ones without any plan: each is another guest that has lived for a while. */
#define LONG_SEEDS     16
#define LONG_SEED_SIZE 4000

static size_t long_seed(uint64_t n, uint8_t *data)
{
    uint64_t random = n * 0x9e3779b97f4a7c15;

    for (unsigned int i = 0; i < LONG_SEED_SIZE; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        data[i] = (uint8_t)(random >> 24);
    }
    return LONG_SEED_SIZE;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t seed[] = {
        0,  0,   0x11, 0,    0, 0, 0, 0, 0, 0, /* an 8259 is set up */
        0,  1,   0x20, 0,    0, 0, 0, 0, 0, 0, /* its vectors */
        0,  1,   4,    0,    0, 0, 0, 0, 0, 0, /* */
        0,  1,   1,    0,    0, 0, 0, 0, 0, 0, /* */
        0,  7,   0x34, 0,    0, 0, 0, 0, 0, 0, /* the 8254: mode 2 */
        0,  4,   0,    0,    0, 0, 0, 0, 0, 0, /* */
        0,  4,   0x10, 0,    0, 0, 0, 0, 0, 0, /* */
        12, 9,   0x0b, 0x72, 0, 0, 0, 0, 0, 0, /* the clock: periodic, update */
        15, 9,   0x03, 0,    0, 0, 0, 0, 0, 0, /* HPET on, in the old ones' place */
        27, 129, 4,    2,    0, 0, 0, 0, 0, 0, /* its first comparator */
        3,  0,   0x38, 0,    0, 0, 0, 0, 0, 0, /* IO-APIC: pin 20 */
        3,  2,   0x41, 0xa0, 0, 0, 0, 0, 0, 0, /* level-triggered */
        6,  4,   3,    0,    0, 0, 0, 0, 0, 0, /* device 1, INTA up */
        8,  0,   0,    0,    0, 0, 0, 0, 1, 0, /* time passes */
        11, 0,   0,    0,    0, 0, 0, 0, 0, 0, /* interrupts */
        7,  0,   1,    0,    0, 0, 0, 0, 0, 0, /* their end */
        9,  0,   0,    0,    0, 0, 0, 0, 0, 0, /* a record */
        9,  6,   1,    1,    0, 0, 0, 0, 0, 0, /* a spoilt one */
        10, 0,   0x03, 0x1c, 0, 0, 0, 0, 0, 0, /* events by a wire */
        11, 0,   0,    0,    0, 0, 0, 0, 0, 0, /* */
    };

    if (n)
        return n <= LONG_SEEDS ? long_seed(n, data) : 0;
    memcpy(data, seed, sizeof(seed));
    return sizeof(seed);
}
