/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much sound is kept on its way to the ear: little, and more where little was not enough. */
#ifndef AUDIO_LEAD_H
#define AUDIO_LEAD_H

#include <stdbool.h>
#include <stdint.h>

#define LEAD_LEAST_US (20 * 1000)
#define LEAD_MOST_US  (160 * 1000)

/* Times are of any monotonic clock, in us. */
struct lead {
    uint32_t us;
    uint32_t most_us; /* no more than this */
    int64_t since_us; /* when it began to play with that */
};

/*
 * The least, and never more than half of @buffer_us, which is all that the guest has at once: the
 * other half is what it is about to write.
 */
void lead_init(struct lead *lead, uint64_t buffer_us);

/* Plays from @now_us on, with as much as before. */
void lead_start(struct lead *lead, int64_t now_us);

/*
 * All that was on its way was heard before more of it came: there is to be twice as much, up to the
 * most. Not at the beginning, when there is nothing yet. True if it changes.
 */
bool lead_ran_out(struct lead *lead, int64_t now_us);

/* After a minute without that, half of it is tried again. True if it changes. */
bool lead_look(struct lead *lead, int64_t now_us);

#endif
