/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stream of the guest's sound card does: opens, plays, records, is loud. */
#ifndef AUDIO_SNDIF_PCM_H
#define AUDIO_SNDIF_PCM_H

#include "backend/xenbus.h"
#include "sndif-config.h"
#include "sound.h"

struct sndif_pcm;

/* What the streams of a card have in common. */
struct sndif_card {
    struct xenbus_device device;
    struct sound *sound;
    struct throttle changes; /* how often the guest may open, start, stop, set volumes */
};

/*
 * A stream that is closed. @card must outlive it. @moved is called when the guest wants to know how
 * many octets were played or recorded since it opened the stream.
 */
struct sndif_pcm *sndif_pcm_new(struct sndif_card *card, const struct sndif_stream_config *config,
                                void (*moved)(void *data, uint64_t position), void *data);

/* Closes the stream. Accepts NULL. */
void sndif_pcm_free(struct sndif_pcm *pcm);

/*
 * Obeys @request, a copy of what the guest wrote. Returns the status that goes back to it, and
 * fills in what else of @response the request asks for.
 */
int sndif_pcm_obey(struct sndif_pcm *pcm, const struct xensnd_req *request,
                   struct xensnd_resp *response);

/* Octets that requests had us copy since this was last asked. */
uint32_t sndif_pcm_copied(struct sndif_pcm *pcm);

#endif
