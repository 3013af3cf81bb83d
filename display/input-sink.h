/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest's input device takes: the only way from a viewer's hands into the guest. */
#ifndef DISPLAY_INPUT_SINK_H
#define DISPLAY_INPUT_SINK_H

#include <stdbool.h>

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
};

#endif
