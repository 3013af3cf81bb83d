/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets that viewers come through: a unix socket, to which only its owner can connect, or a
 * place in the network. */
#include "listener.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>

#define BACKLOG 8

struct listener {
    int fd;
    guint source;
    char *path; /* of a unix socket, or NULL */
    char *name; /* of a place in the network, or NULL */
    void (*accepted)(void *data, int fd);
    void *data;
};

static bool make_address(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    return g_strlcpy(address->sun_path, path, sizeof(address->sun_path)) <
           sizeof(address->sun_path);
}

/* Somebody answers at @address. */
static bool is_served(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool served = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

    if (fd >= 0)
        close(fd);
    return served;
}

/* Makes room at the path. Returns NULL, or a sentence. */
static char *clear_path(const struct sockaddr_un *address)
{
    struct stat st;

    if (lstat(address->sun_path, &st))
        return NULL;
    if (!S_ISSOCK(st.st_mode))
        return g_strdup_printf("%s exists and is no socket. Remove it, or name another path.",
                               address->sun_path);
    if (is_served(address))
        return g_strdup_printf("Another program listens at %s. Is this guest's display server "
                               "running already?",
                               address->sun_path);
    unlink(address->sun_path);
    return NULL;
}

/* Returns the listening socket, or -1 with errno set. */
static int listen_at(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t old = umask(0177);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    int error = errno;

    umask(old);
    if (bound && listen(fd, BACKLOG) == 0)
        return fd;
    if (bound)
        error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* So long nobody is let in after there was no room for one more. */
#define PAUSE_MS 500

static gboolean on_connection(gint fd, GIOCondition condition, gpointer data);

static gboolean on_pause_over(gpointer data)
{
    struct listener *listener = data;

    listener->source = g_unix_fd_add(listener->fd, G_IO_IN, on_connection, listener);
    return G_SOURCE_REMOVE;
}

static bool is_for_want_of_room(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static gboolean on_connection(gint fd, GIOCondition condition, gpointer data)
{
    struct listener *listener = data;
    int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (connection >= 0)
        listener->accepted(listener->data, connection);
    if (connection >= 0 || !is_for_want_of_room(errno))
        return G_SOURCE_CONTINUE;
    /* Who waits would be told of again and again. */
    listener->source = g_timeout_add(PAUSE_MS, on_pause_over, listener);
    return G_SOURCE_REMOVE;
}

static struct listener *watch(int fd, void (*accepted)(void *data, int fd), void *data)
{
    struct listener *listener = g_new0(struct listener, 1);

    listener->fd = fd;
    listener->accepted = accepted;
    listener->data = data;
    listener->source = g_unix_fd_add(fd, G_IO_IN, on_connection, listener);
    return listener;
}

struct listener *listener_new(const char *path, void (*accepted)(void *data, int fd), void *data,
                              char **ret_problem)
{
    struct sockaddr_un address;
    struct listener *listener;
    int fd;

    if (!make_address(path, &address)) {
        *ret_problem = g_strdup_printf("The socket path %s is longer than %zu bytes. Name a "
                                       "shorter one.",
                                       path, sizeof(address.sun_path) - 1);
        return NULL;
    }
    *ret_problem = clear_path(&address);
    if (*ret_problem)
        return NULL;
    fd = listen_at(&address);
    if (fd < 0) {
        *ret_problem = g_strdup_printf("Can't listen at %s: %s.", path, g_strerror(errno));
        return NULL;
    }
    listener = watch(fd, accepted, data);
    listener->path = g_strdup(path);
    return listener;
}

struct listener *listener_new_tcp(const struct tcp_place *place,
                                  void (*accepted)(void *data, int fd), void *data,
                                  char **ret_problem)
{
    struct listener *listener;
    char *name = NULL;
    int fd = tcp_socket_listen(place, &name, ret_problem);

    if (fd < 0)
        return NULL;
    listener = watch(fd, accepted, data);
    listener->name = name;
    return listener;
}

const char *listener_name(const struct listener *listener)
{
    return listener->name;
}

void listener_free(struct listener *listener)
{
    if (!listener)
        return;
    g_source_remove(listener->source);
    close(listener->fd);
    /* Who has become another user leaves it to who started it. */
    if (listener->path && unlink(listener->path) && errno != ENOENT && errno != EACCES)
        g_warning("Can't remove %s: %s", listener->path, g_strerror(errno));
    g_free(listener->path);
    g_free(listener->name);
    g_free(listener);
}
