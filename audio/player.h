/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who plays and records: an interface with a sound server behind it, or nobody, or a test.
 *
 * A stream is opened stopped. While it runs, its player asks the owner for sound, or brings it, at
 * the pace at which it is heard; all calls come from the main loop, and none after close(). The
 * owner's functions may not call the player back.
 */
#ifndef AUDIO_PLAYER_H
#define AUDIO_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "sndif-params.h"

struct player_spec {
    bool capture;
    struct sndif_shape shape;
};

struct player_owner {
    /* Octets that wait to be played: whole frames. */
    uint32_t (*queued)(void *data);
    /* Takes @size octets; where fewer wait, the rest is silence. @to may be NULL: unheard. */
    void (*take)(void *data, void *to, uint32_t size);
    /* Of all that was taken, @on_its_way octets are not heard yet. It is told every few ms. */
    void (*heard)(void *data, uint32_t on_its_way);
    /* @size octets were recorded; silence if @from is NULL. */
    void (*recorded)(void *data, const void *from, uint32_t size);
    /* The stream is dead, and is to be closed later. */
    void (*lost)(void *data);
    /* A person has set the volume of what is played elsewhere: @percent, 0 to 100, and @muted. */
    void (*mixed)(void *data, unsigned percent, bool muted);
};

/* How loud a stream is: what the person says, and what the guest says of each channel. */
struct player_volume {
    bool said;        /* by anybody, ever: if not, the server may use what it remembers */
    unsigned percent; /* 0 to 100 */
    bool muted;
    int32_t channel_mdb[SNDIF_MAX_CHANNELS]; /* 0.001 dB, no more than 0 */
    bool channel_muted[SNDIF_MAX_CHANNELS];
};

struct player_ops {
    /* A stream, or NULL if there can't be one. @spec and @volume are copied. */
    void *(*open)(void *player, const struct player_spec *spec, const struct player_volume *volume,
                  const struct player_owner *owner, void *data);
    void (*close)(void *stream);
    /* What is on its way to the ear stays there, and goes on when the stream runs again. */
    void (*set_running)(void *stream, bool running);
    /* Forgets what is on its way. */
    void (*flush)(void *stream);
    /* There is more to play: the player need not wait until it would look by itself. */
    void (*written)(void *stream);
    void (*set_volume)(void *stream, const struct player_volume *volume);
};

struct player {
    const struct player_ops *ops;
    void *data;
};

#endif
