/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says, a line at a time: "microphone on|off", "volume 0..100", "mute on|off". */
#ifndef AUDIO_CONTROL_H
#define AUDIO_CONTROL_H

#include <stdbool.h>

#include "sound.h"

enum control_verb {
    CONTROL_MICROPHONE,
    CONTROL_VOLUME,
    CONTROL_MUTE,
};

struct control_order {
    enum control_verb verb;
    bool on;
    unsigned percent;
};

/* False, and *@ret_order untouched, if @line is no order. */
bool control_parse(const char *line, struct control_order *ret_order);

/* "on" or "off". */
bool control_parse_switch(const char *text, bool *ret_on);

void control_obey(const struct control_order *order, struct sound *sound);

struct control;

/*
 * Obeys the lines that come from @fd, which stays the caller's, from the main loop. When there are
 * no more, nobody could take the microphone back: it is set to @microphone.
 */
struct control *control_new(int fd, struct sound *sound, bool microphone);

/* Accepts NULL. */
void control_free(struct control *control);

/* "volume 30" and "mute off": what a person has set elsewhere. */
void control_print_volume(unsigned percent, bool muted);

/* What is told of @state: "playing on", say. */
void control_print_state(enum sound_state state, bool now);

#endif
