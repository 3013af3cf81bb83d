/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server says of its streams, in the terms of the sound. */
#include "spice-shape.h"

#include <math.h>
#include <string.h>

#include <spice/enums.h>

enum { MIN_RATE = 8000, MAX_RATE = 96000, MAX_CHANNELS = 2, SAMPLE = 2 };

#define FULL_VOLUME 65535

/* Of a volume in SPICE's steps, which the ear takes for even ones: the cube of it is the sound's
 * amplitude. */
#define MDB_OF_TENFOLD 60000

bool spice_shape(int format, int channels, int rate, struct sndif_shape *ret_shape)
{
    uint32_t frame;

    if (format != SPICE_AUDIO_FMT_S16 || channels < 1 || channels > MAX_CHANNELS ||
        rate < MIN_RATE || rate > MAX_RATE)
        return false;
    frame = (uint32_t)channels * SAMPLE;
    *ret_shape = (struct sndif_shape){
        .format = XENSND_PCM_FORMAT_S16_LE,
        .channels = (unsigned)channels,
        .rate = (uint32_t)rate,
        .frame = frame,
        .buffer = (uint32_t)rate * SPICE_BUFFER_MS / 1000 * frame,
    };
    return true;
}

void spice_volume(const uint16_t *volumes, unsigned count, bool muted,
                  struct player_volume *ret_volume)
{
    *ret_volume = (struct player_volume){.percent = 100};
    for (unsigned i = 0; i < SNDIF_MAX_CHANNELS; i++) {
        uint16_t volume = i < count ? volumes[i] : FULL_VOLUME;

        ret_volume->channel_muted[i] = muted || volume == 0;
        if (volume)
            ret_volume->channel_mdb[i] =
                (int32_t)lrint(MDB_OF_TENFOLD * log10((double)volume / FULL_VOLUME));
    }
}
