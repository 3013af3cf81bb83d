/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers that fire when the test says so, and times of day, by the fake machine's clock. */
#ifndef FAKES_SCHEDULE_TIME_H
#define FAKES_SCHEDULE_TIME_H

#include "schedule/timer.h"

/* Forgets all timers; those of a test before have been made in memory that is no more. */
void fake_timers_init(void);
/* Fires what is due, each timer once, in the order in which they were made. False: one of them is
 * due again already. */
bool fake_timers_run(void);

#endif
