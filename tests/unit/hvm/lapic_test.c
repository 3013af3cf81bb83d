/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC: priorities, destinations, modes, timer. */
#include "check.h"

#include "hvm/lapic.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

static uint64_t now, deadline;
static struct lapic_message sent;
static unsigned int sendings, ends;
static uint8_t ended;

static uint64_t get_now(void *ctx)
{
    return now;
}

static uint64_t tsc_to_ns(void *ctx, uint64_t tsc)
{
    return tsc / 2;
}

static void timer(void *ctx, uint64_t at)
{
    deadline = at;
}

static void send(void *ctx, const struct lapic_message *message)
{
    sent = *message;
    sendings++;
}

static void eoi(void *ctx, uint8_t vector)
{
    ended = vector;
    ends++;
}

static const struct lapic_owner owner = {get_now, tsc_to_ns, timer, send, eoi};

static struct lapic apic;

/* On, as its guest turns it on. */
static void begin(uint32_t id)
{
    memset(&apic, 0, sizeof(apic));
    apic.owner = &owner;
    now = 1000;
    deadline = sendings = ends = 0;
    lapic_reset(&apic, id, id == 0);
    lapic_mmio_write(&apic, LAPIC_SVR, 0x1ff);
}

static void to_x2apic(void)
{
    CHECK(lapic_base_write(&apic, apic.base | LAPIC_BASE_X2APIC, 48));
}

static void higher_vectors_come_first(void)
{
    begin(0);
    CHECK_EQ(lapic_pending(&apic), -1);
    CHECK(lapic_request(&apic, 0x31) && lapic_request(&apic, 0xec) && lapic_request(&apic, 0x30));
    CHECK_EQ(lapic_pending(&apic), 0xec);
    lapic_accept(&apic, 0xec);
    CHECK_EQ(lapic_pending(&apic), -1); /* what is served is of a higher class */
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_PPR), 0xe0);
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_ISR + 0x70), 1 << 12);
    lapic_request(&apic, 0xf1);
    CHECK_EQ(lapic_pending(&apic), 0xf1);
    lapic_accept(&apic, 0xf1);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    CHECK_EQ(lapic_pending(&apic), -1);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    CHECK_EQ(lapic_pending(&apic), 0x31);
    lapic_accept(&apic, 0x31);
    lapic_request(&apic, 0x35); /* of the same class */
    CHECK_EQ(lapic_pending(&apic), -1);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    CHECK_EQ(lapic_pending(&apic), 0x35);
}

static void the_task_priority_holds_back(void)
{
    begin(0);
    lapic_request(&apic, 0x41);
    lapic_mmio_write(&apic, LAPIC_TPR, 0x40);
    CHECK_EQ(lapic_pending(&apic), -1);
    lapic_mmio_write(&apic, LAPIC_TPR, 0x3f);
    CHECK_EQ(lapic_pending(&apic), 0x41);
}

static void off_it_takes_nothing(void)
{
    begin(0);
    lapic_mmio_write(&apic, LAPIC_SVR, 0xff);
    CHECK(!lapic_request(&apic, 0x41));
    CHECK_EQ(lapic_pending(&apic), -1);
    lapic_mmio_write(&apic, LAPIC_SVR, 0x1ff);
    CHECK(!lapic_request(&apic, 0x0f)); /* no such vector */
    lapic_mmio_write(&apic, LAPIC_ESR, 0);
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_ESR), 0x40);
}

static void what_could_not_be_served_comes_again(void)
{
    begin(0);
    lapic_request(&apic, 0x41);
    lapic_accept(&apic, 0x41);
    CHECK(lapic_retract(&apic, 0x41));
    CHECK_EQ(lapic_pending(&apic), 0x41);
    CHECK(!lapic_retract(&apic, 0xf3)); /* did not come from here */
    CHECK_EQ(lapic_pending(&apic), 0x41);
}

static void modes_change_in_order(void)
{
    begin(2);
    CHECK(!lapic_base_write(&apic, LAPIC_BASE_DEFAULT | LAPIC_BASE_X2APIC, 48));
    CHECK(!lapic_base_write(&apic, apic.base | LAPIC_BASE_BSP, 48));
    CHECK(!lapic_base_write(&apic, apic.base | 1ULL << 50, 48));
    CHECK(!lapic_base_write(&apic, apic.base | 1, 48));
    to_x2apic();
    CHECK(!lapic_base_write(&apic, LAPIC_BASE_DEFAULT | LAPIC_BASE_ENABLED, 48));
    CHECK(lapic_base_write(&apic, LAPIC_BASE_DEFAULT, 48));
    CHECK(!lapic_enabled(&apic));
    CHECK(
        !lapic_base_write(&apic, LAPIC_BASE_DEFAULT | LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC, 48));
    CHECK(lapic_base_write(&apic, LAPIC_BASE_DEFAULT | LAPIC_BASE_ENABLED, 48));
}

static void registers_by_msr(void)
{
    uint64_t value;

    begin(0x25);
    CHECK(!lapic_msr_read(&apic, 0x802, &value)); /* not in x2APIC mode yet */
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_ID), 0x25 << 24);
    to_x2apic();
    CHECK(lapic_msr_read(&apic, 0x802, &value));
    CHECK_EQ(value, 0x25);
    CHECK(lapic_msr_read(&apic, 0x80d, &value));
    CHECK_EQ(value, 0x2 << 16 | 1 << 5);
    CHECK(lapic_msr_write(&apic, 0x808, 0x20));
    CHECK(lapic_msr_read(&apic, 0x808, &value) && value == 0x20);
    CHECK(!lapic_msr_write(&apic, 0x808, 1ULL << 32));
    CHECK(!lapic_msr_write(&apic, 0x80b, 1));     /* EOI is 0 */
    CHECK(!lapic_msr_write(&apic, 0x802, 1));     /* read-only */
    CHECK(!lapic_msr_write(&apic, 0x80e, 0));     /* DFR: gone */
    CHECK(!lapic_msr_read(&apic, 0x831, &value)); /* no upper half of ICR */
    CHECK(lapic_msr_write(&apic, 0x83f, 0x55));
    CHECK_EQ(lapic_pending(&apic), 0x55);
}

static void messages_say_what_was_written(void)
{
    begin(0);
    lapic_mmio_write(&apic, LAPIC_ICR_HIGH, 0x02000000);
    lapic_mmio_write(&apic, LAPIC_ICR, 0x4500); /* INIT, asserted */
    CHECK_EQ(sendings, 1);
    CHECK(sent.delivery == LAPIC_INIT && sent.destination == 2 && !sent.logical);
    lapic_mmio_write(&apic, LAPIC_ICR, 0x8500); /* taken back */
    CHECK_EQ(sendings, 1);
    lapic_mmio_write(&apic, LAPIC_ICR, 0x4699);
    CHECK(sent.delivery == LAPIC_STARTUP && sent.vector == 0x99);
    lapic_mmio_write(&apic, LAPIC_ICR, 0xc08fd); /* all but self */
    CHECK(sent.others && !sent.self && sent.vector == 0xfd);
    lapic_mmio_write(&apic, LAPIC_ICR, 0x40031);
    CHECK(sent.self && sent.vector == 0x31);
    CHECK_EQ(sendings, 4);
    lapic_mmio_write(&apic, LAPIC_ICR, 0x5); /* a vector that is none */
    CHECK_EQ(sendings, 4);
    to_x2apic();
    CHECK(lapic_msr_write(&apic, 0x830, 0x1234567800000850));
    CHECK(sent.x2apic && sent.logical && sent.destination == 0x12345678 && sent.vector == 0x50);
    CHECK(!lapic_msr_write(&apic, 0x830, 1 << 13));
}

static void destinations(void)
{
    struct lapic_message m = {.destination = 4};

    begin(4);
    CHECK(lapic_matches(&apic, &m));
    m.destination = 5;
    CHECK(!lapic_matches(&apic, &m));
    m.destination = 0xff;
    CHECK(lapic_matches(&apic, &m));
    m = (struct lapic_message){.logical = true, .destination = 0x06};
    lapic_mmio_write(&apic, LAPIC_LDR, 0x02000000);
    CHECK(lapic_matches(&apic, &m));
    m.destination = 0x05;
    CHECK(!lapic_matches(&apic, &m));
    lapic_mmio_write(&apic, LAPIC_DFR, 0x0fffffff); /* clusters */
    lapic_mmio_write(&apic, LAPIC_LDR, 0x12000000);
    m.destination = 0x13;
    CHECK(lapic_matches(&apic, &m));
    m.destination = 0x23;
    CHECK(!lapic_matches(&apic, &m));
    to_x2apic();
    m = (struct lapic_message){.logical = true, .x2apic = true, .destination = 0x0000ffff};
    CHECK(lapic_matches(&apic, &m));
    m.destination = 0x0001ffff;
    CHECK(!lapic_matches(&apic, &m));
    m = (struct lapic_message){.x2apic = true, .destination = 0xffffffff};
    CHECK(lapic_matches(&apic, &m));
    m.destination = 0xff;
    CHECK(!lapic_matches(&apic, &m));
}

static void the_timer_fires_once(void)
{
    begin(0);
    lapic_mmio_write(&apic, LAPIC_TIMER_DIVIDE, 0xb); /* by 1: 10 ns a tick */
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0xef);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 1000);
    CHECK_EQ(deadline, 1000 + 10000);
    now += 4000;
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_TIMER_CURRENT), 600);
    now += 6000;
    deadline = 0;
    lapic_timer_fired(&apic);
    CHECK_EQ(lapic_pending(&apic), 0xef);
    CHECK_EQ(deadline, 0);
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_TIMER_CURRENT), 0);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 5);
    CHECK(deadline);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 0);
    CHECK_EQ(deadline, 0);
}

static void the_timer_divides(void)
{
    static const struct {
        uint32_t code;
        unsigned int by;
    } table[] = {{0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {0xa, 128}, {0xb, 1}};

    for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
        begin(0);
        lapic_mmio_write(&apic, LAPIC_TIMER_DIVIDE, table[i].code);
        lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 100);
        CHECK_EQ(deadline - now, 1000ULL * table[i].by);
    }
}

static void the_timer_repeats_but_not_too_often(void)
{
    begin(0);
    lapic_mmio_write(&apic, LAPIC_TIMER_DIVIDE, 0xb);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0x200ef);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 100000); /* 1 ms */
    CHECK_EQ(deadline, now + 1000000);
    now = deadline;
    lapic_timer_fired(&apic);
    CHECK_EQ(deadline, now + 1000000);
    CHECK_EQ(lapic_pending(&apic), 0xef);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 1);
    CHECK_EQ(deadline, now + 100000);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0x100ef); /* another mode stops it */
    CHECK_EQ(deadline, 0);
}

static void the_timer_has_a_deadline(void)
{
    begin(0);
    lapic_deadline_write(&apic, 5000); /* not in that mode */
    CHECK_EQ(deadline, 0);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0x400ef);
    lapic_deadline_write(&apic, 5000);
    CHECK_EQ(deadline, 2500);
    CHECK_EQ(lapic_deadline_read(&apic), 5000);
    lapic_timer_fired(&apic);
    CHECK_EQ(lapic_pending(&apic), 0xef);
    CHECK_EQ(lapic_deadline_read(&apic), 0);
    lapic_deadline_write(&apic, 1); /* long past: at once, not never */
    CHECK_EQ(deadline, 1);
    lapic_deadline_write(&apic, 0);
    CHECK_EQ(deadline, 0);
}

static void a_masked_timer_is_silent(void)
{
    begin(0);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0x100ef);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 100);
    lapic_timer_fired(&apic);
    CHECK_EQ(lapic_pending(&apic), -1);
}

static void the_end_of_a_level_is_told(void)
{
    begin(0);
    CHECK(lapic_request_level(&apic, 0x51) && lapic_request(&apic, 0x31));
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_TMR + 0x20), 1 << 17);
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_IRR + 0x20), 1 << 17);
    lapic_accept(&apic, 0x51);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    CHECK(ends == 1 && ended == 0x51);
    lapic_accept(&apic, 0x31);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    CHECK_EQ(ends, 1);
    lapic_request(&apic, 0x51); /* by edge now */
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_TMR + 0x20), 0);
    lapic_accept(&apic, 0x51);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    lapic_mmio_write(&apic, LAPIC_EOI, 0); /* with nothing in service */
    CHECK_EQ(ends, 1);
    lapic_mmio_write(&apic, LAPIC_SVR, 0xff);
    CHECK(!lapic_request_level(&apic, 0x51));
}

static void the_8259_comes_by_lint0(void)
{
    begin(0);
    CHECK(!lapic_passes_extint(&apic)); /* masked at first */
    lapic_mmio_write(&apic, LAPIC_LVT_LINT0, 0x700);
    CHECK(lapic_passes_extint(&apic));
    lapic_mmio_write(&apic, LAPIC_LVT_LINT0, 0x10700);
    CHECK(!lapic_passes_extint(&apic));
    lapic_mmio_write(&apic, LAPIC_LVT_LINT0, 0x400);
    CHECK(!lapic_passes_extint(&apic));
    CHECK(lapic_base_write(&apic, LAPIC_BASE_DEFAULT | LAPIC_BASE_BSP, 48));
    CHECK(lapic_passes_extint(&apic)); /* off as a whole */
}

static struct hvm_hw_lapic base_record;
static struct hvm_hw_lapic_regs before, after;

static void saved_and_loaded(uint64_t later)
{
    lapic_save(&apic, &base_record);
    lapic_save_registers(&apic, &before);
    begin(apic.id);
    now += later;
    CHECK(lapic_load(&apic, &base_record));
    CHECK(lapic_load_registers(&apic, &before));
    lapic_save_registers(&apic, &after);
    CHECK(!memcmp(&before, &after, sizeof(before)));
}

static void records_tell_all(void)
{
    begin(6);
    lapic_mmio_write(&apic, LAPIC_TPR, 0x20);
    lapic_mmio_write(&apic, LAPIC_LDR, 0x12000000);
    lapic_mmio_write(&apic, LAPIC_DFR, 0x0fffffff);
    lapic_mmio_write(&apic, LAPIC_ICR_HIGH, 0x05000000);
    lapic_mmio_write(&apic, LAPIC_ICR, 0x4031);
    lapic_mmio_write(&apic, LAPIC_LVT_LINT0, 0x700);
    lapic_mmio_write(&apic, LAPIC_TIMER_DIVIDE, 0xb);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0x200ef);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 200000);
    now += 500000;
    lapic_request_level(&apic, 0xf3);
    lapic_request(&apic, 0x31);
    lapic_accept(&apic, 0xf3);
    saved_and_loaded(77777);
    CHECK_EQ(deadline, now + 1500000); /* its timer goes on */
    CHECK_EQ(lapic_mmio_read(&apic, LAPIC_TIMER_CURRENT), 150000);
    lapic_mmio_write(&apic, LAPIC_EOI, 0);
    CHECK(ends == 1 && ended == 0xf3);
    CHECK_EQ(lapic_pending(&apic), 0x31);
    CHECK_EQ(base_record.timer_divisor, 1);
    CHECK_EQ(base_record.disabled, 0);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0x400ef);
    lapic_deadline_write(&apic, 123456);
    to_x2apic();
    saved_and_loaded(0);
    CHECK(lapic_is_x2apic(&apic) && deadline == 123456 / 2);
    CHECK_EQ(lapic_deadline_read(&apic), 123456);
}

static void a_count_that_is_over_stays_over(void)
{
    begin(0);
    lapic_mmio_write(&apic, LAPIC_LVT_TIMER, 0xef);
    lapic_mmio_write(&apic, LAPIC_TIMER_INITIAL, 1000);
    now += 1000000;
    saved_and_loaded(0);
    CHECK_EQ(deadline, 0);
}

static bool spoilt(uint32_t offset, uint32_t value)
{
    after = before;
    memcpy(after.data + offset, &value, sizeof(value));
    return !lapic_load_registers(&apic, &after);
}

static void bad_records_are_refused(void)
{
    struct hvm_hw_lapic bad;

    begin(6);
    saved_and_loaded(0);
    bad = base_record, bad.apic_base_msr |= LAPIC_BASE_BSP;
    CHECK(!lapic_load(&apic, &bad));
    bad = base_record, bad.apic_base_msr |= 1;
    CHECK(!lapic_load(&apic, &bad));
    bad = base_record, bad.apic_base_msr |= 1ULL << 52;
    CHECK(!lapic_load(&apic, &bad));
    bad.apic_base_msr = LAPIC_BASE_DEFAULT | LAPIC_BASE_X2APIC;
    CHECK(!lapic_load(&apic, &bad));
    CHECK(spoilt(LAPIC_ID, 5 << 24) && spoilt(LAPIC_TPR, 256) && spoilt(LAPIC_SVR, 0x200));
    CHECK(spoilt(LAPIC_DFR, 0) && spoilt(LAPIC_LDR, 1) && spoilt(LAPIC_TIMER_DIVIDE, 4));
    CHECK(spoilt(LAPIC_TIMER_CURRENT, 1) && spoilt(LAPIC_ICR, 1 << 13));
    CHECK(spoilt(LAPIC_IRR, 1) && spoilt(LAPIC_ISR, 0x8000));
    CHECK(spoilt(LAPIC_LVT_TIMER, 0x80000) && spoilt(LAPIC_LVT_ERROR, 0x700));
    CHECK(!spoilt(LAPIC_VERSION, 5)); /* says who wrote it */
}

int main(void)
{
    RUN(higher_vectors_come_first);
    RUN(the_task_priority_holds_back);
    RUN(off_it_takes_nothing);
    RUN(what_could_not_be_served_comes_again);
    RUN(modes_change_in_order);
    RUN(registers_by_msr);
    RUN(messages_say_what_was_written);
    RUN(destinations);
    RUN(the_timer_fires_once);
    RUN(the_timer_divides);
    RUN(the_timer_repeats_but_not_too_often);
    RUN(the_timer_has_a_deadline);
    RUN(a_masked_timer_is_silent);
    RUN(the_end_of_a_level_is_told);
    RUN(the_8259_comes_by_lint0);
    RUN(records_tell_all);
    RUN(a_count_that_is_over_stays_over);
    RUN(bad_records_are_refused);
    return check_done();
}
