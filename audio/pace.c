/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a stream is due: for a sound server that asks, and for nobody, by the clock. */
#include "pace.h"

#define MOST_US   (100 * 1000)
#define SECOND_US (1000 * 1000)

/* Of what a guest waits for in any case, half. */
#define PATIENCE_LEAST_US (50 * 1000)

uint32_t pace_amount(const struct pace_limits *limits, uint32_t room, uint32_t queued)
{
    uint32_t amount = queued < room ? queued : room;
    uint32_t missing = room - amount;
    uint32_t held = missing < limits->target ? limits->target - missing : 0;

    if (held >= limits->step || missing == 0)
        return amount;
    return limits->step - held < missing ? amount + limits->step - held : room;
}

void pace_start(struct pace *pace, int64_t now_us)
{
    pace->last_us = now_us;
}

uint32_t pace_due(struct pace *pace, int64_t now_us)
{
    int64_t passed_us = now_us - pace->last_us;
    uint64_t frames;

    if (passed_us <= 0)
        return 0;
    if (passed_us > MOST_US) {
        pace->last_us = now_us - MOST_US;
        passed_us = MOST_US;
    }
    frames = (uint64_t)passed_us * pace->octets_a_second / SECOND_US / pace->frame;
    /* The clock moves by what was taken, so that nothing is lost to rounding but below 1 us. */
    pace->last_us += (int64_t)(frames * pace->frame * SECOND_US / pace->octets_a_second);
    return (uint32_t)frames * pace->frame;
}

int64_t pace_patience(uint32_t buffer, uint32_t period, uint32_t octets_a_second)
{
    uint32_t quarter = buffer / 4;
    uint32_t kept = period > quarter ? period : quarter;
    int64_t us = (int64_t)(buffer > kept ? buffer - kept : 0) * SECOND_US / octets_a_second;

    return us > PATIENCE_LEAST_US ? us : PATIENCE_LEAST_US;
}
