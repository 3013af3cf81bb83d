/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sound server that does what the test says. */
#ifndef TESTS_AUDIO_FAKE_PLAYER_H
#define TESTS_AUDIO_FAKE_PLAYER_H

#include "player.h"

struct fake_stream {
    struct player_spec spec;
    struct player_volume volume;
    const struct player_owner *owner;
    void *data;
    bool open, running;
    unsigned flushed, written;
    uint32_t on_its_way; /* of what it plays so much is not heard at once */
};

#define FAKE_STREAMS 32

struct fake_player {
    struct fake_stream streams[FAKE_STREAMS]; /* of which the first @opened were opened */
    unsigned opened;
    bool refuses;
};

/* @data is a struct fake_player. */
extern const struct player_ops fake_player_ops;

/* The stream that is open, of which there must be no other of its kind; or NULL. */
struct fake_stream *fake_player_find(struct fake_player *player, bool capture);

/* The server plays @size octets, which go to @to. */
void fake_stream_plays(struct fake_stream *stream, void *to, uint32_t size);

/* Time passes: of what it plays @left octets are not heard yet. */
void fake_stream_is_heard(struct fake_stream *stream, uint32_t left);

/* The server has recorded @size octets. */
void fake_stream_records(struct fake_stream *stream, const void *from, uint32_t size);

#endif
