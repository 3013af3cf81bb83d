/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream of the guest's sound card: its two shared pages, its buffer, its requests. */
#ifndef AUDIO_SNDIF_STREAM_H
#define AUDIO_SNDIF_STREAM_H

#include "backend/xenbus.h"
#include "sndif-config.h"
#include "sound.h"

struct sndif_stream;

/* What the streams of a card have in common. */
struct sndif_card {
    struct xenbus_device device;
    struct sound *sound;
    struct throttle changes; /* how often the guest may open, start, stop, set volumes */
};

/*
 * Maps what the front end offers for the stream, and obeys its requests from now on. @card must
 * outlive it. Returns NULL and *@ret_wrong, half a sentence, on failure.
 */
struct sndif_stream *sndif_stream_new(struct sndif_card *card,
                                      const struct sndif_stream_config *config,
                                      const char **ret_wrong);

/* Accepts NULL. */
void sndif_stream_free(struct sndif_stream *stream);

#endif
