/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an HVM guest's QEMU can be connected to: unix sockets beside those of display servers. */
#pragma once

#include <glib.h>

typedef enum {
    QEMU_SCREEN,          /* VNC */
    QEMU_SOUND,           /* SPICE, of which only sound is used */
    QEMU_SCREEN_BY_SPICE, /* SPICE, of which all but sound is used */
} QemuSocket;

/* The socket of the guest NAME; the caller owns the path. */
char *qemu_socket_path(QemuSocket which, const char *run_directory, const char *name);

/* Whether something is there to be connected to. */
gboolean qemu_socket_is_there(QemuSocket which, const char *run_directory, const char *name);

/* Removes the sockets that a QEMU left. */
void qemu_sockets_remove(const char *run_directory, const char *name);
