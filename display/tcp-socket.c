/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places in the network that viewers come through. */
#include "tcp-socket.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#define BACKLOG  8
#define PORT_MAX 65535

/* The port of ADDRESS:PORT begins behind the last colon: an address may have some of its own. */
static char *split_address(const char *text, const char **ret_ports)
{
    const char *colon = strrchr(text, ':');
    size_t length;

    if (!colon || colon == text)
        return NULL;
    *ret_ports = colon + 1;
    length = (size_t)(colon - text);
    if (text[0] == '[')
        return text[length - 1] == ']' && length > 2 ? g_strndup(text + 1, length - 2) : NULL;
    return memchr(text, ':', length) ? NULL : g_strndup(text, length);
}

static bool parse_port(const char *text, unsigned *ret_port)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 1, PORT_MAX, &port, NULL))
        return false;
    *ret_port = (unsigned)port;
    return true;
}

static bool parse_ports(const char *text, struct tcp_place *place)
{
    g_auto(GStrv) parts = g_strsplit(text, "-", 2);

    if (!parts[0] || !parse_port(parts[0], &place->first))
        return false;
    place->last = place->first;
    return !parts[1] || (parse_port(parts[1], &place->last) && place->last >= place->first);
}

bool tcp_place_parse(const char *option, const char *text, struct tcp_place *ret_place,
                     char **ret_problem)
{
    struct tcp_place place = {0};
    const char *ports;

    place.address = split_address(text, &ports);
    if (place.address && parse_ports(ports, &place)) {
        *ret_place = place;
        return true;
    }
    g_free(place.address);
    *ret_problem = g_strdup_printf("%s must be ADDRESS:PORT or ADDRESS:FIRST-LAST, as in "
                                   "127.0.0.1:5900-5999 or [::1]:5900.",
                                   option);
    return false;
}

char *tcp_socket_name(const char *address, unsigned port)
{
    return g_strdup_printf(strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
}

/* A name is not looked up: what it means can change, and asking may take long. */
static struct addrinfo *find_address(const char *address, unsigned port, char **ret_problem)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    g_autofree char *service = g_strdup_printf("%u", port);
    struct addrinfo *found = NULL;

    if (getaddrinfo(address, service, &hints, &found) == 0)
        return found;
    *ret_problem = g_strdup_printf("%s is no address in numbers, like 127.0.0.1.", address);
    return NULL;
}

/* Returns the socket, or -1 with errno set. */
static int listen_at(const struct addrinfo *place)
{
    int fd = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    int error;

    if (fd < 0)
        return -1;
    /* Connections of a process before us must not be in the way. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, place->ai_addr, place->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* One port; -1 with errno set, or -1 and a sentence. */
static int try_port(const char *address, unsigned port, char **ret_problem)
{
    struct addrinfo *place = find_address(address, port, ret_problem);
    int fd;

    if (!place)
        return -1;
    fd = listen_at(place);
    freeaddrinfo(place); /* leaves errno alone */
    return fd;
}

int tcp_socket_listen(const struct tcp_place *place, char **ret_name, char **ret_problem)
{
    g_autofree char *name = tcp_socket_name(place->address, place->first);
    int fd;

    for (unsigned port = place->first; port <= place->last; port++) {
        fd = try_port(place->address, port, ret_problem);
        if (fd >= 0)
            *ret_name = tcp_socket_name(place->address, port);
        if (fd >= 0 || *ret_problem)
            return fd;
        if (errno != EADDRINUSE)
            break;
    }
    if (place->first == place->last)
        *ret_problem = g_strdup_printf("Can't listen at %s: %s.", name, g_strerror(errno));
    else
        *ret_problem = g_strdup_printf("Can't listen at %s or the ports behind it, up to %u: %s.",
                                       name, place->last, g_strerror(errno));
    return -1;
}
