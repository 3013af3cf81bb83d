/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest's sound, and who decides about it. */
#include "sound.h"

#include <string.h>

#include <glib.h>

#include "nobody.h"

/* A guest that starts and stops without end makes us tell so no more often than this. */
#define TELL_MS 50

struct sound {
    const struct player *player;
    void (*changed)(void *data, enum sound_state state, bool now);
    void *data;
    void (*mixed)(void *data, unsigned percent, bool muted); /* or NULL */
    bool microphone, server, muted;
    bool said; /* the person has said something of the volume */
    unsigned percent;
    bool is_mixed;      /* a stream of the player's has another volume than was said */
    GPtrArray *streams; /* of struct sound_stream */
    bool told[SOUND_STATES];
    guint tell_timer;
};

struct sound_stream {
    struct sound *sound;
    struct player_spec spec;
    struct player_volume volume;
    const struct player_owner *owner;
    void *data;
    bool running;
    bool lost; /* the sound server has ended it */
    const struct player *player;
    void *played; /* the player's stream */
    guint lost_idle;
};

/* --- what is told --- */

static bool is_heard(const struct sound_stream *stream)
{
    return stream->running && stream->player == stream->sound->player;
}

static bool is_any(struct sound *sound, bool capture)
{
    for (guint i = 0; i < sound->streams->len; i++) {
        const struct sound_stream *stream = g_ptr_array_index(sound->streams, i);

        if (stream->spec.capture == capture && is_heard(stream))
            return true;
    }
    return false;
}

static bool is_asking(struct sound *sound)
{
    for (guint i = 0; i < sound->streams->len && !sound->microphone; i++) {
        const struct sound_stream *stream = g_ptr_array_index(sound->streams, i);

        if (stream->spec.capture && stream->running)
            return true;
    }
    return false;
}

static void set_volume(struct sound_stream *stream);

/* What was done to one stream holds for all. */
static void tell_mixed(struct sound *sound)
{
    if (!sound->is_mixed)
        return;
    sound->is_mixed = false;
    g_ptr_array_foreach(sound->streams, (GFunc)(void (*)(void))set_volume, NULL);
    if (sound->mixed)
        sound->mixed(sound->data, sound->percent, sound->muted);
}

static gboolean tell(gpointer data)
{
    struct sound *sound = data;
    const bool now[SOUND_STATES] = {
        [SOUND_PLAYING] = is_any(sound, false), [SOUND_RECORDING] = is_any(sound, true),
        [SOUND_MICROPHONE] = sound->microphone, [SOUND_ASKING] = is_asking(sound),
        [SOUND_SERVER] = sound->server,
    };

    sound->tell_timer = 0;
    tell_mixed(sound);
    for (unsigned i = 0; i < SOUND_STATES; i++) {
        if (now[i] == sound->told[i])
            continue;
        sound->told[i] = now[i];
        sound->changed(sound->data, i, now[i]);
    }
    return G_SOURCE_REMOVE;
}

static void tell_soon(struct sound *sound)
{
    if (!sound->tell_timer)
        sound->tell_timer = g_timeout_add(TELL_MS, tell, sound);
}

/* --- who plays a stream --- */

static const struct player *choose(const struct sound_stream *stream)
{
    const struct sound *sound = stream->sound;

    if (!sound->server || stream->lost)
        return &nobody;
    if (stream->spec.capture && (!sound->microphone || !stream->running))
        return &nobody;
    return sound->player;
}

static uint32_t on_queued(void *data)
{
    struct sound_stream *stream = data;

    return stream->owner->queued(stream->data);
}

static void on_take(void *data, void *to, uint32_t size)
{
    struct sound_stream *stream = data;

    stream->owner->take(stream->data, to, size);
}

static void on_heard(void *data, uint32_t on_its_way)
{
    struct sound_stream *stream = data;

    if (stream->owner->heard)
        stream->owner->heard(stream->data, on_its_way);
}

static void on_recorded(void *data, const void *from, uint32_t size)
{
    struct sound_stream *stream = data;

    stream->owner->recorded(stream->data, from, size);
}

/* A player is not called back from here: the other streams hear of it a little later. */
static void on_mixed(void *data, unsigned percent, bool muted)
{
    struct sound_stream *stream = data;
    struct sound *sound = stream->sound;

    if (stream->spec.capture)
        return;
    sound->percent = percent;
    sound->muted = muted;
    sound->said = true;
    sound->is_mixed = true;
    tell_soon(sound);
}

static void on_lost(void *data);

static const struct player_owner owner = {
    .queued = on_queued,
    .take = on_take,
    .heard = on_heard,
    .recorded = on_recorded,
    .lost = on_lost,
    .mixed = on_mixed,
};

static struct player_volume volume_of(const struct sound_stream *stream)
{
    struct player_volume volume = stream->volume;

    /* The person's volume is that of what the guest plays. */
    volume.percent = stream->spec.capture ? 100 : stream->sound->percent;
    volume.muted = !stream->spec.capture && stream->sound->muted;
    volume.said |= !stream->spec.capture && stream->sound->said;
    return volume;
}

static void open_at(struct sound_stream *stream, const struct player *player)
{
    struct player_volume volume = volume_of(stream);

    stream->player = player;
    stream->played = player->ops->open(player->data, &stream->spec, &volume, &owner, stream);
    if (stream->played)
        return;
    stream->lost = true;
    stream->player = &nobody;
    stream->played = nobody.ops->open(nobody.data, &stream->spec, &volume, &owner, stream);
}

/* Gives the stream to whom it belongs now. */
static void settle(struct sound_stream *stream)
{
    const struct player *player = choose(stream);

    if (player != stream->player) {
        stream->player->ops->close(stream->played);
        on_heard(stream, 0); /* as nothing is on its way any more */
        open_at(stream, player);
    }
    stream->player->ops->set_running(stream->played, stream->running);
    tell_soon(stream->sound);
}

static gboolean on_lost_idle(gpointer data)
{
    struct sound_stream *stream = data;

    stream->lost_idle = 0;
    settle(stream);
    return G_SOURCE_REMOVE;
}

/* A person ended the stream in the desktop's mixer, say: it is unheard until it starts anew. */
static void on_lost(void *data)
{
    struct sound_stream *stream = data;

    stream->lost = true;
    if (!stream->lost_idle)
        stream->lost_idle = g_idle_add(on_lost_idle, stream);
}

/* --- streams --- */

struct sound_stream *sound_stream_open(struct sound *sound, const struct player_spec *spec,
                                       const struct player_owner *stream_owner, void *data)
{
    struct sound_stream *stream = g_new0(struct sound_stream, 1);

    stream->sound = sound;
    stream->spec = *spec;
    stream->owner = stream_owner;
    stream->data = data;
    g_ptr_array_add(sound->streams, stream);
    open_at(stream, choose(stream));
    return stream;
}

void sound_stream_close(struct sound_stream *stream)
{
    if (!stream)
        return;
    g_clear_handle_id(&stream->lost_idle, g_source_remove);
    stream->player->ops->close(stream->played);
    g_ptr_array_remove(stream->sound->streams, stream);
    tell_soon(stream->sound);
    g_free(stream);
}

void sound_stream_set_running(struct sound_stream *stream, bool running)
{
    if (running && !stream->running)
        stream->lost = false;
    stream->running = running;
    settle(stream);
}

void sound_stream_flush(struct sound_stream *stream)
{
    stream->player->ops->flush(stream->played);
}

void sound_stream_written(struct sound_stream *stream)
{
    stream->player->ops->written(stream->played);
}

static void set_volume(struct sound_stream *stream)
{
    struct player_volume volume = volume_of(stream);

    stream->player->ops->set_volume(stream->played, &volume);
}

void sound_stream_set_volume(struct sound_stream *stream, const struct player_volume *volume)
{
    stream->volume = *volume;
    stream->volume.said = true;
    set_volume(stream);
}

/* --- the person --- */

struct sound *sound_new(const struct player *player,
                        void (*changed)(void *data, enum sound_state state, bool now), void *data)
{
    struct sound *sound = g_new0(struct sound, 1);

    sound->player = player;
    sound->changed = changed;
    sound->data = data;
    sound->percent = 100;
    sound->streams = g_ptr_array_new();
    return sound;
}

void sound_free(struct sound *sound)
{
    if (!sound)
        return;
    g_assert(sound->streams->len == 0);
    g_clear_handle_id(&sound->tell_timer, g_source_remove);
    g_ptr_array_unref(sound->streams);
    g_free(sound);
}

static void for_each(struct sound *sound, void (*act)(struct sound_stream *stream))
{
    for (guint i = 0; i < sound->streams->len; i++)
        act(g_ptr_array_index(sound->streams, i));
    tell_soon(sound);
}

void sound_set_microphone(struct sound *sound, bool granted)
{
    sound->microphone = granted;
    for_each(sound, settle);
}

void sound_set_volume(struct sound *sound, unsigned percent)
{
    sound->percent = percent;
    sound->said = true;
    for_each(sound, set_volume);
}

void sound_set_muted(struct sound *sound, bool muted)
{
    sound->muted = muted;
    sound->said = true;
    for_each(sound, set_volume);
}

void sound_tell_mixed(struct sound *sound, void (*mixed)(void *data, unsigned percent, bool muted))
{
    sound->mixed = mixed;
}

static void forgive(struct sound_stream *stream)
{
    stream->lost = false;
}

void sound_set_server(struct sound *sound, bool there)
{
    sound->server = there;
    for_each(sound, forgive);
    for_each(sound, settle);
}
