/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One viewer on this computer: its socket, what it has not been shown, and its input. */
#ifndef DISPLAY_LOCAL_VIEWER_H
#define DISPLAY_LOCAL_VIEWER_H

#include "session.h"

struct local_viewer;

/* What a viewer is told of the guest's devices. */
struct local_layout {
    struct rect monitors[SESSION_MAX_PARTS]; /* where they lie in the picture */
    unsigned monitor_count;
    unsigned contacts; /* that the touch screen takes; 0: there is none */
};

struct local_viewer_hooks {
    /* It wants a frame. */
    void (*asked)(void *data, struct local_viewer *viewer);
    /* It hung up, or was hung up on: it is to be freed. */
    void (*gone)(void *data, struct local_viewer *viewer);
};

/* Owns @fd and @session from now on. @hooks and @data must outlive it. */
struct local_viewer *local_viewer_new(int fd, struct session_viewer *session,
                                      const struct local_viewer_hooks *hooks, void *data);

void local_viewer_free(struct local_viewer *viewer);

/* The surface is another one, of which it has seen nothing. */
void local_viewer_set_resized(struct local_viewer *viewer);

/* @rect of the surface is new. */
void local_viewer_damage(struct local_viewer *viewer, const struct rect *rect);

/* The layout is another. */
void local_viewer_set_arranged(struct local_viewer *viewer);

/* Whether it waits for a frame. */
bool local_viewer_has_asked(const struct local_viewer *viewer);

/* Whether there is something that it has not been shown. */
bool local_viewer_lags(const struct local_viewer *viewer);

/* Sends it a frame of all that it has not been shown, if it has asked and there is something. */
void local_viewer_show(struct local_viewer *viewer, const struct surface *surface,
                       const struct local_layout *layout);

#endif
