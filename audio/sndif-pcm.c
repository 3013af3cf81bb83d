/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stream of the guest's sound card does: opens, plays, records, is loud. */
#include "sndif-pcm.h"

#include <string.h>
#include <sys/mman.h>

#include <glib.h>
#include <xen/errno.h>

#include "backend/page-directory.h"
#include "backend/shared-page.h"
#include "sndif-buffer.h"

struct sndif_pcm {
    struct sndif_card *card;
    struct sndif_stream_config config;
    void (*moved)(void *data, uint64_t position);
    void *data;
    uint32_t copied; /* octets, since somebody asked */

    /* While it is open: */
    struct sound_stream *played; /* NULL: it is not */
    struct sndif_shape shape;
    uint8_t *memory; /* the guest's buffer */
    struct sndif_queue queue;
    struct sndif_record record;
    struct sndif_position position; /* of what was heard, or recorded */
    uint64_t given;                 /* to be heard; counted as the position is */
    struct player_volume volume;
    bool running;
};

/* --- the player's side --- */

static void tell_position(struct sndif_pcm *pcm)
{
    pcm->moved(pcm->data, pcm->position.octets);
}

static void reach(struct sndif_pcm *pcm, uint64_t octets)
{
    if (sndif_position_reach(&pcm->position, octets))
        tell_position(pcm);
}

static uint32_t on_queued(void *data)
{
    struct sndif_pcm *pcm = data;

    return pcm->queue.used;
}

static void on_take(void *data, void *to, uint32_t size)
{
    struct sndif_pcm *pcm = data;
    uint32_t taken = 0, run, offset;

    while ((run = sndif_queue_take(&pcm->queue, size - taken, &offset)) > 0) {
        if (to)
            shared_read((uint8_t *)to + taken, pcm->memory + offset, run);
        taken += run;
    }
    if (to)
        memset((uint8_t *)to + taken, sndif_silence(pcm->shape.format), size - taken);
    pcm->given += size;
}

static void on_heard(void *data, uint32_t on_its_way)
{
    struct sndif_pcm *pcm = data;

    if (pcm->running)
        reach(pcm, sndif_position_heard(&pcm->position, pcm->given, on_its_way));
}

static void on_recorded(void *data, const void *from, uint32_t size)
{
    struct sndif_pcm *pcm = data;

    sndif_record_add(&pcm->record, from, size, sndif_silence(pcm->shape.format));
    reach(pcm, pcm->position.octets + size);
}

static const struct player_owner owner = {
    .queued = on_queued,
    .take = on_take,
    .heard = on_heard,
    .recorded = on_recorded,
};

/* --- opening and closing --- */

/* Work for dom0 and for the sound server: a guest can have it done so many times a second. */
static int take_change(struct sndif_pcm *pcm)
{
    return throttle_take(&pcm->card->changes, g_get_monotonic_time()) > 0 ? -XEN_EBUSY : 0;
}

static void start_anew(struct sndif_pcm *pcm)
{
    const struct sndif_shape *shape = &pcm->shape;
    uint8_t *data = pcm->config.capture ? g_malloc(shape->buffer) : NULL;

    pcm->queue = (struct sndif_queue){.size = shape->buffer};
    pcm->record = (struct sndif_record){.data = data, .size = shape->buffer};
    pcm->position = (struct sndif_position){.period = shape->period, .buffer = shape->buffer};
    pcm->given = 0;
    pcm->volume = (struct player_volume){.percent = 100};
    pcm->running = false;
}

static int open_stream(struct sndif_pcm *pcm, const struct xensnd_open_req *request)
{
    struct player_spec spec = {.capture = pcm->config.capture};
    int error = pcm->played ? -XEN_EBUSY : 0;

    if (!error)
        error = sndif_open_parse(&pcm->config.limits, request, &spec.shape);
    if (!error)
        error = take_change(pcm);
    if (error)
        return error;
    pcm->memory = page_directory_map(pcm->card->device.guest, request->gref_directory,
                                     sndif_shape_pages(&spec.shape), PROT_READ | PROT_WRITE);
    if (!pcm->memory)
        return -XEN_EINVAL;
    pcm->shape = spec.shape;
    start_anew(pcm);
    pcm->played = sound_stream_open(pcm->card->sound, &spec, &owner, pcm);
    return 0;
}

/* Linux closes what it never opened: there is nothing to do then. */
static int close_stream(struct sndif_pcm *pcm)
{
    if (!pcm->played)
        return 0;
    g_clear_pointer(&pcm->played, sound_stream_close);
    xengnttab_unmap(pcm->card->device.guest->grants, pcm->memory,
                    (uint32_t)sndif_shape_pages(&pcm->shape));
    pcm->memory = NULL;
    g_clear_pointer(&pcm->record.data, g_free);
    return 0;
}

/* --- sound --- */

static int write_sound(struct sndif_pcm *pcm, const struct xensnd_rw_req *request)
{
    if (pcm->config.capture || !sndif_range_is_good(&pcm->shape, request))
        return -XEN_EINVAL;
    sndif_queue_write(&pcm->queue, request->offset, request->length);
    if (pcm->running)
        sound_stream_written(pcm->played);
    return 0;
}

static int read_sound(struct sndif_pcm *pcm, const struct xensnd_rw_req *request)
{
    if (!pcm->config.capture || !sndif_range_is_good(&pcm->shape, request))
        return -XEN_EINVAL;
    sndif_record_read(&pcm->record, pcm->memory + request->offset, request->length,
                      sndif_silence(pcm->shape.format));
    pcm->copied += request->length;
    return 0;
}

static void set_running(struct sndif_pcm *pcm, bool running)
{
    pcm->running = running;
    sound_stream_set_running(pcm->played, running);
}

/* What waits, here and on its way to the ear, is forgotten. */
static void stop(struct sndif_pcm *pcm)
{
    set_running(pcm, false);
    sound_stream_flush(pcm->played);
    pcm->queue.used = 0;
    pcm->record.used = 0;
    sndif_position_rewind(&pcm->position);
    pcm->given = pcm->position.octets;
    if (pcm->position.period > 0)
        tell_position(pcm);
}

static int trigger(struct sndif_pcm *pcm, uint8_t type)
{
    int error = take_change(pcm);

    if (error)
        return error;
    switch (type) {
    case XENSND_OP_TRIGGER_START:
    case XENSND_OP_TRIGGER_RESUME:
        set_running(pcm, true);
        return 0;
    case XENSND_OP_TRIGGER_PAUSE:
        set_running(pcm, false);
        return 0;
    case XENSND_OP_TRIGGER_STOP:
        stop(pcm);
        return 0;
    default:
        return -XEN_EINVAL;
    }
}

/* --- volumes --- */

/* A cell of 32 bits for each channel, in the guest's buffer; NULL if they are not all in it. */
static uint8_t *find_cells(struct sndif_pcm *pcm, const struct xensnd_rw_req *request)
{
    const struct sndif_shape cells = {.frame = sizeof(uint32_t), .buffer = pcm->shape.buffer};

    return sndif_range_is_good(&cells, request) &&
                   request->length == pcm->shape.channels * sizeof(uint32_t)
               ? pcm->memory + request->offset
               : NULL;
}

static int set_volume(struct sndif_pcm *pcm, const struct xensnd_rw_req *request)
{
    const uint8_t *cells = find_cells(pcm, request);
    int error = cells ? take_change(pcm) : -XEN_EINVAL;
    int32_t values[SNDIF_MAX_CHANNELS];

    if (error)
        return error;
    shared_read(values, cells, request->length);
    for (unsigned i = 0; i < pcm->shape.channels; i++)
        pcm->volume.channel_mdb[i] = MIN(values[i], 0); /* nobody is louder than they are */
    sound_stream_set_volume(pcm->played, &pcm->volume);
    return 0;
}

static int get_volume(struct sndif_pcm *pcm, const struct xensnd_rw_req *request)
{
    uint8_t *cells = find_cells(pcm, request);

    if (!cells)
        return -XEN_EINVAL;
    shared_write(cells, pcm->volume.channel_mdb, request->length);
    return 0;
}

/* Those channels whose cell is not 0 become @muted; the others stay as they are. */
static int set_muted(struct sndif_pcm *pcm, const struct xensnd_rw_req *request, bool muted)
{
    const uint8_t *cells = find_cells(pcm, request);
    int error = cells ? take_change(pcm) : -XEN_EINVAL;
    uint8_t values[SNDIF_MAX_CHANNELS * sizeof(uint32_t)];

    if (error)
        return error;
    shared_read(values, cells, request->length);
    for (unsigned i = 0; i < pcm->shape.channels; i++)
        if (values[i * sizeof(uint32_t)] != 0)
            pcm->volume.channel_muted[i] = muted;
    sound_stream_set_volume(pcm->played, &pcm->volume);
    return 0;
}

/* --- requests --- */

/* Requests that make sense for an open stream only. */
static int obey_open(struct sndif_pcm *pcm, const struct xensnd_req *request)
{
    const struct xensnd_rw_req *rw = &request->op.rw;

    switch (request->operation) {
    case XENSND_OP_READ:
        return read_sound(pcm, rw);
    case XENSND_OP_WRITE:
        return write_sound(pcm, rw);
    case XENSND_OP_SET_VOLUME:
        return set_volume(pcm, rw);
    case XENSND_OP_GET_VOLUME:
        return get_volume(pcm, rw);
    case XENSND_OP_MUTE:
        return set_muted(pcm, rw, true);
    case XENSND_OP_UNMUTE:
        return set_muted(pcm, rw, false);
    case XENSND_OP_TRIGGER:
        return trigger(pcm, request->op.trigger.type);
    default:
        return -XEN_EOPNOTSUPP;
    }
}

int sndif_pcm_obey(struct sndif_pcm *pcm, const struct xensnd_req *request,
                   struct xensnd_resp *response)
{
    switch (request->operation) {
    case XENSND_OP_HW_PARAM_QUERY:
        return sndif_query(&pcm->config.limits, &request->op.hw_param, &response->resp.hw_param);
    case XENSND_OP_OPEN:
        return open_stream(pcm, &request->op.open);
    case XENSND_OP_CLOSE:
        return close_stream(pcm);
    default:
        if (request->operation > XENSND_OP_HW_PARAM_QUERY)
            return -XEN_EOPNOTSUPP;
        return pcm->played ? obey_open(pcm, request) : -XEN_EINVAL;
    }
}

uint32_t sndif_pcm_copied(struct sndif_pcm *pcm)
{
    uint32_t copied = pcm->copied;

    pcm->copied = 0;
    return copied;
}

struct sndif_pcm *sndif_pcm_new(struct sndif_card *card, const struct sndif_stream_config *config,
                                void (*moved)(void *data, uint64_t position), void *data)
{
    struct sndif_pcm *pcm = g_new0(struct sndif_pcm, 1);

    pcm->card = card;
    pcm->config = *config;
    pcm->moved = moved;
    pcm->data = data;
    return pcm;
}

void sndif_pcm_free(struct sndif_pcm *pcm)
{
    if (!pcm)
        return;
    close_stream(pcm);
    g_free(pcm);
}
