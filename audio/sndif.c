/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV sound card: one card, and the streams that it has. */
#include "sndif.h"

#include <glib.h>

#include "sndif-stream.h"

/* Opening, starting, stopping, volumes: of all streams together. */
#define CHANGES_PER_WINDOW 100
#define CHANGES_WINDOW_US  (1000 * 1000)

struct sndif {
    struct sndif_card card;
    struct sndif_stream *streams[SNDIF_MAX_STREAMS]; /* while connected */
};

struct xenbus_class sndif_class(void)
{
    return (struct xenbus_class){
        .type = XENSND_DRIVER_NAME,
        .adopted = true,
        .keys = {{XENSND_FIELD_BE_VERSIONS, G_STRINGIFY(XENSND_PROTOCOL_VERSION)}},
        .key_count = 1,
        .front_keys = {{XENSND_FIELD_VCARD_SHORT_NAME, "Vitrine"},
                       {XENSND_FIELD_VCARD_LONG_NAME, "Vitrine virtual sound card"},
                       {XENSND_FIELD_SAMPLE_RATES,
                        "8000,11025,16000,22050,32000,44100,48000,96000"},
                       {XENSND_FIELD_SAMPLE_FORMATS, "u8,s16_le,s24_le,s32_le,float_le"},
                       {XENSND_FIELD_CHANNELS_MAX, "2"},
                       {XENSND_FIELD_BUFFER_SIZE, "262144"},
                       {"0/" XENSND_FIELD_DEVICE_NAME, "Desktop"},
                       {"0/0/" XENSND_FIELD_TYPE, XENSND_STREAM_TYPE_PLAYBACK},
                       {"0/0/" XENSND_FIELD_STREAM_UNIQUE_ID, "0"},
                       {"0/1/" XENSND_FIELD_TYPE, XENSND_STREAM_TYPE_CAPTURE},
                       {"0/1/" XENSND_FIELD_STREAM_UNIQUE_ID, "1"}},
        .front_key_count = 11,
    };
}

static void let_go(void *data)
{
    struct sndif *sndif = data;

    for (unsigned i = 0; i < SNDIF_MAX_STREAMS; i++)
        g_clear_pointer(&sndif->streams[i], sndif_stream_free);
}

static const char *set_up(struct sndif *sndif)
{
    struct xenbus_device *device = &sndif->card.device;
    struct sndif_stream_config configs[SNDIF_MAX_STREAMS];
    unsigned count = 0;
    const char *wrong = sndif_config_read(device->guest->store, device->front, configs, &count);

    for (unsigned i = 0; !wrong && i < count; i++)
        sndif->streams[i] = sndif_stream_new(&sndif->card, &configs[i], &wrong);
    return wrong;
}

static const char *sndif_connect(void *data)
{
    const char *wrong = set_up(data);

    if (wrong)
        let_go(data);
    return wrong;
}

static const struct xenbus_ops sndif_ops = {
    .connect = sndif_connect,
    .disconnect = let_go,
};

struct sndif *sndif_start(struct guest *guest, struct sound *sound)
{
    struct sndif *sndif = g_new0(struct sndif, 1);

    sndif->card.sound = sound;
    sndif->card.changes =
        (struct throttle){.limit = CHANGES_PER_WINDOW, .window_us = CHANGES_WINDOW_US};
    xenbus_device_init(&sndif->card.device, guest, XENSND_DRIVER_NAME);
    if (!xenbus_device_start(&sndif->card.device, &sndif_ops, sndif)) {
        sndif_stop(sndif);
        return NULL;
    }
    return sndif;
}

void sndif_stop(struct sndif *sndif)
{
    if (!sndif)
        return;
    xenbus_device_stop(&sndif->card.device);
    g_free(sndif);
}
