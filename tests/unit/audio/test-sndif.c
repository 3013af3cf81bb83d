/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound card against a front end that behaves like Linux's, and some that do not. */
#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <xen/errno.h>

#include "fake-player.h"
#include "guest-card.h"
#include "sndif-config.h"
#include "sndif.h"

#define BUFFER (4 * 4096u)
#define PERIOD 4096u
#define IDLE   2 /* pages that are mapped while a stream is closed */

/* What is said of one guest in a minute, of which its connection is one. */
#define COMPLAINTS 4

struct fixture {
    struct guest *guest;
    struct fake_player fake;
    struct player player;
    struct sound *sound;
    struct sndif *sndif;
    struct xenbus_class class;
    bool told[SOUND_STATES];
    unsigned tellings;
};

static void on_changed(void *data, enum sound_state state, bool now)
{
    struct fixture *f = data;

    g_assert_cmpint(f->told[state], !=, now);
    f->told[state] = now;
    f->tellings++;
}

/* A card as libxl describes it, before we are there: @data of the fixture. */
static void toolstack_describes(void)
{
    fake_store_set(FRONT "/backend", BACK);
    fake_store_set(FRONT "/backend-id", "0");
    fake_store_set(FRONT "/state", "1");
    fake_store_set(FRONT "/channels-max", "1");
    fake_store_set(FRONT "/0/0/type", "p");
    fake_store_set(FRONT "/0/0/unique-id", "a");
    fake_store_set(BACK "/frontend", FRONT);
    fake_store_set(BACK "/frontend-id", "7");
    fake_store_set(BACK "/state", "1");
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    g_autofree char *problem = NULL;

    fake_xen_reset();
    if (data)
        toolstack_describes();
    f->guest = guest_open(FAKE_DOMID, &problem);
    g_assert_null(problem);
    f->class = sndif_class();
    g_assert_true(xenbus_create_nodes(f->guest, &f->class, 1));
    f->player = (struct player){.ops = &fake_player_ops, .data = &f->fake};
    f->sound = sound_new(&f->player, on_changed, f);
    sound_set_server(f->sound, true);
    f->sndif = sndif_start(f->guest, f->sound);
    g_assert_nonnull(f->sndif);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    sndif_stop(f->sndif);
    sound_free(f->sound);
    guest_close(f->guest);
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
    g_assert_null(fake_player_find(&f->fake, false));
    g_assert_null(fake_player_find(&f->fake, true));
    for (unsigned port = RING_PORT(0); port <= EVENT_PORT(1); port++)
        g_assert_false(fake_port_is_bound(port));
}

static void guest_opens(struct fixture *f, unsigned stream)
{
    guest_connects(2);
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "4");
    guest_grants_buffer(stream, BUFFER / FAKE_PAGE_SIZE);
    g_assert_cmpint(guest_asks(stream, guest_open_request(stream, BUFFER, PERIOD), NULL), ==, 0);
}

static int rw(unsigned stream, uint8_t operation, uint32_t offset, uint32_t length)
{
    return guest_asks(stream, guest_rw_request(operation, offset, length), NULL);
}

static int trigger(unsigned stream, uint8_t type)
{
    return guest_asks(stream, guest_trigger_request(type), NULL);
}

static void wait_for_state(struct fixture *f, enum sound_state state, bool wanted)
{
    for (unsigned ms = 0; f->told[state] != wanted && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpint(f->told[state], ==, wanted);
}

/* --- nodes --- */

static void test_nodes(struct fixture *f, gconstpointer data)
{
    g_assert_cmpstr(fake_store_get(BACK "/versions"), ==, "2");
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "2");
    g_assert_cmpstr(fake_store_get(FRONT "/0/0/type"), ==, "p");
    g_assert_cmpstr(fake_store_get(FRONT "/0/1/type"), ==, "c");
    g_assert_cmpstr(fake_store_get(FRONT "/channels-max"), ==, "2");
    g_assert_cmpstr(fake_store_permissions(FRONT "/0/0/type"), ==, "n7,r0");
}

static void test_adopted(struct fixture *f, gconstpointer data)
{
    struct xensnd_req request = guest_open_request(PLAYBACK, BUFFER, PERIOD);

    g_assert_cmpstr(fake_store_get(BACK "/versions"), ==, "2");
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "2");
    g_assert_cmpstr(fake_store_get(FRONT "/channels-max"), ==, "1");
    g_assert_null(fake_store_get(FRONT "/0/1/type"));
    guest_connects(1);
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "4");
    guest_grants_buffer(PLAYBACK, BUFFER / FAKE_PAGE_SIZE);
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, -XEN_EINVAL); /* two channels */
    request.op.open.pcm_channels = 1;
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, 0);
}

static void set_numbered(const char *format, unsigned number, const char *value)
{
    g_autofree char *path = g_strdup_printf("%s/0/%u/%s", FRONT, number, format);

    fake_store_set(path, value);
}

/* Not at once if the guest has connected too often already. */
static void check_back_state(const char *state)
{
    for (unsigned ms = 0; g_strcmp0(fake_store_get(BACK "/state"), state) != 0 && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, state);
}

/* Cards that can't be: the guest is told, and nothing stays mapped. */
static void test_bad_cards(struct fixture *f, gconstpointer data)
{
    static const struct {
        const char *key, *bad, *good;
    } cases[] = {
        {"sample-rates", "1,2,3", "48000"},
        {"buffer-size", "-1", "262144"},
        {"0/channels-min", "3", "1"},
        {"0/sample-formats", "mpeg", "s16_le"},
        {"0/0/type", "x", "p"},
        {"0/0/type", "", "p"},
        {"0/1/channels-max", "0", "2"},
        {"0/0/ring-ref", "99", "4097"},
        {"0/0/evt-ring-ref", "", "4098"},
        {"0/1/event-channel", "1", "3"}, /* the other stream's */
        {"0/1/evt-event-channel", "4294967296", "4"},
    };

    guest_connects(2);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("%s/%s", FRONT, cases[i].key);

        g_test_message("%s", cases[i].key);
        fake_store_set(FRONT "/state", "1");
        check_back_state("2");
        fake_store_set(path, cases[i].bad);
        if (i < COMPLAINTS) /* of what comes then, no more is said for a while */
            g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "The guest's vsnd is wrong: *");
        fake_store_set(FRONT "/state", "3");
        check_back_state("5");
        g_assert_cmpuint(fake_mapped_pages(), ==, 0);
        g_test_assert_expected_messages();
        fake_store_set(path, cases[i].good);
    }
    fake_store_set(FRONT "/state", "1");
    check_back_state("2");
    fake_store_set(FRONT "/state", "3");
    check_back_state("4");
}

/* As many streams as there may be, and one more. */
static void test_many_streams(struct fixture *f, gconstpointer data)
{
    struct sndif_stream_config configs[SNDIF_MAX_STREAMS];
    unsigned count = 0;

    for (unsigned device = 0; device < 3; device++)
        for (unsigned stream = 0; stream < 10; stream++) {
            g_autofree char *path = g_strdup_printf(FRONT "/%u/%u/type", device, stream);

            if (device < 2 || stream == 0)
                fake_store_set(path, stream % 2 ? "c" : "p");
        }
    g_assert_nonnull(sndif_config_read(f->guest->store, FRONT, configs, &count));
    fake_store_set(FRONT "/2", NULL);
    g_assert_null(sndif_config_read(f->guest->store, FRONT, configs, &count));
    g_assert_cmpuint(count, ==, 16);
    g_assert_cmpuint(configs[15].device, ==, 1);
    g_assert_cmpuint(configs[15].stream, ==, 7);
    g_assert_true(configs[15].capture);
    g_assert_false(configs[14].capture);
    set_numbered("type", 0, NULL);
    g_assert_nonnull(sndif_config_read(f->guest->store, FRONT, configs, &count));
}

/* --- opening --- */

static void test_query(struct fixture *f, gconstpointer data)
{
    struct xensnd_req request = {
        .operation = XENSND_OP_HW_PARAM_QUERY,
        .op.hw_param = {
            ~UINT64_C(0), {0, UINT32_MAX}, {0, UINT32_MAX}, {0, UINT32_MAX}, {0, UINT32_MAX}}};
    struct xensnd_resp response;

    guest_connects(2);
    g_assert_cmpint(guest_asks(PLAYBACK, request, &response), ==, 0);
    g_assert_cmpuint(response.resp.hw_param.rates.min, ==, 8000);
    g_assert_cmpuint(response.resp.hw_param.rates.max, ==, 96000);
    g_assert_cmpuint(response.resp.hw_param.channels.max, ==, 2);
    request.op.hw_param.formats = 0;
    g_assert_cmpint(guest_asks(PLAYBACK, request, &response), ==, -XEN_EINVAL);
    g_assert_cmpuint(response.resp.hw_param.rates.max, ==, 0);
}

static void test_open(struct fixture *f, gconstpointer data)
{
    const struct fake_stream *stream;

    guest_opens(f, PLAYBACK);
    stream = fake_player_find(&f->fake, false);
    g_assert_nonnull(stream);
    g_assert_false(stream->running);
    g_assert_cmpuint(stream->spec.shape.rate, ==, 48000);
    g_assert_cmpuint(stream->volume.percent, ==, 100);
    g_assert_cmpuint(fake_mapped_pages(), ==, 2 * IDLE + 4);
    g_assert_cmpint(guest_asks(PLAYBACK, guest_open_request(PLAYBACK, BUFFER, 0), NULL), ==,
                    -XEN_EBUSY);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_CLOSE, 0, 0), ==, 0);
    g_assert_cmpuint(fake_mapped_pages(), ==, 2 * IDLE);
    g_assert_null(fake_player_find(&f->fake, false));
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_CLOSE, 0, 0), ==, 0);
}

/* Directories that are not there, end early, or name pages that were not granted. */
static void test_bad_directories(struct fixture *f, gconstpointer data)
{
    struct xensnd_req request = guest_open_request(PLAYBACK, BUFFER, PERIOD);
    uint32_t *page = fake_frame(DIRECTORY(PLAYBACK));

    guest_connects(2);
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, -XEN_EINVAL);
    guest_grants_buffer(PLAYBACK, 3);
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, -XEN_EINVAL);
    guest_grants_buffer(PLAYBACK, 4);
    request.op.open.gref_directory = 0;
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, -XEN_EINVAL);
    request.op.open.gref_directory = DIRECTORY(PLAYBACK);
    request.op.open.buffer_sz = 262144 + 4;
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, -XEN_EINVAL);
    g_assert_cmpuint(fake_mapped_pages(), ==, 2 * IDLE);
    g_assert_cmpuint(f->fake.opened, ==, 0);
    page[0] = DIRECTORY(PLAYBACK); /* its own successor, which nobody asks for */
    request.op.open.buffer_sz = BUFFER;
    g_assert_cmpint(guest_asks(PLAYBACK, request, NULL), ==, 0);
}

/* --- playing --- */

static void guest_paints(unsigned stream, uint32_t offset, uint32_t length, uint8_t value)
{
    for (uint32_t i = 0; i < length; i++)
        *guest_buffer(stream, offset + i) = (uint8_t)(value + i / 4);
}

static void check_paint(const uint8_t *got, uint32_t length, uint8_t value)
{
    for (uint32_t i = 0; i < length; i++)
        g_assert_cmphex(got[i], ==, (uint8_t)(value + i / 4));
}

static void check_silence(const uint8_t *got, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        g_assert_cmphex(got[i], ==, 0);
}

static void test_play(struct fixture *f, gconstpointer data)
{
    static uint8_t heard[BUFFER];
    struct fake_stream *stream;

    guest_opens(f, PLAYBACK);
    stream = fake_player_find(&f->fake, false);
    guest_paints(PLAYBACK, 0, 8192, 1);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 0, 8192), ==, 0);
    g_assert_cmpuint(stream->written, ==, 0); /* it does not run yet */
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    g_assert_true(stream->running);
    g_assert_cmpuint(stream->owner->queued(stream->data), ==, 8192);
    fake_stream_plays(stream, heard, 4100);
    check_paint(heard, 4100, 1);
    guest_paints(PLAYBACK, 8192, 8192, 50);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 8192, 8192), ==, 0);
    g_assert_cmpuint(stream->written, ==, 1);
    guest_paints(PLAYBACK, 0, 2048, 7);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 0, 2048), ==, 0);
    fake_stream_plays(stream, heard, 4092);
    check_paint(heard, 4092, (uint8_t)(1 + 4100 / 4));
    memset(heard, 0xaa, sizeof(heard));
    fake_stream_plays(stream, heard, 8192 + 4096); /* round the end, and more than there is */
    check_paint(heard, 8192, 50);
    check_paint(heard + 8192, 2048, 7);
    check_silence(heard + 8192 + 2048, 2048);
}

static void test_position(struct fixture *f, gconstpointer data)
{
    static uint8_t heard[BUFFER];
    struct fake_stream *stream;
    unsigned notified;
    uint64_t position = 77;

    guest_opens(f, PLAYBACK);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    stream = fake_player_find(&f->fake, false);
    fake_stream_plays(stream, heard, PERIOD);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 0);
    notified = fake_notified(EVENT_PORT(PLAYBACK));
    fake_stream_plays(stream, heard, 1000);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 1);
    g_assert_cmpuint(position, ==, PERIOD + 1000);
    g_assert_cmpuint(fake_notified(EVENT_PORT(PLAYBACK)), ==, notified + 1);
    for (unsigned i = 0; i < 4; i++)
        fake_stream_plays(stream, heard, PERIOD);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 4);
    /* Opened again, it counts from 0, but its events go on in order. */
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_CLOSE, 0, 0), ==, 0);
    g_assert_cmpint(guest_asks(PLAYBACK, guest_open_request(PLAYBACK, BUFFER, PERIOD), NULL), ==,
                    0);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    fake_stream_plays(fake_player_find(&f->fake, false), heard, PERIOD + 4);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 1);
    g_assert_cmpuint(position, ==, PERIOD + 4);
}

/* A guest that waits until all was played waits for the ear, not for the server. */
static void test_on_its_way(struct fixture *f, gconstpointer data)
{
    static uint8_t heard[BUFFER];
    struct fake_stream *stream;
    uint64_t position = 77;

    guest_opens(f, PLAYBACK);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 0, 2 * PERIOD), ==, 0);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    stream = fake_player_find(&f->fake, false);
    stream->on_its_way = 2 * PERIOD;
    fake_stream_plays(stream, heard, 2 * PERIOD);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 0);
    fake_stream_is_heard(stream, PERIOD - 4);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 1);
    g_assert_cmpuint(position, ==, PERIOD + 4);
    stream->on_its_way = PERIOD / 2;
    fake_stream_plays(stream, heard, PERIOD / 2); /* silence, while the rest is heard */
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 0);
    fake_stream_is_heard(stream, PERIOD / 2 - 4);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 1);
    g_assert_cmpuint(position, ==, 2 * PERIOD + 4);
    /* Stopped and started again it counts from 0 as Linux does, and so does what is on its way. */
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_STOP), ==, 0);
    fake_stream_is_heard(stream, 0);
    guest_takes_events(PLAYBACK, &position);
    g_assert_cmpuint(position, ==, BUFFER);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    stream->on_its_way = PERIOD;
    fake_stream_plays(stream, heard, 2 * PERIOD);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 0);
    /* A server that has gone has nothing on its way. */
    sound_set_server(f->sound, false);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 1);
    g_assert_cmpuint(position, ==, BUFFER + 2 * PERIOD);
}

static void test_stop(struct fixture *f, gconstpointer data)
{
    static uint8_t heard[BUFFER];
    struct fake_stream *stream;
    uint64_t position = 77;

    guest_opens(f, PLAYBACK);
    stream = fake_player_find(&f->fake, false);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 0, 8192), ==, 0);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    fake_stream_plays(stream, heard, 1000);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_PAUSE), ==, 0);
    g_assert_false(stream->running);
    g_assert_cmpuint(stream->flushed, ==, 0);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_RESUME), ==, 0);
    g_assert_true(stream->running);
    g_assert_cmpuint(stream->owner->queued(stream->data), ==, 7192);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_STOP), ==, 0);
    g_assert_false(stream->running);
    g_assert_cmpuint(stream->flushed, ==, 1);
    g_assert_cmpuint(stream->owner->queued(stream->data), ==, 0);
    g_assert_cmpuint(guest_takes_events(PLAYBACK, &position), ==, 1);
    g_assert_cmpuint(position, ==, BUFFER); /* where Linux's pointer is 0 again */
    g_assert_cmpint(trigger(PLAYBACK, 4), ==, -XEN_EINVAL);
    g_assert_cmpint(trigger(PLAYBACK, 255), ==, -XEN_EINVAL);
}

/* A guest that does not take its events gets no more of them than there is room for. */
static void test_events_full(struct fixture *f, gconstpointer data)
{
    struct xensnd_event_page *page = fake_frame(EVENT_FRAME(PLAYBACK));
    static uint8_t heard[BUFFER];

    guest_opens(f, PLAYBACK);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*does not take its events*");
    for (unsigned i = 0; i <= XENSND_IN_RING_LEN; i++)
        fake_stream_plays(fake_player_find(&f->fake, false), heard, i ? PERIOD : PERIOD + 4);
    g_assert_cmpuint(page->in_prod, ==, XENSND_IN_RING_LEN);
    g_test_assert_expected_messages();
}

/* --- recording --- */

static void test_no_microphone(struct fixture *f, gconstpointer data)
{
    uint64_t position = 0;

    guest_opens(f, CAPTURE);
    memset(guest_buffer(CAPTURE, 0), 0x55, 4096);
    g_assert_cmpint(trigger(CAPTURE, XENSND_OP_TRIGGER_START), ==, 0);
    /* It goes on at its own pace, without anybody listening. */
    for (unsigned ms = 0; position == 0 && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        guest_takes_events(CAPTURE, &position);
        g_usleep(1000);
    }
    g_assert_cmpuint(position, >, PERIOD);
    g_assert_cmpint(rw(CAPTURE, XENSND_OP_READ, 0, 4096), ==, 0);
    check_silence(guest_buffer(CAPTURE, 0), 4096);
    g_assert_cmpuint(f->fake.opened, ==, 0);
    wait_for_state(f, SOUND_SERVER, true);
    g_assert_false(f->told[SOUND_RECORDING]);
    g_assert_cmpint(rw(CAPTURE, XENSND_OP_WRITE, 0, 4096), ==, -XEN_EINVAL);
}

static void test_microphone(struct fixture *f, gconstpointer data)
{
    static uint8_t voice[8192];
    struct fake_stream *stream;

    memset(voice, 0x77, sizeof(voice));
    guest_opens(f, CAPTURE);
    sound_set_microphone(f->sound, true);
    g_assert_null(fake_player_find(&f->fake, true)); /* nobody records yet */
    g_assert_cmpint(trigger(CAPTURE, XENSND_OP_TRIGGER_START), ==, 0);
    stream = fake_player_find(&f->fake, true);
    g_assert_nonnull(stream);
    fake_stream_records(stream, voice, 4096);
    g_assert_cmpint(rw(CAPTURE, XENSND_OP_READ, 4096, 8192), ==, 0);
    g_assert_cmphex(*guest_buffer(CAPTURE, 4096), ==, 0x77);
    g_assert_cmphex(*guest_buffer(CAPTURE, 8191), ==, 0x77);
    check_silence(guest_buffer(CAPTURE, 8192), 4096); /* more than there was */
    wait_for_state(f, SOUND_RECORDING, true);
    g_assert_true(f->told[SOUND_MICROPHONE]);
    /* Taken back while the guest records. */
    sound_set_microphone(f->sound, false);
    g_assert_null(fake_player_find(&f->fake, true));
    wait_for_state(f, SOUND_RECORDING, false);
    sound_set_microphone(f->sound, true);
    g_assert_nonnull(fake_player_find(&f->fake, true));
    g_assert_cmpint(trigger(CAPTURE, XENSND_OP_TRIGGER_STOP), ==, 0);
    g_assert_null(fake_player_find(&f->fake, true));
}

/* What was heard before a stop is not given after it. */
static void test_stop_forgets(struct fixture *f, gconstpointer data)
{
    static uint8_t voice[4096];

    memset(voice, 0x77, sizeof(voice));
    guest_opens(f, CAPTURE);
    sound_set_microphone(f->sound, true);
    g_assert_cmpint(trigger(CAPTURE, XENSND_OP_TRIGGER_START), ==, 0);
    fake_stream_records(fake_player_find(&f->fake, true), voice, 4096);
    g_assert_cmpint(trigger(CAPTURE, XENSND_OP_TRIGGER_STOP), ==, 0);
    g_assert_cmpint(rw(CAPTURE, XENSND_OP_READ, 0, 4096), ==, 0);
    check_silence(guest_buffer(CAPTURE, 0), 4096);
}

/* --- volumes --- */

static void put_cells(uint32_t offset, int32_t first, int32_t second)
{
    memcpy(guest_buffer(PLAYBACK, offset), &first, sizeof(first));
    memcpy(guest_buffer(PLAYBACK, offset + 4), &second, sizeof(second));
}

static void test_volume(struct fixture *f, gconstpointer data)
{
    const struct fake_stream *stream;
    int32_t cells[2];

    guest_opens(f, PLAYBACK);
    stream = fake_player_find(&f->fake, false);
    g_assert_false(stream->volume.said);
    put_cells(16, -6000, 12000);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_SET_VOLUME, 16, 8), ==, 0);
    g_assert_cmpint(stream->volume.channel_mdb[0], ==, -6000);
    g_assert_cmpint(stream->volume.channel_mdb[1], ==, 0); /* no louder than loud */
    g_assert_true(stream->volume.said);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_GET_VOLUME, 32, 8), ==, 0);
    memcpy(cells, guest_buffer(PLAYBACK, 32), sizeof(cells));
    g_assert_cmpint(cells[0], ==, -6000);
    g_assert_cmpint(cells[1], ==, 0);
    put_cells(16, 0, 1);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_MUTE, 16, 8), ==, 0);
    g_assert_false(stream->volume.channel_muted[0]);
    g_assert_true(stream->volume.channel_muted[1]);
    put_cells(16, 1, 0);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_UNMUTE, 16, 8), ==, 0);
    g_assert_true(stream->volume.channel_muted[1]);
    put_cells(16, 0, 255);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_UNMUTE, 16, 8), ==, 0);
    g_assert_false(stream->volume.channel_muted[1]);
    /* The person's stays beside the guest's. */
    sound_set_volume(f->sound, 30);
    sound_set_muted(f->sound, true);
    g_assert_cmpuint(stream->volume.percent, ==, 30);
    g_assert_true(stream->volume.muted);
    g_assert_cmpint(stream->volume.channel_mdb[0], ==, -6000);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_SET_VOLUME, 16, 8), ==, 0);
    g_assert_cmpuint(stream->volume.percent, ==, 30);
}

/* What the server remembers of a muted stream must not outlive the order to unmute. */
static void test_volume_said(struct fixture *f, gconstpointer data)
{
    sound_set_muted(f->sound, true);
    sound_set_muted(f->sound, false);
    guest_opens(f, PLAYBACK);
    g_assert_true(fake_player_find(&f->fake, false)->volume.said);
    g_assert_false(fake_player_find(&f->fake, false)->volume.muted);
}

static void test_bad_volume(struct fixture *f, gconstpointer data)
{
    static const struct {
        uint32_t offset, length;
    } cases[] = {{0, 4},      {0, 12},         {0, 0},
                 {2, 8},      {BUFFER - 4, 8}, {UINT32_MAX, 8},
                 {BUFFER, 8}, {0, UINT32_MAX}, {UINT32_MAX - 3, 8}};

    guest_opens(f, PLAYBACK);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (uint8_t operation = XENSND_OP_SET_VOLUME; operation <= XENSND_OP_UNMUTE; operation++) {
            g_test_message("%zu, operation %u", i, operation);
            g_assert_cmpint(rw(PLAYBACK, operation, cases[i].offset, cases[i].length), ==,
                            -XEN_EINVAL);
        }
}

/* --- those who do not behave --- */

static void test_bad_requests(struct fixture *f, gconstpointer data)
{
    guest_opens(f, PLAYBACK);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_READ, 0, 4096), ==, -XEN_EINVAL);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, BUFFER, 4), ==, -XEN_EINVAL);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, BUFFER - 4, 8), ==, -XEN_EINVAL);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 2, 4), ==, -XEN_EINVAL);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 4, UINT32_MAX - 3), ==, -XEN_EINVAL);
    g_assert_cmpint(rw(PLAYBACK, 10, 0, 0), ==, -XEN_EOPNOTSUPP);
    g_assert_cmpint(rw(PLAYBACK, 255, 0, 0), ==, -XEN_EOPNOTSUPP);
    /* The other stream is not open. */
    for (uint8_t operation = XENSND_OP_READ; operation <= XENSND_OP_TRIGGER; operation++)
        g_assert_cmpint(rw(CAPTURE, operation, 0, 8), ==, -XEN_EINVAL);
    g_assert_cmpint(rw(CAPTURE, 10, 0, 0), ==, -XEN_EOPNOTSUPP);
}

/* Opened, started, stopped without end: no more than so many in a second. */
static void test_change_flood(struct fixture *f, gconstpointer data)
{
    gint64 start = g_get_monotonic_time();
    unsigned done = 0;
    int error = 0;

    guest_opens(f, PLAYBACK);
    while (g_get_monotonic_time() - start < 5 * G_TIME_SPAN_SECOND) {
        error = trigger(PLAYBACK, done % 2 ? XENSND_OP_TRIGGER_PAUSE : XENSND_OP_TRIGGER_START);
        if (error)
            break;
        done++;
    }
    g_assert_cmpint(error, ==, -XEN_EBUSY);
    g_assert_cmpuint(done, >=, 99); /* and the opening */
    g_assert_cmpuint(done, <=, 100 * 5);
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_WRITE, 0, 4096), ==, 0); /* it may still play */
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_CLOSE, 0, 0), ==, 0);
    g_assert_cmpint(guest_asks(PLAYBACK, guest_open_request(PLAYBACK, BUFFER, 0), NULL), ==,
                    -XEN_EBUSY);
}

/* Requests without end, and an index that makes no sense: neither holds us up for long. */
static void test_flood(struct fixture *f, gconstpointer data)
{
    struct xen_sndif_sring *ring = guest_ring(PLAYBACK);
    const struct xensnd_req request = {.operation = 99};

    guest_opens(f, PLAYBACK);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*ring index makes no sense*");
    ring->req_prod += 1000;
    fake_guest_notifies(RING_PORT(PLAYBACK));
    guest_waits();
    g_test_assert_expected_messages();
    g_assert_cmpuint(ring->rsp_prod, ==, ring->req_prod);
    for (unsigned i = 0; i < 32; i++)
        guest_puts(PLAYBACK, &request);
    fake_guest_notifies(RING_PORT(PLAYBACK));
    while (ring->rsp_prod != ring->req_prod)
        g_main_context_iteration(NULL, TRUE);
    /* Without a notification: we look again by ourselves after a ring full. */
    for (unsigned i = 0; i < 32; i++)
        guest_puts(PLAYBACK, &request);
    g_main_context_iteration(NULL, FALSE);
    g_assert_cmpuint(ring->rsp_prod, !=, ring->req_prod);
    guest_waits();
    g_assert_cmpuint(ring->rsp_prod, ==, ring->req_prod);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
}

/* So much to copy that we rest in between. */
static void test_copy_flood(struct fixture *f, gconstpointer data)
{
    const struct xensnd_req request = guest_rw_request(XENSND_OP_READ, 0, 262144);
    struct xen_sndif_sring *ring = guest_ring(CAPTURE);
    unsigned rests = 0;

    guest_connects(2);
    guest_grants_buffer(CAPTURE, 64);
    g_assert_cmpint(guest_asks(CAPTURE, guest_open_request(CAPTURE, 262144, 0), NULL), ==, 0);
    for (unsigned i = 0; i < 4; i++)
        guest_puts(CAPTURE, &request);
    fake_guest_notifies(RING_PORT(CAPTURE));
    while (ring->rsp_prod != ring->req_prod) {
        uint32_t before = ring->rsp_prod;

        g_main_context_iteration(NULL, TRUE);
        g_assert_cmpuint(ring->rsp_prod - before, <=, 1);
        rests++;
    }
    g_assert_cmpuint(rests, >=, 4);
}

static void test_disconnect(struct fixture *f, gconstpointer data)
{
    guest_opens(f, PLAYBACK);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    fake_store_set(FRONT "/state", "6");
    guest_waits();
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "6");
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
    g_assert_null(fake_player_find(&f->fake, false));
}

/* --- the sound server --- */

static void test_server_gone(struct fixture *f, gconstpointer data)
{
    uint64_t position = 0;

    guest_opens(f, PLAYBACK);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    wait_for_state(f, SOUND_PLAYING, true);
    g_assert_true(f->told[SOUND_SERVER]);
    sound_set_server(f->sound, false);
    g_assert_null(fake_player_find(&f->fake, false));
    /* The guest's sound goes on. */
    for (unsigned ms = 0; position < 2 * PERIOD && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        guest_takes_events(PLAYBACK, &position);
        g_usleep(1000);
    }
    g_assert_cmpuint(position, >, 2 * PERIOD);
    wait_for_state(f, SOUND_PLAYING, false);
    g_assert_false(f->told[SOUND_SERVER]);
    sound_set_server(f->sound, true);
    g_assert_true(fake_player_find(&f->fake, false)->running);
    wait_for_state(f, SOUND_PLAYING, true);
}

/* A stream that was ended on the server's side is unheard until it starts anew. */
static void test_stream_lost(struct fixture *f, gconstpointer data)
{
    struct fake_stream *stream;

    guest_opens(f, PLAYBACK);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    stream = fake_player_find(&f->fake, false);
    stream->owner->lost(stream->data);
    for (unsigned ms = 0; fake_player_find(&f->fake, false) && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_null(fake_player_find(&f->fake, false));
    g_assert_false(f->told[SOUND_PLAYING]);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_STOP), ==, 0);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    g_assert_true(fake_player_find(&f->fake, false)->running);
    /* One that can't be had is unheard, too. */
    f->fake.refuses = true;
    g_assert_cmpint(rw(PLAYBACK, XENSND_OP_CLOSE, 0, 0), ==, 0);
    g_assert_cmpint(guest_asks(PLAYBACK, guest_open_request(PLAYBACK, BUFFER, 0), NULL), ==, 0);
    g_assert_cmpint(trigger(PLAYBACK, XENSND_OP_TRIGGER_START), ==, 0);
    g_assert_null(fake_player_find(&f->fake, false));
}

/* A guest that starts and stops fast has us say so less often. */
static void test_few_tellings(struct fixture *f, gconstpointer data)
{
    guest_opens(f, PLAYBACK);
    wait_for_state(f, SOUND_SERVER, true);
    for (unsigned i = 0; i < 90; i++)
        g_assert_cmpint(
            trigger(PLAYBACK, i % 2 ? XENSND_OP_TRIGGER_PAUSE : XENSND_OP_TRIGGER_START), ==, 0);
    g_assert_cmpuint(f->tellings, <, 30);
}

#define ADD(name, test) \
    g_test_add(name, struct fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/sndif/nodes", test_nodes);
    g_test_add("/sndif/adopted", struct fixture, "adopted", fixture_set_up, test_adopted,
               fixture_tear_down);
    ADD("/sndif/bad-cards", test_bad_cards);
    ADD("/sndif/many-streams", test_many_streams);
    ADD("/sndif/query", test_query);
    ADD("/sndif/open", test_open);
    ADD("/sndif/bad-directories", test_bad_directories);
    ADD("/sndif/play", test_play);
    ADD("/sndif/position", test_position);
    ADD("/sndif/on-its-way", test_on_its_way);
    ADD("/sndif/stop", test_stop);
    ADD("/sndif/events-full", test_events_full);
    ADD("/sndif/no-microphone", test_no_microphone);
    ADD("/sndif/microphone", test_microphone);
    ADD("/sndif/stop-forgets", test_stop_forgets);
    ADD("/sndif/volume", test_volume);
    ADD("/sndif/volume-said", test_volume_said);
    ADD("/sndif/bad-volume", test_bad_volume);
    ADD("/sndif/bad-requests", test_bad_requests);
    ADD("/sndif/change-flood", test_change_flood);
    ADD("/sndif/flood", test_flood);
    ADD("/sndif/copy-flood", test_copy_flood);
    ADD("/sndif/disconnect", test_disconnect);
    ADD("/sndif/server-gone", test_server_gone);
    ADD("/sndif/stream-lost", test_stream_lost);
    ADD("/sndif/few-tellings", test_few_tellings);
    return g_test_run();
}
