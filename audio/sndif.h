/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV sound card (Linux: snd-xen-front): its streams go to the sound. */
#ifndef AUDIO_SNDIF_H
#define AUDIO_SNDIF_H

#include "backend/xenbus.h"
#include "sound.h"

struct sndif;

/*
 * What the front end is told: one card with one stream to play and one to record. A card that the
 * toolstack has described (vsnd in xl.cfg) is taken as it is.
 */
struct xenbus_class sndif_class(void);

/*
 * Waits for the guest's front end. @sound must outlive it. Returns NULL with errno set on failure.
 */
struct sndif *sndif_start(struct guest *guest, struct sound *sound);

/* Accepts NULL. */
void sndif_stop(struct sndif *sndif);

#endif
