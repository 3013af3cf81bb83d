/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream of the guest's sound card: its two shared pages, its buffer, its requests. */
#include "sndif-stream.h"

#include <string.h>
#include <sys/mman.h>

#include <glib.h>
#include <xen/errno.h>

#include "backend/packet-ring.h"
#include "backend/page-directory.h"
#include "backend/shared-page.h"
#include "sndif-buffer.h"

/* After a ring full of requests that came while we were at it, or much to copy. */
#define REST_MS 10

/* Octets of recordings that a guest may have us copy before we rest. */
#define COPY_MAX (256 * 1024)

struct sndif_stream {
    struct sndif_card *card;
    struct sndif_stream_config config;
    char *front; /* the stream's directory */
    struct packet_ring ring;
    struct packet_events events;
    struct event_port *request_port, *event_port;
    guint rest_timer;
    uint32_t copied; /* octets, since we last rested */

    /* While it is open: */
    struct sound_stream *played; /* NULL: it is not */
    struct sndif_shape shape;
    uint8_t *memory; /* the guest's buffer */
    struct sndif_queue queue;
    struct sndif_record record;
    struct sndif_position position;
    struct player_volume volume;
    bool running;
};

/* --- the player's side --- */

static void tell_position(struct sndif_stream *stream)
{
    struct xensnd_evt event = {.type = XENSND_EVT_CUR_POS,
                               .op.cur_pos.position = stream->position.octets};

    if (packet_events_push(&stream->events, &event))
        event_port_notify(stream->event_port);
    else
        xenbus_device_complain(&stream->card->device, "it does not take its events");
}

static void advance(struct sndif_stream *stream, uint32_t octets)
{
    if (sndif_position_advance(&stream->position, octets))
        tell_position(stream);
}

static uint32_t on_queued(void *data)
{
    struct sndif_stream *stream = data;

    return stream->queue.used;
}

static void on_take(void *data, void *to, uint32_t size)
{
    struct sndif_stream *stream = data;
    uint32_t taken = 0, run, offset;

    while ((run = sndif_queue_take(&stream->queue, size - taken, &offset)) > 0) {
        if (to)
            shared_read((uint8_t *)to + taken, stream->memory + offset, run);
        taken += run;
    }
    if (to)
        memset((uint8_t *)to + taken, sndif_silence(stream->shape.format), size - taken);
    advance(stream, size);
}

static void on_recorded(void *data, const void *from, uint32_t size)
{
    struct sndif_stream *stream = data;

    sndif_record_add(&stream->record, from, size, sndif_silence(stream->shape.format));
    advance(stream, size);
}

static const struct player_owner owner = {
    .queued = on_queued,
    .take = on_take,
    .recorded = on_recorded,
};

/* --- opening and closing --- */

/* Work for dom0 and for the sound server: a guest can have it done so many times a second. */
static int take_change(struct sndif_stream *stream)
{
    return throttle_take(&stream->card->changes, g_get_monotonic_time()) > 0 ? -XEN_EBUSY : 0;
}

static void start_anew(struct sndif_stream *stream)
{
    const struct sndif_shape *shape = &stream->shape;
    uint8_t *data = stream->config.capture ? g_malloc(shape->buffer) : NULL;

    stream->queue = (struct sndif_queue){.size = shape->buffer};
    stream->record = (struct sndif_record){.data = data, .size = shape->buffer};
    stream->position = (struct sndif_position){.period = shape->period, .buffer = shape->buffer};
    stream->volume = (struct player_volume){.percent = 100};
    stream->running = false;
}

static int open_stream(struct sndif_stream *stream, const struct xensnd_open_req *request)
{
    struct player_spec spec = {.capture = stream->config.capture};
    int error = stream->played ? -XEN_EBUSY : 0;

    if (!error)
        error = sndif_open_parse(&stream->config.limits, request, &spec.shape);
    if (!error)
        error = take_change(stream);
    if (error)
        return error;
    stream->memory = page_directory_map(stream->card->device.guest, request->gref_directory,
                                        sndif_shape_pages(&spec.shape), PROT_READ | PROT_WRITE);
    if (!stream->memory)
        return -XEN_EINVAL;
    stream->shape = spec.shape;
    start_anew(stream);
    stream->played = sound_stream_open(stream->card->sound, &spec, &owner, stream);
    return 0;
}

/* Linux closes what it never opened: there is nothing to do then. */
static int close_stream(struct sndif_stream *stream)
{
    if (!stream->played)
        return 0;
    g_clear_pointer(&stream->played, sound_stream_close);
    xengnttab_unmap(stream->card->device.guest->grants, stream->memory,
                    (uint32_t)sndif_shape_pages(&stream->shape));
    stream->memory = NULL;
    g_clear_pointer(&stream->record.data, g_free);
    return 0;
}

/* --- sound --- */

static int write_sound(struct sndif_stream *stream, const struct xensnd_rw_req *request)
{
    if (stream->config.capture || !sndif_range_is_good(&stream->shape, request))
        return -XEN_EINVAL;
    sndif_queue_write(&stream->queue, request->offset, request->length);
    if (stream->running)
        sound_stream_written(stream->played);
    return 0;
}

static int read_sound(struct sndif_stream *stream, const struct xensnd_rw_req *request)
{
    if (!stream->config.capture || !sndif_range_is_good(&stream->shape, request))
        return -XEN_EINVAL;
    sndif_record_read(&stream->record, stream->memory + request->offset, request->length,
                      sndif_silence(stream->shape.format));
    stream->copied += request->length;
    return 0;
}

static void set_running(struct sndif_stream *stream, bool running)
{
    stream->running = running;
    sound_stream_set_running(stream->played, running);
}

/* What waits, here and on its way to the ear, is forgotten. */
static void stop(struct sndif_stream *stream)
{
    set_running(stream, false);
    sound_stream_flush(stream->played);
    stream->queue.used = 0;
    stream->record.used = 0;
    sndif_position_rewind(&stream->position);
    if (stream->position.period > 0)
        tell_position(stream);
}

static int trigger(struct sndif_stream *stream, uint8_t type)
{
    int error = take_change(stream);

    if (error)
        return error;
    switch (type) {
    case XENSND_OP_TRIGGER_START:
    case XENSND_OP_TRIGGER_RESUME:
        set_running(stream, true);
        return 0;
    case XENSND_OP_TRIGGER_PAUSE:
        set_running(stream, false);
        return 0;
    case XENSND_OP_TRIGGER_STOP:
        stop(stream);
        return 0;
    default:
        return -XEN_EINVAL;
    }
}

/* --- volumes --- */

/* A cell of 32 bits for each channel, in the guest's buffer; NULL if they are not all in it. */
static uint8_t *find_cells(struct sndif_stream *stream, const struct xensnd_rw_req *request)
{
    const struct sndif_shape cells = {.frame = sizeof(uint32_t), .buffer = stream->shape.buffer};

    return sndif_range_is_good(&cells, request) &&
                   request->length == stream->shape.channels * sizeof(uint32_t)
               ? stream->memory + request->offset
               : NULL;
}

static int set_volume(struct sndif_stream *stream, const struct xensnd_rw_req *request)
{
    const uint8_t *cells = find_cells(stream, request);
    int error = cells ? take_change(stream) : -XEN_EINVAL;
    int32_t values[SNDIF_MAX_CHANNELS];

    if (error)
        return error;
    shared_read(values, cells, request->length);
    for (unsigned i = 0; i < stream->shape.channels; i++)
        stream->volume.channel_mdb[i] = MIN(values[i], 0); /* nobody is louder than they are */
    sound_stream_set_volume(stream->played, &stream->volume);
    return 0;
}

static int get_volume(struct sndif_stream *stream, const struct xensnd_rw_req *request)
{
    uint8_t *cells = find_cells(stream, request);

    if (!cells)
        return -XEN_EINVAL;
    shared_write(cells, stream->volume.channel_mdb, request->length);
    return 0;
}

/* Those channels whose cell is not 0 become @muted; the others stay as they are. */
static int set_muted(struct sndif_stream *stream, const struct xensnd_rw_req *request, bool muted)
{
    const uint8_t *cells = find_cells(stream, request);
    int error = cells ? take_change(stream) : -XEN_EINVAL;
    uint8_t values[SNDIF_MAX_CHANNELS * sizeof(uint32_t)];

    if (error)
        return error;
    shared_read(values, cells, request->length);
    for (unsigned i = 0; i < stream->shape.channels; i++)
        if (values[i * sizeof(uint32_t)] != 0)
            stream->volume.channel_muted[i] = muted;
    sound_stream_set_volume(stream->played, &stream->volume);
    return 0;
}

/* --- requests --- */

/* Requests that make sense for an open stream only. */
static int obey_open(struct sndif_stream *stream, const struct xensnd_req *request)
{
    const struct xensnd_rw_req *rw = &request->op.rw;

    switch (request->operation) {
    case XENSND_OP_READ:
        return read_sound(stream, rw);
    case XENSND_OP_WRITE:
        return write_sound(stream, rw);
    case XENSND_OP_SET_VOLUME:
        return set_volume(stream, rw);
    case XENSND_OP_GET_VOLUME:
        return get_volume(stream, rw);
    case XENSND_OP_MUTE:
        return set_muted(stream, rw, true);
    case XENSND_OP_UNMUTE:
        return set_muted(stream, rw, false);
    case XENSND_OP_TRIGGER:
        return trigger(stream, request->op.trigger.type);
    default:
        return -XEN_EOPNOTSUPP;
    }
}

static int obey(struct sndif_stream *stream, const struct xensnd_req *request,
                struct xensnd_resp *response)
{
    switch (request->operation) {
    case XENSND_OP_HW_PARAM_QUERY:
        return sndif_query(&stream->config.limits, &request->op.hw_param, &response->resp.hw_param);
    case XENSND_OP_OPEN:
        return open_stream(stream, &request->op.open);
    case XENSND_OP_CLOSE:
        return close_stream(stream);
    default:
        if (request->operation > XENSND_OP_HW_PARAM_QUERY)
            return -XEN_EOPNOTSUPP;
        return stream->played ? obey_open(stream, request) : -XEN_EINVAL;
    }
}

static gboolean on_rested(gpointer data)
{
    struct sndif_stream *stream = data;

    stream->rest_timer = 0;
    event_port_resume(stream->request_port);
    return G_SOURCE_REMOVE;
}

/* Answers one request. False if there is none. */
static bool serve(struct sndif_stream *stream, bool *notify)
{
    struct xensnd_req request;
    struct xensnd_resp response = {0};
    enum packet_take take = packet_ring_take(&stream->ring, &request);

    if (take == PACKET_TAKE_BROKEN)
        xenbus_device_complain(&stream->card->device, "its ring index makes no sense");
    if (take != PACKET_TAKE_REQUEST)
        return false;
    response.id = request.id;
    response.operation = request.operation;
    response.status = obey(stream, &request, &response);
    *notify |= packet_ring_answer(&stream->ring, &response);
    return true;
}

static bool on_requests(void *data)
{
    struct sndif_stream *stream = data;
    bool notify = false, more = true;

    stream->copied = 0;
    for (unsigned taken = 0; more && taken < PACKET_RING_LENGTH && stream->copied < COPY_MAX;
         taken++)
        more = serve(stream, &notify);
    if (notify)
        event_port_notify(stream->request_port);
    if (!more)
        return true;
    /* There may be more, of which we are not notified. */
    stream->rest_timer = g_timeout_add(REST_MS, on_rested, stream);
    return false;
}

static bool on_event_port(void *data)
{
    return true;
}

/* --- connecting --- */

static bool read_front(struct sndif_stream *stream, const char *key, uint64_t *ret)
{
    return store_read_number(stream->card->device.guest->store, stream->front, key, UINT32_MAX,
                             ret);
}

static void *map_page(struct sndif_stream *stream, const char *key)
{
    struct guest *guest = stream->card->device.guest;
    uint64_t ref;

    return read_front(stream, key, &ref)
               ? xengnttab_map_grant_ref(guest->grants, guest->domid, (uint32_t)ref,
                                         PROT_READ | PROT_WRITE)
               : NULL;
}

static struct event_port *bind_port(struct sndif_stream *stream, const char *key,
                                    bool (*fired)(void *data))
{
    struct guest *guest = stream->card->device.guest;
    uint64_t remote;

    return read_front(stream, key, &remote)
               ? event_port_bind(guest->events, guest->domid, (uint32_t)remote, fired, stream)
               : NULL;
}

static void unmap_page(struct sndif_stream *stream, void *page)
{
    if (page)
        xengnttab_unmap(stream->card->device.guest->grants, page, 1);
}

static const char *set_up(struct sndif_stream *stream)
{
    void *requests, *events;

    requests = map_page(stream, XENSND_FIELD_RING_REF);
    if (requests)
        packet_ring_attach(&stream->ring, requests);
    events = map_page(stream, XENSND_FIELD_EVT_RING_REF);
    if (events)
        packet_events_attach(&stream->events, events);
    if (!requests || !events)
        return "its shared pages can't be mapped";
    stream->request_port = bind_port(stream, XENSND_FIELD_EVT_CHNL, on_requests);
    stream->event_port = bind_port(stream, XENSND_FIELD_EVT_EVT_CHNL, on_event_port);
    return stream->request_port && stream->event_port ? NULL : "its event channels can't be bound";
}

struct sndif_stream *sndif_stream_new(struct sndif_card *card,
                                      const struct sndif_stream_config *config,
                                      const char **ret_wrong)
{
    struct sndif_stream *stream = g_new0(struct sndif_stream, 1);
    const char *wrong;

    stream->card = card;
    stream->config = *config;
    stream->front = g_strdup_printf("%s/%u/%u", card->device.front, config->device, config->stream);
    wrong = set_up(stream);
    if (wrong) {
        sndif_stream_free(stream);
        *ret_wrong = wrong;
        return NULL;
    }
    event_port_resume(stream->request_port);
    return stream;
}

void sndif_stream_free(struct sndif_stream *stream)
{
    if (!stream)
        return;
    g_clear_handle_id(&stream->rest_timer, g_source_remove);
    close_stream(stream);
    event_port_free(stream->request_port);
    event_port_free(stream->event_port);
    unmap_page(stream, stream->ring.page);
    unmap_page(stream, stream->events.page);
    g_free(stream->front);
    g_free(stream);
}
