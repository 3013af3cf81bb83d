/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of PulseAudio's. */
#ifndef AUDIO_PULSE_STREAM_H
#define AUDIO_PULSE_STREAM_H

#include <pulse/pulseaudio.h>

#include "player.h"
#include "pulse-mixer.h"

/* What a stream is told of its client. */
struct pulse_client {
    pa_context *context; /* NULL or not ready: no stream can be opened */
    const char *name, *icon;
    struct pulse_mixer mixer;
};

/* The functions of a player whose data is a struct pulse_client. */
extern const struct player_ops pulse_stream_ops;

#endif
