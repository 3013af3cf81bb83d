/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest's sound, and who decides about it: the person at the computer. Every stream of the
 * guest goes through here, to the sound server or to nobody.
 *
 *   sndif -- sound_stream_* -->  sound  -- struct player -->  pulse, or nobody
 *
 * A recording is silence, and no sound server knows of it, until the microphone is granted; then
 * the server knows of it for as long as the guest records. While there is no sound server, the
 * guest's sound goes nowhere, at its own pace.
 */
#ifndef AUDIO_SOUND_H
#define AUDIO_SOUND_H

#include "player.h"

struct sound;
struct sound_stream;

enum sound_state {
    SOUND_PLAYING,    /* at least one stream plays */
    SOUND_RECORDING,  /* at least one stream records what the microphone hears */
    SOUND_MICROPHONE, /* the guest may listen */
    SOUND_ASKING,     /* at least one stream records, and hears silence as it may not listen */
    SOUND_SERVER,     /* there is a sound server */
    SOUND_STATES,
};

/*
 * @player and @data must outlive it; @changed is called from the main loop, a little later, and
 * once for each state that is not what was told last. All are false at the start.
 */
struct sound *sound_new(const struct player *player,
                        void (*changed)(void *data, enum sound_state state, bool now), void *data);

/* All streams must be closed. Accepts NULL. */
void sound_free(struct sound *sound);

void sound_set_microphone(struct sound *sound, bool granted);

/* Of everything that the guest plays. @percent up to 100. */
void sound_set_volume(struct sound *sound, unsigned percent);
void sound_set_muted(struct sound *sound, bool muted);

/*
 * @mixed is called, as changed() of sound_new() is, when a person has set the volume of what the
 * guest plays elsewhere, in the desktop's mixer; it is that of all of the guest's streams then.
 */
void sound_tell_mixed(struct sound *sound, void (*mixed)(void *data, unsigned percent, bool muted));

/* The player's server came or went. When it goes, its streams are dead and are closed here. */
void sound_set_server(struct sound *sound, bool there);

/*
 * A stream of the guest's, stopped. @owner's lost() and mixed() are never called; its heard() may
 * be NULL.
 */
struct sound_stream *sound_stream_open(struct sound *sound, const struct player_spec *spec,
                                       const struct player_owner *owner, void *data);

/* Accepts NULL. Not from within the owner's functions. */
void sound_stream_close(struct sound_stream *stream);

void sound_stream_set_running(struct sound_stream *stream, bool running);
void sound_stream_flush(struct sound_stream *stream);
void sound_stream_written(struct sound_stream *stream);

/* What the guest says of its channels; @volume's percent and muted are not looked at. */
void sound_stream_set_volume(struct sound_stream *stream, const struct player_volume *volume);

#endif
