/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the stand-in's connections to screens lead. */
#pragma once

#include <glib.h>

void standin_places_set(const char *vnc, const char *spice, const char *local);
gboolean standin_places_is_there(const char *protocol);
gboolean standin_places_is_denied(const char *protocol);
int standin_places_open(const char *protocol);
char **standin_places_take_protocols(void);
