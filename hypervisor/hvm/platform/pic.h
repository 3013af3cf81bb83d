/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of 8259A interrupt controllers as a PC has them: ports 0x20, 0x21, 0xa0, 0xa1, the second
 * one behind input 2 of the first, and the edge/level registers of the chip set at 0x4d0, 0x4d1.
 *
 * Whoever owns it keeps it from being used twice at a time, and looks at `output` as it likes. */
#ifndef HVM_PLATFORM_PIC_H
#define HVM_PLATFORM_PIC_H

#include "lib/compiler.h"

struct hvm_hw_vpic;

#define PIC_CASCADE 2 /* the first one's input for the second one */

struct pic_chip {
    uint8_t lines;    /* levels of the inputs */
    uint8_t irr;      /* edges that were seen; level-triggered requests are lines & level */
    uint8_t imr, isr; /* masked, in service */
    uint8_t level;    /* inputs that are level-triggered (ELCR) */
    uint8_t base;     /* vector of input 0 */
    uint8_t first;    /* the input of highest priority */
    uint8_t awaits;   /* the initialisation word to come, 2 to 4; 0: none */
    bool single, wants_icw4;
    bool read_isr, poll;
    bool auto_eoi, auto_rotate, special_nested, special_mask;
};

struct pic {
    struct pic_chip chip[2];
    bool output; /* INTR */
    /* Called when the output has changed. */
    void (*changed)(void *ctx, bool output);
    void *ctx;
};

/* State after power-up. Levels of inputs stay. */
void pic_reset(struct pic *pic);
/* Ports 0x20, 0x21, 0xa0, 0xa1, 0x4d0 and 0x4d1, a byte each. Other ports: false. */
bool pic_read(struct pic *pic, uint16_t port, uint8_t *value);
bool pic_write(struct pic *pic, uint16_t port, uint8_t value);
/* An input, 0 to 15 but not 2, goes up or down. */
void pic_line(struct pic *pic, unsigned int irq, bool level);
/* Levels of all inputs at once, of which nothing is seen as an edge: what was restored. */
void pic_lines_restore(struct pic *pic, uint16_t lines);
/* The CPU's acknowledgement: the vector to be served. -1: the request is gone. */
int pic_acknowledge(struct pic *pic);
/* It could not be served after all: it is requested again. */
void pic_retract(struct pic *pic, uint8_t vector);

/* The record of either of both (public arch-x86/hvm/save.h). */
void pic_save(const struct pic *pic, unsigned int chip, struct hvm_hw_vpic *out);
/* False: no state that such a controller can have; nothing is changed. */
bool pic_load(struct pic *pic, unsigned int chip, const struct hvm_hw_vpic *in);

#endif
