/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A player that nobody hears and that hears nobody: takes sound at the pace of the clock and brings
 * silence. So a guest's programs go on when there is no sound server, and when the guest may not
 * listen.
 */
#ifndef AUDIO_NOBODY_H
#define AUDIO_NOBODY_H

#include "player.h"

extern const struct player nobody;

#endif
