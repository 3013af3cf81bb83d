/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to whoever serves a guest's screen. */
#pragma once

#include <glib.h>

/* A stream socket connected to the one at PATH; the caller owns the descriptor. -1 and ERROR if
 * it can't be had. Does not wait. */
int display_socket_connect(const char *path, GError **error);
