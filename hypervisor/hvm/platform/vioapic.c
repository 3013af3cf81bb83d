/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's IO-APIC; see vioapic.h. */
#include "hvm/platform/vioapic.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "lib/bits.h"
#include "lib/string.h"

_Static_assert(VIOAPIC_PINS == VIOAPIC_NUM_PINS, "ABI");

/* Offsets in the page, and indices of registers in the window. */
enum { SELECT = 0x00, WINDOW = 0x10 };
enum { INDEX_ID, INDEX_VERSION, INDEX_ARBITRATION, INDEX_ENTRIES = 0x10 };

#define VERSION ((VIOAPIC_PINS - 1) << 16 | 0x11)

/* Bits of an entry. */
#define ENTRY_VECTOR     0xffULL
#define ENTRY_LOGICAL    BIT(11)
#define ENTRY_REMOTE_IRR BIT(14)
#define ENTRY_LEVEL      BIT(15)
#define ENTRY_MASKED     BIT(16)
#define ENTRY_WRITABLE   0xff0000000001afffULL
#define ENTRY_ALL        (ENTRY_WRITABLE | ENTRY_REMOTE_IRR)

static enum lapic_delivery delivery_of(uint64_t entry)
{
    return (enum lapic_delivery)(entry >> 8 & 7);
}

/* Level triggering is a matter of fixed and lowest-priority interrupts only. */
static bool is_level(uint64_t entry)
{
    return (entry & ENTRY_LEVEL) && delivery_of(entry) <= LAPIC_LOWEST;
}

static struct lapic_message message_of(uint64_t entry)
{
    return (struct lapic_message){
        .delivery = delivery_of(entry),
        .vector = (uint8_t)(entry & ENTRY_VECTOR),
        .logical = entry & ENTRY_LOGICAL,
        .level = is_level(entry),
        .destination = (uint32_t)(entry >> 56),
    };
}

static void deliver(struct vioapic *apic, unsigned int pin)
{
    uint64_t entry = apic->entry[pin];
    struct lapic_message message = message_of(entry);

    /* The 8259's acknowledgement is another way: vioapic_passes_extint. */
    if (message.delivery == LAPIC_EXTINT)
        return;
    if (apic->owner->deliver(apic->ctx, &message) && message.level)
        apic->entry[pin] |= ENTRY_REMOTE_IRR;
}

/* A level that nobody has been told of. */
static void deliver_level(struct vioapic *apic, unsigned int pin)
{
    uint64_t entry = apic->entry[pin];

    if (is_level(entry) && !(entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) &&
        bit_test(&apic->lines, pin))
        deliver(apic, pin);
}

void vioapic_reset(struct vioapic *apic)
{
    apic->index = apic->id = 0;
    for (unsigned int i = 0; i < VIOAPIC_PINS; i++)
        apic->entry[i] = ENTRY_MASKED;
}

void vioapic_line(struct vioapic *apic, unsigned int pin, bool level)
{
    bool rises;

    if (pin >= VIOAPIC_PINS)
        return;
    rises = level && !bit_test(&apic->lines, pin);
    if (!level)
        bit_clear(&apic->lines, pin);
    else
        bit_set(&apic->lines, pin);
    if (is_level(apic->entry[pin]))
        deliver_level(apic, pin);
    else if (rises && !(apic->entry[pin] & ENTRY_MASKED)) /* masked, edges are lost */
        deliver(apic, pin);
}

void vioapic_lines_restore(struct vioapic *apic, uint64_t lines)
{
    apic->lines = lines & (BIT(VIOAPIC_PINS) - 1);
}

void vioapic_eoi(struct vioapic *apic, uint8_t vector)
{
    for (unsigned int pin = 0; pin < VIOAPIC_PINS; pin++) {
        uint64_t entry = apic->entry[pin];

        if (!(entry & ENTRY_REMOTE_IRR) || (entry & ENTRY_VECTOR) != vector)
            continue;
        apic->entry[pin] &= ~ENTRY_REMOTE_IRR;
        deliver_level(apic, pin);
    }
}

bool vioapic_passes_extint(const struct vioapic *apic, struct lapic_message *message)
{
    *message = message_of(apic->entry[0]);
    return message->delivery == LAPIC_EXTINT && !(apic->entry[0] & ENTRY_MASKED);
}

/* Is the register in the window one half of an entry? There are two registers a pin. */
static bool is_entry(const struct vioapic *apic, unsigned int *pin)
{
    if (apic->index < INDEX_ENTRIES)
        return false;
    *pin = ((unsigned int)apic->index - INDEX_ENTRIES) / 2;
    return *pin < VIOAPIC_PINS;
}

static uint32_t window_read(const struct vioapic *apic)
{
    unsigned int pin;

    if (is_entry(apic, &pin))
        return (uint32_t)(apic->entry[pin] >> (apic->index & 1) * 32);
    switch (apic->index) {
    case INDEX_ID:
    case INDEX_ARBITRATION:
        return (uint32_t)apic->id << 24;
    case INDEX_VERSION:
        return VERSION;
    default:
        return 0;
    }
}

static void entry_write(struct vioapic *apic, unsigned int pin, unsigned int half, uint32_t value)
{
    uint64_t mask = (half ? ~0xffffffffULL : 0xffffffffULL) & ENTRY_WRITABLE;
    uint64_t entry = (apic->entry[pin] & ~mask) | ((uint64_t)value << half * 32 & mask);

    /* An edge waits for nobody: going by edge for a moment frees an entry that is stuck. */
    if (!is_level(entry))
        entry &= ~ENTRY_REMOTE_IRR;
    apic->entry[pin] = entry;
    deliver_level(apic, pin);
}

static void window_write(struct vioapic *apic, uint32_t value)
{
    unsigned int pin;

    if (is_entry(apic, &pin))
        entry_write(apic, pin, apic->index & 1, value);
    else if (apic->index == INDEX_ID)
        apic->id = value >> 24 & 0xf;
}

uint32_t vioapic_read(const struct vioapic *apic, uint32_t offset)
{
    switch (offset) {
    case SELECT:
        return apic->index;
    case WINDOW:
        return window_read(apic);
    default:
        return 0;
    }
}

void vioapic_write(struct vioapic *apic, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case SELECT:
        apic->index = (uint8_t)value;
        break;
    case WINDOW:
        window_write(apic, value);
        break;
    default:
        break;
    }
}

void vioapic_save(const struct vioapic *apic, struct hvm_hw_vioapic *out)
{
    memset(out, 0, sizeof(*out));
    out->base_address = VIOAPIC_BASE;
    out->ioregsel = apic->index;
    out->id = apic->id;
    for (unsigned int i = 0; i < VIOAPIC_PINS; i++)
        out->redirtbl[i].bits = apic->entry[i];
}

static bool entry_valid(uint64_t entry)
{
    return !(entry & ~ENTRY_ALL) && (is_level(entry) || !(entry & ENTRY_REMOTE_IRR));
}

bool vioapic_load(struct vioapic *apic, const struct hvm_hw_vioapic *in)
{
    if (in->base_address != VIOAPIC_BASE || in->ioregsel > 0xff || in->id > 0xf)
        return false;
    for (unsigned int i = 0; i < VIOAPIC_PINS; i++)
        if (!entry_valid(in->redirtbl[i].bits))
            return false;
    apic->index = (uint8_t)in->ioregsel;
    apic->id = (uint8_t)in->id;
    for (unsigned int i = 0; i < VIOAPIC_PINS; i++)
        apic->entry[i] = in->redirtbl[i].bits;
    return true;
}
