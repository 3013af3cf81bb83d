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

#endif
