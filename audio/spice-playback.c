/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server plays. */
#include "spice-playback.h"

#include <string.h>

#include "backend/throttle.h"
#include "sndif-buffer.h"
#include "spice-shape.h"

/* A server that plays in pieces does not have its stream opened for each; and what is on its way to
 * the ear when it stops gets there. */
#define LINGER_MS 500

struct spice_playback {
    SpiceChannel *channel;
    struct sound *sound;
    struct throttle changes;
    struct player_volume volume;
    guint linger_timer;

    /* While it is open: */
    struct sound_stream *stream; /* NULL: it is not */
    struct sndif_shape shape;
    struct sndif_record waiting; /* to be played */
};

/* --- the player's side --- */

static uint32_t on_queued(void *data)
{
    struct spice_playback *playback = data;

    return playback->waiting.used;
}

static void on_take(void *data, void *to, uint32_t size)
{
    struct spice_playback *playback = data;
    g_autofree void *unheard = to ? NULL : g_malloc(size);

    sndif_record_read(&playback->waiting, to ? to : unheard, size, 0);
}

static const struct player_owner owner = {
    .queued = on_queued,
    .take = on_take,
};

/* --- the server's side --- */

static void close_stream(struct spice_playback *playback)
{
    g_clear_handle_id(&playback->linger_timer, g_source_remove);
    g_clear_pointer(&playback->stream, sound_stream_close);
    g_clear_pointer(&playback->waiting.data, g_free);
}

static void open_stream(struct spice_playback *playback, const struct sndif_shape *shape)
{
    struct player_spec spec = {.shape = *shape};

    close_stream(playback);
    if (throttle_take(&playback->changes, g_get_monotonic_time()) > 0) {
        g_warning("The device model opens its sound too often.");
        return;
    }
    playback->shape = *shape;
    playback->waiting =
        (struct sndif_record){.data = g_malloc(shape->buffer), .size = shape->buffer};
    playback->stream = sound_stream_open(playback->sound, &spec, &owner, playback);
    sound_stream_set_volume(playback->stream, &playback->volume);
}

static void on_start(SpiceChannel *channel, gint format, gint channels, gint rate, gpointer data)
{
    struct spice_playback *playback = data;
    struct sndif_shape shape;

    if (!spice_shape(format, channels, rate, &shape)) {
        g_warning("The device model plays what can't be played: format %d, %d channels, %d Hz.",
                  format, channels, rate);
        close_stream(playback);
        return;
    }
    g_clear_handle_id(&playback->linger_timer, g_source_remove);
    if (!playback->stream || memcmp(&playback->shape, &shape, sizeof shape) != 0)
        open_stream(playback, &shape);
    if (playback->stream)
        sound_stream_set_running(playback->stream, true);
}

static void on_data(SpiceChannel *channel, gpointer samples, gint size, gpointer data)
{
    struct spice_playback *playback = data;

    if (!playback->stream || size <= 0)
        return;
    size -= size % (gint)playback->shape.frame;
    sndif_record_add(&playback->waiting, samples, (uint32_t)size, 0);
    sound_stream_written(playback->stream);
}

static gboolean on_lingered(gpointer data)
{
    struct spice_playback *playback = data;

    playback->linger_timer = 0;
    close_stream(playback);
    return G_SOURCE_REMOVE;
}

static void on_stop(SpiceChannel *channel, gpointer data)
{
    struct spice_playback *playback = data;

    if (playback->stream && !playback->linger_timer)
        playback->linger_timer = g_timeout_add(LINGER_MS, on_lingered, playback);
}

static void on_volume(SpiceChannel *channel, GParamSpec *pspec, gpointer data)
{
    struct spice_playback *playback = data;
    guint16 *volumes = NULL;
    guint count = 0;
    gboolean muted = FALSE;

    g_object_get(channel, "volume", &volumes, "nchannels", &count, "mute", &muted, NULL);
    spice_volume(volumes, volumes ? count : 0, muted, &playback->volume);
    if (playback->stream)
        sound_stream_set_volume(playback->stream, &playback->volume);
}

struct spice_playback *spice_playback_new(SpiceChannel *channel, struct sound *sound)
{
    struct spice_playback *playback = g_new0(struct spice_playback, 1);

    playback->channel = g_object_ref(channel);
    playback->sound = sound;
    playback->changes = (struct throttle){.limit = SPICE_CHANGES, .window_us = G_USEC_PER_SEC};
    spice_volume(NULL, 0, false, &playback->volume);
    g_signal_connect(channel, "playback-start", G_CALLBACK(on_start), playback);
    g_signal_connect(channel, "playback-data", G_CALLBACK(on_data), playback);
    g_signal_connect(channel, "playback-stop", G_CALLBACK(on_stop), playback);
    g_signal_connect(channel, "notify::volume", G_CALLBACK(on_volume), playback);
    g_signal_connect(channel, "notify::mute", G_CALLBACK(on_volume), playback);
    return playback;
}

void spice_playback_free(struct spice_playback *playback)
{
    if (!playback)
        return;
    g_signal_handlers_disconnect_by_data(playback->channel, playback);
    close_stream(playback);
    g_object_unref(playback->channel);
    g_free(playback);
}
