/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's sound card, as the front end's nodes describe it. */
#include "sndif-config.h"

#include <glib.h>

/* Card, device and stream each may narrow what the level above allows. */
static bool narrow(struct store *store, const char *directory, struct sndif_limits *limits)
{
    g_autofree char *formats = store_read(store, XBT_NULL, directory, XENSND_FIELD_SAMPLE_FORMATS);
    g_autofree char *rates = store_read(store, XBT_NULL, directory, XENSND_FIELD_SAMPLE_RATES);
    g_autofree char *min = store_read(store, XBT_NULL, directory, XENSND_FIELD_CHANNELS_MIN);
    g_autofree char *max = store_read(store, XBT_NULL, directory, XENSND_FIELD_CHANNELS_MAX);
    g_autofree char *buffer = store_read(store, XBT_NULL, directory, XENSND_FIELD_BUFFER_SIZE);

    return sndif_limits_narrow(limits, &(struct sndif_texts){
                                           .formats = formats,
                                           .rates = rates,
                                           .channels_min = min,
                                           .channels_max = max,
                                           .buffer_size = buffer,
                                       });
}

static const char *read_stream(struct store *store, const char *directory, const char *type,
                               struct sndif_stream_config *config)
{
    if (g_str_equal(type, XENSND_STREAM_TYPE_CAPTURE))
        config->capture = true;
    else if (!g_str_equal(type, XENSND_STREAM_TYPE_PLAYBACK))
        return "one of its streams is neither for playing nor for recording";
    return narrow(store, directory, &config->limits) ? NULL : "one of its streams can do nothing";
}

/* Adds the streams of one device; leaves @count as it is if there is no such device. */
static const char *read_device(struct store *store, const char *front, unsigned device,
                               struct sndif_limits limits, struct sndif_stream_config *streams,
                               unsigned *count)
{
    g_autofree char *directory = g_strdup_printf("%s/%u", front, device);

    if (!narrow(store, directory, &limits))
        return "one of its devices can do nothing";
    for (unsigned stream = 0; stream < SNDIF_DEVICE_STREAMS; stream++) {
        g_autofree char *path = g_strdup_printf("%s/%u", directory, stream);
        g_autofree char *type = store_read(store, XBT_NULL, path, XENSND_FIELD_TYPE);
        struct sndif_stream_config config = {device, stream, false, limits};
        const char *wrong;

        if (!type)
            return NULL;
        if (*count == SNDIF_MAX_STREAMS)
            return "it has too many streams";
        wrong = read_stream(store, path, type, &config);
        if (wrong)
            return wrong;
        streams[(*count)++] = config;
    }
    return NULL;
}

const char *sndif_config_read(struct store *store, const char *front,
                              struct sndif_stream_config streams[SNDIF_MAX_STREAMS],
                              unsigned *ret_count)
{
    struct sndif_limits limits;
    unsigned count = 0;

    sndif_limits_init(&limits);
    if (!narrow(store, front, &limits))
        return "it can do nothing";
    for (unsigned device = 0; device < SNDIF_MAX_DEVICES; device++) {
        unsigned before = count;
        const char *wrong = read_device(store, front, device, limits, streams, &count);

        if (wrong)
            return wrong;
        if (count == before)
            break;
    }
    *ret_count = count;
    return count > 0 ? NULL : "it has no streams";
}
