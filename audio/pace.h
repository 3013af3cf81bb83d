/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a stream is due: for a sound server that asks, and for nobody, by the clock. */
#ifndef AUDIO_PACE_H
#define AUDIO_PACE_H

#include <stdint.h>

/* What a server is given is decided by; all in octets. */
struct pace_limits {
    uint32_t target; /* what the server likes to hold */
    uint32_t step;   /* what must be left there to play */
};

/*
 * How many octets to give to a server that has room for @room of its target, when @queued wait:
 * what there is; of silence only what it takes to have a step left to play, so that a guest that is
 * a little late is not put behind silence on its way.
 */
uint32_t pace_amount(const struct pace_limits *limits, uint32_t room, uint32_t queued);

/* A clock that counts octets. */
struct pace {
    uint32_t octets_a_second;
    uint32_t frame; /* octets that belong together */
    int64_t last_us;
};

void pace_start(struct pace *pace, int64_t now_us);

/*
 * Whole frames that are due at @now_us (any monotonic clock), since the last time. No more than
 * those of 100 ms: what was missed while the process did not run is not made up for.
 */
uint32_t pace_due(struct pace *pace, int64_t now_us);

/*
 * How long, in us, a stream may stand still before the clock has to move it, so that a guest with
 * that buffer and period, in octets, hears of its next period in time: Linux gives a program up
 * (EIO) after 1.1 times its buffer, but no less than 100 ms, without one.
 */
int64_t pace_patience(uint32_t buffer, uint32_t period, uint32_t octets_a_second);

#endif
