/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a display server and a viewer on the same computer say to each other, on a connected stream
 * socket: both include this file. All numbers are the machine's own, and all messages of one side
 * have the same size. Each side takes the other for hostile.
 *
 *   viewer  LOCAL_READY       it has painted all that it was told of, and wants the next frame
 *   server  struct local_frame, once there is something new: one for each LOCAL_READY
 *   viewer  LOCAL_KEY, LOCAL_POINTER, LOCAL_TOUCH at any time
 *
 * The first frame, and the first of another size, comes with a descriptor (SCM_RIGHTS): memory that
 * holds the picture, 32 bits a pixel (0x00RRGGBB), sealed so that nobody can change its size, nor a
 * viewer write to it. It replaces the one before, which shows nothing new any more.
 *
 * What is seen in the memory between a frame and the next LOCAL_READY is whole: nothing is written
 * to it then, unless another viewer, of whatever protocol, is ready for a frame. What is written
 * for that one is told with the next frame, so that no more than a moment is torn. Whoever looks at
 * other times may find half of what the guest draws.
 */
#ifndef DISPLAY_LOCAL_PROTOCOL_H
#define DISPLAY_LOCAL_PROTOCOL_H

#include <stdint.h>

/* A frame begins with it in all versions; a viewer that does not know it goes. */
#define LOCAL_VERSION 2

#define LOCAL_MAX_RECTS    16
#define LOCAL_MAX_MONITORS 4
#define LOCAL_MAX_CONTACTS 10 /* fingers at a time */

struct local_rect {
    int32_t x, y, width, height; /* pixels of the picture */
};

struct local_frame {
    uint32_t version;
    uint32_t width, height;                         /* of the picture, in pixels */
    uint32_t stride;                                /* from line to line, in bytes */
    uint32_t monitor_count;                         /* 0: not known */
    uint32_t contact_count;                         /* fingers that the guest takes; 0: none */
    uint32_t rect_count;                            /* may be 0: only what is above is another */
    struct local_rect monitors[LOCAL_MAX_MONITORS]; /* where they lie in the picture */
    struct local_rect rects[LOCAL_MAX_RECTS];       /* has new pixels */
};

enum local_request_type {
    LOCAL_READY = 1,
    LOCAL_KEY,
    LOCAL_POINTER,
    LOCAL_TOUCH,
};

enum local_touch_phase { LOCAL_TOUCH_DOWN, LOCAL_TOUCH_MOTION, LOCAL_TOUCH_UP };

struct local_request {
    uint32_t type;
    union {
        struct {
            uint32_t scancode; /* of the XT keyboard (set 1), bit 7: after 0xE0; 0: none */
            uint32_t keysym;   /* of X11: what counts if there is no key of that code */
            uint32_t is_down;
        } key;
        struct {
            int32_t x, y;     /* pixels of the picture */
            uint32_t buttons; /* as RFB has them: left, middle, right, wheel up and down, ... */
        } pointer;
        struct {
            uint16_t contact; /* which finger, below LOCAL_MAX_CONTACTS: one from down to up */
            uint16_t phase;
            int32_t x, y; /* pixels of the picture; nothing of one that goes up */
        } touch;
    };
};

_Static_assert(sizeof(struct local_frame) == 28 + 20 * 16, "as on the wire");
_Static_assert(sizeof(struct local_request) == 16, "as on the wire");

#endif
