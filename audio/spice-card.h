/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sound card that a guest's device model emulates: QEMU hands what it plays and records to the
 * client of its SPICE server, which is this.
 */
#ifndef AUDIO_SPICE_CARD_H
#define AUDIO_SPICE_CARD_H

#include "sound.h"

struct spice_card;

/*
 * A client of the server that listens at the socket @path. @sound must outlive it. @gone is called
 * from the main loop, once, when the server has ended the connection. Returns NULL, and a sentence
 * in *@ret_problem, if nobody listens there.
 */
struct spice_card *spice_card_start(const char *path, struct sound *sound, void (*gone)(void *data),
                                    void *data, char **ret_problem);

/* Accepts NULL. */
void spice_card_stop(struct spice_card *card);

#endif
