/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's IO-APIC: registers, edges, levels, what it sends, and its record. */
#include "check.h"

#include "hvm/platform/vioapic.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

static struct vioapic apic;
static struct lapic_message sent;
static unsigned int sendings;
static bool taken;

static bool deliver(void *ctx, const struct lapic_message *message)
{
    sent = *message;
    sendings++;
    return taken;
}

static const struct vioapic_owner owner = {deliver};

static uint32_t in(uint8_t index)
{
    vioapic_write(&apic, 0, index);
    CHECK_EQ(vioapic_read(&apic, 0), index);
    return vioapic_read(&apic, 0x10);
}

static void out(uint8_t index, uint32_t value)
{
    vioapic_write(&apic, 0, index);
    vioapic_write(&apic, 0x10, value);
}

static void entry(unsigned int pin, uint32_t low, uint32_t destination)
{
    out((uint8_t)(0x11 + pin * 2), destination << 24);
    out((uint8_t)(0x10 + pin * 2), low);
}

static void begin(void)
{
    memset(&apic, 0, sizeof(apic));
    apic.owner = &owner;
    taken = true;
    sendings = 0;
    vioapic_reset(&apic);
}

static void registers(void)
{
    begin();
    CHECK_EQ(in(1), 47 << 16 | 0x11);
    out(1, 0);
    CHECK_EQ(in(1), 47 << 16 | 0x11);
    out(0, 0xffffffff);
    CHECK_EQ(in(0), 0x0f000000);
    CHECK_EQ(in(2), 0x0f000000);
    CHECK_EQ(in(0x10), 0x10000);
    CHECK_EQ(in(0x10 + 95), 0);
    out(0x10 + 94, 0xffffffff);
    CHECK_EQ(in(0x10 + 94), 0x1afff); /* neither what is being sent nor what awaits its end */
    out(0x10 + 95, 0xffffffff);
    CHECK_EQ(in(0x10 + 95), 0xff000000);
    CHECK_EQ(in(0x10 + 96), 0); /* no such pin */
    out(0x10 + 96, 5);
    out(0xff, 5);
    CHECK_EQ(in(0xff), 0);
    CHECK_EQ(in(3), 0);
    CHECK_EQ(vioapic_read(&apic, 0x20), 0);
    vioapic_write(&apic, 0x40, 1);
    CHECK_EQ(sendings, 0);
}

static void edges_are_sent_once(void)
{
    begin();
    entry(4, 0x0934, 0x03); /* lowest priority, logical */
    vioapic_line(&apic, 4, true);
    CHECK_EQ(sendings, 1);
    CHECK(sent.delivery == LAPIC_LOWEST && sent.vector == 0x34 && sent.logical && !sent.level);
    CHECK_EQ(sent.destination, 3);
    vioapic_line(&apic, 4, true);
    CHECK_EQ(sendings, 1);
    vioapic_line(&apic, 4, false);
    CHECK_EQ(sendings, 1);
    vioapic_line(&apic, 4, true);
    CHECK_EQ(sendings, 2);
    vioapic_eoi(&apic, 0x34);
    CHECK_EQ(sendings, 2);
    entry(4, 0x10934, 0x03);
    vioapic_line(&apic, 4, false);
    vioapic_line(&apic, 4, true); /* masked: lost */
    entry(4, 0x0934, 0x03);
    CHECK_EQ(sendings, 2);
    vioapic_line(&apic, VIOAPIC_PINS, true); /* no such pin */
    CHECK_EQ(sendings, 2);
}

static void levels_wait_for_their_end(void)
{
    begin();
    entry(20, 0xa041, 7);
    vioapic_line(&apic, 20, true);
    CHECK(sendings == 1 && sent.level && sent.vector == 0x41 && sent.destination == 7);
    CHECK_EQ(in(0x10 + 40), 0xe041);
    vioapic_line(&apic, 20, false);
    vioapic_line(&apic, 20, true);
    CHECK_EQ(sendings, 1);
    vioapic_eoi(&apic, 0x42);
    CHECK_EQ(sendings, 1);
    vioapic_eoi(&apic, 0x41); /* still up */
    CHECK_EQ(sendings, 2);
    vioapic_line(&apic, 20, false);
    vioapic_eoi(&apic, 0x41);
    CHECK_EQ(sendings, 2);
    CHECK_EQ(in(0x10 + 40), 0xa041);
}

static void masked_levels_come_later(void)
{
    begin();
    entry(17, 0x18050, 0);
    vioapic_line(&apic, 17, true);
    CHECK_EQ(sendings, 0);
    entry(17, 0x8050, 0);
    CHECK_EQ(sendings, 1);
    entry(17, 0x18050, 0); /* masking does not end it */
    CHECK_EQ(in(0x10 + 34), 0x1c050);
    entry(17, 0x10050, 0); /* going by edge does */
    CHECK_EQ(in(0x10 + 34), 0x10050);
}

static void what_nobody_takes_is_offered_again(void)
{
    begin();
    entry(17, 0x8050, 9);
    taken = false;
    vioapic_line(&apic, 17, true);
    CHECK(sendings == 1 && in(0x10 + 34) == 0x8050);
    taken = true;
    entry(17, 0x8050, 0);
    CHECK(sendings == 2 && in(0x10 + 34) == 0xc050);
}

static void the_first_pin_passes_the_8259_on(void)
{
    struct lapic_message to;

    begin();
    CHECK(!vioapic_passes_extint(&apic, &to));
    entry(0, 0x700, 4);
    CHECK(vioapic_passes_extint(&apic, &to));
    CHECK(to.destination == 4 && !to.logical);
    vioapic_line(&apic, 0, true); /* is not a message */
    CHECK_EQ(sendings, 0);
    entry(0, 0x10700, 4);
    CHECK(!vioapic_passes_extint(&apic, &to));
    entry(0, 0x8400, 4); /* an NMI is an edge, whatever it says */
    vioapic_line(&apic, 0, false);
    vioapic_line(&apic, 0, true);
    CHECK(sendings == 1 && sent.delivery == LAPIC_NMI && !sent.level);
}

static void the_record_tells_all(void)
{
    struct hvm_hw_vioapic before, after;

    begin();
    out(0, 5U << 24);
    entry(20, 0x8041, 7);
    entry(47, 0xffffffff, 0xff);
    vioapic_line(&apic, 20, true);
    vioapic_save(&apic, &before);
    CHECK(before.base_address == 0xfec00000 && before.redirtbl[20].fields.remote_irr);
    begin();
    vioapic_lines_restore(&apic, 1 << 20);
    CHECK(vioapic_load(&apic, &before));
    vioapic_save(&apic, &after);
    CHECK(!memcmp(&before, &after, sizeof(before)));
    CHECK_EQ(sendings, 0);
    vioapic_eoi(&apic, 0x41);
    CHECK_EQ(sendings, 1);
    after.base_address++;
    CHECK(!vioapic_load(&apic, &after));
    after = before, after.ioregsel = 256;
    CHECK(!vioapic_load(&apic, &after));
    after = before, after.id = 16;
    CHECK(!vioapic_load(&apic, &after));
    after = before, after.redirtbl[3].bits = 1ULL << 40;
    CHECK(!vioapic_load(&apic, &after));
    after = before, after.redirtbl[3].bits = 1 << 14; /* an edge that awaits its end */
    CHECK(!vioapic_load(&apic, &after));
}

int main(void)
{
    RUN(registers);
    RUN(edges_are_sent_once);
    RUN(levels_wait_for_their_end);
    RUN(masked_levels_come_later);
    RUN(what_nobody_takes_is_offered_again);
    RUN(the_first_pin_passes_the_8259_on);
    RUN(the_record_tells_all);
    return check_done();
}
