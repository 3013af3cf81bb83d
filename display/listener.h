/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The unix socket that viewers come through: only its owner can connect. */
#ifndef DISPLAY_LISTENER_H
#define DISPLAY_LISTENER_H

struct listener;

/*
 * Listens at @path with mode 0600, and calls @accepted from the main loop with each new connection,
 * which is then the callee's to close. What a process before us left there is replaced; a socket
 * that somebody still serves, or a file, is not. Returns NULL and *@ret_problem, a sentence to be
 * freed with g_free(), on failure.
 */
struct listener *listener_new(const char *path, void (*accepted)(void *data, int fd), void *data,
                              char **ret_problem);

/* Closes and removes the socket. Accepts NULL. */
void listener_free(struct listener *listener);

#endif
