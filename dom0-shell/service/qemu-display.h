/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen of an HVM guest, which QEMU serves as VNC on a unix socket. */
#pragma once

#include <glib.h>

/* The socket of the guest NAME; the caller owns the path. */
char *qemu_display_path(const char *run_directory, const char *name);

/* Whether something is there to be connected to. */
gboolean qemu_display_is_there(const char *run_directory, const char *name);

/* Removes the socket that a QEMU left. */
void qemu_display_remove(const char *run_directory, const char *name);

/* A stream socket connected to the one at PATH; the caller owns the descriptor. -1 and ERROR if
 * it can't be had. Does not wait. */
int display_socket_connect(const char *path, GError **error);
