/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session as VNC (RFB), on connections that somebody else accepts. */
#ifndef DISPLAY_VNC_SERVER_H
#define DISPLAY_VNC_SERVER_H

#include "session.h"

struct vnc_server;

/*
 * Becomes a front end of @session, which must outlive it. @name is the title that viewers see.
 * @password, of which the first eight bytes count, is what strangers have to know; NULL: there are
 * none. One server a process: the library's log goes to GLib's. Aborts if there is no memory.
 */
struct vnc_server *vnc_server_new(struct session *session, const char *name, const char *password);

/* Disconnects all viewers. Accepts NULL. */
void vnc_server_free(struct vnc_server *server);

/* Serves a viewer on the socket @fd, which is the server's from now on. */
void vnc_server_accept(void *server, int fd);

/* The same for one that has to know the password, which there must be. */
void vnc_server_accept_stranger(void *server, int fd);

#endif
