/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of interrupt controllers; see pic.h, and Intel's data sheet of the 8259A (231468-003).
 */
#include "hvm/platform/pic.h"

#include <xen/xen.h>
#include <xen/hvm/save.h>

#include "lib/bits.h"
#include "lib/string.h"

#define PORT_COMMAND(chip) ((chip) ? 0xa0 : 0x20)
#define PORT_ELCR          0x4d0

#define ICW1         0x10
#define ICW1_ICW4    0x01
#define ICW1_SINGLE  0x02
#define ICW4_AEOI    0x02
#define ICW4_NESTED  0x10
#define OCW3         0x08
#define OCW3_READ    0x02
#define OCW3_ISR     0x01
#define OCW3_POLL    0x04
#define OCW3_SPECIAL 0x20
#define OCW3_SET     0x40

/* Inputs that the chip set always has edge-triggered: 0, 1, 2; 8, 13. */
static const uint8_t level_writable[2] = {0xf8, 0xde};

/* The bits of `inputs`, turned so that the one of highest priority is bit 0. */
static unsigned int by_priority(const struct pic_chip *c, uint8_t inputs)
{
    unsigned int twice = inputs | (unsigned int)inputs << 8;

    return twice >> c->first & 0xff;
}

static unsigned int highest(const struct pic_chip *c, uint8_t inputs)
{
    return (bit_lowest(by_priority(c, inputs)) + c->first) & 7;
}

/* The second one's output is level-triggered for the first one, whatever its register says. */
static uint8_t level_inputs(const struct pic *pic, unsigned int chip)
{
    return pic->chip[chip].level | (chip ? 0 : 1 << PIC_CASCADE);
}

static uint8_t requests(const struct pic *pic, unsigned int chip)
{
    uint8_t level = level_inputs(pic, chip);

    return (pic->chip[chip].irr & (uint8_t)~level) | (pic->chip[chip].lines & level);
}

/* The input of one of them that is to be served next; -1: none, or a higher one is in service. */
static int pending(const struct pic *pic, unsigned int chip)
{
    const struct pic_chip *c = &pic->chip[chip];
    uint8_t wanted = requests(pic, chip) & (uint8_t)~c->imr, serving = c->isr;

    if (c->special_mask)
        serving &= (uint8_t)~c->imr;
    if (!chip && c->special_nested)
        serving &= (uint8_t) ~(1 << PIC_CASCADE);
    if (!wanted)
        return -1;
    if (serving && bit_lowest(by_priority(c, serving)) <= bit_lowest(by_priority(c, wanted)))
        return -1;
    return (int)highest(c, wanted);
}

static void update(struct pic *pic)
{
    bool output;

    if (pending(pic, 1) >= 0)
        pic->chip[0].lines |= 1 << PIC_CASCADE;
    else
        pic->chip[0].lines &= (uint8_t) ~(1 << PIC_CASCADE);
    output = pending(pic, 0) >= 0;
    if (output == pic->output)
        return;
    WRITE_ONCE(pic->output, output);
    pic->changed(pic->ctx, output);
}

void pic_reset(struct pic *pic)
{
    for (unsigned int i = 0; i < 2; i++)
        pic->chip[i] = (struct pic_chip){.lines = pic->chip[i].lines};
    update(pic);
}

static void end_of_interrupt(struct pic_chip *c, unsigned int input, bool rotate)
{
    c->isr &= (uint8_t)~BIT(input);
    if (rotate)
        c->first = (input + 1) & 7;
}

/* One controller serves an input. */
static void serve(struct pic_chip *c, unsigned int input)
{
    c->irr &= (uint8_t)~BIT(input);
    c->isr |= (uint8_t)BIT(input);
    if (c->auto_eoi)
        end_of_interrupt(c, input, c->auto_rotate);
}

int pic_acknowledge(struct pic *pic)
{
    int input = pending(pic, 0), behind;
    unsigned int vector;

    if (input < 0)
        return -1;
    serve(&pic->chip[0], (unsigned int)input);
    vector = pic->chip[0].base + (unsigned int)input;
    if (input == PIC_CASCADE) {
        behind = pending(pic, 1);
        if (behind >= 0)
            serve(&pic->chip[1], (unsigned int)behind);
        /* With nothing left, the data sheet has it answer with its input 7. */
        vector = pic->chip[1].base + (behind >= 0 ? (unsigned int)behind : 7);
    }
    update(pic);
    return (int)vector;
}

static bool take_back(struct pic_chip *c, uint8_t vector)
{
    unsigned int input = vector & 7;

    if ((vector & 0xf8) != c->base || !(c->isr & BIT(input)))
        return false;
    c->isr &= (uint8_t)~BIT(input);
    c->irr |= (uint8_t)BIT(input);
    return true;
}

void pic_retract(struct pic *pic, uint8_t vector)
{
    if (!take_back(&pic->chip[0], vector) && take_back(&pic->chip[1], vector))
        pic->chip[0].isr &= (uint8_t) ~(1 << PIC_CASCADE);
    update(pic);
}

void pic_line(struct pic *pic, unsigned int irq, bool level)
{
    struct pic_chip *c = &pic->chip[irq / 8 & 1];
    uint8_t bit = (uint8_t)BIT(irq % 8);

    if (irq == PIC_CASCADE || irq > 15)
        return;
    if (level && !(c->lines & bit) && !(c->level & bit))
        c->irr |= bit;
    c->lines = level ? c->lines | bit : c->lines & (uint8_t)~bit;
    update(pic);
}

void pic_lines_restore(struct pic *pic, uint16_t lines)
{
    pic->chip[0].lines = (uint8_t)lines;
    pic->chip[1].lines = (uint8_t)(lines >> 8);
    update(pic);
}

/* The first of the words with which it is set up clears nearly everything. */
static void initialise(struct pic_chip *c, uint8_t word)
{
    *c = (struct pic_chip){
        .lines = c->lines,
        .level = c->level,
        .base = c->base,
        .awaits = 2,
        .single = word & ICW1_SINGLE,
        .wants_icw4 = word & ICW1_ICW4,
    };
}

static void operation(struct pic_chip *c, uint8_t word)
{
    unsigned int input = word & 7;

    switch (word >> 5) {
    case 0: /* no more rotation at automatic ends */
    case 4:
        c->auto_rotate = word >> 7;
        break;
    case 1: /* end of interrupt, of the highest in service; with rotation */
    case 5:
        if (c->isr)
            end_of_interrupt(c, highest(c, c->isr), word >> 7);
        break;
    case 3: /* end of interrupt, of that one; with rotation */
    case 7:
        end_of_interrupt(c, input, word >> 7);
        break;
    case 6: /* that one is to have the lowest priority */
        c->first = (input + 1) & 7;
        break;
    default:
        break;
    }
}

static void mode(struct pic_chip *c, uint8_t word)
{
    if (word & OCW3_POLL)
        c->poll = true;
    if (word & OCW3_READ)
        c->read_isr = word & OCW3_ISR;
    if (word & OCW3_SET)
        c->special_mask = word & OCW3_SPECIAL;
}

static void command(struct pic_chip *c, uint8_t value)
{
    if (value & ICW1)
        initialise(c, value);
    else if (value & OCW3)
        mode(c, value);
    else
        operation(c, value);
}

static void data(struct pic_chip *c, uint8_t value)
{
    switch (c->awaits) {
    case 2:
        c->base = value & 0xf8;
        c->awaits = !c->single ? 3 : c->wants_icw4 ? 4 : 0;
        break;
    case 3: /* which input the other one is behind: a PC has that wired */
        c->awaits = c->wants_icw4 ? 4 : 0;
        break;
    case 4:
        c->special_nested = value & ICW4_NESTED;
        c->auto_eoi = value & ICW4_AEOI;
        c->awaits = 0;
        break;
    default:
        c->imr = value;
        break;
    }
}

/* A read that polls is an acknowledgement of this one controller. */
static uint8_t poll(struct pic *pic, unsigned int chip)
{
    int input = pending(pic, chip);

    pic->chip[chip].poll = false;
    if (input < 0)
        return 0;
    serve(&pic->chip[chip], (unsigned int)input);
    update(pic);
    return 0x80 | (uint8_t)input;
}

static bool is_elcr(uint16_t port)
{
    return (port & ~1U) == PORT_ELCR;
}

static bool is_register(uint16_t port)
{
    return (port & ~1U) == PORT_COMMAND(0) || (port & ~1U) == PORT_COMMAND(1);
}

bool pic_read(struct pic *pic, uint16_t port, uint8_t *value)
{
    unsigned int chip = port >> 7 & 1;
    const struct pic_chip *c = &pic->chip[chip];

    if (is_elcr(port)) {
        *value = pic->chip[port & 1].level;
        return true;
    }
    if (!is_register(port))
        return false;
    if (c->poll)
        *value = poll(pic, chip);
    else if (port & 1)
        *value = c->imr;
    else
        *value = c->read_isr ? c->isr : requests(pic, chip);
    return true;
}

static void elcr_write(struct pic_chip *c, uint8_t level)
{
    c->level = level;
    c->irr &= (uint8_t)~level;
}

bool pic_write(struct pic *pic, uint16_t port, uint8_t value)
{
    struct pic_chip *c = &pic->chip[port >> 7 & 1];

    if (is_elcr(port))
        elcr_write(&pic->chip[port & 1], value & level_writable[port & 1]);
    else if (!is_register(port))
        return false;
    else if (port & 1)
        data(c, value);
    else
        command(c, value);
    update(pic);
    return true;
}

/* In the record, the word awaited has one less than its number, in two bits; then ICW4, single. */
static uint8_t awaits_save(const struct pic_chip *c)
{
    if (!c->awaits)
        return 0;
    return (uint8_t)((c->awaits - 1) | c->wants_icw4 << 2 | c->single << 3);
}

void pic_save(const struct pic *pic, unsigned int chip, struct hvm_hw_vpic *out)
{
    const struct pic_chip *c = &pic->chip[chip];

    memset(out, 0, sizeof(*out));
    out->irr = requests(pic, chip);
    out->imr = c->imr;
    out->isr = c->isr;
    out->irq_base = c->base;
    out->init_state = awaits_save(c) & 0xf;
    out->priority_add = c->first & 7;
    out->readsel_isr = c->read_isr;
    out->poll = c->poll;
    out->auto_eoi = c->auto_eoi;
    out->rotate_on_auto_eoi = c->auto_rotate;
    out->special_fully_nested_mode = c->special_nested;
    out->special_mask_mode = c->special_mask;
    out->is_master = !chip;
    out->elcr = level_inputs(pic, chip);
    out->int_output = pending(pic, chip) >= 0;
}

bool pic_load(struct pic *pic, unsigned int chip, const struct hvm_hw_vpic *in)
{
    struct pic_chip *c = &pic->chip[chip];
    uint8_t cascade = chip ? 0 : 1 << PIC_CASCADE;

    if (in->is_master == chip || (in->irq_base & 7) || in->priority_add > 7 || in->int_output > 1 ||
        (in->elcr & (uint8_t) ~(level_writable[chip] | cascade)) ||
        (in->init_state && !(in->init_state & 3)))
        return false;
    *c = (struct pic_chip){
        .lines = c->lines,
        .irr = in->irr & (uint8_t) ~(in->elcr | cascade),
        .imr = in->imr,
        .isr = in->isr,
        .level = in->elcr & level_writable[chip],
        .base = in->irq_base,
        .first = in->priority_add,
        .awaits = in->init_state ? (in->init_state & 3) + 1 : 0,
        .single = in->init_state >> 3 & 1,
        .wants_icw4 = in->init_state >> 2 & 1,
        .read_isr = in->readsel_isr,
        .poll = in->poll,
        .auto_eoi = in->auto_eoi,
        .auto_rotate = in->rotate_on_auto_eoi,
        .special_nested = in->special_fully_nested_mode,
        .special_mask = in->special_mask_mode,
    };
    update(pic);
    return true;
}
