/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session as SPICE, on connections that somebody else accepts. */
#ifndef DISPLAY_SPICE_FRONT_H
#define DISPLAY_SPICE_FRONT_H

#include "session.h"
#include "tcp-socket.h"

struct spice_front;

/* What is served to viewers that come through the network, and have to know @password. */
struct spice_strangers {
    const char *password; /* NULL: there are none */
    /* Where the library listens for connections with TLS; nowhere if its address is NULL. */
    struct tcp_place tls_place;
    const char *tls_directory; /* holds ca-cert.pem, server-cert.pem and server-key.pem */
};

/*
 * Becomes a front end of @session, which must outlive it. @name is the title that viewers see. One
 * front end a process. Reads files, but starts no thread. Returns NULL and *@ret_problem, a
 * sentence to be freed with g_free(), on failure.
 */
struct spice_front *spice_front_new(struct session *session, const char *name,
                                    const struct spice_strangers *strangers, char **ret_problem);

/* Starts the library's thread, which is as restricted as the caller is. */
void spice_front_start(struct spice_front *front);

/* Disconnects the viewer. Accepts NULL. */
void spice_front_free(struct spice_front *front);

/*
 * Serves the connection @fd, which is the front end's from now on. A viewer makes several: one for
 * the picture, one for its input, and so on. There is one viewer at a time: the newest.
 */
void spice_front_accept(void *front, int fd);

/* The same for one that has to know the password, which there must be. */
void spice_front_accept_stranger(void *front, int fd);

/* Bytes of pixels that are on their way to the viewer. */
size_t spice_front_held(struct spice_front *front);

#endif
