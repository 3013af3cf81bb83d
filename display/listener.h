/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets that viewers come through: a unix socket, to which only its owner can connect, or a
 * place in the network. */
#ifndef DISPLAY_LISTENER_H
#define DISPLAY_LISTENER_H

#include "tcp-socket.h"

struct listener;

/*
 * Listens at @path with mode 0600, and calls @accepted from the main loop with each new connection,
 * which is then the callee's to close. What a process before us left there is replaced; a socket
 * that somebody still serves, or a file, is not. Returns NULL and *@ret_problem, a sentence to be
 * freed with g_free(), on failure.
 */
struct listener *listener_new(const char *path, void (*accepted)(void *data, int fd), void *data,
                              char **ret_problem);

/* The same at @place, where everybody can connect who is let through to there. */
struct listener *listener_new_tcp(const struct tcp_place *place,
                                  void (*accepted)(void *data, int fd), void *data,
                                  char **ret_problem);

/* Where that is: ADDRESS:PORT. NULL for a unix socket. */
const char *listener_name(const struct listener *listener);

/* Closes the socket, and removes a unix socket. Accepts NULL. */
void listener_free(struct listener *listener);

#endif
