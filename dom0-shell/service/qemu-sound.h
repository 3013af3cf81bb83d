/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound card of an HVM guest, which QEMU emulates and hands over SPICE to who plays it. */
#pragma once

#include <glib.h>

/* The socket of QEMU's SPICE server for the guest NAME; the caller owns the path. */
char *qemu_sound_path(const char *run_directory, const char *name);

/* Whether something is there to be connected to. */
gboolean qemu_sound_is_there(const char *run_directory, const char *name);

/* Removes the socket that a QEMU left. */
void qemu_sound_remove(const char *run_directory, const char *name);

/* What QEMU is told for a card whose sound is served at the socket PATH; the caller owns it. */
char **qemu_sound_arguments(const char *path);
