/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PulseAudio as a player: one client, named after the guest, with one stream for each of its
 * streams that is open. The desktop's mixer shows and remembers it by that name. Which server it
 * is, libpulse finds out (PULSE_SERVER); none is started.
 */
#ifndef AUDIO_PULSE_H
#define AUDIO_PULSE_H

#include "player.h"

struct pulse;

/*
 * Connects to the server, and tries again every second when there is none. @there is called
 * from the main loop when it came and when it went; at the start it is away. @icon is the name of
 * an icon. Returns NULL if the library can't be set up.
 */
struct pulse *pulse_new(const char *name, const char *icon, void (*there)(void *data, bool there),
                        void *data);

/* All streams must be closed; @there is not called any more. Accepts NULL. */
void pulse_free(struct pulse *pulse);

/* Runs the main loop until it is known whether there is a server, for @ms at most. */
void pulse_wait(struct pulse *pulse, unsigned ms);

/* Its streams can be opened while the server is there. */
const struct player *pulse_player(struct pulse *pulse);

#endif
