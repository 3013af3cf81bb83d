/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server records: its record channel as a stream of the sound. */
#ifndef AUDIO_SPICE_RECORD_H
#define AUDIO_SPICE_RECORD_H

#include <spice-client.h>

#include "sound.h"

struct spice_record;

/* Listens to @channel, which it holds a reference to. @sound must outlive it. */
struct spice_record *spice_record_new(SpiceChannel *channel, struct sound *sound);

/* Accepts NULL. */
void spice_record_free(struct spice_record *record);

#endif
