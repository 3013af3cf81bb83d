/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats and volumes of sndif in PulseAudio's terms. */
#include "pulse-volume.h"

#include <string.h>

#include <glib.h>

static const struct {
    uint8_t sndif;
    pa_sample_format_t pulse;
} formats[] = {
    {XENSND_PCM_FORMAT_U8, PA_SAMPLE_U8},
    {XENSND_PCM_FORMAT_S16_LE, PA_SAMPLE_S16LE},
    {XENSND_PCM_FORMAT_S16_BE, PA_SAMPLE_S16BE},
    {XENSND_PCM_FORMAT_S24_LE, PA_SAMPLE_S24_32LE},
    {XENSND_PCM_FORMAT_S24_BE, PA_SAMPLE_S24_32BE},
    {XENSND_PCM_FORMAT_S32_LE, PA_SAMPLE_S32LE},
    {XENSND_PCM_FORMAT_S32_BE, PA_SAMPLE_S32BE},
    {XENSND_PCM_FORMAT_F32_LE, PA_SAMPLE_FLOAT32LE},
    {XENSND_PCM_FORMAT_F32_BE, PA_SAMPLE_FLOAT32BE},
    {XENSND_PCM_FORMAT_MU_LAW, PA_SAMPLE_ULAW},
    {XENSND_PCM_FORMAT_A_LAW, PA_SAMPLE_ALAW},
};

pa_sample_format_t pulse_format(uint8_t format)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i].sndif == format)
            return formats[i].pulse;
    return PA_SAMPLE_INVALID;
}

pa_cvolume pulse_volume(const struct player_volume *volume, unsigned channels)
{
    pa_volume_t all = (pa_volume_t)((uint64_t)PA_VOLUME_NORM * volume->percent / 100);
    pa_cvolume result;

    pa_cvolume_set(&result, channels, PA_VOLUME_MUTED);
    for (unsigned i = 0; i < channels; i++)
        if (!volume->channel_muted[i])
            result.values[i] =
                pa_sw_volume_multiply(all, pa_sw_volume_from_dB(volume->channel_mdb[i] / 1000.0));
    return result;
}

bool pulse_volume_is_same(const struct player_volume *a, const struct player_volume *b)
{
    return a->said == b->said && a->percent == b->percent && a->muted == b->muted &&
           memcmp(a->channel_mdb, b->channel_mdb, sizeof a->channel_mdb) == 0 &&
           memcmp(a->channel_muted, b->channel_muted, sizeof a->channel_muted) == 0;
}

/* The person's share of a channel that the guest by itself has at @guest. */
static unsigned share(pa_volume_t there, pa_volume_t guest)
{
    uint64_t percent = ((uint64_t)there * 100 + guest / 2) / guest;

    return (unsigned)MIN(percent, 100);
}

/* The largest of the channels' shares, as a person may have moved the balance. A channel that the
 * guest has turned far down is too coarse to tell. */
static unsigned largest_share(const pa_cvolume *there, const pa_cvolume *guest)
{
    pa_volume_t coarse = pa_cvolume_max(guest) / 2;
    unsigned largest = 0;

    for (unsigned i = 0; i < there->channels; i++)
        if (guest->values[i] > coarse)
            largest = MAX(largest, share(there->values[i], guest->values[i]));
    return largest;
}

bool pulse_volume_differs(const struct player_volume *said, const pa_cvolume *there,
                          unsigned *ret_percent)
{
    struct player_volume guest = *said;
    pa_cvolume expected = pulse_volume(said, there->channels);
    pa_cvolume alone;

    guest.percent = 100;
    alone = pulse_volume(&guest, there->channels);
    *ret_percent = said->percent;
    if (pa_cvolume_equal(&expected, there) || pa_cvolume_max(&alone) == PA_VOLUME_MUTED)
        return false;
    *ret_percent = largest_share(there, &alone);
    return true;
}
