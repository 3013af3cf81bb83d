/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound card of an HVM guest, which QEMU emulates and hands over SPICE to who plays it. */
#pragma once

#include <glib.h>

/* What QEMU is told for a card whose sound is served at the socket PATH; the caller owns it. */
char **qemu_sound_arguments(const char *path);
