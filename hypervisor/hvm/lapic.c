/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC's registers and priorities; see lapic.h. The timer is in lapic_timer.c. */
#include "hvm/lapic-private.h"

#include "lib/bits.h"

/* Version 0x14, six local vectors, no directed end of interrupt. */
#define VERSION (0x14 | (LAPIC_LVTS - 1) << 16)

#define LVT_VECTOR   0xffu
#define LVT_DELIVERY (7u << 8)

/* Errors in ESR. */
#define ERROR_SEND_VECTOR    (1u << 5)
#define ERROR_RECEIVE_VECTOR (1u << 6)
#define ERROR_REGISTER       (1u << 7)

#define ICR_VECTOR   0xffULL
#define ICR_LOGICAL  (1ULL << 11)
#define ICR_ASSERT   (1ULL << 14)
#define ICR_LEVEL    (1ULL << 15)

enum { SHORTHAND_NONE, SHORTHAND_SELF, SHORTHAND_ALL, SHORTHAND_OTHERS };

const uint32_t lapic_lvt_writable[LAPIC_LVTS] = {
    [0] = 0x700ff, /* timer: mode, mask, vector */
    [1] = 0x107ff, [2] = 0x107ff, [3] = 0x1a7ff, [4] = 0x1a7ff, [5] = 0x100ff,
};

static bool software_enabled(const struct lapic *apic)
{
    return lapic_enabled(apic) && (apic->svr & SVR_ENABLED);
}

void lapic_init(struct lapic *apic)
{
    apic->tpr = apic->esr = apic->pending_errors = 0;
    apic->ldr = 0;
    apic->dfr = 0xffffffff;
    apic->svr = 0xff;
    apic->icr = 0;
    for (unsigned int i = 0; i < 4; i++) {
        WRITE_ONCE(apic->irr[i], 0);
        WRITE_ONCE(apic->tmr[i], 0);
        apic->isr[i] = 0;
    }
    for (unsigned int i = 0; i < LAPIC_LVTS; i++)
        apic->lvt[i] = LVT_MASKED;
    apic->divide = apic->initial = 0;
    apic->deadline_tsc = 0;
    apic->owner->timer(apic->ctx, 0);
}

void lapic_reset(struct lapic *apic, uint32_t id, bool is_bsp)
{
    apic->id = id;
    apic->base = LAPIC_BASE_DEFAULT | LAPIC_BASE_ENABLED | (is_bsp ? LAPIC_BASE_BSP : 0);
    lapic_init(apic);
}

/* In x2APIC mode the logical id follows from the id: cluster, and a bit in it. */
static uint32_t logical_id(const struct lapic *apic)
{
    if (lapic_is_x2apic(apic))
        return apic->id >> 4 << 16 | 1u << (apic->id & 15);
    return apic->ldr;
}

bool lapic_base_write(struct lapic *apic, uint64_t value, unsigned int address_bits)
{
    uint64_t mode = value & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC);
    uint64_t old = apic->base & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC);

    if (value >> address_bits || (value & BASE_RESERVED) || ((value ^ apic->base) & LAPIC_BASE_BSP))
        return false;
    if (mode == LAPIC_BASE_X2APIC)
        return false;
    /* From x2APIC mode the way back is through off; from off the way there through on. */
    if (old & LAPIC_BASE_X2APIC ? mode == LAPIC_BASE_ENABLED : !old && (mode & LAPIC_BASE_X2APIC))
        return false;
    apic->base = value;
    if (!mode)
        lapic_init(apic);
    return true;
}

/* The highest bit of 256; -1: none. */
static int highest(const uint64_t words[4])
{
    for (int i = 3; i >= 0; i--) {
        uint64_t word = READ_ONCE(words[i]);

        if (word)
            return i * 64 + (int)bit_highest(word);
    }
    return -1;
}

static uint32_t processor_priority(const struct lapic *apic)
{
    int serving = highest(apic->isr);
    uint32_t class = serving < 0 ? 0 : (uint32_t)serving & 0xf0;

    return (apic->tpr & 0xf0) >= class ? apic->tpr : class;
}

int lapic_pending(const struct lapic *apic)
{
    int vector = software_enabled(apic) ? highest(apic->irr) : -1;

    return vector >= 0 && ((uint32_t)vector & 0xf0) > (processor_priority(apic) & 0xf0) ? vector
                                                                                        : -1;
}

void lapic_accept(struct lapic *apic, unsigned int vector)
{
    atomic_bit_test_and_clear(apic->irr, vector);
    bit_set(apic->isr, vector);
}

bool lapic_retract(struct lapic *apic, unsigned int vector)
{
    if (!bit_test(apic->isr, vector))
        return false;
    bit_clear(apic->isr, vector);
    atomic_bit_set(apic->irr, vector);
    return true;
}

/* The trigger mode is written first: who finds the request finds it with its mode. */
static bool request(struct lapic *apic, unsigned int vector, bool level)
{
    if (!software_enabled(apic))
        return false;
    if (vector < 16) {
        __atomic_fetch_or(&apic->pending_errors, ERROR_RECEIVE_VECTOR, __ATOMIC_RELAXED);
        return false;
    }
    if (level)
        atomic_bit_set(apic->tmr, vector);
    else
        atomic_bit_clear(apic->tmr, vector);
    atomic_bit_set(apic->irr, vector);
    return true;
}

bool lapic_request(struct lapic *apic, unsigned int vector)
{
    return request(apic, vector, false);
}

bool lapic_request_level(struct lapic *apic, unsigned int vector)
{
    return request(apic, vector, true);
}

static void end_of_interrupt(struct lapic *apic)
{
    int vector = highest(apic->isr);

    if (vector < 0)
        return;
    bit_clear(apic->isr, (unsigned int)vector);
    if (apic->owner->eoi && bit_test(apic->tmr, (unsigned int)vector))
        apic->owner->eoi(apic->ctx, (uint8_t)vector);
}

/* Turned off as a whole, it is as if it were not there, and the 8259 has the CPU's pin. */
bool lapic_passes_extint(const struct lapic *apic)
{
    uint32_t lint0 = apic->lvt[(LAPIC_LVT_LINT0 - LAPIC_LVT_TIMER) / 16];

    if (!lapic_enabled(apic))
        return true;
    return !(lint0 & LVT_MASKED) && (lint0 & LVT_DELIVERY) == LAPIC_EXTINT << 8;
}

void lapic_local(struct lapic *apic, unsigned int index)
{
    uint32_t lvt = apic->lvt[index];

    if (!(lvt & LVT_MASKED) && !(lvt & LVT_DELIVERY))
        lapic_request(apic, lvt & LVT_VECTOR);
}

static bool matches_logical(const struct lapic *apic, const struct lapic_message *message)
{
    uint32_t to = message->destination, own = logical_id(apic);

    if (lapic_is_x2apic(apic))
        return message->x2apic && to >> 16 == own >> 16 && (to & own & 0xffff);
    own >>= 24;
    if (apic->dfr >> 28 == 0xf) /* flat: a bit each */
        return to & own & 0xff;
    return (to >> 4 & 0xf) == own >> 4 && (to & own & 0xf);
}

bool lapic_matches(const struct lapic *apic, const struct lapic_message *message)
{
    uint32_t everybody = message->x2apic ? 0xffffffff : 0xff;

    if (!lapic_enabled(apic))
        return false;
    if (message->destination == everybody)
        return true;
    return message->logical ? matches_logical(apic, message) : message->destination == apic->id;
}

static void send(struct lapic *apic, uint64_t icr)
{
    unsigned int shorthand = icr >> 18 & 3;
    bool x2apic = lapic_is_x2apic(apic);
    struct lapic_message message = {
        .delivery = (enum lapic_delivery)(icr >> 8 & 7),
        .vector = (uint8_t)(icr & ICR_VECTOR),
        .logical = icr & ICR_LOGICAL,
        .x2apic = x2apic,
        .self = shorthand == SHORTHAND_SELF,
        .others = shorthand == SHORTHAND_OTHERS,
        .destination = x2apic ? (uint32_t)(icr >> 32) : (uint32_t)(icr >> 56),
    };

    if (shorthand == SHORTHAND_ALL) {
        message.destination = x2apic ? 0xffffffff : 0xff;
        message.logical = false;
    }
    /* An INIT that is taken back, level-triggered without assert, has no effect since the P4. */
    if (message.delivery == LAPIC_INIT && (icr & ICR_LEVEL) && !(icr & ICR_ASSERT))
        return;
    if (message.delivery == LAPIC_FIXED && message.vector < 16) {
        apic->pending_errors |= ERROR_SEND_VECTOR;
        return;
    }
    apic->owner->send(apic->ctx, &message);
}

static uint32_t read_words(const uint64_t words[4], uint32_t index)
{
    return (uint32_t)(READ_ONCE(words[index / 2]) >> index % 2 * 32);
}

static int lvt_index(uint32_t offset)
{
    return offset >= LAPIC_LVT_TIMER && offset <= LAPIC_LVT_ERROR
               ? (int)(offset - LAPIC_LVT_TIMER) / 16
               : -1;
}

/* What both kinds of access read alike. False: no such register. */
static bool register_read(struct lapic *apic, uint32_t offset, uint32_t *value)
{
    *value = 0;
    if (offset >= LAPIC_ISR && offset < LAPIC_ESR) {
        const uint64_t *words = offset < LAPIC_TMR   ? apic->isr
                                : offset < LAPIC_IRR ? apic->tmr
                                                     : apic->irr;

        *value = read_words(words, offset / 16 % 8);
        return true;
    }
    if (lvt_index(offset) >= 0) {
        *value = apic->lvt[lvt_index(offset)];
        return true;
    }
    switch (offset) {
    case LAPIC_ID:
        *value = lapic_is_x2apic(apic) ? apic->id : apic->id << 24;
        return true;
    case LAPIC_VERSION:
        *value = VERSION;
        return true;
    case LAPIC_TPR:
        *value = apic->tpr;
        return true;
    case LAPIC_PPR:
        *value = processor_priority(apic);
        return true;
    case LAPIC_LDR:
        *value = logical_id(apic);
        return true;
    case LAPIC_SVR:
        *value = apic->svr;
        return true;
    case LAPIC_ESR:
        *value = apic->esr;
        return true;
    case LAPIC_TIMER_INITIAL:
        *value = apic->initial;
        return true;
    case LAPIC_TIMER_CURRENT:
        *value = lapic_timer_count(apic);
        return true;
    case LAPIC_TIMER_DIVIDE:
        *value = apic->divide;
        return true;
    default:
        return false;
    }
}

static void lvt_write(struct lapic *apic, unsigned int index, uint32_t value)
{
    value &= lapic_lvt_writable[index];
    if (!(apic->svr & SVR_ENABLED))
        value |= LVT_MASKED;
    if (index == 0)
        lapic_timer_mode(apic, value);
    apic->lvt[index] = value;
}

static void svr_write(struct lapic *apic, uint32_t value)
{
    apic->svr = value & SVR_BITS;
    for (unsigned int i = 0; !(value & SVR_ENABLED) && i < LAPIC_LVTS; i++)
        apic->lvt[i] |= LVT_MASKED;
}

static bool register_write(struct lapic *apic, uint32_t offset, uint32_t value)
{
    if (lvt_index(offset) >= 0) {
        lvt_write(apic, (unsigned int)lvt_index(offset), value);
        return true;
    }
    switch (offset) {
    case LAPIC_TPR:
        apic->tpr = value & 0xff;
        return true;
    case LAPIC_EOI:
        end_of_interrupt(apic);
        return true;
    case LAPIC_SVR:
        svr_write(apic, value);
        return true;
    case LAPIC_ESR:
        apic->esr = __atomic_exchange_n(&apic->pending_errors, 0, __ATOMIC_RELAXED);
        return true;
    case LAPIC_TIMER_INITIAL:
        lapic_timer_start(apic, value);
        return true;
    case LAPIC_TIMER_DIVIDE:
        lapic_timer_divide(apic, value & DIVIDE_BITS);
        return true;
    default:
        return false;
    }
}

uint32_t lapic_mmio_read(struct lapic *apic, uint32_t offset)
{
    uint32_t value;

    switch (offset) {
    case LAPIC_DFR:
        return apic->dfr;
    case LAPIC_ICR:
        return (uint32_t)apic->icr;
    case LAPIC_ICR_HIGH:
        return (uint32_t)(apic->icr >> 32);
    default:
        break;
    }
    if (!register_read(apic, offset, &value))
        apic->pending_errors |= ERROR_REGISTER;
    return value;
}

void lapic_mmio_write(struct lapic *apic, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case LAPIC_LDR:
        apic->ldr = value & 0xff000000;
        break;
    case LAPIC_DFR:
        apic->dfr = value | DFR_FIXED;
        break;
    case LAPIC_ICR:
        apic->icr = (apic->icr & ~0xffffffffULL) | (value & ICR_WRITABLE & ~ICR_PENDING);
        send(apic, apic->icr);
        break;
    case LAPIC_ICR_HIGH:
        apic->icr = (uint32_t)apic->icr | (uint64_t)(value & 0xff000000) << 32;
        break;
    default:
        if (!register_write(apic, offset, value))
            apic->pending_errors |= ERROR_REGISTER;
        break;
    }
}

bool lapic_msr_read(struct lapic *apic, uint32_t msr, uint64_t *value)
{
    uint32_t offset = (msr & 0xff) << 4, low;

    if (!lapic_is_x2apic(apic))
        return false;
    if (offset == LAPIC_ICR) {
        *value = apic->icr;
        return true;
    }
    if (!register_read(apic, offset, &low))
        return false;
    *value = low;
    return true;
}

bool lapic_msr_write(struct lapic *apic, uint32_t msr, uint64_t value)
{
    uint32_t offset = (msr & 0xff) << 4;

    if (!lapic_is_x2apic(apic))
        return false;
    if (offset == LAPIC_ICR) {
        if (value & 0xffffffff & ~ICR_WRITABLE)
            return false;
        apic->icr = value;
        send(apic, value);
        return true;
    }
    if (value >> 32)
        return false;
    if (offset == LAPIC_SELF_IPI) {
        lapic_request(apic, value & 0xff);
        return !(value >> 8);
    }
    if ((offset == LAPIC_EOI || offset == LAPIC_ESR) && value)
        return false;
    return register_write(apic, offset, (uint32_t)value);
}
