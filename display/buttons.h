/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pointer's buttons, as RFB tells them in one number, to what the session takes. */
#ifndef DISPLAY_BUTTONS_H
#define DISPLAY_BUTTONS_H

#include "session.h"

/*
 * @viewer, which held those in *@held, holds @buttons from now on: presses and releases what is new
 * in that. The wheel is told as presses of buttons of its own.
 */
void buttons_change(struct session_viewer *viewer, unsigned *held, unsigned buttons);

#endif
