/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server records. */
#include "spice-record.h"

#include "backend/throttle.h"
#include "spice-shape.h"

struct spice_record {
    SpiceChannel *channel;
    struct sound *sound;
    struct throttle changes;
    struct sound_stream *stream; /* NULL: nothing is recorded */
};

static void on_recorded(void *data, const void *from, uint32_t size)
{
    struct spice_record *record = data;
    g_autofree void *silence = from ? NULL : g_malloc0(size);

    /* The library takes a pointer to what it does not change. The time is not looked at. */
    spice_record_channel_send_data(SPICE_RECORD_CHANNEL(record->channel),
                                   from ? (gpointer)from : silence, size, 0);
}

static const struct player_owner owner = {
    .recorded = on_recorded,
};

static void close_stream(struct spice_record *record)
{
    g_clear_pointer(&record->stream, sound_stream_close);
}

static void on_start(SpiceChannel *channel, gint format, gint channels, gint rate, gpointer data)
{
    struct spice_record *record = data;
    struct player_spec spec = {.capture = true};

    close_stream(record);
    if (!spice_shape(format, channels, rate, &spec.shape)) {
        g_warning("The device model records what can't be: format %d, %d channels, %d Hz.", format,
                  channels, rate);
        return;
    }
    if (throttle_take(&record->changes, g_get_monotonic_time()) > 0) {
        g_warning("The device model opens its recording too often.");
        return;
    }
    record->stream = sound_stream_open(record->sound, &spec, &owner, record);
    sound_stream_set_running(record->stream, true);
}

static void on_stop(SpiceChannel *channel, gpointer data)
{
    close_stream(data);
}

struct spice_record *spice_record_new(SpiceChannel *channel, struct sound *sound)
{
    struct spice_record *record = g_new0(struct spice_record, 1);

    record->channel = g_object_ref(channel);
    record->sound = sound;
    record->changes = (struct throttle){.limit = SPICE_CHANGES, .window_us = G_USEC_PER_SEC};
    g_signal_connect(channel, "record-start", G_CALLBACK(on_start), record);
    g_signal_connect(channel, "record-stop", G_CALLBACK(on_stop), record);
    return record;
}

void spice_record_free(struct spice_record *record)
{
    if (!record)
        return;
    g_signal_handlers_disconnect_by_data(record->channel, record);
    close_stream(record);
    g_object_unref(record->channel);
    g_free(record);
}
