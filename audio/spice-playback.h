/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server plays: its playback channel as a stream of the sound. */
#ifndef AUDIO_SPICE_PLAYBACK_H
#define AUDIO_SPICE_PLAYBACK_H

#include <spice-client.h>

#include "sound.h"

struct spice_playback;

/* Listens to @channel, which it holds a reference to. @sound must outlive it. */
struct spice_playback *spice_playback_new(SpiceChannel *channel, struct sound *sound);

/* Accepts NULL. */
void spice_playback_free(struct spice_playback *playback);

#endif
