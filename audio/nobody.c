/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A player that nobody hears and that hears nobody. */
#include "nobody.h"

#include <glib.h>

#include "pace.h"

#define TICK_MS 5

struct nobody_stream {
    bool capture;
    const struct player_owner *owner;
    void *data;
    struct pace pace;
    guint timer;
};

static void *nobody_open(void *player, const struct player_spec *spec,
                         const struct player_volume *volume, const struct player_owner *owner,
                         void *data)
{
    struct nobody_stream *stream = g_new0(struct nobody_stream, 1);

    stream->capture = spec->capture;
    stream->owner = owner;
    stream->data = data;
    stream->pace.frame = spec->shape.frame;
    stream->pace.octets_a_second = spec->shape.rate * spec->shape.frame;
    return stream;
}

static void be_unheard(struct nobody_stream *stream, uint32_t due)
{
    stream->owner->take(stream->data, NULL, due);
    stream->owner->heard(stream->data, 0);
}

static gboolean on_tick(gpointer data)
{
    struct nobody_stream *stream = data;
    uint32_t due = pace_due(&stream->pace, g_get_monotonic_time());

    if (due > 0 && stream->capture)
        stream->owner->recorded(stream->data, NULL, due);
    else if (due > 0)
        be_unheard(stream, due);
    return G_SOURCE_CONTINUE;
}

static void nobody_set_running(void *data, bool running)
{
    struct nobody_stream *stream = data;

    if (running == (stream->timer != 0))
        return;
    if (running) {
        pace_start(&stream->pace, g_get_monotonic_time());
        stream->timer = g_timeout_add(TICK_MS, on_tick, stream);
    } else {
        g_clear_handle_id(&stream->timer, g_source_remove);
    }
}

static void nobody_close(void *stream)
{
    nobody_set_running(stream, false);
    g_free(stream);
}

static void nobody_ignore(void *stream)
{
}

static void nobody_set_volume(void *stream, const struct player_volume *volume)
{
}

static const struct player_ops nobody_ops = {
    .open = nobody_open,
    .close = nobody_close,
    .set_running = nobody_set_running,
    .flush = nobody_ignore,
    .written = nobody_ignore,
    .set_volume = nobody_set_volume,
};

const struct player nobody = {.ops = &nobody_ops};
