/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream of the guest's sound card: its two shared pages, and what comes and goes in them. */
#include "sndif-stream.h"

#include <sys/mman.h>

#include <glib.h>

#include "backend/packet-ring.h"

/* After a ring full of requests that came while we were at it, or much to copy. */
#define REST_MS 10

/* Octets of recordings that a guest may have us copy before we rest. */
#define COPY_MAX (256 * 1024)

struct sndif_stream {
    struct sndif_card *card;
    struct sndif_pcm *pcm;
    char *front; /* the stream's directory */
    struct packet_ring ring;
    struct packet_events events;
    struct event_port *request_port, *event_port;
    guint rest_timer;
};

/* --- events --- */

static void on_moved(void *data, uint64_t position)
{
    struct sndif_stream *stream = data;
    struct xensnd_evt event = {.type = XENSND_EVT_CUR_POS, .op.cur_pos.position = position};

    if (packet_events_push(&stream->events, &event))
        event_port_notify(stream->event_port);
    else
        xenbus_device_complain(&stream->card->device, "it does not take its events");
}

static bool on_event_port(void *data)
{
    return true;
}

/* --- requests --- */

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
    response.status = sndif_pcm_obey(stream->pcm, &request, &response);
    *notify |= packet_ring_answer(&stream->ring, &response);
    return true;
}

static bool on_requests(void *data)
{
    struct sndif_stream *stream = data;
    bool notify = false, more = true;
    uint32_t copied = 0;

    for (unsigned taken = 0; more && taken < PACKET_RING_LENGTH && copied < COPY_MAX; taken++) {
        more = serve(stream, &notify);
        copied += sndif_pcm_copied(stream->pcm);
    }
    if (notify)
        event_port_notify(stream->request_port);
    if (!more)
        return true;
    /* There may be more, of which we are not notified. */
    stream->rest_timer = g_timeout_add(REST_MS, on_rested, stream);
    return false;
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
    stream->pcm = sndif_pcm_new(card, config, on_moved, stream);
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
    sndif_pcm_free(stream->pcm);
    event_port_free(stream->request_port);
    event_port_free(stream->event_port);
    unmap_page(stream, stream->ring.page);
    unmap_page(stream, stream->events.page);
    g_free(stream->front);
    g_free(stream);
}
