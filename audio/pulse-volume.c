/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats and volumes of sndif in PulseAudio's terms. */
#include "pulse-volume.h"

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
