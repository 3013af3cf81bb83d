/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of PulseAudio's: asks its owner for sound when the server does, or brings it. */
#include "pulse-stream.h"

#include <glib.h>

#include "lead.h"
#include "pace.h"
#include "pulse-volume.h"

/* How much the server asks for at once. */
#define STEP_US (5 * 1000)

/* How often the owner is told how much was heard. */
#define TELL_MS 5

/* How often it is looked whether the server stands still. */
#define STILL_LOOK_MS 10

/* How much the server hands over of a recording. */
#define FRAGMENT_US (10 * 1000)

struct pulse_stream {
    struct pulse_client *client;
    pa_stream *stream;
    struct player_spec spec;
    struct player_volume volume;
    const struct player_owner *owner;
    void *data;
    bool ready, running;
    struct lead lead;
    struct pace_limits limits;
    uint64_t written; /* octets, since the server was last told to forget them */
    guint tell_timer;
    uint64_t heard;    /* octets, of those written */
    int64_t patience;  /* us that the server may stand still */
    struct pace still; /* the clock that goes on in its place then */
    guint still_timer;
    struct pulse_mixer_input input;
};

static void done(pa_operation *operation)
{
    if (operation)
        pa_operation_unref(operation);
}

/* --- sound --- */

/* The server does not stand still. */
static void moved(struct pulse_stream *stream)
{
    pace_start(&stream->still, g_get_monotonic_time() + stream->patience);
}

/* Writes @amount octets, whole frames, straight into the server's memory. */
static void feed(struct pulse_stream *stream, uint32_t amount)
{
    while (amount > 0) {
        size_t size = amount;
        void *to;

        if (pa_stream_begin_write(stream->stream, &to, &size) < 0 || !to)
            return;
        size = MIN(size, amount);
        size -= size % stream->spec.shape.frame;
        if (size == 0) {
            pa_stream_cancel_write(stream->stream);
            return;
        }
        stream->owner->take(stream->data, to, (uint32_t)size);
        if (pa_stream_write(stream->stream, to, size, NULL, 0, PA_SEEK_RELATIVE) < 0)
            return;
        stream->written += size;
        amount -= (uint32_t)size;
    }
}

/* Octets that were written and are not heard yet, in the server and in its sound card. */
static uint32_t on_its_way(const struct pulse_stream *stream)
{
    pa_usec_t us;
    uint64_t octets = stream->written;
    int negative;

    /* A server that has not said yet how far it is has played nothing. */
    if (pa_stream_get_latency(stream->stream, &us, &negative) == 0)
        octets = negative ? 0 : pa_usec_to_bytes(us, pa_stream_get_sample_spec(stream->stream));
    return (uint32_t)MIN(MIN(octets, stream->written), UINT32_MAX);
}

static gboolean tell_heard(gpointer data)
{
    struct pulse_stream *stream = data;
    uint32_t waits = on_its_way(stream);

    if (stream->written - waits != stream->heard)
        moved(stream);
    stream->heard = stream->written - waits;
    stream->owner->heard(stream->data, waits);
    return G_SOURCE_CONTINUE;
}

static void ask_for_lead(struct pulse_stream *stream);

static void play(struct pulse_stream *stream)
{
    size_t room = stream->ready ? pa_stream_writable_size(stream->stream) : 0;
    uint32_t amount;

    if (!stream->running || room == 0 || room == (size_t)-1)
        return;
    amount = pace_amount(&stream->limits, (uint32_t)MIN(room, SNDIF_MAX_BUFFER),
                         stream->owner->queued(stream->data));
    feed(stream, amount - amount % stream->spec.shape.frame);
    if (lead_look(&stream->lead, g_get_monotonic_time()))
        ask_for_lead(stream);
}

static void record(struct pulse_stream *stream)
{
    while (pa_stream_readable_size(stream->stream) > 0) {
        const void *from;
        size_t size;

        if (pa_stream_peek(stream->stream, &from, &size) < 0 || size == 0)
            return;
        /* A hole in the recording has no address. */
        if (stream->running)
            stream->owner->recorded(stream->data, from,
                                    (uint32_t)(size - size % stream->spec.shape.frame));
        pa_stream_drop(stream->stream);
        moved(stream);
    }
}

/* While the server stands still, as its card is suspended or gone, say, or the computer is busy,
 * silence is recorded, and what the guest plays is unheard: a card that stops costs a guest's
 * program more. */
static gboolean pass_time(gpointer data)
{
    struct pulse_stream *stream = data;
    uint32_t due = pace_due(&stream->still, g_get_monotonic_time());

    if (due > 0 && stream->spec.capture) {
        stream->owner->recorded(stream->data, NULL, due);
    } else if (due > 0) {
        stream->owner->take(stream->data, NULL, due);
        stream->owner->heard(stream->data, on_its_way(stream));
    }
    return G_SOURCE_CONTINUE;
}

static void on_room(pa_stream *pa, size_t size, void *data)
{
    play(data);
}

static void on_readable(pa_stream *pa, size_t size, void *data)
{
    record(data);
}

/* --- state --- */

static void apply_running(struct pulse_stream *stream)
{
    g_clear_handle_id(&stream->tell_timer, g_source_remove);
    if (stream->running)
        lead_start(&stream->lead, g_get_monotonic_time());
    done(pa_stream_cork(stream->stream, !stream->running, NULL, NULL));
    if (stream->spec.capture || !stream->running)
        return;
    stream->tell_timer = g_timeout_add(TELL_MS, tell_heard, stream);
    play(stream);
}

static void apply_volume(struct pulse_stream *stream)
{
    pa_cvolume volume = pulse_volume(&stream->volume, stream->spec.shape.channels);

    pulse_mixer_set(&stream->client->mixer, pa_stream_get_index(stream->stream),
                    stream->spec.capture, &volume, stream->volume.muted);
}

/* Whatever the mixer has that was not said here, a person has set, now or in the past. */
static void on_seen(void *data, const pa_cvolume *volume, bool muted)
{
    struct pulse_stream *stream = data;
    unsigned percent;

    if (!pulse_volume_differs(&stream->volume, volume, &percent) && muted == stream->volume.muted)
        return;
    stream->volume.percent = percent;
    stream->volume.muted = muted;
    stream->volume.said = true;
    stream->owner->mixed(stream->data, percent, muted);
}

static void follow_mixer(struct pulse_stream *stream)
{
    stream->input = (struct pulse_mixer_input){
        .index = pa_stream_get_index(stream->stream), .seen = on_seen, .data = stream};
    pulse_mixer_add(&stream->client->mixer, &stream->input);
}

/*
 * The server holds what it thinks fit, and may change its mind when a person moves the stream. How
 * much that is does not change how soon a guest that is late is put behind silence.
 */
static void on_attributes(pa_stream *pa, void *data)
{
    const pa_buffer_attr *attributes = pa_stream_get_buffer_attr(pa);
    struct pulse_stream *stream = data;
    uint32_t least;

    if (!attributes)
        return;
    least = (uint32_t)pa_usec_to_bytes(LEAD_LEAST_US, pa_stream_get_sample_spec(pa));
    stream->limits = (struct pace_limits){
        .target = attributes->tlength,
        .step = MAX(attributes->minreq, MIN(attributes->tlength, least) / 2),
    };
}

static void on_lead(pa_stream *pa, int success, void *data)
{
    on_attributes(pa, data);
}

static pa_buffer_attr wanted_attributes(const struct pulse_stream *stream)
{
    const pa_sample_spec *sample = pa_stream_get_sample_spec(stream->stream);

    return (pa_buffer_attr){
        .maxlength = (uint32_t)-1,
        .tlength = (uint32_t)pa_usec_to_bytes(stream->lead.us, sample),
        /* A server that has run out waits for that much: what is late is heard late, not lost. */
        .prebuf = (uint32_t)pa_usec_to_bytes(STEP_US, sample),
        .minreq = (uint32_t)pa_usec_to_bytes(STEP_US, sample),
        .fragsize = (uint32_t)pa_usec_to_bytes(FRAGMENT_US, sample),
    };
}

static void ask_for_lead(struct pulse_stream *stream)
{
    const pa_buffer_attr attributes = wanted_attributes(stream);

    done(pa_stream_set_buffer_attr(stream->stream, &attributes, on_lead, stream));
}

/* The server has nothing left: this process was late, as the computer is busy. */
static void on_underflow(pa_stream *pa, void *data)
{
    struct pulse_stream *stream = data;

    if (!stream->ready || !stream->running || !lead_ran_out(&stream->lead, g_get_monotonic_time()))
        return;
    g_message("The sound was late: %u ms of it are kept on their way now.", stream->lead.us / 1000);
    ask_for_lead(stream);
}

static void on_state(pa_stream *pa, void *data)
{
    struct pulse_stream *stream = data;

    switch (pa_stream_get_state(pa)) {
    case PA_STREAM_READY:
        stream->ready = true;
        on_attributes(pa, stream);
        if (stream->volume.said)
            apply_volume(stream);
        if (!stream->spec.capture)
            follow_mixer(stream);
        apply_running(stream);
        break;
    case PA_STREAM_FAILED:
    case PA_STREAM_TERMINATED:
        stream->ready = false;
        stream->owner->lost(stream->data);
        break;
    default:
        break;
    }
}

/* --- opening and closing --- */

static pa_stream *make_stream(const struct pulse_client *client, const struct player_spec *spec)
{
    const pa_sample_spec sample = {
        .format = pulse_format(spec->shape.format),
        .rate = spec->shape.rate,
        .channels = (uint8_t)spec->shape.channels,
    };
    pa_proplist *properties = pa_proplist_new();
    pa_channel_map map;
    pa_stream *stream;

    pa_channel_map_init_extend(&map, sample.channels, PA_CHANNEL_MAP_ALSA);
    pa_proplist_sets(properties, PA_PROP_MEDIA_ICON_NAME, client->icon);
    stream = pa_stream_new_with_proplist(client->context, client->name, &sample, &map, properties);
    pa_proplist_free(properties);
    return stream;
}

static bool connect_stream(struct pulse_stream *stream)
{
    const pa_stream_flags_t flags = PA_STREAM_START_CORKED | PA_STREAM_ADJUST_LATENCY |
                                    PA_STREAM_AUTO_TIMING_UPDATE | PA_STREAM_INTERPOLATE_TIMING;
    const uint32_t buffer = stream->spec.shape.buffer;
    pa_buffer_attr attributes;

    lead_init(&stream->lead, pa_bytes_to_usec(buffer, pa_stream_get_sample_spec(stream->stream)));
    attributes = wanted_attributes(stream);
    if (stream->spec.capture)
        return pa_stream_connect_record(stream->stream, NULL, &attributes, flags) == 0;
    return pa_stream_connect_playback(stream->stream, NULL, &attributes, flags, NULL, NULL) == 0;
}

static void pulse_stream_close(void *data)
{
    struct pulse_stream *stream = data;

    g_clear_handle_id(&stream->tell_timer, g_source_remove);
    g_clear_handle_id(&stream->still_timer, g_source_remove);
    pulse_mixer_remove(&stream->client->mixer, &stream->input);
    if (stream->stream) {
        pa_stream_set_state_callback(stream->stream, NULL, NULL);
        pa_stream_set_write_callback(stream->stream, NULL, NULL);
        pa_stream_set_underflow_callback(stream->stream, NULL, NULL);
        pa_stream_set_read_callback(stream->stream, NULL, NULL);
        pa_stream_set_buffer_attr_callback(stream->stream, NULL, NULL);
        pa_stream_disconnect(stream->stream);
        pa_stream_unref(stream->stream);
    }
    g_free(stream);
}

static void *pulse_stream_open(void *player, const struct player_spec *spec,
                               const struct player_volume *volume, const struct player_owner *owner,
                               void *data)
{
    struct pulse_client *client = player;
    struct pulse_stream *stream;

    if (!client->context || pa_context_get_state(client->context) != PA_CONTEXT_READY)
        return NULL;
    stream = g_new0(struct pulse_stream, 1);
    *stream = (struct pulse_stream){
        .client = client, .spec = *spec, .volume = *volume, .owner = owner, .data = data};
    stream->still.frame = spec->shape.frame;
    stream->still.octets_a_second = spec->shape.rate * spec->shape.frame;
    stream->patience =
        pace_patience(spec->shape.buffer, spec->shape.period, stream->still.octets_a_second);
    stream->stream = make_stream(client, spec);
    if (!stream->stream || !connect_stream(stream)) {
        g_warning("The sound server takes no stream: %s",
                  pa_strerror(pa_context_errno(client->context)));
        pulse_stream_close(stream);
        return NULL;
    }
    pa_stream_set_state_callback(stream->stream, on_state, stream);
    pa_stream_set_write_callback(stream->stream, on_room, stream);
    pa_stream_set_underflow_callback(stream->stream, on_underflow, stream);
    pa_stream_set_read_callback(stream->stream, on_readable, stream);
    pa_stream_set_buffer_attr_callback(stream->stream, on_attributes, stream);
    return stream;
}

/* --- what the owner says --- */

static void pulse_stream_set_running(void *data, bool running)
{
    struct pulse_stream *stream = data;

    if (stream->running == running)
        return;
    stream->running = running;
    g_clear_handle_id(&stream->still_timer, g_source_remove);
    if (running) {
        moved(stream);
        stream->still_timer = g_timeout_add(STILL_LOOK_MS, pass_time, stream);
    }
    if (stream->ready)
        apply_running(stream);
}

static void pulse_stream_flush(void *data)
{
    struct pulse_stream *stream = data;

    stream->written = 0;
    if (stream->ready)
        done(pa_stream_flush(stream->stream, NULL, NULL));
}

static void pulse_stream_written(void *data)
{
    play(data);
}

static void pulse_stream_set_volume(void *data, const struct player_volume *volume)
{
    struct pulse_stream *stream = data;

    /* What came from the mixer stays there as it is, finer than a percent. */
    if (pulse_volume_is_same(&stream->volume, volume))
        return;
    stream->volume = *volume;
    if (stream->ready)
        apply_volume(stream);
}

const struct player_ops pulse_stream_ops = {
    .open = pulse_stream_open,
    .close = pulse_stream_close,
    .set_running = pulse_stream_set_running,
    .flush = pulse_stream_flush,
    .written = pulse_stream_written,
    .set_volume = pulse_stream_set_volume,
};
