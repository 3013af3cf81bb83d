/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest's desktop, whatever the protocol: its picture, what changed in it, who looks on, and
 * the input that they send. Back ends feed it pixels and take its input; front ends show it.
 *
 *   heads          -- session_set_parts, session_damage --->  session  -- struct session_front -->
 *   devices/kbdif  <------------ struct input_sink ---------  session  <-- session_viewer_* ------
 *
 * with vnc/ and spice/ at the right end. The picture may have several parts, side by side: the
 * screens of a guest with several monitors.
 *
 * Everything runs in the thread of the default GLib main context. While nobody looks on, nothing
 * is copied and the source is told that it can rest; the same goes for each front end by itself.
 */
#ifndef DISPLAY_SESSION_H
#define DISPLAY_SESSION_H

#include "input-sink.h"
#include "surface.h"

struct session;
struct session_link;
struct session_viewer;

/* The most screens that a guest's desktop has. */
#define SESSION_MAX_PARTS 4

/* One of the guest's screens, and where in the picture its upper left corner is. */
struct session_part {
    struct pixel_source source;
    int x, y;
};

/*
 * A front end. All calls come from the main context; none may call back into session_set_*().
 *
 * The surface is written to only when some front end is ready for a frame. All of them are told
 * what became new by that, each when it is ready itself: what it has not been told is kept for it,
 * in bounded space, and the surface may be newer than what it was told.
 */
struct session_front {
    /* The picture is @surface from now on, which is black; the old one is freed when this returns.
     */
    void (*resized)(void *data, const struct surface *surface);
    /* @rect of the current surface has new pixels: DAMAGE_MAX_RECTS of them a frame at most. Only
     * told while a viewer of this front end looks on. All of it, when the first one comes. */
    void (*damaged)(void *data, const struct rect *rect);
    /* May be missing. The picture consists of @count screens from now on, which lie at @screens. */
    void (*arranged)(void *data, const struct rect *screens, unsigned count);
    /* May be missing. The guest's touch screen takes @contacts fingers from now on, none of which
     * is down; 0: it has none. */
    void (*touch)(void *data, unsigned contacts);
    /* May be missing. False: no frame can be taken now, until session_link_ready(). */
    bool (*ready)(void *data);
    /* All of a frame's damage has been told, which may be none: send it. */
    void (*frame)(void *data);
};

/* The session starts with a black picture of the given size. Aborts if there is no memory. */
struct session *session_new(unsigned width, unsigned height);

/* All viewers must be gone. Accepts NULL. */
void session_free(struct session *session);

/* At most SESSION_MAX_FRONTS are ever added. @front and @data must outlive the session, or what is
 * returned be given to session_remove_front() before. */
#define SESSION_MAX_FRONTS 4
struct session_link *session_add_front(struct session *session, const struct session_front *front,
                                       void *data);

/* The front end is told nothing any more. Its viewers must be gone. Accepts NULL. */
void session_remove_front(struct session_link *link);

/* A front end that was not ready is: it is told at once what has changed in the meantime. */
void session_link_ready(struct session_link *link);

/* The same, and a frame follows although nothing may have changed: for a viewer who has not seen
 * all that others of this front end have. */
void session_link_ask(struct session_link *link);

/* @sink and @data must outlive the session or be replaced; NULL drops all input. */
void session_set_input(struct session *session, const struct input_sink *sink, void *data);

/* The guest's input device takes @contacts fingers from now on, INPUT_MAX_CONTACTS at most, 0 if it
 * has no touch screen. Fingers that were down before are so no more. */
void session_set_contacts(struct session *session, unsigned contacts);

/* @watched is called with true when the first viewer comes, with false when the last one goes. */
void session_set_watched_hook(struct session *session, void (*watched)(void *data, bool watched),
                              void *data);

/*
 * The picture consists of the @count first of @parts (copied), which do not overlap, at most
 * SESSION_MAX_PARTS. Where they lie as the old ones did, nothing counts as changed until
 * session_damage() says so; otherwise all does. With none the last picture stays. The caller may
 * unmap the old parts as soon as this returns.
 */
void session_set_parts(struct session *session, const struct session_part *parts, unsigned count);

/* The picture is all of @source, and new; or gone if NULL. */
void session_set_source(struct session *session, const struct pixel_source *source);

/* @rect of the picture may have changed. What is new in it is copied with the next frame, if
 * anybody looks on. */
void session_damage(struct session *session, const struct rect *rect);

/* All of the picture has. */
void session_damage_all(struct session *session);

const struct surface *session_surface(const struct session *session);

/*
 * Somebody who looks on, through the front end of @link, and types. Keys that a viewer holds are
 * released when it goes, and its fingers lifted.
 */
struct session_viewer *session_viewer_new(struct session_link *link);
void session_viewer_free(struct session_viewer *viewer);

/* A Linux key code; 0 and codes that no key has are ignored. */
void session_viewer_key(struct session_viewer *viewer, unsigned code, bool down);

/* Pixels of the current surface; what lies outside is moved to the edge. */
void session_viewer_position(struct session_viewer *viewer, int x, int y);

/* @steps detents, positive is away from the person. */
void session_viewer_wheel(struct session_viewer *viewer, int steps);

/*
 * The viewer's finger of that number, which may be any: others' of the same number are other
 * fingers. Where it is is as of the pointer. What is none that is down moves nothing, and more
 * fingers than the guest takes are none.
 */
void session_viewer_touch(struct session_viewer *viewer, unsigned finger, enum touch_phase phase,
                          int x, int y);

#endif
