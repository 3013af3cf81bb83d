/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session to viewers on this computer, which map the picture itself. */
#ifndef DISPLAY_LOCAL_FRONT_H
#define DISPLAY_LOCAL_FRONT_H

#include "session.h"

struct local_front;

/* More than anybody opens; who comes beyond is sent away. */
#define LOCAL_MAX_VIEWERS 4

/* Becomes a front end of @session, which must outlive it. */
struct local_front *local_front_new(struct session *session);

/* Disconnects all viewers. Accepts NULL. */
void local_front_free(struct local_front *front);

/* Serves a viewer on the non-blocking stream socket @fd, which is the front end's from now on. */
void local_front_accept(void *front, int fd);

#endif
