/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects to displays' sockets. */
#include "display-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <unistd.h>

#include "error.h"

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
                    N_("The guest's display can't be reached: %s. Try again in a moment."),
                    failure ? failure->message : g_strerror(errno));
    return fd;
}
