/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where QEMU's screens are, and connects to displays' sockets. */
#include "qemu-display.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

/* No guest's name ends so by itself and has the display server's ".sock", too. */
#define SUFFIX "-qemu.vnc"

char *qemu_display_path(const char *run_directory, const char *name)
{
    g_autofree char *file = g_strconcat(name, SUFFIX, NULL);

    return g_build_filename(run_directory, "display", file, NULL);
}

gboolean qemu_display_is_there(const char *run_directory, const char *name)
{
    g_autofree char *path = qemu_display_path(run_directory, name);
    GStatBuf st;

    return g_lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

void qemu_display_remove(const char *run_directory, const char *name)
{
    g_autofree char *path = qemu_display_path(run_directory, name);

    g_unlink(path);
}

int display_socket_connect(const char *path, GError **error)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, &failure);
    int fd = -1;

    /* A server that does not accept does not hold up anybody: on a socket file that fails at once.
     */
    if (socket && g_socket_connect(socket, address, NULL, &failure)) {
        fd = fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 3);
        /* GSocket's are non-blocking, which goes with the connection: who gets this one decides. */
        if (fd >= 0)
            g_unix_set_fd_nonblocking(fd, FALSE, NULL);
    }
    if (fd < 0)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                    "The guest's display can't be reached: %s. Try again in a moment.",
                    failure ? failure->message : g_strerror(errno));
    return fd;
}
