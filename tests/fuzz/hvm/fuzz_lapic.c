/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that writes whatever it likes to its local APIC, in any mode, as time goes by. */
#include <string.h>

#include "fuzz.h"
#include "hvm/lapic.h"

static uint64_t now, deadline;

static uint64_t get_now(void *ctx)
{
    return now;
}

static uint64_t tsc_to_ns(void *ctx, uint64_t tsc)
{
    return tsc;
}

/* An alarm without end would keep the CPU busy with nothing else. */
static void timer(void *ctx, uint64_t at)
{
    deadline = at;
}

static void send(void *ctx, const struct lapic_message *message)
{
    struct lapic *apic = ctx;

    FUZZ_ASSERT(!(message->self && message->others));
    FUZZ_ASSERT(message->x2apic || message->destination <= 0xff);
    if (message->delivery == LAPIC_FIXED && (message->self || lapic_matches(apic, message)))
        lapic_request(apic, message->vector);
}

static void eoi(void *ctx, uint8_t vector)
{
    FUZZ_ASSERT(vector >= 16);
}

static const struct lapic_owner owner = {get_now, tsc_to_ns, timer, send, eoi};

static void serve(struct lapic *apic)
{
    int vector = lapic_pending(apic);

    FUZZ_ASSERT(vector == -1 || (vector >= 16 && vector <= 255));
    if (vector < 0)
        return;
    FUZZ_ASSERT(lapic_enabled(apic));
    lapic_accept(apic, (unsigned int)vector);
    /* What is served holds back its own class and those below. */
    FUZZ_ASSERT(lapic_pending(apic) == -1 || (lapic_pending(apic) & 0xf0) > (vector & 0xf0));
}

static void pass_time(struct lapic *apic, uint64_t ns)
{
    now += ns;
    for (unsigned int fired = 0; deadline && deadline <= now; fired++) {
        deadline = 0;
        lapic_timer_fired(apic);
        FUZZ_ASSERT(fired < 2);
        FUZZ_ASSERT(!deadline || deadline >= now + 100000);
    }
}

static void step(struct lapic *apic, uint8_t kind, uint8_t where, uint64_t value)
{
    uint32_t offset = (uint32_t)where << 4;
    uint64_t read;

    switch (kind % 9) {
    case 0:
        lapic_mmio_write(apic, offset, (uint32_t)value);
        break;
    case 1:
        FUZZ_ASSERT(lapic_mmio_read(apic, LAPIC_TIMER_CURRENT) <= apic->initial);
        break;
    case 2:
        lapic_msr_write(apic, 0x800U + where, value);
        break;
    case 3:
        lapic_msr_read(apic, 0x800U + where, &read);
        break;
    case 4:
        lapic_base_write(apic, apic->base ^ ((uint64_t)(where & 3) << 10), 48);
        break;
    case 5:
        lapic_deadline_write(apic, value);
        break;
    case 6:
        serve(apic);
        break;
    case 7:
        lapic_request_level(apic, where);
        break;
    default:
        pass_time(apic, value & 0xffffff);
        break;
    }
    lapic_mmio_read(apic, offset);
    FUZZ_ASSERT((apic->base & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC)) != LAPIC_BASE_X2APIC);
    FUZZ_ASSERT(apic->tpr <= 0xff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct lapic apic = {.owner = &owner, .ctx = &apic};

    now = 1;
    deadline = 0;
    lapic_reset(&apic, 4, false);
    lapic_mmio_write(&apic, LAPIC_SVR, 0x1ff);
    for (size_t at = 0; at + 10 <= len; at += 10) {
        uint64_t value;

        memcpy(&value, data + at + 2, sizeof(value));
        step(&apic, data[at], data[at + 1], value);
    }
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t periodic[] = {
        0, 0x32, 0x30, 0, 2,    0, 0, 0, 0, 0, /* LVT timer: periodic, vector 0x30 */
        0, 0x38, 1,    0, 0,    0, 0, 0, 0, 0, /* initial count */
        8, 0,    0,    0, 0xff, 0, 0, 0, 0, 0, /* time passes */
        6, 0,    0,    0, 0,    0, 0, 0, 0, 0, /* serve */
        4, 1,    0,    0, 0,    0, 0, 0, 0, 0, /* to x2APIC mode */
        2, 0x3f, 0x55, 0, 0,    0, 0, 0, 0, 0, /* self IPI */
    };

    if (n)
        return 0;
    memcpy(data, periodic, sizeof(periodic));
    return sizeof(periodic);
}
