/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SPICE server of an HVM guest's QEMU: the guest's sound card, which QEMU emulates, goes over it
 * to who plays it, and its screen to who wants to see it so. */
#pragma once

#include <glib.h>

/* To be called before there are threads: the QEMUs that this process starts from then on serve
 * several clients at a time. */
void qemu_spice_prepare(void);

/* What QEMU is told for a card and a server at the socket PATH; the caller owns it. */
char **qemu_spice_arguments(const char *path);
