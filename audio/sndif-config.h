/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's sound card, as the front end's nodes describe it. */
#ifndef AUDIO_SNDIF_CONFIG_H
#define AUDIO_SNDIF_CONFIG_H

#include "backend/store.h"
#include "sndif-params.h"

/* A card has no more devices, a device no more streams, and all together no more streams. */
#define SNDIF_MAX_DEVICES    8
#define SNDIF_DEVICE_STREAMS 8
#define SNDIF_MAX_STREAMS    16

struct sndif_stream_config {
    unsigned device, stream; /* the names of its directories */
    bool capture;
    struct sndif_limits limits;
};

/*
 * Reads the devices 0, 1, ... of the card in the directory @front and their streams 0, 1, ... up
 * to the first that is not there. Returns NULL, or half a sentence about what is wrong.
 */
const char *sndif_config_read(struct store *store, const char *front,
                              struct sndif_stream_config streams[SNDIF_MAX_STREAMS],
                              unsigned *ret_count);

#endif
