/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SPICE server of an HVM guest's QEMU. It has one client at a time, and hangs up on that for
 * the next: what it is used for is decided when the guest starts. */
#pragma once

#include <glib.h>

typedef enum {
    QEMU_SPICE_UNUSED, /* there is none */
    QEMU_SPICE_SOUND,  /* the guest gets a sound card, and who plays it is the client */
    QEMU_SPICE_SCREEN, /* who wants to see the screen is the client */
} QemuSpiceUse;

typedef struct {
    QemuSpiceUse use;
    const char *path; /* its socket */
} QemuSpice;

/* What QEMU is told for it, perhaps nothing; the caller owns the list. */
char **qemu_spice_arguments(const QemuSpice *spice);
