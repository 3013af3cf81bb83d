/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server says of its streams, in the terms of the sound. */
#ifndef AUDIO_SPICE_SHAPE_H
#define AUDIO_SPICE_SHAPE_H

#include "player.h"

/*
 * How much is kept of what was not played or read yet: longer than the server is ever early, short
 * enough that a picture and its sound stay together.
 */
#define SPICE_BUFFER_MS 200

/* A stream may be opened so many times a second: it is work for the sound server. */
#define SPICE_CHANGES 20

/* @format: SPICE_AUDIO_FMT_*. False if there can't be such a stream. */
bool spice_shape(int format, int channels, int rate, struct sndif_shape *ret_shape);

/* Volumes of @count channels, from 0 to 65535 for as loud as it is. */
void spice_volume(const uint16_t *volumes, unsigned count, bool muted,
                  struct player_volume *ret_volume);

#endif
