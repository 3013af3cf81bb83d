/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a stream's data is: what waits in the guest's buffer to be played, what was recorded and
 * waits to be read, and how far the stream has come. Numbers only; callers have checked that
 * ranges lie within the buffer.
 */
#ifndef AUDIO_SNDIF_BUFFER_H
#define AUDIO_SNDIF_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

/* --- playback --- */

/*
 * What waits to be played lies in the guest's own buffer, in order from @at, and goes round at its
 * end, as for a sound card that reads it.
 */
struct sndif_queue {
    uint32_t size; /* of the buffer, octets */
    uint32_t at;   /* offset of the next octet to play */
    uint32_t used; /* octets that wait */
};

/*
 * The guest has written @length octets at @offset. What it writes over what waits replaces that
 * and what came behind it: this is how ALSA takes back what it has written too early. More than a
 * buffer full makes the oldest lost. An empty queue begins at @offset.
 */
void sndif_queue_write(struct sndif_queue *queue, uint32_t offset, uint32_t length);

/*
 * Takes up to @wanted octets that lie in one run, from @ret_offset on. Returns how many: 0 only if
 * none wait or none are wanted.
 */
uint32_t sndif_queue_take(struct sndif_queue *queue, uint32_t wanted, uint32_t *ret_offset);

/* --- recording --- */

/* The newest octets that were recorded and not yet read. */
struct sndif_record {
    uint8_t *data; /* @size octets, its owner's */
    uint32_t size;
    uint32_t at, used;
};

/* Adds @length octets, of silence if @from is NULL; when there is no room the oldest are lost. */
void sndif_record_add(struct sndif_record *record, const void *from, uint32_t length,
                      uint8_t silence);

/* Fills @to with the oldest octets, which are gone then; silence for what there is not. */
void sndif_record_read(struct sndif_record *record, void *to, uint32_t length, uint8_t silence);

/* --- position --- */

/* How far a stream has come since it was opened, and when the guest wants to know it. */
struct sndif_position {
    uint64_t octets;
    uint64_t told;   /* periods whose end was told */
    uint32_t period; /* octets; 0: nothing is told */
    uint32_t buffer; /* octets */
};

/*
 * The position is @octets now, unless it is there already: it does not go back. True if the guest
 * is to be told. That is when a period is over and a little more: Linux takes a period for over
 * only when its count of frames is larger than it.
 */
bool sndif_position_reach(struct sndif_position *position, uint64_t octets);

/*
 * Where a stream is that gave away @given octets, of which @on_its_way are not heard yet. That is
 * what was heard; but as a guest can't write what its buffer has no room for, a period of that, and
 * no less than a quarter, is not counted as on its way.
 */
uint64_t sndif_position_heard(const struct sndif_position *position, uint64_t given,
                              uint32_t on_its_way);

/*
 * Goes to the next multiple of the buffer. Linux's pointer into its buffer follows ours from then
 * to then, but begins at 0 when a stream that was stopped starts again.
 */
void sndif_position_rewind(struct sndif_position *position);

#endif
