/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC as two records: its base and mode, and its page of registers. */
#include "hvm/lapic-private.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "lib/string.h"

/* Why it is off, in the first record. */
#define DISABLED_BASE (1U << 0)
#define DISABLED_SVR  (1U << 1)

#define ADDRESS_LIMIT (1ULL << 52)
#define LOGICAL_BITS  0xff000000u

void lapic_save(const struct lapic *apic, struct hvm_hw_lapic *out)
{
    unsigned int code = (apic->divide >> 1 & 4) | (apic->divide & 3);

    *out = (struct hvm_hw_lapic){
        .apic_base_msr = apic->base,
        .disabled = (lapic_enabled(apic) ? 0 : DISABLED_BASE) |
                    (apic->svr & SVR_ENABLED ? 0 : DISABLED_SVR),
        .timer_divisor = 1U << ((code + 1) & 7),
        .tdt_msr = apic->deadline_tsc,
    };
}

static void put(struct hvm_hw_lapic_regs *regs, uint32_t offset, uint32_t value)
{
    memcpy(regs->data + offset, &value, sizeof(value));
}

static uint32_t get(const struct hvm_hw_lapic_regs *regs, uint32_t offset)
{
    uint32_t value;

    memcpy(&value, regs->data + offset, sizeof(value));
    return value;
}

static void put_words(struct hvm_hw_lapic_regs *regs, uint32_t offset, const uint64_t words[4])
{
    for (unsigned int i = 0; i < 8; i++)
        put(regs, offset + i * 16, (uint32_t)(words[i / 2] >> i % 2 * 32));
}

static void get_words(const struct hvm_hw_lapic_regs *regs, uint32_t offset, uint64_t words[4])
{
    for (unsigned int i = 0; i < 4; i++)
        words[i] = get(regs, offset + i * 32) | (uint64_t)get(regs, offset + i * 32 + 16) << 32;
}

void lapic_save_registers(struct lapic *apic, struct hvm_hw_lapic_regs *out)
{
    static const uint16_t plain[] = {
        LAPIC_ID,  LAPIC_VERSION,       LAPIC_TPR,           LAPIC_PPR,         LAPIC_SVR,
        LAPIC_ESR, LAPIC_TIMER_INITIAL, LAPIC_TIMER_CURRENT, LAPIC_TIMER_DIVIDE};

    memset(out, 0, sizeof(*out));
    for (unsigned int i = 0; i < ARRAY_SIZE(plain); i++)
        put(out, plain[i], lapic_mmio_read(apic, plain[i]));
    /* In x2APIC mode these are not to be read, or show something else. */
    put(out, LAPIC_LDR, apic->ldr);
    put(out, LAPIC_DFR, apic->dfr);
    put(out, LAPIC_ICR, (uint32_t)apic->icr);
    put(out, LAPIC_ICR_HIGH, (uint32_t)(apic->icr >> 32));
    put_words(out, LAPIC_ISR, apic->isr);
    put_words(out, LAPIC_TMR, apic->tmr);
    put_words(out, LAPIC_IRR, apic->irr);
    for (unsigned int i = 0; i < LAPIC_LVTS; i++)
        put(out, LAPIC_LVT_TIMER + i * 16, apic->lvt[i]);
}

bool lapic_load(struct lapic *apic, const struct hvm_hw_lapic *in)
{
    uint64_t base = in->apic_base_msr;

    if (base >= ADDRESS_LIMIT || (base & BASE_RESERVED) || ((base ^ apic->base) & LAPIC_BASE_BSP) ||
        (base & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC)) == LAPIC_BASE_X2APIC)
        return false;
    apic->base = base;
    apic->deadline_tsc = in->tdt_msr;
    return true;
}

static bool lvts_valid(const struct hvm_hw_lapic_regs *in)
{
    for (unsigned int i = 0; i < LAPIC_LVTS; i++)
        if (get(in, LAPIC_LVT_TIMER + i * 16) & ~(lapic_lvt_writable[i] | LVT_MASKED))
            return false;
    return true;
}

/* The first 16 vectors are none. */
static bool vectors_valid(const struct hvm_hw_lapic_regs *in)
{
    return !((get(in, LAPIC_IRR) | get(in, LAPIC_ISR)) & 0xffff);
}

static bool registers_valid(const struct lapic *apic, const struct hvm_hw_lapic_regs *in)
{
    uint32_t id = lapic_is_x2apic(apic) ? apic->id : apic->id << 24;

    return get(in, LAPIC_ID) == id && get(in, LAPIC_TPR) <= 0xff &&
           !(get(in, LAPIC_SVR) & ~SVR_BITS) && (get(in, LAPIC_DFR) & DFR_FIXED) == DFR_FIXED &&
           !(get(in, LAPIC_LDR) & ~LOGICAL_BITS) && !(get(in, LAPIC_TIMER_DIVIDE) & ~DIVIDE_BITS) &&
           get(in, LAPIC_TIMER_CURRENT) <= get(in, LAPIC_TIMER_INITIAL) &&
           !(get(in, LAPIC_ICR) & ~ICR_WRITABLE) && vectors_valid(in) && lvts_valid(in);
}

bool lapic_load_registers(struct lapic *apic, const struct hvm_hw_lapic_regs *in)
{
    uint64_t deadline = apic->deadline_tsc;

    if (!registers_valid(apic, in))
        return false;
    lapic_init(apic);
    apic->tpr = get(in, LAPIC_TPR);
    apic->ldr = get(in, LAPIC_LDR);
    apic->dfr = get(in, LAPIC_DFR);
    apic->svr = get(in, LAPIC_SVR);
    apic->esr = get(in, LAPIC_ESR);
    apic->icr = get(in, LAPIC_ICR) | (uint64_t)get(in, LAPIC_ICR_HIGH) << 32;
    get_words(in, LAPIC_ISR, apic->isr);
    get_words(in, LAPIC_TMR, apic->tmr);
    get_words(in, LAPIC_IRR, apic->irr);
    for (unsigned int i = 0; i < LAPIC_LVTS; i++)
        apic->lvt[i] = get(in, LAPIC_LVT_TIMER + i * 16);
    apic->divide = get(in, LAPIC_TIMER_DIVIDE);
    lapic_timer_restore(apic, get(in, LAPIC_TIMER_INITIAL), get(in, LAPIC_TIMER_CURRENT));
    lapic_deadline_write(apic, deadline);
    return true;
}
