/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a guest may make us do something: a number of times in each window of time. */
#ifndef BACKEND_THROTTLE_H
#define BACKEND_THROTTLE_H

#include <stdint.h>

struct throttle {
    unsigned limit;    /* times a window */
    int64_t window_us; /* length of a window */
    int64_t start_us;  /* when the current one began */
    unsigned used;
};

/*
 * Asks for one time more at @now_us (any monotonic clock). Returns 0 and counts it, or how many
 * microseconds to wait before asking again.
 */
int64_t throttle_take(struct throttle *throttle, int64_t now_us);

#endif
