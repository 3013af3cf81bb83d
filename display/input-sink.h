/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest's input device takes: the only way from a viewer's hands into the guest. */
#ifndef DISPLAY_INPUT_SINK_H
#define DISPLAY_INPUT_SINK_H

#include <stdbool.h>

/* The most fingers that are told apart at a time: as many as a person has. */
#define INPUT_MAX_CONTACTS 10

enum touch_phase { TOUCH_DOWN, TOUCH_MOTION, TOUCH_UP };

struct input_sink {
    /*
     * @code is a Linux key code (linux/input-event-codes.h), buttons included. A second press
     * without a release between is a key that repeats.
     */
    void (*key)(void *data, unsigned code, bool down);
    /* Pixels of a picture of @width x @height; always within it. */
    void (*position)(void *data, unsigned x, unsigned y, unsigned width, unsigned height);
    /* @steps detents, positive is away from the person. */
    void (*wheel)(void *data, int steps);
    /*
     * A finger on the picture: @contact is one that is free, below what the device takes, from its
     * TOUCH_DOWN to its TOUCH_UP. @x and @y are as above, and mean nothing with TOUCH_UP.
     */
    void (*touch)(void *data, unsigned contact, enum touch_phase phase, unsigned x, unsigned y,
                  unsigned width, unsigned height);
};

#endif
