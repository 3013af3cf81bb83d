/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream of the guest's sound card: its two shared pages, and what comes and goes in them. */
#ifndef AUDIO_SNDIF_STREAM_H
#define AUDIO_SNDIF_STREAM_H

#include "sndif-pcm.h"

struct sndif_stream;

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
