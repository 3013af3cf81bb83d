/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How loud our streams are in the desktop's mixer: what is set there from here, and what a person
 * sets there.
 */
#ifndef AUDIO_PULSE_MIXER_H
#define AUDIO_PULSE_MIXER_H

#include <stdbool.h>

#include <glib.h>
#include <pulse/pulseaudio.h>

/* A stream that plays, as the mixer has it. */
struct pulse_mixer_input {
    uint32_t index; /* the server's number of it */
    /* It is as loud as that now; all that was set from here by pulse_mixer_set() is in it. */
    void (*seen)(void *data, const pa_cvolume *volume, bool muted);
    void *data;
};

struct pulse_mixer {
    pa_context *context; /* NULL while there is no server */
    GPtrArray *inputs;   /* of struct pulse_mixer_input, borrowed */
    unsigned pending;    /* what was set and not confirmed yet */
};

void pulse_mixer_init(struct pulse_mixer *mixer);

/* No input may be left. */
void pulse_mixer_clear(struct pulse_mixer *mixer);

/* @context has become ready: from now on inputs are told of changes. */
void pulse_mixer_start(struct pulse_mixer *mixer, pa_context *context);

/* Before the context is given up: nothing is told any more. */
void pulse_mixer_stop(struct pulse_mixer *mixer);

/* @input is borrowed until it is removed; it is told soon how loud it is. */
void pulse_mixer_add(struct pulse_mixer *mixer, struct pulse_mixer_input *input);

/* Does nothing if it was not added. */
void pulse_mixer_remove(struct pulse_mixer *mixer, struct pulse_mixer_input *input);

/* Sets the volume of the stream with the number @index, a recording if @capture. */
void pulse_mixer_set(struct pulse_mixer *mixer, uint32_t index, bool capture,
                     const pa_cvolume *volume, bool muted);

#endif
