/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE viewer types and points at: a keyboard and a tablet of libspice-server. */
#ifndef DISPLAY_SPICE_INPUT_H
#define DISPLAY_SPICE_INPUT_H

#include <spice.h>

#include "session.h"

struct spice_input;

struct spice_input *spice_input_new(SpiceServer *server);

/* To be called after spice_server_destroy(). Accepts NULL. */
void spice_input_free(struct spice_input *input);

/* Whose input it is from now on; NULL drops it. */
void spice_input_set_viewer(struct spice_input *input, struct session_viewer *viewer);

#endif
