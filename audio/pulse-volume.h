/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats and volumes of sndif in PulseAudio's terms. */
#ifndef AUDIO_PULSE_VOLUME_H
#define AUDIO_PULSE_VOLUME_H

#include <pulse/sample.h>
#include <pulse/volume.h>

#include "player.h"

/* PA_SAMPLE_INVALID for a format that sndif-params does not allow. */
pa_sample_format_t pulse_format(uint8_t format);

/* The volume of each of @channels channels, the person's and the guest's together. */
pa_cvolume pulse_volume(const struct player_volume *volume, unsigned channels);

bool pulse_volume_is_same(const struct player_volume *a, const struct player_volume *b);

/*
 * Whether the server has another volume, @there, than @said. *@ret_percent is the person's share of
 * it, 100 at most: what the guest says of its channels is taken out; where nothing can be heard for
 * that, it is what was said.
 */
bool pulse_volume_differs(const struct player_volume *said, const pa_cvolume *there,
                          unsigned *ret_percent);

#endif
