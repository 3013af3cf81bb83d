/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of 8259s: set-up, priorities, ends of interrupts, modes, and both as records. */
#include "check.h"

#include "hvm/platform/pic.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

static struct pic pic;
static unsigned int changes;

static void changed(void *ctx, bool output)
{
    changes++;
    CHECK_EQ(output, ((struct pic *)ctx)->output);
}

static uint8_t in(uint16_t port)
{
    uint8_t value = 0;

    CHECK(pic_read(&pic, port, &value));
    return value;
}

static void out(uint16_t port, uint8_t value)
{
    CHECK(pic_write(&pic, port, value));
}

/* As firmware sets them up: vectors from 0x20 and 0x70, nothing masked. */
static void begin_with(uint8_t icw4)
{
    memset(&pic, 0, sizeof(pic));
    pic.changed = changed;
    pic.ctx = &pic;
    changes = 0;
    pic_reset(&pic);
    for (unsigned int chip = 0; chip < 2; chip++) {
        uint16_t port = chip ? 0xa0 : 0x20;

        out(port, 0x11);
        out(port + 1, chip ? 0x70 : 0x20);
        out(port + 1, chip ? 2 : 4);
        out(port + 1, icw4);
        out(port + 1, 0);
    }
}

static void begin(void)
{
    begin_with(0x01);
}

static void pulse(unsigned int irq)
{
    pic_line(&pic, irq, false);
    pic_line(&pic, irq, true);
}

static void set_up_takes_as_many_words_as_it_says(void)
{
    begin();
    CHECK_EQ(in(0x21), 0);
    out(0x20, 0x13); /* single: no third word */
    out(0x21, 0x48);
    out(0x21, 0x03); /* the fourth: automatic ends */
    out(0x21, 0xf0);
    CHECK_EQ(in(0x21), 0xf0);
    pulse(1);
    CHECK_EQ(pic_acknowledge(&pic), 0x49);
    CHECK_EQ(in(0x20), 0);
    out(0x20, 0x12); /* neither a third nor a fourth */
    out(0x21, 0x57);
    out(0x21, 0xaa);
    CHECK_EQ(in(0x21), 0xaa);
    out(0x21, 0);
    pulse(1);
    CHECK_EQ(pic_acknowledge(&pic), 0x51); /* the low bits are the input's */
    out(0x20, 0x0b);
    CHECK_EQ(in(0x20), 0x02); /* set up anew, its ends are not automatic */
}

static void requests_are_served_by_priority(void)
{
    begin();
    CHECK(!pic.output);
    pulse(5);
    CHECK(pic.output && changes == 1);
    pulse(3);
    CHECK_EQ(in(0x20), 0x28);
    CHECK_EQ(pic_acknowledge(&pic), 0x23);
    CHECK(!pic.output); /* 5 is below what is in service */
    pulse(1);
    CHECK_EQ(pic_acknowledge(&pic), 0x21);
    out(0x20, 0x0b);
    CHECK_EQ(in(0x20), 0x0a);
    out(0x20, 0x0a);
    CHECK_EQ(in(0x20), 0x20);
    out(0x20, 0x20);
    CHECK(!pic.output);
    out(0x20, 0x20);
    CHECK(pic.output);
    CHECK_EQ(pic_acknowledge(&pic), 0x25);
    CHECK_EQ(pic_acknowledge(&pic), -1);
}

static void masks_hold_back(void)
{
    begin();
    out(0x21, 0x10);
    pulse(4);
    CHECK(!pic.output);
    CHECK_EQ(in(0x20), 0x10);
    out(0x21, 0);
    CHECK_EQ(pic_acknowledge(&pic), 0x24);
    pic_line(&pic, 4, true); /* no edge */
    out(0x20, 0x20);
    CHECK(!pic.output);
}

static void the_second_one_is_behind_input_2(void)
{
    begin();
    pulse(12);
    CHECK(pic.output);
    CHECK_EQ(in(0x20), 0x04);
    pulse(3);
    CHECK_EQ(pic_acknowledge(&pic), 0x74);
    CHECK(!pic.output);
    out(0xa0, 0x0b);
    CHECK_EQ(in(0xa0), 0x10);
    pulse(9); /* higher than 12, but the first one takes it for the same input */
    CHECK(!pic.output);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    CHECK_EQ(pic_acknowledge(&pic), 0x71);
    out(0xa1, 0xff);
    out(0xa0, 0x20);
    out(0x20, 0x62);
    CHECK_EQ(pic_acknowledge(&pic), 0x23);
    pic_line(&pic, 2, true); /* nobody's */
    CHECK_EQ(in(0x20), 0);
}

static void fully_nested_it_interrupts_itself(void)
{
    begin_with(0x11);
    pulse(12);
    CHECK_EQ(pic_acknowledge(&pic), 0x74);
    pulse(9);
    CHECK(pic.output);
    CHECK_EQ(pic_acknowledge(&pic), 0x71);
}

static void ends_come_by_themselves(void)
{
    begin_with(0x03);
    pulse(5);
    pulse(6);
    CHECK_EQ(pic_acknowledge(&pic), 0x25);
    CHECK_EQ(pic_acknowledge(&pic), 0x26);
    out(0x20, 0x80); /* with rotation: what was served comes last */
    pulse(3);
    CHECK_EQ(pic_acknowledge(&pic), 0x23);
    pulse(3);
    pulse(4);
    CHECK_EQ(pic_acknowledge(&pic), 0x24);
    CHECK_EQ(pic_acknowledge(&pic), 0x23);
    out(0x20, 0x00);
    pulse(6);
    CHECK_EQ(pic_acknowledge(&pic), 0x26);
    pulse(3);
    pulse(4);
    CHECK_EQ(pic_acknowledge(&pic), 0x24); /* as the last rotation left it */
    CHECK_EQ(pic_acknowledge(&pic), 0x23);
}

static void priorities_are_turned(void)
{
    begin();
    out(0x20, 0xc4); /* 4 is the lowest: 5 the highest */
    pulse(1);
    pulse(6);
    CHECK_EQ(pic_acknowledge(&pic), 0x26);
    out(0x20, 0xa0); /* its end, and it becomes the lowest */
    pulse(6);
    pulse(7);
    CHECK_EQ(pic_acknowledge(&pic), 0x27);
    CHECK(!pic.output);
    out(0x20, 0xe7); /* its own end, by name */
    CHECK_EQ(pic_acknowledge(&pic), 0x21);
    out(0x20, 0x61);
    CHECK_EQ(pic_acknowledge(&pic), 0x26);
}

static void specially_masked_it_forgets_what_is_masked(void)
{
    begin();
    pulse(2 + 1);
    CHECK_EQ(pic_acknowledge(&pic), 0x23);
    pulse(6);
    CHECK(!pic.output);
    out(0x21, 0x08);
    CHECK(!pic.output);
    out(0x20, 0x68);
    CHECK(pic.output);
    out(0x20, 0x48);
    CHECK(!pic.output);
}

static void polled_it_answers_with_its_input(void)
{
    begin();
    out(0x20, 0x0c);
    CHECK_EQ(in(0x20), 0);
    CHECK_EQ(in(0x20), 0); /* a poll is for one read */
    pulse(6);
    out(0x20, 0x0c);
    CHECK_EQ(in(0x20), 0x86);
    CHECK(!pic.output);
    out(0x20, 0x0b);
    CHECK_EQ(in(0x20), 0x40);
}

static void levels_ask_again(void)
{
    begin();
    out(0x4d0, 0xff);
    out(0x4d1, 0xff);
    CHECK_EQ(in(0x4d0), 0xf8); /* not the timer's, the keyboard's, the cascade's */
    CHECK_EQ(in(0x4d1), 0xde);
    pic_line(&pic, 5, true);
    CHECK_EQ(pic_acknowledge(&pic), 0x25);
    out(0x20, 0x20);
    CHECK(pic.output);
    pic_line(&pic, 5, false);
    CHECK(!pic.output);
    CHECK_EQ(in(0x20), 0);
    pic_line(&pic, 5, true);
    out(0x4d0, 0); /* as an edge, it has not been seen */
    CHECK(!pic.output);
    pulse(5);
    CHECK(pic.output);
    pic_line(&pic, 5, false);
    out(0x4d0, 0x20);
    CHECK(!pic.output);
    out(0x4d0, 0);
    CHECK(!pic.output); /* nor is it remembered */
}

static void what_could_not_be_served_comes_again(void)
{
    begin();
    pulse(4);
    CHECK_EQ(pic_acknowledge(&pic), 0x24);
    pic_retract(&pic, 0x55); /* not its own */
    CHECK(!pic.output);
    pic_retract(&pic, 0x24);
    CHECK_EQ(pic_acknowledge(&pic), 0x24);
    out(0x20, 0x20);
    pulse(14);
    CHECK_EQ(pic_acknowledge(&pic), 0x76);
    pic_retract(&pic, 0x76);
    CHECK(pic.output);
    CHECK_EQ(pic_acknowledge(&pic), 0x76);
}

static void other_ports_are_not_its_own(void)
{
    uint8_t value;

    begin();
    CHECK(!pic_read(&pic, 0x22, &value) && !pic_read(&pic, 0x4d2, &value));
    CHECK(!pic_write(&pic, 0xa2, 0) && !pic_write(&pic, 0x120, 0));
}

static void records_tell_all(void)
{
    struct hvm_hw_vpic before[2], after[2], bad;

    begin_with(0x13);
    out(0x4d0, 0x20);
    pic_line(&pic, 5, true);
    pulse(13);
    out(0x21, 0x41);
    out(0x20, 0xc2);
    out(0xa0, 0x6b);
    out(0xa0, 0x11); /* half-way through being set up */
    out(0xa1, 0x78);
    for (unsigned int chip = 0; chip < 2; chip++)
        pic_save(&pic, chip, &before[chip]);
    CHECK(before[0].is_master && before[0].elcr == 0x24 && before[0].priority_add == 3);
    CHECK(before[1].init_state == 6 && before[1].irq_base == 0x78 && !before[1].is_master);
    memset(&pic.chip, 0, sizeof(pic.chip));
    for (unsigned int chip = 0; chip < 2; chip++)
        CHECK(pic_load(&pic, chip, &before[chip]));
    pic_lines_restore(&pic, 1 << 5 | 1 << 13);
    for (unsigned int chip = 0; chip < 2; chip++)
        pic_save(&pic, chip, &after[chip]);
    CHECK(!memcmp(before, after, sizeof(before)));
    CHECK(pic.output);
    CHECK_EQ(pic_acknowledge(&pic), 0x25);

    CHECK(!pic_load(&pic, 1, &before[0]));
    bad = before[0], bad.irq_base = 0x21;
    CHECK(!pic_load(&pic, 0, &bad));
    bad = before[0], bad.priority_add = 8;
    CHECK(!pic_load(&pic, 0, &bad));
    bad = before[0], bad.elcr = 1;
    CHECK(!pic_load(&pic, 0, &bad));
    bad = before[0], bad.init_state = 4;
    CHECK(!pic_load(&pic, 0, &bad));
    bad = before[0], bad.int_output = 2;
    CHECK(!pic_load(&pic, 0, &bad));
}

int main(void)
{
    RUN(set_up_takes_as_many_words_as_it_says);
    RUN(requests_are_served_by_priority);
    RUN(masks_hold_back);
    RUN(the_second_one_is_behind_input_2);
    RUN(fully_nested_it_interrupts_itself);
    RUN(ends_come_by_themselves);
    RUN(priorities_are_turned);
    RUN(specially_masked_it_forgets_what_is_masked);
    RUN(polled_it_answers_with_its_input);
    RUN(levels_ask_again);
    RUN(what_could_not_be_served_comes_again);
    RUN(other_ports_are_not_its_own);
    RUN(records_tell_all);
    return check_done();
}
