/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sound server that does what the test says. */
#include "fake-player.h"

#include <glib.h>

static void *fake_open(void *data, const struct player_spec *spec,
                       const struct player_volume *volume, const struct player_owner *owner,
                       void *owner_data)
{
    struct fake_player *player = data;
    struct fake_stream *stream;

    if (player->refuses)
        return NULL;
    g_assert_cmpuint(player->opened, <, FAKE_STREAMS);
    stream = &player->streams[player->opened++];
    *stream = (struct fake_stream){
        .spec = *spec, .volume = *volume, .owner = owner, .data = owner_data, .open = true};
    return stream;
}

static void fake_close(void *data)
{
    struct fake_stream *stream = data;

    g_assert_true(stream->open);
    stream->open = false;
    stream->running = false;
}

static void fake_set_running(void *data, bool running)
{
    struct fake_stream *stream = data;

    g_assert_true(stream->open);
    stream->running = running;
}

static void fake_flush(void *data)
{
    struct fake_stream *stream = data;

    g_assert_true(stream->open);
    stream->flushed++;
}

static void fake_written(void *data)
{
    struct fake_stream *stream = data;

    g_assert_true(stream->open);
    stream->written++;
}

static void fake_set_volume(void *data, const struct player_volume *volume)
{
    struct fake_stream *stream = data;

    g_assert_true(stream->open);
    stream->volume = *volume;
}

const struct player_ops fake_player_ops = {
    .open = fake_open,
    .close = fake_close,
    .set_running = fake_set_running,
    .flush = fake_flush,
    .written = fake_written,
    .set_volume = fake_set_volume,
};

struct fake_stream *fake_player_find(struct fake_player *player, bool capture)
{
    struct fake_stream *found = NULL;

    for (unsigned i = 0; i < player->opened; i++) {
        if (!player->streams[i].open || player->streams[i].spec.capture != capture)
            continue;
        g_assert_null(found);
        found = &player->streams[i];
    }
    return found;
}

void fake_stream_plays(struct fake_stream *stream, void *to, uint32_t size)
{
    g_assert_true(stream->running);
    stream->owner->take(stream->data, to, size);
    stream->owner->heard(stream->data, stream->on_its_way);
}

void fake_stream_is_heard(struct fake_stream *stream, uint32_t left)
{
    stream->on_its_way = left;
    stream->owner->heard(stream->data, left);
}

void fake_stream_records(struct fake_stream *stream, const void *from, uint32_t size)
{
    g_assert_true(stream->running);
    stream->owner->recorded(stream->data, from, size);
}
