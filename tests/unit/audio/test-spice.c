/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model's sound card, with libspice-server in the device model's place. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <spice.h>

#include "fake-player.h"
#include "spice-card.h"
#include "spice-shape.h"
#include "spice/core.h"

#define PATIENCE_MS 10000

struct fixture {
    char *directory, *path;
    int listener;
    guint accepting;
    SpiceCoreInterface core;
    SpiceServer *server;
    SpicePlaybackInstance playback;
    SpiceRecordInstance record;

    struct fake_player fake;
    struct player player;
    struct sound *sound;
    struct spice_card *card;
    unsigned gone;
    bool told[SOUND_STATES];
};

/* --- the device model --- */

static const SpicePlaybackInterface playback_interface = {
    .base = {SPICE_INTERFACE_PLAYBACK, "test", SPICE_INTERFACE_PLAYBACK_MAJOR,
             SPICE_INTERFACE_PLAYBACK_MINOR},
};

static const SpiceRecordInterface record_interface = {
    .base = {SPICE_INTERFACE_RECORD, "test", SPICE_INTERFACE_RECORD_MAJOR,
             SPICE_INTERFACE_RECORD_MINOR},
};

static gboolean on_viewer(gint fd, GIOCondition condition, gpointer data)
{
    struct fixture *f = data;
    int client = accept(fd, NULL, NULL);

    g_assert_cmpint(spice_server_add_client(f->server, client, 1), ==, 0);
    return G_SOURCE_CONTINUE;
}

static void on_channel_event(int event, SpiceChannelEventInfo *info)
{
}

static void listen_at(struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    f->directory = g_dir_make_tmp("spice-XXXXXX", NULL);
    f->path = g_build_filename(f->directory, "socket", NULL);
    g_strlcpy(address.sun_path, f->path, sizeof address.sun_path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(f->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(f->listener, 8), ==, 0);
    f->accepting = g_unix_fd_add(f->listener, G_IO_IN, on_viewer, f);
}

static void start_server(struct fixture *f)
{
    spice_core_init(&f->core);
    f->core.channel_event = on_channel_event;
    f->server = spice_server_new();
    spice_server_set_noauth(f->server);
    spice_server_set_playback_compression(f->server, 0);
    g_assert_cmpint(spice_server_init(f->server, &f->core), ==, 0);
    f->playback.base.sif = &playback_interface.base;
    f->record.base.sif = &record_interface.base;
    spice_server_add_interface(f->server, &f->playback.base);
    spice_server_add_interface(f->server, &f->record.base);
    spice_server_set_playback_rate(&f->playback, 48000);
    spice_server_set_record_rate(&f->record, 44100);
}

/* --- the card --- */

static void on_changed(void *data, enum sound_state state, bool now)
{
    ((struct fixture *)data)->told[state] = now;
}

static void on_gone(void *data)
{
    ((struct fixture *)data)->gone++;
}

static void set_up(struct fixture *f, gconstpointer data)
{
    char *problem = NULL;

    listen_at(f);
    start_server(f);
    f->player = (struct player){.ops = &fake_player_ops, .data = &f->fake};
    f->sound = sound_new(&f->player, on_changed, f);
    sound_set_server(f->sound, true);
    f->card = spice_card_start(f->path, f->sound, on_gone, f, &problem);
    g_assert_cmpstr(problem, ==, NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    spice_card_stop(f->card);
    sound_free(f->sound);
    if (f->server)
        spice_server_destroy(f->server);
    g_source_remove(f->accepting);
    close(f->listener);
    g_unlink(f->path);
    g_rmdir(f->directory);
    g_free(f->path);
    g_free(f->directory);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

#define wait_until(condition)                                           \
    do {                                                                \
        for (unsigned ms = 0; !(condition) && ms < PATIENCE_MS; ms++) { \
            g_main_context_iteration(NULL, FALSE);                      \
            g_usleep(1000);                                             \
        }                                                               \
        g_assert_true(condition);                                       \
    } while (0)

static struct fake_stream *stream_of(struct fixture *f, bool capture)
{
    struct fake_stream *stream;

    wait_until((stream = fake_player_find(&f->fake, capture)) && stream->running);
    return stream;
}

/* --- playing --- */

/* Where the server takes the next piece of sound from; it has but a few. */
static uint32_t *next_piece(struct fixture *f, uint32_t *ret_count)
{
    uint32_t *samples = NULL;

    for (unsigned ms = 0; !samples && ms < PATIENCE_MS; ms++) {
        spice_server_playback_get_buffer(&f->playback, &samples, ret_count);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_nonnull(samples);
    return samples;
}

/* One piece, of the frames @first, @first + 1, ...; their number. */
static uint32_t play(struct fixture *f, uint32_t first)
{
    uint32_t count, *samples = next_piece(f, &count);

    for (uint32_t i = 0; i < count; i++)
        samples[i] = first + i;
    spice_server_playback_put_samples(&f->playback, samples);
    return count;
}

/* Until the client has come, the server takes nothing. */
static uint32_t start_playing(struct fixture *f)
{
    spice_server_playback_start(&f->playback);
    return play(f, 0xffff0000);
}

static uint32_t queued(struct fake_stream *stream)
{
    return stream->owner->queued(stream->data);
}

/* What the guest plays is what is heard, in its order, and then silence. */
static void test_play(struct fixture *f, gconstpointer data)
{
    uint32_t heard[4096], count = start_playing(f);
    struct fake_stream *stream = stream_of(f, false);

    g_assert_cmpuint(stream->spec.shape.rate, ==, 48000);
    g_assert_cmpuint(stream->spec.shape.channels, ==, 2);
    g_assert_cmpuint(stream->spec.shape.frame, ==, 4);
    g_assert_cmpuint(play(f, 1000), ==, count);
    g_assert_cmpuint(2 * count, <, G_N_ELEMENTS(heard));
    wait_until(queued(stream) == 2 * count * 4);
    g_assert_cmpuint(stream->written, ==, 2);
    fake_stream_plays(stream, NULL, count * 4);
    fake_stream_plays(stream, heard, 2 * count * 4);
    for (uint32_t i = 0; i < count; i++) {
        g_assert_cmpuint(heard[i], ==, 1000 + i);
        g_assert_cmpuint(heard[count + i], ==, 0);
    }
}

/* Of what nobody takes in time the newest is kept. */
static void test_late(struct fixture *f, gconstpointer data)
{
    uint32_t heard[8], count = start_playing(f), bound, played = 0;
    struct fake_stream *stream = stream_of(f, false);

    bound = stream->spec.shape.buffer;
    wait_until(stream->written == 1);
    for (; played < bound / 4 + count; played += count) {
        unsigned written = stream->written;

        g_assert_cmpuint(play(f, played), ==, count);
        wait_until(stream->written > written);
    }
    g_assert_cmpuint(queued(stream), ==, bound);
    fake_stream_plays(stream, heard, sizeof heard);
    g_assert_cmpuint(heard[0], ==, played - bound / 4);
}

/* A short pause opens nothing anew; a long one closes the stream. */
static void test_stop(struct fixture *f, gconstpointer data)
{
    struct fake_stream *stream;

    start_playing(f);
    stream = stream_of(f, false);
    wait_until(stream->written == 1);
    spice_server_playback_stop(&f->playback);
    spice_server_playback_start(&f->playback);
    play(f, 7);
    wait_until(stream->written == 2);
    g_assert_cmpuint(f->fake.opened, ==, 1);
    spice_server_playback_stop(&f->playback);
    wait_until(!stream->open);
}

/* What the guest says of how loud it is gets to the sound server. */
static void test_loudness(struct fixture *f, gconstpointer data)
{
    uint16_t volumes[2] = {65535, 32768};
    struct fake_stream *stream;

    start_playing(f);
    stream = stream_of(f, false);
    spice_server_playback_set_volume(&f->playback, 2, volumes);
    wait_until(stream->volume.channel_mdb[1] < 0);
    g_assert_cmpint(stream->volume.channel_mdb[0], ==, 0);
    g_assert_cmpint(stream->volume.channel_mdb[1], ==, -18061);
    g_assert_false(stream->volume.channel_muted[0]);
    spice_server_playback_set_mute(&f->playback, 1);
    wait_until(stream->volume.channel_muted[0] && stream->volume.channel_muted[1]);
}

/* --- recording --- */

static uint32_t take_recorded(struct fixture *f, uint32_t *to, uint32_t frames)
{
    uint32_t taken = 0;

    for (unsigned ms = 0; taken < frames && ms < PATIENCE_MS; ms++) {
        taken += spice_server_record_get_samples(&f->record, to + taken, frames - taken);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    return taken;
}

/* The server begins to give what it was sent when it has enough of it to go on. */
static bool hears(struct fixture *f, struct fake_stream *stream, uint32_t word)
{
    uint32_t spoken[441], heard[441];

    for (unsigned i = 0; i < G_N_ELEMENTS(spoken); i++)
        spoken[i] = word;
    for (unsigned i = 0; i < 100; i++) {
        fake_stream_records(stream, spoken, sizeof spoken);
        if (take_recorded(f, heard, 1) == 1 && heard[0] == word)
            return true;
    }
    return false;
}

/* The guest hears the microphone when it was granted, and not before. */
static void test_record(struct fixture *f, gconstpointer data)
{
    uint32_t heard[441];

    start_playing(f);
    stream_of(f, false);
    spice_server_record_start(&f->record);
    memset(heard, 0xff, sizeof heard);
    g_assert_cmpuint(take_recorded(f, heard, 441), ==, 441);
    for (unsigned i = 0; i < 441; i++)
        g_assert_cmpuint(heard[i], ==, 0);
    g_assert_null(fake_player_find(&f->fake, true));
    wait_until(f->told[SOUND_ASKING]);
    sound_set_microphone(f->sound, true);
    wait_until(!f->told[SOUND_ASKING]);
    g_assert_cmpuint(stream_of(f, true)->spec.shape.rate, ==, 44100);
    g_assert_true(hears(f, stream_of(f, true), 0x12345678));
    sound_set_microphone(f->sound, false);
    g_assert_null(fake_player_find(&f->fake, true));
    wait_until(f->told[SOUND_ASKING]);
    sound_set_microphone(f->sound, true);
    stream_of(f, true);
    spice_server_record_stop(&f->record);
    wait_until(!fake_player_find(&f->fake, true));
    sound_set_microphone(f->sound, false);
    wait_until(!f->told[SOUND_ASKING]);
}

/* --- coming and going --- */

/* The end of the device model is told once, and streams end with it. */
static void test_gone(struct fixture *f, gconstpointer data)
{
    start_playing(f);
    stream_of(f, false);
    spice_server_destroy(g_steal_pointer(&f->server));
    wait_until(f->gone);
    for (unsigned i = 0; i < 100; i++)
        g_main_context_iteration(NULL, FALSE);
    g_assert_cmpuint(f->gone, ==, 1);
    spice_card_stop(g_steal_pointer(&f->card));
    g_assert_null(fake_player_find(&f->fake, false));
}

static void test_nobody(void)
{
    g_autofree char *problem = NULL;

    g_assert_null(spice_card_start("/nowhere/at/all", NULL, NULL, NULL, &problem));
    g_assert_nonnull(strstr(problem, "/nowhere/at/all"));
}

static void test_shape(void)
{
    static const struct {
        int format, channels, rate;
        bool good;
    } cases[] = {
        {SPICE_INTERFACE_AUDIO_FMT_S16, 2, 48000, true},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 1, 8000, true},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 2, 96000, true},
        {0, 2, 48000, false},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 0, 48000, false},
        {SPICE_INTERFACE_AUDIO_FMT_S16, -1, 48000, false},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 3, 48000, false},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 2, 7999, false},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 2, 96001, false},
        {SPICE_INTERFACE_AUDIO_FMT_S16, 2, -1, false},
    };
    struct sndif_shape shape;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(spice_shape(cases[i].format, cases[i].channels, cases[i].rate, &shape), ==,
                        cases[i].good);
    g_assert_true(spice_shape(SPICE_INTERFACE_AUDIO_FMT_S16, 2, 48000, &shape));
    g_assert_cmpuint(shape.buffer, ==, 48000 / 5 * 4);
}

static void test_volume(void)
{
    const uint16_t volumes[] = {0, 6554};
    struct player_volume volume;

    spice_volume(volumes, 2, false, &volume);
    g_assert_true(volume.channel_muted[0]);
    g_assert_false(volume.channel_muted[1]);
    g_assert_cmpint(volume.channel_mdb[1], ==, -59998);
    spice_volume(NULL, 0, false, &volume);
    g_assert_cmpint(volume.channel_mdb[0], ==, 0);
    g_assert_false(volume.channel_muted[0]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shape", test_shape);
    g_test_add_func("/volume", test_volume);
    g_test_add_func("/nobody", test_nobody);
    g_test_add("/play", struct fixture, NULL, set_up, test_play, tear_down);
    g_test_add("/late", struct fixture, NULL, set_up, test_late, tear_down);
    g_test_add("/stop", struct fixture, NULL, set_up, test_stop, tear_down);
    g_test_add("/loudness", struct fixture, NULL, set_up, test_loudness, tear_down);
    g_test_add("/record", struct fixture, NULL, set_up, test_record, tear_down);
    g_test_add("/gone", struct fixture, NULL, set_up, test_gone, tear_down);
    return g_test_run();
}
