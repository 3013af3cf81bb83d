/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's picture as libspice-server takes it: a surface, and commands that draw on it.
 *
 * A command carries its own copy of the pixels, which everything after reads, down to the write to
 * the viewer's socket: the library works in a thread of its own, which takes commands and gives
 * them back, and the surface may change before. All functions here belong to the main context.
 */
#ifndef DISPLAY_SPICE_SCREEN_H
#define DISPLAY_SPICE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include <spice.h>

#include "session.h"

struct spice_screen;

/*
 * A black screen. Starts the library's thread. @room_made is called when spice_screen_has_room()
 * was false and is true now.
 */
struct spice_screen *spice_screen_new(SpiceServer *server, unsigned width, unsigned height,
                                      void (*room_made)(void *data), void *data);

/* To be called after spice_server_destroy(), which ends the thread. Accepts NULL. */
void spice_screen_free(struct spice_screen *screen);

/*
 * Whether a frame may be drawn: what viewers have not read yet is bounded, in number and bytes. A
 * viewer that is slow, or a guest that is fast, makes this false for a while.
 */
bool spice_screen_has_room(struct spice_screen *screen);

/* The screen will have this size, and be black, from the next frame on. */
void spice_screen_resize(struct spice_screen *screen, unsigned width, unsigned height);

/*
 * Which parts of the screen are the guest's monitors (copied; at most SESSION_MAX_PARTS), from the
 * next frame on. A viewer may show each in a window.
 */
void spice_screen_arrange(struct spice_screen *screen, const struct rect *monitors, unsigned count);

/* Copies @rect of @picture, which is as large as the screen, to be shown with the next frame. */
void spice_screen_draw(struct spice_screen *screen, const struct surface *picture,
                       const struct rect *rect);

/* Hands over what was drawn. Waits for the library if the size changes. */
void spice_screen_show(struct spice_screen *screen);

/* Nobody looks on any more: what was not handed over is dropped, and the library asked to give back
 * what it keeps. */
void spice_screen_rest(struct spice_screen *screen);

/* Bytes of pixels that the library holds. */
size_t spice_screen_held(struct spice_screen *screen);

#endif
