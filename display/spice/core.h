/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timers and watches of libspice-server, in GLib's default main context. */
#ifndef DISPLAY_SPICE_CORE_H
#define DISPLAY_SPICE_CORE_H

#include <spice.h>

/*
 * Fills in everything of @core but channel_event, which is its user's. What the library asks for
 * costs nothing until its time has come or its socket is ready.
 */
void spice_core_init(SpiceCoreInterface *core);

#endif
