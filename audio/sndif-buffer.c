/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a stream's data is, and how far the stream has come. */
#include "sndif-buffer.h"

#include <string.h>

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* --- playback --- */

void sndif_queue_write(struct sndif_queue *queue, uint32_t offset, uint32_t length)
{
    uint64_t used;

    if (length == 0)
        return;
    if (queue->used == 0)
        queue->at = offset;
    used = offset >= queue->at ? offset - queue->at : queue->size - queue->at + offset;
    /* In a full queue the end is where the beginning is, and that is where it goes on. */
    if (used == 0 && queue->used == queue->size)
        used = queue->size;
    used += length;
    if (used > queue->size) {
        queue->at = (uint32_t)((queue->at + used - queue->size) % queue->size);
        used = queue->size;
    }
    queue->used = (uint32_t)used;
}

uint32_t sndif_queue_take(struct sndif_queue *queue, uint32_t wanted, uint32_t *ret_offset)
{
    uint32_t length = smaller(smaller(wanted, queue->used), queue->size - queue->at);

    *ret_offset = queue->at;
    queue->at = (queue->at + length) % queue->size;
    queue->used -= length;
    return length;
}

/* --- recording --- */

/* Where an octet that is @ahead of the oldest lies. */
static uint32_t record_offset(const struct sndif_record *record, uint32_t ahead)
{
    return (uint32_t)(((uint64_t)record->at + ahead) % record->size);
}

static void put(struct sndif_record *record, const uint8_t *from, uint32_t length, uint8_t silence)
{
    uint32_t offset = record_offset(record, record->used);

    if (from)
        memcpy(record->data + offset, from, length);
    else
        memset(record->data + offset, silence, length);
    record->used += length;
}

void sndif_record_add(struct sndif_record *record, const void *from, uint32_t length,
                      uint8_t silence)
{
    const uint8_t *octets = from;

    if (length > record->size) {
        octets = octets ? octets + (length - record->size) : NULL;
        length = record->size;
    }
    if (length > record->size - record->used) {
        uint32_t lost = length - (record->size - record->used);

        record->at = record_offset(record, lost);
        record->used -= lost;
    }
    while (length > 0) {
        uint32_t run = smaller(length, record->size - record_offset(record, record->used));

        put(record, octets, run, silence);
        octets = octets ? octets + run : NULL;
        length -= run;
    }
}

void sndif_record_read(struct sndif_record *record, void *to, uint32_t length, uint8_t silence)
{
    uint8_t *octets = to;

    while (length > 0 && record->used > 0) {
        uint32_t run = smaller(smaller(length, record->used), record->size - record->at);

        memcpy(octets, record->data + record->at, run);
        record->at = record_offset(record, run);
        record->used -= run;
        octets += run;
        length -= run;
    }
    memset(octets, silence, length);
}

/* --- position --- */

uint64_t sndif_position_heard(const struct sndif_position *position, uint64_t given,
                              uint32_t on_its_way)
{
    uint32_t quarter = position->buffer / 4;
    uint32_t kept = position->period > quarter ? position->period : quarter;
    uint32_t counted = smaller(on_its_way, position->buffer - kept);

    return given > counted ? given - counted : 0;
}

bool sndif_position_reach(struct sndif_position *position, uint64_t octets)
{
    uint64_t over;

    if (octets <= position->octets)
        return false;
    position->octets = octets;
    if (position->period == 0)
        return false;
    over = (position->octets - 1) / position->period;
    if (over <= position->told)
        return false;
    position->told = over;
    return true;
}

void sndif_position_rewind(struct sndif_position *position)
{
    position->octets += position->buffer - 1;
    position->octets -= position->octets % position->buffer;
    if (position->period > 0)
        position->told = position->octets / position->period;
}
