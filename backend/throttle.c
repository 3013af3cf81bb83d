/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a guest may make us do something: a number of times in each window of time. */
#include "backend/throttle.h"

int64_t throttle_take(struct throttle *throttle, int64_t now_us)
{
    if (throttle->used == 0 || now_us - throttle->start_us >= throttle->window_us) {
        throttle->start_us = now_us;
        throttle->used = 0;
    }
    if (throttle->used >= throttle->limit)
        return throttle->start_us + throttle->window_us - now_us;
    throttle->used++;
    return 0;
}
