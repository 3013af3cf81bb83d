/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes down, in a GString that is its data, what input a session hands on: "+30 -30 @3,4/640x480
 * w1 ", and of fingers "0down@3,4/640x480 0motion@5,4/640x480 0up ". */
#ifndef TESTS_DISPLAY_INPUT_RECORDER_H
#define TESTS_DISPLAY_INPUT_RECORDER_H

#include <glib.h>

#include "input-sink.h"

static inline void record_key(void *data, unsigned code, bool down)
{
    g_string_append_printf(data, "%c%u ", down ? '+' : '-', code);
}

static inline void record_position(void *data, unsigned x, unsigned y, unsigned width,
                                   unsigned height)
{
    g_string_append_printf(data, "@%u,%u/%ux%u ", x, y, width, height);
}

static inline void record_wheel(void *data, int steps)
{
    g_string_append_printf(data, "w%d ", steps);
}

static inline void record_touch(void *data, unsigned contact, enum touch_phase phase, unsigned x,
                                unsigned y, unsigned width, unsigned height)
{
    if (phase == TOUCH_UP)
        g_string_append_printf(data, "%uup ", contact);
    else
        g_string_append_printf(data, "%u%s@%u,%u/%ux%u ", contact,
                               phase == TOUCH_DOWN ? "down" : "motion", x, y, width, height);
}

static const struct input_sink input_recorder = {record_key, record_position, record_wheel,
                                                 record_touch};

#endif
